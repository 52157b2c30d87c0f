"""What grids itself hears of: a unit that moved or merged has rows elsewhere that must follow."""

from datetime import datetime
from typing import TYPE_CHECKING

from grids.actions.followers import rewrite_followers
from grids.models import Unit
from trail.outbox import handler

if TYPE_CHECKING:
    from trail.models import Event


@handler("grids.follow", "unit.move", "unit.merge")
def follow_unit(event: "Event", now: datetime) -> None:
    """Rewrite the lineage of everything that stands in the unit."""
    rewrite_followers(Unit.objects.get(pk=event.subject_id))
