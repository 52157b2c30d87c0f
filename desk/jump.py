"""Words for reading where a person wants to go: an issue by its number, units and bodies by name, code or initials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from grids.models import Body, Unit
from grids.offered import names_above, units_called
from issues.models import Issue
from issues.numbers import read_number

SHORTEST = 2
MOST_UNITS, MOST_BODIES = 15, 5


@dataclass(frozen=True)
class Found:
    """What somebody may mean; `more`: not all of it. An issue stands alone: its number names no other thing."""

    issue: Issue | None = None
    units: Sequence[Unit] = ()
    bodies: Sequence[Body] = ()
    more: bool = False
    # Of the streets and communities that the units lie in.
    names: Mapping[int, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.units) + len(self.bodies) + (self.issue is not None)

    def above(self, unit: Unit) -> list[str]:
        """In which street and community it lies."""
        return [self.names[pk] for pk in (unit.street_id, unit.community_id) if pk and pk != unit.pk]


def meant_by(words: str, user: Any, now: datetime) -> Found:
    """What this person sees that is called so. A few queries, however much it is."""
    words = words.strip()
    if len(words) < SHORTEST:
        return Found()
    if read_number(words):
        return Found(
            issue=Issue.objects.visible_to(user, now).named(words).select_related("category").first()
        )
    units = list(units_called(words, user, now)[: MOST_UNITS + 1])
    bodies = list(bodies_called(words, user, now)[: MOST_BODIES + 1])
    more = len(units) > MOST_UNITS or len(bodies) > MOST_BODIES
    return Found(None, units[:MOST_UNITS], bodies[:MOST_BODIES], more, names_above(units))


def bodies_called(words: str, user: Any, now: datetime) -> Any:
    """By a part of the name, or by the code."""
    found: Any = Body.objects.visible_to(user, now).called(words)
    return found.select_related("unit").defer("unit__boundary").order_by("name", "pk")
