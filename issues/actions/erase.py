"""Contact data is not kept for ever: what the reporting form promises is done here."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from issues.contacts import KEPT_AFTER_END
from issues.models import Reporter
from trail.actions import NewEvent, record_events
from trail.models import Event

BATCH = 200


@transaction.atomic
def erase_contacts(*, now: datetime, limit: int = BATCH) -> int:
    """Erase names and numbers of matters that ended long enough ago, at most `limit`; returns how many.

    Any number may run at once. What happened stays in the trail, which holds no contact data.
    """
    due = Reporter.objects.filter(erased_at=None, issue__closed_at__lt=now - KEPT_AFTER_END)
    rows = (
        due.select_for_update(of=("self",), skip_locked=True).select_related("issue").order_by("pk")[:limit]
    )
    issues = [row.issue for row in rows]
    ids = [issue.pk for issue in issues]
    Reporter.objects.filter(pk__in=ids).update(
        name="", phone="", phone_hash="", last_four_hash="", erased_at=now
    )
    looked = Event.objects.filter(subject_type="contact", subject_id__in=ids).order_by()
    last = dict(looked.values_list("subject_id").annotate(last=Max("seq")))
    record_events(
        [
            NewEvent(
                "contact",
                issue.pk,
                "erase",
                seq=last.get(issue.pk, 0) + 1,
                unit_id=issue.community_id or issue.district_id,
                unit_label=issue.place_label[:120],
                district_id=issue.district_id,
            )
            for issue in issues
        ],
        now=now,
    )
    return len(issues)
