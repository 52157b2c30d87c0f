"""Hotline orders become issues, or change the issue that they became before. Their deadline wins."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions import clean_phone
from accounts.secrets import keyed_hash
from calendars.worktime import Due
from grids.models import Unit
from grids.standing import standing_of
from issues.actions.clocks import cancel_clocks
from issues.actions.escalate import fire_due
from issues.actions.hotline import JOB
from issues.actions.report import Contact, report_issue
from issues.actions.step import Step, event_of, lock_issue, put_clock
from issues.hotline.parcels import orders_in
from issues.hotline.rows import Order
from issues.models import Category, Deadline, HotlineOrder, ImportBatch, Issue, Reporter
from issues.models.clock import OF_ISSUE
from trail.actions import record_event, record_events
from trail.jobs import job
from trail.refusals import Refused

if TYPE_CHECKING:
    from trail.models import Job

# One import at a time within a district, so that no number is ever taken in twice.
LOCK = 7403
COUNTS = ("added", "updated", "unchanged")


@job(JOB, gettext_lazy("Import of hotline orders"), seen_with=("dispatch",))
def import_next(work: "Job", now: datetime) -> bool:
    """One chunk of a file; the job's step. What is imported is deleted from what waits."""
    locked = ImportBatch.objects.select_for_update(of=("self",)).select_related("area", "by")
    batch = locked.get(pk=work.params["batch"])
    parcel = batch.parcels.order_by("number").first()
    if parcel is not None:
        import_orders(orders_in(parcel.orders), batch=batch, now=now)
        parcel.delete()
    work.total, work.done = batch.total - batch.wrong, batch.imported
    more = batch.parcels.exists()
    if not more and batch.state == "running":
        batch.state, batch.finished_at = "done", now
        record_event("hotline_file", batch.pk, "finish", by=None, now=now, **_about(batch))
    batch.save(update_fields=["state", "finished_at", "remarks", *COUNTS])
    return more


@transaction.atomic
def import_orders(orders: list[Order], *, batch: ImportBatch, now: datetime) -> None:
    """Take these in under the batch, which keeps count (not written yet). One that a rule refuses is a remark;
    the others go in. Those known already are locked first, in the order of their issues."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, batch.area.district_id])
    numbers = [order.number for order in orders]
    known = {
        row.number: row
        for row in HotlineOrder.objects.filter(district=batch.area.district_id, number__in=numbers)
    }
    places = Unit.objects.defer("boundary").in_bulk([order.place for order in orders])
    categories = {row.key: row for row in Category.objects.filter(key__in=[one.category for one in orders])}
    old = [order for order in orders if order.number in known]
    for order in sorted(old, key=lambda one: known[one.number].issue_id):
        _count(batch, order, update_order(known[order.number], order, batch=batch, now=now))
    for order in (one for one in orders if one.number not in known):
        try:
            with transaction.atomic():
                add_order(order, places[order.place], categories.get(order.category), batch=batch, now=now)
        except Refused as refused:
            batch.remarks.append([order.line, str(refused), True])
        else:
            _count(batch, order, "added")


@transaction.atomic
def add_order(
    order: Order, place: Unit, category: Category | None, *, batch: ImportBatch, now: datetime
) -> HotlineOrder:
    """A new issue, with the hotline's deadline as the promised one. Raises Refused like any report."""
    if category is None:
        raise Refused(_("There is no category for it; add one with the key “other”."), code="category")
    issue = report_issue(
        place=place,
        category=category,
        text=order.text,
        by=batch.by,
        now=now,
        source="hotline",
        kind=order.kind,
        spot=order.spot,
        contact=Contact(order.caller, order.phone),
        on_behalf=True,
        occurred_at=order.dispatched_at,
        deadline=order.deadline,
    )
    if order.secret:
        Reporter.objects.filter(issue=issue).update(is_secret=True)
    return HotlineOrder.objects.create(
        issue=issue,
        district_id=batch.area.district_id,
        number=order.number,
        batch=batch,
        given=order.given,
        nature=order.nature,
        dispatched_at=order.dispatched_at,
        deadline_at=order.deadline,
    )


@transaction.atomic
def update_order(known: HotlineOrder, order: Order, *, batch: ImportBatch, now: datetime) -> str:
    """The same number again: what has changed goes into its issue. "updated", "unchanged", or "closed" for an
    issue that has ended, which stays as it is."""
    issue = lock_issue(known.issue_id)
    fire_due([issue], now=now)
    if not issue.is_open:
        return "closed"
    step = Step(issue, "hotline_update", batch.by, now, standing_of(batch.by, now))
    changed = [*_new_text(step, order), *_new_deadline(step, known, order), *_new_contact(issue, order)]
    same = known.given == order.given and known.nature == order.nature
    known.batch, known.given, known.nature = batch, order.given, order.nature
    known.deadline_at, known.dispatched_at = order.deadline, order.dispatched_at
    known.save(update_fields=["batch", "given", "nature", "deadline_at", "dispatched_at"])
    if changed:
        step.change(version=issue.version + 1)
        issue.save(update_fields=sorted(step.changed))
        record_events([event_of(step, step.data | {"changed": changed})], now=now)
    return "unchanged" if same and not changed else "updated"


def _new_text(step: Step, order: Order) -> list[str]:
    if step.issue.text == order.text:
        return []
    step.change(text=order.text)
    return ["text"]


def _new_deadline(step: Step, known: HotlineOrder, order: Order) -> list[str]:
    """The promised date, and the clock of the result if it runs; one that waits to be signed for goes on."""
    if known.deadline_at == order.deadline:
        return []
    issue = step.issue
    step.change(promised_at=order.deadline)
    step.data["promised_at"] = order.deadline.isoformat()
    running = Deadline.objects.open().filter(OF_ISSUE, issue=issue, clock="submit").first()
    if running:
        cancel_clocks(issue, now=step.now, only=("submit",))
        limit = Due(order.deadline, False)
        put_clock(step, "submit", running.span, since=running.started_at, limit=limit)
    return ["deadline"]


def _new_contact(issue: Issue, order: Order) -> list[str]:
    """Whom to call back; what the hotline does not say any more stays as it is. Erased data stays erased."""
    phone, name = _digits(order.phone), order.caller.strip()
    old = Reporter.objects.filter(issue=issue).first()
    if (old and old.erased_at) or not (phone or name):
        return []
    row = old or Reporter(issue=issue)
    wanted: dict[str, Any] = {
        "name": name or row.name,
        "phone": phone or row.phone,
        "is_secret": order.secret,
    }
    if old and all(getattr(old, field) == value for field, value in wanted.items()):
        return []
    wanted |= {
        "phone_hash": keyed_hash(wanted["phone"], purpose="phone"),
        "last_four_hash": keyed_hash(
            f"{issue.code}:{wanted['phone'][-4:]}" if wanted["phone"] else "", purpose="last_four"
        ),
    }
    for field, value in wanted.items():
        setattr(row, field, value)
    row.save()
    return ["contact"]


def _digits(phone: str) -> str:
    """Of what is no number nothing."""
    try:
        return clean_phone(phone)
    except Refused:
        return ""


def _count(batch: ImportBatch, order: Order, what: str) -> None:
    if what == "closed":
        batch.unchanged += 1
        batch.remarks.append([order.line, "closed", False])
    else:
        setattr(batch, what, getattr(batch, what) + 1)
        batch.remarks += [[order.line, key, False] for key in order.remarks]


def _about(batch: ImportBatch) -> dict[str, Any]:
    data = {name: getattr(batch, name) for name in ("total", "wrong", *COUNTS)}
    return {"unit_id": batch.area_id, "unit_label": batch.area.name, "data": data}
