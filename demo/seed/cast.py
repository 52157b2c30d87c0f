"""Who acts in the stories: for a unit or body at a moment, a person who may act there."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demo.seed.bodies import Bodies
from grids.lineage import chain, key_of
from grids.models import Body, Leave, Post, Unit
from grids.roles import ORDER, ROLES, STANDS_BEHIND

Key = tuple[str, int]


@dataclass(frozen=True)
class Member:
    """A post, as stories see it."""

    role: str
    user: Any
    deputy: Any
    away: tuple[tuple[datetime, datetime], ...] = ()

    def present(self, now: datetime) -> Any:
        """The holder, while on leave the deputy (or nobody)."""
        gone = any(begins <= now < ends for begins, ends in self.away)
        return self.deputy if gone else self.user


@dataclass
class Cast:
    """A district's people and places, read once."""

    district: Unit
    bodies: Bodies
    buildings: list[Unit]
    members: dict[Key, list[Member]] = field(default_factory=dict)

    @classmethod
    def of(cls, district: Unit, bodies: Bodies) -> "Cast":
        """Everybody who serves in the district, and the buildings where something may happen."""
        units = {
            unit.pk: unit for unit in Unit.objects.open().within(district).order_by("code").defer("boundary")
        }
        for unit in units.values():
            unit.district, unit.street = district, units.get(unit.street_id)
            unit.community, unit.grid = units.get(unit.community_id), units.get(unit.grid_id)
        buildings = [unit for unit in units.values() if unit.kind == "building"]
        return cls(district, bodies, buildings, _members(district))

    def actor(self, place: Unit | Body, capability: str, now: datetime, rng: random.Random) -> Any:
        """Somebody present who has the capability there; where nobody is, whoever stands in from above.

        Raises LookupError where the whole chain is empty.
        """
        for wanted in (frozenset({capability}), STANDS_BEHIND):
            for key in chain(place):
                if people := self._there(key, wanted, now):
                    return rng.choice(people[:2])
        raise LookupError(f"nobody stands behind {place}")

    def serves(self, place: Unit | Body, role: str) -> Any:
        """The holder of a role at exactly this place, or None."""
        return next((one.user for one in self.members.get(key_of(place), []) if one.role == role), None)

    def _there(self, key: Key, wanted: frozenset[str], now: datetime) -> Sequence[Any]:
        able = [one for one in self.members.get(key, []) if ROLES[one.role].can & wanted]
        return [person for one in able if (person := one.present(now))]


def _members(district: Unit) -> dict[Key, list[Member]]:
    away = defaultdict(list)
    for post_id, begins, ends in Leave.objects.values_list("post", "starts_at", "ends_at"):
        away[post_id].append((begins, ends))
    units = Unit.objects.within(district).order_by()
    bodies = Body.objects.filter(district=district)
    found = defaultdict(list)
    for posts in (Post.objects.filter(unit__in=units), Post.objects.filter(body__in=bodies)):
        for post in posts.select_related("user", "deputy").order_by("pk"):
            key = ("unit", post.unit_id) if post.unit_id else ("body", post.body_id)
            found[key].append(Member(post.role, post.user, post.deputy, tuple(away[post.pk])))
    return {key: sorted(members, key=lambda one: ORDER[one.role]) for key, members in found.items()}
