"""Who did a deed that has a page of its own, and what was booked for it: a service record, a wish that came true."""

from volunteers.models import PointTransfer, Service, Volunteer, Wish
from volunteers.points_querysets import PointTransferQuerySet
from volunteers.tariff import WISH
from volunteers.wish_ties import having

Deed = Service | Wish


def doer_of(deed: Deed) -> Volunteer | None:
    """None where no volunteer has claimed the wish: bodies and organisations have no points. A wish is read
    `with_claim`."""
    if isinstance(deed, Service):
        return deed.volunteer
    claim = having(deed)
    return claim.volunteer if claim else None


def bookings_of(deed: Deed) -> PointTransferQuerySet:
    """The oldest first."""
    rows, doer = PointTransfer.objects, doer_of(deed)
    if doer is None:
        return rows.none()
    found = rows.of_service(deed) if isinstance(deed, Service) else rows.of_deed(doer, WISH, deed.pk)
    return found.order_by("pk")
