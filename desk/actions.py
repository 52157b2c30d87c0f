"""The only writers of snapshots, saved filters and the week's digest of the supervision board."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.authority import locked
from calendars.midnight import start_of
from desk.lists import keeps_lists
from desk.models import SavedFilter, Snapshot, SnapshotRow
from desk.tables import MOST_ROWS, TABLE, filter_choices
from grids.models import Unit
from grids.standing import standing_of
from issues.worktimes import worktime_of
from trail.actions import record_event
from trail.models import Event
from trail.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User
    from desk.rows import Row

DIGEST = "board_digest"
MOST_FILTERS = 30
LONGEST_FILTER = 500
BATCH = 2000


@transaction.atomic
def take_snapshot(
    table: str,
    rows: Iterable["Row"],
    *,
    by: "User",
    now: datetime,
    unit: "Unit | None" = None,
    filter: dict[str, str] | None = None,
    filter_label: str = "",
) -> Snapshot:
    """Keep these rows of a list as they were shown to `by`, with date and filter; never changed afterwards.

    The event names list, filter codes and number of rows. Raises NotAllowed for people outside, Refused
    ("table"), or ("too_many") beyond 20,000 rows.
    """
    if not keeps_lists(by, now):
        raise NotAllowed(_("Your post does not include keeping lists."), code="not_yours")
    if table not in TABLE:
        raise Refused(_("There is no such list."), code="table")
    kept = list(rows)
    if len(kept) > MOST_ROWS:
        raise Refused(_("More than 20,000 rows: narrow the filter."), code="too_many")
    header = [str(column.label) for column in TABLE[table].columns]
    snapshot = Snapshot.objects.create(
        table=table,
        unit=unit,
        filter=filter or {},
        filter_label=filter_label[:300],
        header=header,
        count=len(kept),
        digest=digest_of(header, (row.cells for row in kept)),
        taken_by=by,
        taken_at=now,
    )
    SnapshotRow.objects.bulk_create(
        [
            SnapshotRow(snapshot=snapshot, number=number, issue_id=row.issue_id, cells=list(row.cells))
            for number, row in enumerate(kept, start=1)
        ],
        batch_size=BATCH,
    )
    data = {"table": table, "rows": len(kept), "filter": filter or {}, "digest": snapshot.digest}
    here = standing_of(by, now).insiders()[0].lineage["district_id"]
    where = {"unit_id": unit.pk, "district_id": unit.district_id} if unit else {"district_id": here}
    record_event("snapshot", snapshot.pk, "take", by=by, now=now, data=data, **where)
    return snapshot


def digest_of(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A fingerprint of what was kept: the same rows in the same order give the same one."""
    found = hashlib.sha256()
    for cells in (header, *rows):
        found.update(json.dumps(list(cells), ensure_ascii=False).encode() + b"\n")
    return found.hexdigest()


@transaction.atomic
def save_filter(table: str, *, by: "User", now: datetime, name: str, query: str) -> SavedFilter:
    """Keep a filter under a name of one's own; the same name again replaces it.

    Raises Refused("table"), ("name") without one, ("long") where it asks for more than can be kept, ("too_many")
    beyond thirty of one list.
    """
    if table not in dict(filter_choices()):
        raise Refused(_("There is no such list."), code="table")
    if not (wanted := name.strip()):
        raise Refused(_("Give the filter a name."), code="name")
    if len(query) > LONGEST_FILTER:
        raise Refused(_("This filter is too long to be kept: search for fewer words."), code="long")
    own = _filters_of(by, table)
    if own.exclude(name=wanted).count() >= MOST_FILTERS:
        raise Refused(_("You have 30 filters of this list; remove one first."), code="too_many")
    kept, _made = own.update_or_create(user=by, table=table, name=wanted, defaults={"query": query})
    return kept


@transaction.atomic
def rename_filter(kept: SavedFilter, *, by: "User", now: datetime, name: str) -> SavedFilter:
    """Call one of one's own otherwise. Raises NotAllowed for anybody else's; Refused("name") without a name,
    ("taken") where another filter of the list is called so, ("gone") where it was removed meanwhile."""
    _check_own(kept, by)
    if not (wanted := name.strip()):
        raise Refused(_("Give the filter a name."), code="name")
    own = _filters_of(by, kept.table)
    if own.filter(name=wanted).exclude(pk=kept.pk).exists():
        raise Refused(_("Another filter of this list is called so."), code="taken")
    if not own.filter(pk=kept.pk).update(name=wanted):
        raise Refused(_("This filter was removed meanwhile."), code="gone")
    kept.name = wanted
    return kept


def forget_filter(kept: SavedFilter, *, by: "User", now: datetime) -> None:
    """Remove one of one's own. Raises NotAllowed for anybody else's."""
    _check_own(kept, by)
    SavedFilter.objects.filter(pk=kept.pk).delete()


def _filters_of(by: "User", table: str) -> "QuerySet[SavedFilter]":
    """The person's own of this list. They are counted and named by one at a time, whom the person's row lets in."""
    locked(by)
    return SavedFilter.objects.filter(user=by, table=table)


def _check_own(kept: SavedFilter, by: "User") -> None:
    if kept.user_id != by.pk:
        raise NotAllowed(_("This is not yours to do."), code="not_yours")


@transaction.atomic
def write_digests(*, now: datetime) -> int:
    """Once a week, in the first office hour that is asked for, let each district's board be summed up for those
    who look after it (domain.md §3, rung 5). Returns for how many districts. Asked hourly; asking more often, or
    twice at once, changes nothing.

    The event only says that it is time: who is told how many is counted by what each of them may see.
    """
    written = 0
    for root in Unit.objects.open().filter(kind="district").select_for_update(no_key=True).order_by("pk"):
        if _in_office(root, now) and not _had_digest(root, now):
            record_event("unit", root.pk, DIGEST, by=None, now=now, unit_id=root.pk, district_id=root.pk)
            written += 1
    return written


def _in_office(root: Unit, now: datetime) -> bool:
    return bool(worktime_of(root.pk).between(now, now + timedelta(minutes=1)))


def _had_digest(root: Unit, now: datetime) -> bool:
    """Since Monday, by the platform's zone."""
    today = timezone.localdate(now)
    monday = start_of(today - timedelta(days=today.weekday()))
    return Event.objects.about("unit", root.pk).filter(verb=DIGEST, occurred_at__gte=monday).exists()
