"""Dividing a community into grids: the proposal from its buildings, and putting it into effect."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from grids.actions.authority import require
from grids.actions.bulk import renumber
from grids.actions.locks import lock_tree
from grids.actions.notes import note, note_many
from grids.actions.tree import add_unit
from grids.models import Unit, UnitAlias
from grids.planning import TARGET, Block, Proposal, moves, propose
from trail.refusals import Refused


def propose_grids(community: Unit, *, target: int = TARGET) -> Proposal:
    """The division that apply_grids would make now; changes nothing. Dedicated grids are left alone.

    Raises Refused (level, target, no_households).
    """
    if community.kind != "community":
        raise Refused(_("Only a community is divided into grids."), code="level")
    if target < 1:
        raise Refused(_("A grid has at least one household."), code="target")
    blocks = _blocks(community)
    if not sum(block.households for block in blocks):
        raise Refused(
            _("Its buildings have no households on record; import them first."), code="no_households"
        )
    return propose(blocks, _grid_ids(community), target)


@transaction.atomic
def apply_grids(community: Unit, *, by: Any, now: datetime, target: int = TARGET) -> Proposal:
    """Divide the community as proposed: continue its grids, make new ones, move the buildings that change.

    A grid left without buildings stays, for a person to merge: its posts and issues must go somewhere.
    Raises Refused (level, target, no_households), NotAllowed, Stale.
    """
    (community,) = lock_tree(community)
    require(by, "manage_units", community, now)
    proposal = propose_grids(community, target=target)
    blocks = _blocks(community)
    grids = _grids_of(proposal, community, by, now)
    moved = moves(proposal, blocks)
    _move(moved, grids, by, now)
    renumber([community.tree_id])
    _set_households(proposal, grids, by, now)
    note(
        community,
        "divide",
        by=by,
        now=now,
        grids=len(grids),
        moved=len(moved),
        before=round(proposal.before, 4),
        after=round(proposal.after, 4),
    )
    return proposal


def _blocks(community: Unit) -> list[Block]:
    buildings = Unit.objects.open().filter(community=community, kind="building", parent__grid_kind="basic")
    fields = ("pk", "code", "households", "lon", "lat", "parent_id")
    rows = buildings.order_by("code").values_list(*fields)
    return [Block(pk, code, households or 0, *rest) for pk, code, households, *rest in rows]


def _grid_ids(community: Unit) -> list[int]:
    grids = Unit.objects.open().filter(parent=community, grid_kind="basic")
    return list(grids.order_by("code").values_list("pk", flat=True))


def _grids_of(proposal: Proposal, community: Unit, by: Any, now: datetime) -> list[Unit]:
    """The grid of each part, new ones made under the next free numbers of the community."""
    known = Unit.objects.in_bulk([part.grid_id for part in proposal.parts if part.grid_id])
    number = _last_number(community)
    grids = []
    for part in proposal.parts:
        if part.grid_id:
            grids.append(known[part.grid_id])
            continue
        number += 1
        name = _("Grid %(number)d") % {"number": number}
        grids.append(add_unit(community, code=f"{community.code}{number:03d}", name=name, by=by, now=now))
    return grids


def _last_number(community: Unit) -> int:
    """Numbers are never given twice, not even those of merged grids."""
    units = (
        Unit.objects.filter(kind="grid", code__startswith=community.code)
        .order_by()
        .values_list("code", flat=True)
    )
    gone = UnitAlias.objects.filter(code__startswith=community.code).values_list("code", flat=True)
    return max((int(code[-3:]) for code in (*units, *gone) if len(code) == 15), default=0)


def _move(moved: dict[int, int], grids: list[Unit], by: Any, now: datetime) -> None:
    buildings = Unit.objects.filter(pk__in=moved).select_related("parent").order_by("pk")
    happened = []
    for building in buildings:
        was, to = building.parent.code, grids[moved[building.pk]].code
        happened.append((building, "move", {"code": building.code, "was": was, "to": to}))
    note_many(happened, by=by, now=now)
    for number, grid in enumerate(grids):
        Unit.objects.filter(pk__in=[pk for pk, part in moved.items() if part == number]).update(parent=grid)


def _set_households(proposal: Proposal, grids: list[Unit], by: Any, now: datetime) -> None:
    """What a grid has on record is what its buildings have."""
    changed = [
        (grid, part.households)
        for grid, part in zip(grids, proposal.parts, strict=True)
        if grid.households != part.households
    ]
    note_many([(grid, "change", {"fields": ["households"]}) for grid, _count in changed], by=by, now=now)
    for grid, households in changed:
        Unit.objects.filter(pk=grid.pk).update(households=households)
