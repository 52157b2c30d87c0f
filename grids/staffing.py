"""Who is missing where: the 2+1+N of a grid (S4:8), posts that nobody holds, households of a community's grids.

X, those posted to a grid, are bodies of the street here and not counted by grid.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from grids.models import Post, Unit
from grids.planning import TARGET, balance
from grids.roles import ROLES

CHIEFS = 2
Fact = tuple[Any, Any]


def staffing_facts(unit: Unit, now: datetime) -> list[Fact]:
    """For the page of an open unit; a fixed number of queries for each level."""
    held = _held(unit, now)
    facts = []
    if unit.kind == "grid":
        facts.append((_("Staffing (2+1+N)"), _two_one_n(unit, held)))
    if missing := [str(label) for label in vacant_roles(unit, held)]:
        facts.append((_("Posts that nobody holds"), _(", ").join(missing)))
    if unit.kind in {"district", "street", "community"}:
        facts += _of_grids(unit, now)
    return facts


def vacant_roles(unit: Unit, held: dict[str, int]) -> Iterator[Any]:
    """Labels of the roles of this level without a holder. A dedicated grid needs no full-time worker."""
    for role in ROLES.values():
        here = unit.kind in role.at and not role.external and not (role.sole and unit.grid_kind != "basic")
        if here and not held.get(role.key):
            yield role.label


def _held(unit: Unit, now: datetime) -> dict[str, int]:
    """Role → how many people hold it here now."""
    posts = Post.objects.active(now).filter(unit=unit, user__is_service=False).order_by()
    return dict(posts.values_list("role").annotate(number=Count("pk")))


def _two_one_n(unit: Unit, held: dict[str, int]) -> str:
    counts = {
        "chiefs": held.get("grid_chief", 0),
        "of": CHIEFS,
        "workers": held.get("grid_worker", 0),
        "needed": int(unit.grid_kind == "basic"),
        "part_time": held.get("part_time_grid_worker", 0),
    }
    return (
        _("chiefs %(chiefs)d of %(of)d, full-time %(workers)d of %(needed)d, part-time %(part_time)d")
        % counts
    )


def _of_grids(unit: Unit, now: datetime) -> Iterator[Fact]:
    grids = Unit.objects.open().within(unit).filter(kind="grid", grid_kind="basic").order_by()
    if not (whole := grids.count()):
        return
    counts = {"missing": grids.vacancies(now).count(), "whole": whole}
    yield _("Basic grids without a full-time worker"), _("%(missing)d of %(whole)d") % counts
    if unit.kind == "community":
        loads = [number for number in grids.values_list("households", flat=True) if number is not None]
        if loads:
            yield _("Households per grid"), _balance(loads)


def _balance(loads: Sequence[int]) -> str:
    """How even they are, and beside what a grid should have (S0:31)."""
    counts = {
        "least": min(loads),
        "most": max(loads),
        "mean": round(sum(loads) / len(loads)),
        "target": TARGET,
        "spread": round(100 * balance(loads)),
    }
    return (
        _(
            "%(least)d to %(most)d, mean %(mean)d (planned: %(target)d), coefficient of variation %(spread)d %%"
        )
        % counts
    )
