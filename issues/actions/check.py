"""核实: somebody else looks at the result on the spot, where the rules ask for it."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.clocks import cancel_clocks
from issues.actions.concerns import concern
from issues.actions.parts import end_everything
from issues.actions.photos import Photo, keep_photos
from issues.actions.review import back_to_lead, send_to_review
from issues.actions.step import Step, begin, finish, put_clock
from issues.checking import reason_to_check
from issues.districts import category_key, rules_of
from issues.kinds import LINK
from issues.lifecycle import MOST_REDOS
from issues.models import Deadline, Issue, Rating
from issues.models.clock import OF_ISSUE
from issues.routing import concerns_itself

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def verify_result(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    passed: bool,
    text: str,
    photos: Iterable[Photo] = (),
    version: int | None = None,
) -> Issue:
    """On the spot: it is as the result says, or goes back to whoever submitted it; after the last redo to the
    level above for review.

    With the reporter's "solved", or where nobody is there to rate it, it is then closed; without a rating the
    window still decides.
    """
    step = begin(issue, "verify", by=by, now=now, version=version)
    cancel_clocks(step.issue, now=now, only=("check",))
    step.change(checked_at=now)
    if not passed:
        _not_in_order(step)
    elif _rated_solved(step.issue) or step.issue.nobody_rates:
        cancel_clocks(step.issue, now=now)
        end_everything(step)
        step.change(state="closed", closed_at=now, due_at=None)
    else:
        step.change(due_at=_window_of(step.issue))
    verified = finish(step, data={"passed": passed}, text=text, internal=True)
    keep_photos(verified, photos, seq=verified.version, now=now, internal=True)
    return verified


def _not_in_order(step: Step) -> None:
    """Reviewed as what the reporter calls unsolved is, once it has been redone as often as possible; it is nobody's
    verdict."""
    if step.issue.redo_count < MOST_REDOS:
        return back_to_lead(step)
    cancel_clocks(step.issue, now=step.now)
    step.data["review"] = True
    return send_to_review(step)


@transaction.atomic
def send_back(issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None) -> Issue:
    """The level above does not accept the result; counts as a redo, so at most twice."""
    step = begin(issue, "send_back", by=by, now=now, version=version)
    back_to_lead(step)
    return finish(step, data={"round": step.issue.redo_count + 1}, text=text, internal=True)


def ask_for_check(step: Step) -> None:
    """Start the clock of the check beside the rating window, if this result must be looked at."""
    issue = step.issue
    rules = rules_of(issue.district_id, step.now)
    reason = reason_to_check(issue, category_key(issue), rules)
    step.change(check_reason=reason, checked_at=None, check_unit=None)
    if reason:
        checker = _checker(step.issue)
        step.change(check_unit=checker)
        concern(step.issue, [checker], step.now)
        # What staff owe is what the issue shows as due, not the reporter's window.
        put_clock(step, "check", rules.check_within(danger=issue.is_danger))


def _checker(issue: Issue) -> Unit:
    """The nearest unit of the place, from its community up, that did not submit the result itself."""
    lead: Unit | Body = issue.owner
    found = [unit for unit in (issue.community, issue.street, issue.district) if unit and unit.is_open]
    fit = (unit for unit in found if unit != lead and not concerns_itself(issue, unit))
    return next(fit, found[-1])


def _window_of(issue: Issue) -> datetime:
    """Until when the reporter may rate."""
    return Deadline.objects.open().get(OF_ISSUE, issue=issue, clock="rate").limit_at


def _rated_solved(issue: Issue) -> bool:
    """By the reporter themselves: what was heard by telephone leaves them their window."""
    own = Rating.objects.filter(issue=issue, round=issue.redo_count + 1, source=LINK)
    return own.filter(solved=True).exists()


def checked_by(issue: Issue) -> dict[str, object]:
    """Who looks at it on the spot and why, as events say it; nothing if nobody does."""
    return {"checker": party(issue.check_unit), "check": issue.check_reason} if issue.check_reason else {}
