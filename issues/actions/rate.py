"""The reporter's verdict, their own or heard by telephone, and what the level above makes of an unsolved one."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from issues.actions.clocks import cancel_clocks
from issues.actions.filled import check_filled
from issues.actions.parts import end_everything
from issues.actions.review import back_to_lead, reopen_for_review, send_to_review
from issues.actions.step import Step, begin, finish
from issues.districts import rules_of
from issues.kinds import CALL, LINK
from issues.models import Issue, Rating
from trail.refusals import Refused

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
    reasons: Collection[str] = (),
    text: str = "",
    version: int | None = None,
) -> Issue:
    """Three parts: was I answered, is it solved, am I satisfied; and for what was not, reasons of the district's.
    `by=None` is the holder of the follow link.

    Solved closes it; unsolved goes to the level above for review. It holds against what was heard by telephone.
    Raises Refused("reasons").
    """
    step = begin(issue, "rate", by=by, now=now, version=version, reporter=by is None)
    data = _keep(step, LINK, reasons, answered=answered, solved=solved, satisfied=satisfied)
    if solved and step.issue.waits_for_check:
        # Who said that it is solved is not asked again; the check on the spot closes it.
        cancel_clocks(step.issue, now=now, only=("rate",))
        return finish(step, data=data, text=text)
    if solved:
        cancel_clocks(step.issue, now=now)
        end_everything(step)
        step.change(state="closed", closed_at=now, due_at=None, disputed=False)
    elif not step.issue.disputed:
        cancel_clocks(step.issue, now=now)
        send_to_review(step)
    return finish(step, data=data, text=text)


@transaction.atomic
def call_back(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    reached: bool,
    answered: bool | None = None,
    solved: bool | None = None,
    satisfied: bool | None = None,
    reasons: Collection[str] = (),
    text: str = "",
    version: int | None = None,
) -> Issue:
    """回访: somebody calls a reporter who has not rated it, and writes down the verdict that they hear.

    Not reached, it stays unrated and only the attempt is kept. Unsolved, it goes to review as by link, from the end
    too. Solved changes nothing: until the window passes the reporter's own word may still come. Raises
    Refused("verdict") for part of a verdict, ("reasons").
    """
    step = begin(issue, "call_back", by=by, now=now, version=version)
    step.change(call_count=step.issue.call_count + 1)
    if not reached:
        return finish(step, data={"reached": False}, text=text, internal=True)
    if answered is None or solved is None or satisfied is None:
        raise Refused(_("Say of each question what the reporter answered."), code="verdict")
    data = _keep(step, CALL, reasons, answered=answered, solved=solved, satisfied=satisfied)
    if not solved:
        cancel_clocks(step.issue, now=now)
        reopen_for_review(step)
    return finish(step, data={"reached": True} | data, text=text)


def _keep(step: Step, source: str, reasons: Collection[str], **answers: bool) -> dict[str, Any]:
    """The verdict as a row, and as its event says it. Raises Refused("reasons") for a reason that is not in force,
    or is about something that was answered with yes."""
    fit = [one.key for one in rules_of(step.issue.district_id, step.now).reasons_for(answers)]
    if not set(reasons) <= set(fit):
        offered = _(", ").join(fit) or "—"
        raise Refused(
            _("Choose among the reasons that fit these answers: %(keys)s.") % {"keys": offered},
            code="reasons",
        )
    given, number = [key for key in fit if key in reasons], step.issue.redo_count + 1
    Rating.objects.create(
        issue=step.issue, round=number, source=source, reasons=given, rated_at=step.now, **answers
    )
    return {**answers, "round": number} | ({"reasons": given} if given else {})


@transaction.atomic
def redo_issue(issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None) -> Issue:
    """The reviewer sends it back to whoever submitted the result; at most twice."""
    step = begin(issue, "redo", by=by, now=now, version=version)
    back_to_lead(step)
    return finish(step, data={"round": step.issue.redo_count + 1}, text=text)


@transaction.atomic
def close_issue(issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None) -> Issue:
    """The reviewer ends it although it is disputed: with a reason that the reporter reads. Who has not rated this result,
    since a check on the spot or the hotline had it reviewed, is unrated."""
    step = begin(issue, "close", by=by, now=now, version=version)
    check_filled(step, text)
    cancel_clocks(step.issue, now=now)
    end_everything(step)
    step.change(state="closed", closed_at=now, due_at=None)
    rated = step.issue.ratings.filter(round=step.issue.redo_count + 1).exists()
    nobody = {"reporter": False} if not step.issue.has_reporter else {}
    return finish(step, data={"rated": rated, "reviewed": True} | nobody, text=text)
