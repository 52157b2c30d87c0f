"""What other systems hear of an issue's events: those that the person reads on its timeline, as codes and numbers.

A complaint is hidden from those it is about, and who sees an issue from outside hears of it what stands on their
timeline; of steps that are not their own, the state alone. Reads; decides nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from grids.lineage import COLUMNS, key_of
from grids.models import Body, Unit
from issues.models import Callee, Issue
from issues.sentences import OUTSIDE, STAFF
from issues.sights import called_in_sight, sights_of
from issues.timeline import Reader, readable
from trail.feeds import Told

if TYPE_CHECKING:
    from trail.models import Event

PLACES = tuple(name.removesuffix("_id") for name in COLUMNS)
SHOWN = ("code", *COLUMNS, *(f"{name}__code" for name in PLACES))
SHOWN += ("registered_by", "source", "about_unit", "about_body", "about_user")
# Numbers that stand for something which is found over REST, or count. What is not named here stays in the house: an
# account's number, another issue's.
NUMBERS = frozenset(("callee", "task", "decision", "lead", "instead", "stage", "count", "round", "moved"))
NUMBERS |= {"callees", "tasks"}
# Numbers of units.
UNITS = frozenset(("above", "units"))


def tell(events: Sequence["Event"], user: Any, now: datetime) -> dict[int, Told]:
    """For trail.feeds: of these events those that the person may hear of. At most nine queries, however many."""
    issues = _seen(events, user, now)
    readers, known = _readers(issues, user, now)
    heard = [
        event
        for event in events
        if event.subject_id in issues and readable(event, readers[event.subject_id], known[event.subject_id])
    ]
    codes = _codes(heard)
    return {
        event.pk: _told(event, issues[event.subject_id], readers[event.subject_id], codes) for event in heard
    }


def find(code: str, user: Any, now: datetime) -> int | None:
    """The issue behind a tracking code, if the person sees it."""
    seen = Issue.objects.visible_to(user, now, code=code.strip().lower())
    return seen.values_list("pk", flat=True).first()


def _seen(events: Iterable["Event"], user: Any, now: datetime) -> dict[int, Issue]:
    ids = {event.subject_id for event in events}
    if not ids:
        return {}
    seen = Issue.objects.visible_to(user, now).select_related(*PLACES).only(*SHOWN)
    return seen.order_by().in_bulk(ids)


def _readers(
    issues: Mapping[int, Issue], user: Any, now: datetime
) -> tuple[dict[int, Reader], dict[int, set[int]]]:
    """How the person reads each issue, and ids of those called in it whom they may know of."""
    sights = sights_of(issues.values(), user, now)
    outside = [pk for pk, sight in sights.items() if not sight.inside]
    called: dict[int, list[Callee]] = {}
    if outside:
        for callee in Callee.objects.filter(issue__in=outside).select_related("unit", "body"):
            called.setdefault(callee.issue_id, []).append(callee)
    readers, known = {}, {}
    for pk, sight in sights.items():
        rows = called.get(pk, [])
        mine = frozenset(row.pk for row in rows if key_of(row.party) in sight.parties)
        readers[pk] = Reader(STAFF if sight.inside else OUTSIDE, sight, mine)
        known[pk] = {row.pk for row in called_in_sight(rows, sight)}
    return readers, known


def _told(event: "Event", issue: Issue, reader: Reader, codes: Mapping[tuple[str, int], str]) -> Told:
    places = [place for name in PLACES if (place := getattr(issue, name))]
    whole = reader.kind == STAFF or reader.owns(event)
    data = event.data if whole else {"state": event.data.get("state")}
    return Told(
        code=issue.code,
        district=issue.district.code if issue.district else None,
        unit=places[-1].code if places else None,
        places=frozenset(place.pk for place in places),
        data=outgoing(data, codes),
    )


def outgoing(data: Mapping[str, Any], codes: Mapping[tuple[str, int], str]) -> dict[str, Any]:
    """An event's data with codes for units and bodies, and without numbers that mean nothing outside. Pure."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        if key in {"unit", "body"}:
            found[key] = codes.get((key, value))
        elif key in UNITS:
            found[key] = _each(value, lambda pk: codes.get(("unit", pk)))
        elif isinstance(value, dict):
            found[key] = outgoing(value, codes)
        elif isinstance(value, list):
            found[key] = [part for one in value for part in _part(key, one, codes)]
        elif isinstance(value, bool | str | None) or key in NUMBERS:
            found[key] = value
    return found


def _part(key: str, value: Any, codes: Mapping[tuple[str, int], str]) -> list[Any]:
    """One of a list, or nothing of it."""
    if isinstance(value, dict):
        return [outgoing(value, codes)]
    return [value] if isinstance(value, str) or key in NUMBERS else []


def _each(value: Any, code: Any) -> Any:
    return [code(one) for one in value] if isinstance(value, list) else code(value)


def _codes(events: Iterable["Event"]) -> dict[tuple[str, int], str]:
    """The codes of all units and bodies that these events mention: a query for each of the two."""
    wanted: dict[str, set[int]] = {"unit": set(), "body": set()}
    for event in events:
        _mentioned(event.data, wanted)
    found: dict[tuple[str, int], str] = {}
    for kind, model in (("unit", Unit), ("body", Body)):
        if wanted[kind]:
            rows = model.objects.filter(pk__in=wanted[kind]).order_by().values_list("pk", "code")
            found |= {(kind, pk): code for pk, code in rows}
    return found


def _mentioned(data: Mapping[str, Any], wanted: dict[str, set[int]]) -> None:
    for key, value in data.items():
        if key in UNITS:
            wanted["unit"].update(value if isinstance(value, list) else [value])
            continue
        if key in wanted and isinstance(value, int):
            wanted[key].add(value)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                _mentioned(one, wanted)
