"""A file of hotline orders: taken in and checked, confirmed, or thrown away. A long one is checked by hotline_check.py;
orders: hotline_orders.py."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from grids.actions.sheet_files import CHECKED_AT_ONCE
from grids.books import UnreadableSheet
from grids.models import Unit
from issues.actions.hotline_again import way_again
from issues.districts import rules_of
from issues.hotline.parcels import pack_wrong, parcels_of, rows_of, wrong_in, wrong_rows
from issues.hotline.places import NamedUnit, places_of
from issues.hotline.rows import Known, Order, check_rows
from issues.hotline.sheets import Sheet, read_sheet
from issues.models import Category, HotlineOrder, ImportBatch, ImportParcel
from issues.models.hotline import import_areas
from issues.policies import DistrictRules
from trail.actions import record_event
from trail.job_actions import start_job
from trail.models import Job
from trail.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from accounts.models import User

JOB, CHECK_JOB = "issues.hotline", "issues.hotline_check"
# Nothing of it is imported yet, and nobody has said that it shall be.
UNDECIDED = ("checking", "checked")
# A job is at it, or was.
AT_WORK = ("checking", "running")
# Parcels from this number on hold rows that were only read.
READ = 1_000_000
# A file that nobody confirmed, and the wrong rows of one that was imported, are not kept for ever.
UNCONFIRMED_FOR = timedelta(days=1)
WRONG_ROWS_FOR = timedelta(days=7)
NAMED = ("district", "street", "community")
BATCH = 50
# What decides of an order that is sent again, of its issue.
STANDS = ("state", "disputed", "redo_count")
FOUND = ("wrong_rows", "wrong", "expected_new", "expected_known", "expected_again")


def read_file(area: Unit, data: bytes, *, by: "User", now: datetime) -> Sheet:
    """What a file for a district or street says, by the headings that hold in the district. Seconds of work for a large
    one: no transaction is to stay open meanwhile.

    Raises NotAllowed, or Refused("file") with what is wrong with the file as a whole.
    """
    check_area(area, by, now)
    try:
        return read_sheet(data, rules_of(area.district_id, now).hotline_columns)
    except UnreadableSheet as error:
        raise Refused(str(error), code="file") from error


@transaction.atomic
def take_in_file(area: Unit, sheet: Sheet, *, file_name: str, by: "User", now: datetime) -> ImportBatch:
    """Check what was read from a file for a district or street (`read_file`), and keep it until it is confirmed; no issue
    is touched. A long one is checked in the background ("checking"). Raises NotAllowed."""
    check_area(area, by, now)
    rules = rules_of(area.district_id, now)
    long = len(sheet.rows) > CHECKED_AT_ONCE
    batch = ImportBatch.objects.create(
        area=area,
        file_name=file_name[-200:],
        state="checking" if long else "checked",
        header=list(sheet.header),
        total=len(sheet.rows),
        by=by,
        uploaded_at=now,
    )
    if long:
        _keep(batch, rows_of(sheet), READ)
        start_job(CHECK_JOB, {"batch": batch.pk}, by=by, now=now, district_id=area.district_id)
    else:
        check_into(batch, sheet, rules, set())
    verb = "take_in" if long else "check"
    record_event("hotline_file", batch.pk, verb, by=by, now=now, seq=1, **about(batch))
    return batch


@transaction.atomic
def confirm_import(batch: ImportBatch, *, by: "User", now: datetime) -> ImportBatch:
    """Import what is right in the file, in the background. Refused("batch_state") the second time, and while it is
    checked."""
    batch = _lock_undecided(batch, by, now)
    if batch.state == "checking":
        raise Refused(_("This file is still being checked."), code="batch_state")
    if not batch.parcels.exists():
        raise Refused(_("There is no right row in this file."), code="batch_state")
    batch.state, batch.started_at, batch.by = "running", now, by
    batch.save(update_fields=["state", "started_at", "by"])
    record_event("hotline_file", batch.pk, "confirm", by=by, now=now, **about(batch))
    start_job(JOB, {"batch": batch.pk}, by=by, now=now, district_id=batch.area.district_id)
    return batch


@transaction.atomic
def drop_import(batch: ImportBatch, *, by: "User", now: datetime) -> ImportBatch:
    """Do not import it: what it says of persons is deleted at once, while it is checked too."""
    batch = _lock_undecided(batch, by, now)
    _drop(batch, now)
    record_event("hotline_file", batch.pk, "drop", by=by, now=now, **about(batch))
    return batch


@transaction.atomic
def erase_files(*, now: datetime, limit: int = BATCH) -> int:
    """Files that nobody confirmed are dropped, wrong rows of the others erased after a week; how many."""
    rows = ImportBatch.objects.select_for_update(skip_locked=True).order_by("pk")
    waiting = rows.filter(state__in=UNDECIDED, uploaded_at__lt=now - UNCONFIRMED_FOR)[:limit]
    for batch in waiting:
        _drop(batch, now)
        record_event("hotline_file", batch.pk, "drop", by=None, now=now, **about(batch))
    old = rows.filter(state="done", finished_at__lt=now - WRONG_ROWS_FOR, wrong__gt=0, wrong_erased_at=None)
    ids = [batch.pk for batch in old[:limit]]
    ImportBatch.objects.filter(pk__in=ids).update(wrong_rows="", wrong_erased_at=now)
    return len(waiting) + len(ids)


def check_area(area: Unit, by: "User", now: datetime) -> None:
    """Raises NotAllowed for whoever does not dispatch in this district or street."""
    if area.pk not in import_areas(by, now):
        raise NotAllowed(_("Hotline orders are imported by the dispatchers of the area."), code="not_yours")


def known_in(area: Unit, rules: DistrictRules) -> Known:
    """What names mean in the area's district, and which places the area may bring orders for. Two queries."""
    units = Unit.objects.open().filter(district=area.district_id, kind__in=NAMED).order_by("level", "code")
    rows = list(units.values_list("pk", "kind", "name", "district_id", "street_id"))
    names = [NamedUnit(pk, kind, name, frozenset(filter(None, above))) for pk, kind, name, *above in rows]
    within = frozenset(one.pk for one in names if area.pk in (one.pk, *one.parents))
    categories = {row.name: row.key for row in Category.objects.in_use(rules.own)}
    return Known(places_of(names), categories, within, rules.hotline_topics, rules.hotline_columns)


def check_into(batch: ImportBatch, sheet: Sheet, rules: DistrictRules, seen: set[str]) -> None:
    """Check these rows of the file, and add what was found to what is kept of it. `seen`: numbers of the orders before
    them; theirs are added."""
    checked = check_rows(sheet.named(), known_in(batch.area, rules), seen)
    known = _known_already(batch.area, checked.orders)
    again = sum(1 for row, order in known if way_again(row.issue, row, order))
    if wrong := wrong_rows(sheet, checked):
        batch.wrong_rows = pack_wrong([*wrong_in(batch.wrong_rows), *wrong])
    batch.wrong += len(wrong)
    batch.expected_new += len(checked.orders) - len(known)
    batch.expected_known += len(known) - again
    batch.expected_again += again
    batch.save(update_fields=FOUND)
    _keep(batch, parcels_of(checked.orders), batch.parcels.filter(number__lt=READ).count() + 1)


def has_failed(batch: ImportBatch) -> bool:
    """Has the job given up that was to check or import it? It goes on when the job is ordered again."""
    jobs = Job.objects.about(batch=batch.pk).filter(kind__in=(JOB, CHECK_JOB), state="failed")
    return batch.state in AT_WORK and jobs.exists()


def _known_already(area: Unit, orders: list[Order]) -> list[tuple[HotlineOrder, Order]]:
    """The orders that came before, each with what the district has of it. One query."""
    named = {order.number: order for order in orders}
    rows = HotlineOrder.objects.filter(district=area.district_id, number__in=named).select_related("issue")
    read = rows.only("number", "dispatched_at", "deadline_at", *(f"issue__{name}" for name in STANDS))
    return [(row, named[row.number]) for row in read]


def _keep(batch: ImportBatch, texts: Iterable[str], start: int) -> None:
    """As parcels of the file, numbered from `start`."""
    parcels = [ImportParcel(batch=batch, number=n, orders=text) for n, text in enumerate(texts, start=start)]
    ImportParcel.objects.bulk_create(parcels, batch_size=100)


def _lock_undecided(batch: ImportBatch, by: "User", now: datetime) -> ImportBatch:
    batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("area").get(pk=batch.pk)
    check_area(batch.area, by, now)
    if batch.state not in UNDECIDED:
        raise Refused(_("This file has been dealt with already."), code="batch_state")
    return batch


def _drop(batch: ImportBatch, now: datetime) -> None:
    batch.parcels.all().delete()
    batch.state, batch.wrong_rows, batch.finished_at, batch.wrong_erased_at = "dropped", "", now, now
    batch.save(update_fields=["state", "wrong_rows", "finished_at", "wrong_erased_at"])


def about(batch: ImportBatch) -> dict:
    """What the event says of it: counts alone."""
    counts = (
        "total",
        "wrong",
        "expected_new",
        "expected_known",
        "expected_again",
        "added",
        "updated",
        "unchanged",
    )
    return {
        "unit_id": batch.area_id,
        "unit_label": batch.area.name,
        "district_id": batch.area.district_id,
        "data": {name: getattr(batch, name) for name in counts},
    }
