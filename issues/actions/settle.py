"""即办: found and settled on the spot; reported, signed for and submitted in one go."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from grids.models import Unit
from grids.standing import standing_of
from issues.actions.handle import sign_issue
from issues.actions.photos import Photo
from issues.actions.report import report_issue
from issues.actions.result import submit_result
from issues.kinds import TOLD
from issues.models import Category, Issue
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def settle_at_once(
    *,
    place: Unit,
    category: Category,
    text: str,
    by: "User",
    now: datetime,
    result: str,
    result_photos: Iterable[Photo] = (),
    source: str = "patrol",
    on_behalf: bool = False,
    **report: Any,
) -> Issue:
    """Report it, sign for it and submit what was done; it is closed at once, or with the check on the spot where the
    rules ask for one, and stays outside the three rates.

    `report` is the rest that report_issue takes. Raises Refused("settle_danger"), ("settle_on_behalf") for
    what somebody else must rate or has told, ("settle_not_own") for what goes to somebody else by rule, ("text").
    """
    if on_behalf or source in TOLD:
        raise Refused(
            _("Somebody else reported it and rates the result: register it without the box, then submit."),
            code="settle_on_behalf",
        )
    if not result.strip():
        raise Refused(_("Say what was done on the spot."), code="settle_result")
    issue = report_issue(place=place, category=category, text=text, by=by, now=now, source=source, **report)
    if issue.is_danger:
        raise Refused(
            _("A danger is never settled in one go: register it, the duty posts are called."),
            code="settle_danger",
        )
    if not _is_own(issue, by, now):
        raise Refused(
            _("This goes to %(owner)s: register it without the box, and say in the text what was done.")
            % {"owner": issue.owner},
            code="settle_not_own",
        )
    sign_issue(issue, by=by, now=now)
    return submit_result(issue, by=by, now=now, outcome="solved", text=result, photos=result_photos)


def _is_own(issue: Issue, by: "User", now: datetime) -> bool:
    """Handed out by rule, to a unit where the person handles."""
    posts = standing_of(by, now).with_capability("handle")
    return issue.state == "assigned" and issue.owner_unit_id in {one.unit_id for one in posts}
