"""What was kept of a child and its guardian ends with the fourteenth birthday, as the sign-up promises."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from grids.actions.notes import at
from trail.actions import NewEvent, next_seqs, record_events
from volunteers.actions.facts import NO_GUARDIAN
from volunteers.models import Volunteer

BATCH = 1000


@transaction.atomic
def forget_guardians(*, before: datetime, limit: int = BATCH) -> int:
    """Drop up to `limit` consents of whoever is fourteen on this day; how many. What somebody holds is left for the next
    time."""
    due = Volunteer.objects.filter(of_age_on__lte=timezone.localdate(before)).order_by("pk")
    rows = due.select_for_update(of=("self",), skip_locked=True, no_key=True).select_related("home")
    found = list(rows.defer("home__boundary")[:limit])
    ids = [one.pk for one in found]
    Volunteer.objects.filter(pk__in=ids).update(**NO_GUARDIAN)
    seqs = next_seqs("volunteer", ids)
    record_events(
        [NewEvent("volunteer", one.pk, "of_age", seqs[one.pk], **at(one.home)) for one in found], now=before
    )
    return len(found)
