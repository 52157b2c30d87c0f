"""Check-ins that end or move without anybody checking out: with the person who leaves, with the community that becomes
part of another."""

from datetime import datetime

from django.db import transaction

from grids.models import Unit
from volunteers.actions.homes import columns_of
from volunteers.actions.joining import end_check_in
from volunteers.joining_querysets import CheckInQuerySet
from volunteers.models import CheckIn, Offer, Volunteer


def end_check_ins(volunteer: Volunteer, *, now: datetime) -> int:
    """Whoever leaves or is erased is checked in nowhere any more, neither as a volunteer nor as the account that they
    were before; and nobody keeps where they serve. How many ended. Inside the transaction of a caller who holds the
    volunteer."""
    theirs = CheckIn.objects.of_person(volunteer, volunteer.user_id)
    ended = list(_held(theirs.current()))
    for checkin in ended:
        end_check_in(checkin, None, now)
    theirs.exclude(organisation=None).update(organisation=None)
    return len(ended)


@transaction.atomic
def move_check_ins(unit: Unit, home: Unit, *, now: datetime) -> int:
    """The community became part of another: whoever is checked in to it is checked in there from now on. Who was so
    already is it once, with what they offer from both. How many moved; running late or twice ends in the same place.
    """
    current = list(_held(CheckIn.objects.current().filter(unit__in=[unit, home])))
    there = {one.of_whom: one for one in current if one.unit_id == home.pk}
    moved = []
    for checkin in (one for one in current if one.unit_id == unit.pk):
        kept = there.setdefault(checkin.of_whom, checkin)
        if kept is checkin:
            moved.append(checkin.pk)
        else:
            Offer.objects.filter(checkin=checkin).update(checkin=kept)
            end_check_in(checkin, None, now)
    return CheckIn.objects.filter(pk__in=moved).update(unit=home, **columns_of(home))


def _held(rows: CheckInQuerySet) -> CheckInQuerySet:
    """Locked in the order in which they were made, with what ending one needs."""
    locked = rows.select_for_update(of=("self",), no_key=True).select_related("unit", "volunteer")
    return locked.defer("unit__boundary").order_by("pk")
