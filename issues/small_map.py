"""The small map on an issue's page: its grid within its community, and the place as exactly as a map may show it
(issues/coarse.py). Drawn from our own boundaries alone."""

from collections.abc import Iterator

from grids.drawing import Drawing, draw
from grids.models import Unit
from grids.plots import Fault, Plot
from issues.coarse import coarse_position, on_map
from issues.models import Issue


def small_map(issue: Issue) -> Drawing | None:
    """None where a map may not show it, where no boundary is known, or where there is but a shape alone, which says
    nothing. One query."""
    around = on_map(Issue.objects.filter(pk=issue.pk)).select_related("grid", "community", "category__parent")
    found = around.first()
    where = coarse_position(found) if found else None
    if found is None or where is None:
        return None
    ground = found.community if where.of == "community" else found.grid
    if ground is None or not ground.boundary:
        return None
    # The middle of a grid is nobody's place: only what was sent is marked.
    point = {"type": "Point", "coordinates": [where.lon, where.lat]}
    marks = [Fault(0, "", found.place_label, point)] if where.of == "cell" else []
    plots = list(_plots(ground, found.community))
    return draw(plots, marks) if marks or len(plots) > 1 else None


def _plots(ground: Unit, community: Unit | None) -> Iterator[Plot]:
    """The ground stands out; what is above it is its frame."""
    parent = community.code if community and community.pk != ground.pk else ""
    yield Plot(ground.code, ground.name, parent, ground.boundary, new=True)
    if parent and community and community.boundary:
        yield Plot(community.code, community.name, "", community.boundary)
