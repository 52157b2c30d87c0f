"""Who is addressed for a unit or body: nothing is ever addressed to nobody.

The holders of a fitting post; for one on leave the deputy; where neither is there, the nearest unit above
that has somebody; at last whoever in the chain can dispatch or handle at all. The last such post of a root
cannot be ended (grids.actions.posts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Q

from grids.lineage import chain, is_unit, key_of
from grids.models import DutyShift, Post
from grids.querysets import HELD_BY_A_PERSON
from grids.roles import ORDER, STANDS_BEHIND, roles_that
from grids.standing import Standing

if TYPE_CHECKING:
    from grids.models import Body, Unit

Key = tuple[str, int]


@dataclass(frozen=True)
class Addressee:
    """A person to tell or to ask, at which post, and why it is they: holder, deputy or above."""

    user_id: int
    post_id: int
    unit_id: int | None
    body_id: int | None
    covering: str


class _Stander(NamedTuple):
    """Somebody with a post at a place; not reachable while on leave without a deputy."""

    role: str
    person: Addressee
    reachable: bool


def addressees(target: Unit | Body, capability: str, now: datetime) -> list[Addressee]:
    """Who answers for this unit or body with this capability; empty only while its root has nobody at all.

    One query.
    """
    return addressees_of_many([target], capability, now)[key_of(target)]


def addressees_of_many(
    targets: Iterable[Unit | Body], capability: str, now: datetime
) -> dict[Key, list[Addressee]]:
    """`addressees` for hundreds of targets by one query; keyed by lineage.key_of."""
    chains = {key_of(target): chain(target) for target in targets}
    wanted = roles_that(capability)
    standing_there = _present({key for steps in chains.values() for key in steps}, wanted, now)
    return {key: _first(steps, standing_there, wanted) for key, steps in chains.items()}


def deputies_of_many(
    targets: Iterable[Unit | Body], now: datetime, capability: str = "handle"
) -> dict[Key, list[Addressee]]:
    """The deputies of those who hold a fitting post at each place, whether these are on leave or not; places
    without any are left out. One query."""
    posts: Any = Post.objects.active(now).with_absence(now).filter(_at({key_of(one) for one in targets}))
    found: dict[Key, list[Addressee]] = {}
    for post in posts.filter(role__in=roles_that(capability), deputy_there=True).order_by("pk"):
        found.setdefault(_place(post), []).append(_addressee(post, "deputy"))
    return {place: _distinct(people) for place, people in found.items()}


def duty_addressees(
    target: Unit | Body, now: datetime, capability: str = "handle", *, rank: int | None = None
) -> list[Addressee]:
    """Who is on the duty roster of this place at this moment and answers for it, by rank; without any, `addressees`.

    `rank`: of the roster that one alone, counted from 0; the last one where it is shorter by now.
    """
    people = addressees(target, capability, now)
    on_duty = rosters_among({key_of(target): people}, now).get(key_of(target), [])
    if on_duty and rank is not None:
        return [on_duty[min(rank, len(on_duty) - 1)]]
    return on_duty or people


def rosters_among(answering: Mapping[Key, Sequence[Addressee]], now: datetime) -> dict[Key, list[Addressee]]:
    """Place → those of its `answering` (from addressees_of_many) who are on its duty roster at this moment, by rank;
    left out where none is. One query.

    Whoever else is on duty there could do nothing, and while they are called nobody is who can.
    """
    shifts = DutyShift.objects.roster(now).filter(_at(set(answering), "post__"))
    found: dict[Key, list[Addressee]] = {}
    for shift in shifts.select_related("post"):
        place = _place(shift.post)
        if any(one.user_id == shift.post.user_id for one in answering[place]):
            found.setdefault(place, []).append(_addressee(shift.post, "holder"))
    return {place: _distinct(people) for place, people in found.items()}


def covers(standing: Standing, target: Unit | Body, now: datetime, capability: str = "handle") -> str | None:
    """As what this person may act for the unit or body: "holder", "deputy", "above", or None.

    No query where the person stands at the place itself or nowhere above it; else one.
    """
    return covered(standing, [target], now, capability).get(key_of(target))


def covered(
    standing: Standing, targets: Iterable[Unit | Body], now: datetime, capability: str = "handle"
) -> dict[Key, str]:
    """`covers` for many: key → "holder", "deputy" or "above"; what the person may not act for is left out."""
    found: dict[Key, str] = {}
    open_question = []
    for target in targets:
        direct = _direct(standing, target, capability)
        if direct:
            found[key_of(target)] = direct
        elif _stands_above(standing, target, capability):
            open_question.append(target)
    if open_question:
        for key, people in addressees_of_many(open_question, capability, now).items():
            if any(person.user_id == standing.user_id for person in people):
                found[key] = "above"
    return found


def _direct(standing: Standing, target: Unit | Body, capability: str) -> str | None:
    name = "unit_id" if is_unit(target) else "body_id"
    here = [one for one in standing.with_capability(capability) if getattr(one, name) == target.pk]
    if not here:
        return None
    return "deputy" if all(one.covering for one in here) else "holder"


def _stands_above(standing: Standing, target: Unit | Body, capability: str) -> bool:
    steps = {pk for kind, pk in chain(target) if kind == "unit"}
    return any(one.unit_id in steps for one in standing.with_capability(capability, *STANDS_BEHIND))


def _present(keys: set[Key], wanted: frozenset[str], now: datetime) -> dict[Key, list[_Stander]]:
    """Place → everyone with a post there that could be asked for, in the order of the table of roles."""
    posts: Any = (
        Post.objects.active(now)
        .with_absence(now)
        .filter(_at(keys), role__in=wanted | roles_that(*STANDS_BEHIND))
        .filter(HELD_BY_A_PERSON | Q(deputy_there=True))
        .annotate(holder_active=HELD_BY_A_PERSON)
    )
    found: dict[Key, list[_Stander]] = {}
    for post in sorted(posts, key=lambda post: (ORDER[post.role], post.pk)):
        there = post.holder_active and not post.away
        person = _addressee(post, "deputy" if post.deputy_there and not there else "holder")
        found.setdefault(_place(post), []).append(_Stander(post.role, person, there or post.deputy_there))
    return found


def _at(keys: set[Key], prefix: str = "") -> Q:
    """Posts at any of these places."""
    units = [pk for kind, pk in keys if kind == "unit"]
    bodies = [pk for kind, pk in keys if kind == "body"]
    return Q(**{f"{prefix}unit__in": units}) | Q(**{f"{prefix}body__in": bodies})


def _place(post: Any) -> Key:
    return ("unit", post.unit_id) if post.unit_id else ("body", post.body_id)


def _first(
    steps: list[Key], standing_there: dict[Key, list[_Stander]], wanted: frozenset[str]
) -> list[Addressee]:
    """The nearest place with somebody who has the capability; failing that, anybody who can move it on;
    failing that, those of the root who are on leave."""
    behind = roles_that(*STANDS_BEHIND)
    for roles, places, present in ((wanted, steps, True), (behind, steps, True), (behind, steps[-1:], False)):
        for place in places:
            there = [one for one in standing_there.get(place, []) if one.role in roles]
            people = _distinct(one.person for one in there if one.reachable or not present)
            if people and place == steps[0] and roles is wanted:
                return people
            if people:
                return [replace(person, covering="above") for person in people]
    return []


def _addressee(post: Any, covering: str) -> Addressee:
    user_id = post.deputy_id if covering == "deputy" else post.user_id
    return Addressee(user_id, post.pk, post.unit_id, post.body_id, covering)


def _distinct(people: Iterable[Addressee]) -> list[Addressee]:
    """Each person once, holders of several posts at their first."""
    seen: dict[int, Addressee] = {}
    for person in people:
        seen.setdefault(person.user_id, person)
    return list(seen.values())
