"""Where volunteers, teams and stations belong: a unit that is open, held as it is until the transaction ends."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from grids.models import Unit
from issues.actions.places import held_line
from trail.refusals import Refused

# Lineage columns of what belongs to a community as a whole; volunteers have that of the grid besides.
COLUMNS = ("district_id", "street_id", "community_id")
GRID = "grid_id"


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
    return held_line(unit)["community"]


def columns_of(unit: Unit, names: Collection[str] = COLUMNS) -> dict[str, int | None]:
    """The lineage columns of a row that belongs to this unit."""
    return {name: pk for name, pk in unit.lineage().items() if name in names}
