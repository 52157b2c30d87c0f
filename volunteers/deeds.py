"""Who did a deed, and what was booked for it: a service record, a wish that came true, something reported."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from issues.models import Issue
from volunteers.models import PointTransfer, Service, Volunteer, Wish
from volunteers.points_querysets import PointTransferQuerySet
from volunteers.tariff import WISH
from volunteers.wish_ties import having

Deed = Service | Wish | Issue


def doer_of(deed: Deed) -> Volunteer | None:
    """None where no volunteer has claimed the wish (bodies and organisations have no points) or reported the issue. A wish
    is read `with_claim`."""
    if isinstance(deed, Service):
        return deed.volunteer
    if isinstance(deed, Issue):
        return reporter_of(deed)
    claim = having(deed)
    return claim.volunteer if claim else None


def reporter_of(issue: Issue) -> Volunteer | None:
    """Who gets the points for an issue: the volunteer whose account reported it."""
    if issue.registered_by_id is None:
        return None
    return Volunteer.objects.filter(user=issue.registered_by_id).first()


def bookings_of(deed: Deed) -> PointTransferQuerySet:
    """The oldest first."""
    rows, doer = PointTransfer.objects, doer_of(deed)
    if doer is None:
        return rows.none()
    if isinstance(deed, Service):
        found = rows.of_service(deed)
    elif isinstance(deed, Wish):
        found = rows.of_deed(doer, WISH, deed.pk)
    else:
        found = rows.of_reports(doer).filter(about_id=deed.pk)
    return found.order_by("pk")


def bookings_of_reports(volunteer: Volunteer, user: Any, now: datetime) -> PointTransferQuerySet:
    """What was booked for all that this volunteer reported, the latest first. A complaint about somebody is no deed at all
    for those from whom it is hidden: that there are points for one would say who made it."""
    hidden = Issue.objects.hidden_from(user, now).filter(pk=OuterRef("about_id"))
    return PointTransfer.objects.of_reports(volunteer).filter(~Exists(hidden.order_by())).order_by("-pk")


def numbers_seen(bookings: Iterable[PointTransfer], user: Any, now: datetime) -> dict[int, str]:
    """Id of an issue → its number, of those that this person may see. One query."""
    wanted = {one.about_id for one in bookings}
    seen = Issue.objects.visible_to(user, now).filter(pk__in=wanted) if wanted else Issue.objects.none()
    return {one.pk: one.number for one in seen.only("received_at")}
