"""Where volunteers, teams, stations and what they do belong: a unit that is open, held as it is until the transaction
ends."""

from django.utils.translation import gettext as _

from grids.models import Unit
from issues.actions.places import held_line
from trail.refusals import Refused

# Lineage columns of what belongs to a community as a whole; volunteers and what they do have that of the grid besides.
COLUMNS = ("district_id", "street_id", "community_id")
ALL_COLUMNS = (*COLUMNS, "grid_id")


def held_home(unit: Unit) -> Unit:
    """The community or grid in which somebody is at home; of a building its grid.

    Raises Refused ("home": neither of them; "closed_place"), or Stale.
    """
    if unit.kind not in {"community", "grid", "building"}:
        raise Refused(_("Choose your community, or the grid within it."), code="home")
    line = held_line(unit)
    return line["grid" if unit.kind == "building" else unit.kind]


def held_community(unit: Unit) -> Unit:
    """The community to which a team or station belongs. Raises Refused ("community", "closed_place"), or Stale."""
    if unit.kind != "community":
        raise Refused(_("Teams and stations belong to a community."), code="community")
    return held_unit(unit)


def held_unit(unit: Unit) -> Unit:
    """The unit itself, of whatever level. Raises Refused ("closed_place"), or Stale."""
    return held_line(unit)[unit.kind]


def held_now(unit: Unit) -> Unit:
    """The unit, or what it has become part of meanwhile. Raises Refused ("closed_place") where nothing is, or Stale."""
    try:
        return held_unit(unit)
    except Refused:
        following = successor_of(Unit.objects.defer("boundary").get(pk=unit.pk))
        if following is None:
            raise
        return held_now(following)


def successor_of(unit: Unit) -> Unit | None:
    """The unit that it was merged into; of a closed grid its community. None while it is open, or where nothing is."""
    units = Unit.objects.defer("boundary")
    while unit.merged_into_id:
        unit = units.get(pk=unit.merged_into_id)
        if unit.is_open:
            return unit
    if unit.is_open or unit.kind != "grid" or not unit.community_id:
        return None
    community = units.get(pk=unit.community_id)
    return community if community.is_open else successor_of(community)


def columns_of(unit: Unit) -> dict[str, int | None]:
    """The lineage columns of what belongs to a community as a whole."""
    return _chosen(unit, COLUMNS)


def place_of(unit: Unit) -> dict[str, int | None]:
    """The lineage columns of somebody who is at home at this unit, and of what is done there."""
    return _chosen(unit, ALL_COLUMNS)


def _chosen(unit: Unit, names: tuple[str, ...]) -> dict[str, int | None]:
    lineage = unit.lineage()
    return {name: lineage[name] for name in names}
