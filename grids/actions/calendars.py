"""Whose a calendar is: asked by the actions of calendars, which do not know districts."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from calendars.models import Calendar
from grids.actions.authority import allows
from grids.models import Unit
from grids.standing import standing_of
from trail.refusals import NotAllowed


def check_calendar_is_theirs(calendar: Calendar, by: Any, now: datetime) -> None:
    """Who sets up every district that goes by a calendar may change it; one that nobody uses, whoever sets up
    any. Raises NotAllowed."""
    if allows(by, "manage_units", None, now):
        return
    if not standing_of(by, now).can("manage_units"):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")
    foreign = [
        unit.name
        for unit in Unit.objects.open().going_by(calendar)
        if not allows(by, "manage_units", unit, now)
    ]
    if foreign:
        raise NotAllowed(
            _("%(names)s go by this calendar too: copy it, and give your district the copy.")
            % {"names": _(", ").join(foreign)},
            code="shared_calendar",
        )
