"""The reporter's verdict, and what the level above makes of an unsolved one."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from grids.models import Unit
from issues.actions.clocks import cancel_clocks
from issues.actions.concerns import concern
from issues.actions.parts import end_everything
from issues.actions.route import assign
from issues.actions.step import Step, begin, finish, put_clock
from issues.districts import rules_of
from issues.models import Issue, Rating

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def rate_issue(
    issue: Issue,
    *,
    by: "User | None",
    now: datetime,
    answered: bool,
    solved: bool,
    satisfied: bool,
    text: str = "",
    version: int | None = None,
) -> Issue:
    """Three parts: was I answered, is it solved, am I satisfied. `by=None` is the holder of the follow link.

    Solved closes it; unsolved goes to the level above for review.
    """
    step = begin(issue, "rate", by=by, now=now, version=version, reporter=by is None)
    Rating.objects.create(
        issue=step.issue,
        round=step.issue.redo_count + 1,
        answered=answered,
        solved=solved,
        satisfied=satisfied,
        rated_at=now,
    )
    if solved and step.issue.waits_for_check:
        # Who said that it is solved is not asked again; the check on the spot closes it.
        cancel_clocks(step.issue, now=now, only=("rate",))
        return finish(step, data={"answered": answered, "solved": solved, "satisfied": satisfied}, text=text)
    cancel_clocks(step.issue, now=now)
    if solved:
        end_everything(step)
        step.change(state="closed", closed_at=now, due_at=None)
    else:
        _send_to_review(step)
    data = {"answered": answered, "solved": solved, "satisfied": satisfied}
    return finish(step, data=data, text=text)


@transaction.atomic
def redo_issue(issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None) -> Issue:
    """The reviewer sends it back to whoever submitted the result; at most twice."""
    step = begin(issue, "redo", by=by, now=now, version=version)
    lead = step.issue.lead_unit or step.issue.lead_body
    assign(step, lead if lead and lead.is_open else step.issue.owner)
    step.change(redo_count=step.issue.redo_count + 1, outcome="")
    return finish(step, data={"round": step.issue.redo_count + 1}, text=text)


@transaction.atomic
def close_issue(issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None) -> Issue:
    """The reviewer ends it although the reporter calls it unsolved: with a reason that the reporter reads."""
    step = begin(issue, "close", by=by, now=now, version=version)
    cancel_clocks(step.issue, now=now)
    end_everything(step)
    step.change(state="closed", closed_at=now, due_at=None)
    return finish(step, data={"rated": True}, text=text)


def _send_to_review(step: Step) -> None:
    """The level above whoever submitted it decides; at the district the district itself does."""
    owner = step.issue.owner
    reviewer = (owner.parent or owner) if isinstance(owner, Unit) else owner.unit
    step.change(
        owner_unit=reviewer,
        owner_body=None,
        disputed=True,
        assigned_at=step.now,
        check_reason="",
        check_unit=None,
    )
    concern(step.issue, [reviewer], step.now)
    limits = rules_of(step.issue.district_id, step.now).limits_for(reviewer.kind, danger=False)
    put_clock(step, "review", limits.answer)
