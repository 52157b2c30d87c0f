"""Who one is on duty: the posts that a person holds or fills in for, as one value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from grids.body_kinds import OUTSIDE
from grids.lineage import COLUMNS, column
from grids.roles import ROLES
from trail.querysets import database_now
from trail.statements import rows_of

# Every request asks it, and by hand it costs a tenth of what the query builder takes to put it together.
MINE = """
    SELECT post.user_id = %(user)s OR EXISTS (
            SELECT FROM grids_leave WHERE post_id = post.id AND starts_at <= %(now)s AND ends_at > %(now)s
        ),
        post.id, post.role, post.user_id <> %(user)s, post.unit_id, unit.kind, post.body_id, body.kind,
        COALESCE(unit.district_id, body.district_id), COALESCE(unit.street_id, body.street_id),
        unit.community_id, unit.grid_id, CASE WHEN unit.kind = 'building' THEN unit.id END
    FROM grids_post AS post
    LEFT JOIN grids_unit AS unit ON unit.id = post.unit_id
    LEFT JOIN grids_body AS body ON body.id = post.body_id
    WHERE post.starts_on <= %(today)s AND (post.ends_on IS NULL OR post.ends_on > %(today)s)
    AND (post.user_id = %(user)s OR post.deputy_id = %(user)s)
    ORDER BY post.id
"""
# A standing found in a request holds for that request; nobody needs it to the second.
FRESH = timedelta(seconds=60)
_generation = 0


@dataclass(frozen=True)
class Position:
    """One post at a unit (then `level` is set) or a body. `covering`: as deputy of a holder on leave.
    `lineage`: column name → unit id, as carried by rows of that place."""

    post_id: int
    role: str
    unit_id: int | None
    level: str | None
    body_id: int | None
    lineage: dict[str, int | None]
    covering: bool
    outside: bool = False
    centre: bool = False

    @property
    def can(self) -> frozenset[str]:
        return ROLES[self.role].can

    @property
    def stands_at(self) -> tuple[str, int | None]:
        """The unit or body, as lineage.key_of names it."""
        return ("unit", self.unit_id) if self.unit_id else ("body", self.body_id)

    @property
    def reads_at(self) -> tuple[str, int] | None:
        """Level and id of the unit below which the post reads: its own; of who dispatches at a centre (指挥中心) the
        one that the centre belongs to and dispatches for. None at other bodies."""
        if self.unit_id and self.level:
            return self.level, self.unit_id
        if not (self.centre and "dispatch" in self.can):
            return None
        level = "street" if self.lineage.get("street_id") else "district"
        unit_id = self.lineage[column(level)]
        return (level, unit_id) if unit_id else None


@dataclass(frozen=True)
class Standing:
    """What a person may do now and where. Empty for someone without a post.

    `deputised`: the posts of others whose deputy the person is while their holders are there. Nothing can be
    done through them; what is kept from their holders is kept from the person too.
    """

    user_id: int | None
    positions: tuple[Position, ...] = ()
    deputised: tuple[Position, ...] = ()

    def can(self, capability: str) -> bool:
        """Somewhere; ask `with_capability` or addressing.covers for the place."""
        return any(capability in position.can for position in self.positions)

    def with_capability(self, *capabilities: str) -> tuple[Position, ...]:
        """The positions whose role has any of these capabilities."""
        return tuple(one for one in self.positions if one.can.intersection(capabilities))

    def unit_ids(self) -> frozenset[int]:
        return frozenset(one.unit_id for one in self.positions if one.unit_id)

    def body_ids(self) -> frozenset[int]:
        return frozenset(one.body_id for one in self.positions if one.body_id)

    def unit_ids_above(self) -> frozenset[int]:
        """The units on the way up from one's posts, to name them, not to see into them."""
        return frozenset(pk for one in self.positions for pk in one.lineage.values() if pk)

    def territory(self, *capabilities: str) -> dict[str, frozenset[int]]:
        """Lineage column → ids of the units one stands at (with any of the capabilities, if given).

        Feed it to lineage.within_any for "in my part of the tree".
        """
        found: dict[str, set[int]] = {}
        for one in self.with_capability(*capabilities) if capabilities else self.positions:
            if one.unit_id and one.level:
                found.setdefault(column(one.level), set()).add(one.unit_id)
        return {name: frozenset(ids) for name, ids in found.items()}

    def in_sight(self, *capabilities: str) -> dict[str, frozenset[int]]:
        """`territory` for reading: with that of the units for which one dispatches at a centre."""
        found: dict[str, set[int]] = {}
        for one in self.with_capability(*capabilities) if capabilities else self.positions:
            if one.reads_at:
                level, unit_id = one.reads_at
                found.setdefault(column(level), set()).add(unit_id)
        return {name: frozenset(ids) for name, ids in found.items()}

    def districts(self, *capabilities: str) -> frozenset[int]:
        """Ids of the districts where the person has any of these capabilities."""
        return _districts(self.with_capability(*capabilities))

    def stands_in(self) -> frozenset[int]:
        """Ids of the districts where the person has any post."""
        return _districts(self.positions)

    def insiders(self) -> tuple[Position, ...]:
        """The positions but those at outside bodies (firms, residents' bodies)."""
        return tuple(one for one in self.positions if not one.outside)

    @property
    def sees_contact(self) -> bool:
        """Contact data of reporters, in what one handles."""
        return any(ROLES[one.role].sees_contact and not one.outside for one in self.positions)


def _districts(positions: Iterable[Position]) -> frozenset[int]:
    return frozenset(pk for one in positions if (pk := one.lineage["district_id"]))


def standing_of(user: Any, now: datetime | None = None) -> Standing:
    """The person's own active posts and those deputised for while their holder is on leave: one query.

    Kept on the user object for a minute of `now` and until a post changes here. Without `now`: what is kept,
    else as of the database's clock.
    """
    if not getattr(user, "pk", None) or not user.is_active:
        return Standing(None)
    kept = getattr(user, "_standing", None)
    if kept and kept[0] == _generation and (now is None or abs(now - kept[1]) < FRESH):
        return kept[2]
    now = now or database_now()
    user._standing = (_generation, now, _read(user.pk, now))
    return user._standing[2]


def forget_standings() -> None:
    """Posts have changed: what user objects of this process keep is out of date."""
    global _generation
    _generation += 1


def _read(user_id: int, now: datetime) -> Standing:
    found = rows_of(MINE, {"user": user_id, "now": now, "today": timezone.localdate(now)})
    held, waiting = (
        tuple(_position(*row) for stands, *row in found if stands is wanted) for wanted in (True, False)
    )
    return Standing(user_id, held, waiting)


def _position(
    post_id: int,
    role: str,
    covering: bool,
    unit_id: int | None,
    level: str | None,
    body_id: int | None,
    body_kind: str | None,
    *lineage: int | None,
) -> Position:
    """From a row of MINE. A unit's lineage names every level, a body's those that it can belong to."""
    names = COLUMNS if unit_id else COLUMNS[:2]
    steps = dict(zip(names, lineage, strict=False))
    outside, centre = body_kind in OUTSIDE, body_kind == "centre"
    return Position(post_id, role, unit_id, level, body_id, steps, covering, outside, centre)
