"""How a person is tied to an issue, and the facts the rules ask for. Reads; decides nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from grids.addressing import Key, covers
from grids.lineage import chain, key_of
from grids.models import Body, Post, Unit
from grids.roles import ROLES
from grids.standing import Position, Standing
from issues.lifecycle import Facts
from issues.models import Callee, Issue
from issues.rules import Ties


def ties_of(
    issue: Issue,
    standing: Standing | None,
    *,
    now: datetime,
    callee: Callee | None = None,
    reporter: bool = False,
    callees: Iterable[Callee] | None = None,
    covering: Mapping[Key, str] | None = None,
) -> Ties:
    """Tie → capabilities held through it; `reporter` is whoever holds the follow link.

    No query while no whistle is open, but for somebody above a vacant owner, or while nobody answers. Whoever
    has those still called (`callees`) and for whom the person stands in (`covering`, from addressing.covered)
    spares them.
    """
    found: dict[str, frozenset[str]] = {}
    if reporter or _reported(issue, standing):
        found["reporter"] = frozenset()
    if standing is None or standing.user_id is None:
        return found
    if issue.owner:
        late = issue.is_unanswered(now)
        _add(found, "owner", can_at(standing, issue.owner, now, late=late, covering=covering))
        _add(found, "above", _can(above_positions(standing, issue.owner)))
    _add(found, "keeper", _can(_here(standing, issue.keeper_unit_id, issue.keeper_body_id)))
    if callees is None:
        callees = [callee] if callee else open_callees(issue)
    for one in callees:
        late = one.is_unanswered(now)
        _add(found, "callee", can_at(standing, one.party, now, late=late, covering=covering))
        if one.raised_to:
            _add(found, "callee_above", can_at(standing, one.raised_to, now, late=late, covering=covering))
    return found


def can_at(
    standing: Standing,
    party: Unit | Body,
    now: datetime,
    *,
    late: bool = False,
    covering: Mapping[Key, str] | None = None,
) -> frozenset[str]:
    """What the person may do for this unit or body: as holder, as deputy, or covering a vacancy from above.

    `late`: nobody there has answered in time, so the deputies were called and may act, leave or no leave.
    """
    can = _can(_here(standing, *_ids(party)))
    if "handle" in can:
        return can
    above = above_positions(standing, party)
    if above and _stands_in(standing, party, now, covering) == "above":
        # Whoever covers for a body answers its whistles too.
        can |= _can(above) | ({"report_in"} if isinstance(party, Body) else set())
    return can | (_called_deputy(standing, party, now) if late else frozenset())


def _stands_in(
    standing: Standing, party: Unit | Body, now: datetime, covering: Mapping[Key, str] | None
) -> str | None:
    return covers(standing, party, now) if covering is None else covering.get(key_of(party))


def _called_deputy(standing: Standing, party: Unit | Body, now: datetime) -> frozenset[str]:
    """Of the posts here whose deputy the person is."""
    posts = Post.objects.active(now).at_place(party).filter(deputy=standing.user_id)
    roles = posts.values_list("role", flat=True)
    return frozenset().union(*(ROLES[role].can for role in roles))


def above_positions(standing: Standing, party: Unit | Body) -> list[Position]:
    """The person's positions at units strictly above the party."""
    steps = {pk for kind, pk in chain(party)[1:] if kind == "unit"}
    return [one for one in standing.positions if one.unit_id in steps]


def open_callees(issue: Issue) -> list[Callee]:
    """Those still called; nothing is asked of the database when no whistle is open."""
    if not issue.open_whistles:
        return []
    waiting = Callee.objects.waiting().filter(issue=issue)
    return list(waiting.select_related("unit", "body__unit", "raised_to").order_by("pk"))


def facts_of(issue: Issue, *, by: Any = None, callee: Callee | None = None) -> Facts:
    """What the rules need to know; of the callee where the verb is a callee's."""
    return Facts(
        state=callee.state if callee else issue.state,
        danger=issue.is_danger,
        open_whistles=issue.open_whistles,
        disputed=issue.disputed,
        redo_count=issue.redo_count,
        owner_level=issue.owner_unit.kind if issue.owner_unit_id else "body",
        hotline=issue.source == "hotline",
        own_report=by is not None and issue.registered_by_id == by.pk and not issue.on_behalf,
        own_result=by is not None and issue.resolved_by_id == by.pk,
    )


def actor_label(standing: Standing | None, place: Unit | Body | None) -> str:
    """`role@unit:id` or `role@body:id` of the position that fits the place best; "" for a resident."""
    if not standing or not standing.positions:
        return ""
    here = _here(standing, *_ids(place)) if place is not None else []
    best = (here or standing.positions)[0]
    return f"{best.role}@unit:{best.unit_id}" if best.unit_id else f"{best.role}@body:{best.body_id}"


def _reported(issue: Issue, standing: Standing | None) -> bool:
    """In their own name, with an account."""
    own = standing is not None and standing.user_id is not None and standing.user_id == issue.registered_by_id
    return own and not issue.on_behalf


def _here(standing: Standing, unit_id: int | None, body_id: int | None) -> list[Position]:
    return [
        one
        for one in standing.positions
        if (unit_id and one.unit_id == unit_id) or (body_id and one.body_id == body_id)
    ]


def _ids(party: Unit | Body) -> tuple[int | None, int | None]:
    return (party.pk, None) if isinstance(party, Unit) else (None, party.pk)


def _can(positions: Iterable[Position]) -> frozenset[str]:
    return frozenset().union(*(one.can for one in positions))


def _add(found: dict[str, frozenset[str]], tie: str, can: frozenset[str]) -> None:
    if can:
        found[tie] = found.get(tie, frozenset()) | can
