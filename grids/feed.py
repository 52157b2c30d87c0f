"""What other systems hear of units and bodies: that one was added, renamed, moved, merged, closed. Codes and names of
fields, never what it is called or who serves there: that is read over REST. Reads; decides nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from grids.models import Body, Unit
from grids.querysets import units_seen
from trail.feeds import Told

if TYPE_CHECKING:
    from trail.models import Event

UNIT_VERBS = ("add", "import", "change", "rename", "move", "merge", "close")
BODY_VERBS = ("add", "change", "close")
# Of an event's data these go out. The former are codes of units: null where the reader does not see the unit.
NAMED = ("parent", "was", "to", "into", "unit")
KEPT = ("kind", "fields", "added")
UNIT_SHOWN = ("code", "kind", "district", "street", "community", "grid", "merged_into", "district__code")
BODY_SHOWN = ("code", "unit", "district", "street", "unit__code", "district__code")


def tell_units(events: Sequence["Event"], user: Any, now: datetime) -> dict[int, Told]:
    """For trail.feeds: of these events those of units that the person sees. Two queries, however many."""
    seen = Unit.objects.visible_to(user, now).select_related("district").only(*UNIT_SHOWN)
    return _tell([event for event in events if event.verb in UNIT_VERBS], seen, user, now)


def tell_bodies(events: Sequence["Event"], user: Any, now: datetime) -> dict[int, Told]:
    """The same of bodies."""
    seen = Body.objects.visible_to(user, now).select_related("unit", "district").only(*BODY_SHOWN)
    return _tell([event for event in events if event.verb in BODY_VERBS], seen, user, now)


def find_unit(code: str, user: Any, now: datetime) -> int | None:
    """The unit with this code, closed or not, if the person sees it."""
    return next((unit.pk for unit in units_seen([code], user, now)), None)


def find_body(code: str, user: Any, now: datetime) -> int | None:
    """The body with this code, closed or not, if the person sees it."""
    return Body.objects.visible_to(user, now).filter(code=code).values_list("pk", flat=True).first()


def _tell(events: Sequence["Event"], seen: Any, user: Any, now: datetime) -> dict[int, Told]:
    if not events:
        return {}
    subjects = seen.order_by().in_bulk({event.subject_id for event in events})
    heard = [event for event in events if event.subject_id in subjects]
    named = _named(heard, user, now)
    return {event.pk: _told(event, subjects[event.subject_id], named) for event in heard}


def _named(events: Iterable["Event"], user: Any, now: datetime) -> dict[str, Unit]:
    """The units that these events name by their codes, as far as the person sees them."""
    codes = {event.data[key] for event in events for key in NAMED if event.data.get(key)}
    return {unit.code: unit for unit in units_seen(sorted(codes), user, now)} if codes else {}


def _told(event: "Event", subject: Unit | Body, named: Mapping[str, Unit]) -> Told:
    """Where it went, and whence, hears of it too."""
    data = event.data
    units = [unit for key in NAMED if (unit := named.get(data.get(key, "")))]
    codes = {key: named[data[key]].code if data[key] in named else None for key in NAMED if key in data}
    return Told(
        code=subject.code,
        district=subject.district.code if subject.district else None,
        unit=subject.code if isinstance(subject, Unit) else subject.unit.code,
        places=frozenset(pk for one in (subject, *units) for pk in _places(one)),
        data=codes | {key: data[key] for key in KEPT if key in data},
    )


def _places(place: Unit | Body) -> list[int]:
    """Ids of all units that it lies in; of a merged unit the one that it became part of, which others follow."""
    own = [pk for pk in place.lineage().values() if pk]
    into = place.merged_into_id if isinstance(place, Unit) else None
    return [*own, into] if into else own
