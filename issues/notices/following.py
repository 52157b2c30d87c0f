"""A unit that moved or merged has open issues: whoever has them now must see them."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from grids.models import Unit
from issues.actions.follow import follow_unit
from trail import words
from trail.outbox import handler

if TYPE_CHECKING:
    from trail.models import Event

words.HANDLERS["issues.follow"] = _("Hand over the open issues of the unit")


@handler("issues.follow", "unit.move", "unit.merge")
def hand_over(event: "Event", now: datetime) -> None:
    """Whatever is open there goes along."""
    follow_unit(Unit.objects.get(pk=event.subject_id), now=now)
