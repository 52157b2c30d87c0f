"""Where something comes in: the units of a place, held as they are until the transaction ends."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from grids.models import Unit
from issues.routing import Line, lines_of
from trail.refusals import Refused, Stale

# A place that moves while it is looked at is looked at again: once to see that it moved, once where it is now.
MOST_MOVES = 4


def held_line(place: Unit) -> Line:
    """The units that the place lies in, as they are now and until this transaction ends: what comes in is never
    left at a unit that closes, merges or moves in the same moment.

    Raises Refused("closed_place"), or Stale for a place that moves again and again.
    """
    found = held_lines([place])[place.pk]
    if isinstance(found, Refused):
        raise found
    return found


def held_lines(places: Iterable[Unit]) -> dict[int, Line | Refused]:
    """The same of many places: id of the place → its line, or why not. One query, more only while places move."""
    found: dict[int, Line | Refused] = {}
    asked = {place.pk: place for place in places}
    for _again in range(MOST_MOVES):
        lines = lines_of([place.lineage() for place in asked.values()], hold=True)
        moved: dict[int, Unit] = {}
        for (pk, was), line in zip(asked.items(), lines, strict=True):
            place = line[was.kind]
            if not place.is_open:
                reason = _("This place is closed; choose the unit that it became part of.")
                found[pk] = Refused(reason, code="closed_place")
            elif all(_stands(unit, was.lineage()) for unit in line.values()):
                found[pk] = line
            else:
                moved[pk] = place
        if not (asked := moved):
            return found
    return found | {pk: _moved() for pk in asked}


def _stands(unit: Unit, lineage: Mapping[str, int | None]) -> bool:
    """Is it open, and where the place says? One that was waited for is newer than those read beside it."""
    return unit.is_open and all(pk in (None, lineage[name]) for name, pk in unit.lineage().items())


def _moved() -> Stale:
    return Stale(_("This place has just been moved or merged; look again."), code="moved")
