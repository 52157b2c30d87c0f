"""A long file of hotline orders is checked in the background, some rows at a time; nothing of it is imported."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext_lazy, override

from issues.actions.hotline import CHECK_JOB, READ, about, check_into
from issues.districts import rules_of
from issues.hotline.parcels import ROWS_IN_A_PARCEL, rows_in
from issues.hotline.sheets import Sheet, meanings_of
from issues.models import ImportBatch
from trail.actions import record_event
from trail.job_reports import about_file
from trail.jobs import job

if TYPE_CHECKING:
    from trail.models import Job


@job(
    CHECK_JOB,
    gettext_lazy("Check of hotline orders"),
    seen_with=("manage_units",),
    show=about_file(ImportBatch, "batch"),
)
def check_next(work: "Job", now: datetime) -> bool:
    """The next rows of a file; the job's step. What is checked is kept as orders and as wrong rows, and is no longer
    kept as it was read. Faults are said in the language of whoever brought the file."""
    locked = ImportBatch.objects.select_for_update(of=("self",)).select_related("area", "by")
    batch = locked.get(pk=work.params["batch"])
    unread = batch.parcels.filter(number__gte=READ).order_by("number")
    parcel = unread.first()
    if batch.state != "checking" or parcel is None:
        return False
    rules, rows = rules_of(batch.area.district_id, now), rows_in(parcel.orders)
    sheet = Sheet(tuple(batch.header), meanings_of(batch.header, rules.hotline_columns), rows)
    seen = set(work.cursor.get("seen", ()))
    with override((batch.by and batch.by.language) or settings.LANGUAGE_CODE):
        check_into(batch, sheet, rules, seen)
    parcel.delete()
    work.total, work.done = batch.total, work.done + len(rows)
    if unread.exists():
        work.cursor = {"seen": sorted(seen)}
        return True
    work.cursor = {}
    batch.state = "checked"
    batch.save(update_fields=["state"])
    record_event("hotline_file", batch.pk, "check", by=None, now=now, **about(batch))
    return False


def checked_so_far(batch: ImportBatch) -> int:
    """How many rows of a file that is being checked are."""
    left = batch.parcels.filter(number__gte=READ).count()
    parts = -(-batch.total // ROWS_IN_A_PARCEL)
    return min((parts - left) * ROWS_IN_A_PARCEL, batch.total)
