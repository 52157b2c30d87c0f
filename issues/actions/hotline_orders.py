"""Hotline orders become issues, or change the issue that they became before. Their deadline wins."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.phones import clean_phone
from accounts.secrets import keyed_hash
from grids.models import Unit
from grids.standing import standing_of
from issues.actions.batch import party
from issues.actions.escalate import fire_due
from issues.actions.hotline import JOB
from issues.actions.hotline_again import open_again, way_again
from issues.actions.hotline_deadline import move_deadline
from issues.actions.report import Contact, report_issue
from issues.actions.step import Step, finish, lock_issue
from issues.hotline.again import WAYS
from issues.hotline.cells import flag_of
from issues.hotline.columns import KEPT
from issues.hotline.parcels import orders_in
from issues.hotline.rows import Order
from issues.models import Category, HotlineOrder, ImportBatch, Issue, Reporter
from trail.actions import record_event
from trail.job_reports import about_file
from trail.jobs import job
from trail.refusals import Refused
from trail.turns import take_turn

if TYPE_CHECKING:
    from trail.models import Job

# One import at a time within a district, so that no number is ever taken in twice.
COUNTS = ("added", "updated", "unchanged")
UPDATED = ("batch", "given", "nature", "related", "deadline_at", "dispatched_at", "earlier")
# What has changed → the columns that say so.
TOLD_AS = {"text": ("title", "content"), "contact": ("secret",)}


@job(
    JOB,
    gettext_lazy("Import of hotline orders"),
    seen_with=("manage_units",),
    show=about_file(ImportBatch, "batch"),
)
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
    take_turn("issues.hotline", batch.area.district_id)
    numbers = [order.number for order in orders]
    known = {
        row.number: row
        for row in HotlineOrder.objects.filter(district=batch.area.district_id, number__in=numbers)
    }
    places = Unit.objects.defer("boundary").in_bulk([order.place for order in orders])
    categories = {row.key: row for row in Category.objects.filter(key__in=[one.category for one in orders])}
    old = [order for order in orders if order.number in known]
    turns = _turns([known[order.number].issue_id for order in old])
    for order in sorted(old, key=lambda one: turns[known[one.number].issue_id]):
        with _remarked(batch, order):
            _count(batch, order, update_order(known[order.number], order, batch=batch, now=now))
    for order in (one for one in orders if one.number not in known):
        with _remarked(batch, order):
            add_order(order, places[order.place], categories.get(order.category), batch=batch, now=now)
            _count(batch, order, "added")


def _turns(issues: list[int]) -> dict[int, tuple[int, bool, int]]:
    """Issue → when it is locked among these: in the order of their numbers, but what follows another after that one, as
    by everything that touches both."""
    rows = Issue.objects.filter(pk__in=issues).values_list("pk", "main", "state").order_by()
    return {
        pk: (main, True, pk) if state == "merged" and main is not None else (pk, False, pk)
        for pk, main, state in rows
    }


@contextmanager
def _remarked(batch: ImportBatch, order: Order) -> Iterator[None]:
    """What a rule refuses leaves no trace but a remark under its line; the other rows go in."""
    try:
        with transaction.atomic():
            yield
    except Refused as refused:
        batch.remarks.append([order.line, str(refused), True])


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
        related=list(order.related),
        dispatched_at=order.dispatched_at,
        deadline_at=order.deadline,
    )


@transaction.atomic
def update_order(known: HotlineOrder, order: Order, *, batch: ImportBatch, now: datetime) -> str:
    """The same number again: what has changed goes into its issue, as one event that says what moved. One that
    had ended is opened again where the hotline sets it anew (issues.hotline.again).

    "updated", "unchanged", the way in which it was opened again; for an issue that has ended and stays as it is
    "closed", or "extended" where its deadline alone is later. Raises Refused where nobody is left who could have it.
    """
    issue = lock_issue(known.issue_id)
    fire_due([issue], now=now)
    step = Step(issue, "hotline_update", batch.by, now, standing_of(batch.by, now))
    way = way_again(issue, known, order)
    if not way and not issue.is_open and issue.state != "merged":
        return _extend_ended(step, known, order)
    if way:
        open_again(step, known, order, way)
    changed = [*_new_text(step, order), *_new_deadline(step, known, order, way), *_new_contact(known, order)]
    changed += _new_details(known, order, changed)
    if not (changed or way):
        return "unchanged"
    known.batch, known.given, known.nature = batch, order.given, order.nature
    known.related = list(order.related)
    known.deadline_at, known.dispatched_at = order.deadline, order.dispatched_at
    known.save(update_fields=UPDATED)
    # Whoever has the main issue that it follows is told instead of whoever had this one.
    asked = {"asked": party(issue.main.owner)} if issue.state == "merged" and issue.main else {}
    finish(step, data={"changed": changed} | asked)
    return way or "updated"


def _extend_ended(step: Step, known: HotlineOrder, order: Order) -> str:
    """A later date that was asked for comes with the next file, also when the matter has ended meanwhile."""
    if order.deadline <= known.deadline_at:
        return "closed"
    changed = _new_deadline(step, known, order, "")
    known.deadline_at = order.deadline
    known.save(update_fields=["deadline_at"])
    finish(step, data={"changed": changed})
    return "extended"


def _new_text(step: Step, order: Order) -> list[str]:
    if step.issue.text == order.text:
        return []
    step.change(text=order.text)
    return ["text"]


def _new_deadline(step: Step, known: HotlineOrder, order: Order, way: str) -> list[str]:
    """The promised date, and whatever runs towards it; one that waits to be signed for goes on, also one that was
    opened again (`way`)."""
    if known.deadline_at == order.deadline:
        return []
    if way:
        return ["deadline"]
    move_deadline(step, was=known.deadline_at, deadline=order.deadline)
    return ["deadline"]


def _new_contact(known: HotlineOrder, order: Order) -> list[str]:
    """Whom to call back, and whether that is confidential; what the hotline does not say any more stays as it
    is. Erased data stays erased."""
    phone, name = _digits(order.phone), order.caller.strip()
    old = Reporter.objects.select_related("issue").filter(issue=known.issue_id).first()
    if (old and old.erased_at) or not (old or phone or name):
        return []
    row = old or Reporter(issue=known.issue, is_secret=flag_of(known.given.get("secret")))
    wanted: dict[str, Any] = {
        "name": name or row.name,
        "phone": phone or row.phone,
        "is_secret": row.is_secret if order.secret is None else order.secret,
    }
    if old and all(getattr(old, field) == value for field, value in wanted.items()):
        return []
    wanted |= {
        "phone_hash": keyed_hash(wanted["phone"], purpose="phone"),
        "last_four_hash": keyed_hash(
            f"{row.issue.code}:{wanted['phone'][-4:]}" if wanted["phone"] else "", purpose="last_four"
        ),
    }
    for field, value in wanted.items():
        setattr(row, field, value)
    row.save()
    return ["contact"]


def _new_details(known: HotlineOrder, order: Order, changed: list[str]) -> list[str]:
    """Anything else that the hotline writes otherwise; the same moment in other figures is the same."""
    told = {"deadline"} | {name for key in changed for name in TOLD_AS.get(key, ())}
    same = all(known.given.get(name) == order.given.get(name) for name in KEPT if name not in told)
    return [] if same else ["details"]


def _digits(phone: str) -> str:
    """Of what is no number nothing."""
    try:
        return clean_phone(phone)
    except Refused:
        return ""


def _count(batch: ImportBatch, order: Order, what: str) -> None:
    """As one of the three counts, with a remark where something else happened to it than it looks like."""
    if what == "closed":
        batch.unchanged += 1
        batch.remarks.append([order.line, "closed", False])
        return
    happened = (what,) if what in (*WAYS, "extended") else ()
    count = "updated" if happened else what
    setattr(batch, count, getattr(batch, count) + 1)
    batch.remarks += [[order.line, key, False] for key in (*happened, *order.remarks)]


def _about(batch: ImportBatch) -> dict[str, Any]:
    data = {name: getattr(batch, name) for name in ("total", "wrong", *COUNTS)}
    area = batch.area
    return {"unit_id": area.pk, "unit_label": area.name, "district_id": area.district_id, "data": data}
