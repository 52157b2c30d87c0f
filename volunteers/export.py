"""Service records as a sheet in the columns that registries of volunteer service take. No number of an identity card:
whoever uploads it there matches people by name and telephone of their own."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from grids.workbook import Cell, Sheet
from trail.refusals import Refused

if TYPE_CHECKING:
    from volunteers.models import Service
    from volunteers.models.hours import ServiceQuerySet

# A month of a district with 40,000 volunteers fits.
MOST_ROWS = 60_000
# Large or encrypted, and in no column.
UNREAD = (
    "unit__boundary",
    "activity__secret",
    "volunteer__phone",
    "volunteer__guardian_name",
    "volunteer__guardian_phone",
)
COLUMNS = (
    pgettext_lazy("person", "name"),
    gettext_lazy("number of the volunteer"),
    gettext_lazy("activity"),
    gettext_lazy("organiser"),
    gettext_lazy("place"),
    gettext_lazy("day"),
    gettext_lazy("from (check-in)"),
    gettext_lazy("to (check-out)"),
    gettext_lazy("minutes"),
    gettext_lazy("hours"),
    gettext_lazy("confirmed"),
    gettext_lazy("number of the record"),
)


def service_sheet(services: ServiceQuerySet) -> Sheet:
    """The confirmed ones among these, by day; the caller has narrowed them to what the reader sees (`visible_to`) and
    notes the export, since the names are in it.

    One query. Raises Refused("too_many") beyond what a file holds: nothing is left out of one.
    """
    found = services.confirmed().select_related("volunteer", "unit", "activity__team", "sign_up__shift")
    rows = list(found.defer(*UNREAD).order_by("on", "pk")[: MOST_ROWS + 1])
    if len(rows) > MOST_ROWS:
        raise Refused(
            _("More than %(most)s records: choose fewer days or one community.") % {"most": f"{MOST_ROWS:,}"},
            code="too_many",
        )
    return Sheet(_("Volunteer service"), [str(column) for column in COLUMNS], list(map(_row, rows)))


def _row(one: Service) -> list[Cell]:
    return [
        one.volunteer.name,
        one.volunteer_id,
        deed_of(one),
        organiser_of(one),
        meeting_place_of(one),
        one.on,
        *(timezone.localtime(moment) if moment else None for moment in presence_of(one)),
        one.minutes,
        round(one.minutes / 60, 2),
        timezone.localtime(one.decided_at) if one.decided_at else None,
        one.pk,
    ]


def deed_of(service: Service) -> str:
    """The title of the activity, else what was done beside any."""
    return service.activity.title if service.activity else service.what


def meeting_place_of(service: Service) -> str:
    """Where one met, else the unit that it was at."""
    return (service.activity.place if service.activity else "") or service.unit.name


def organiser_of(service: Service) -> str:
    """The team whose activity it was, else the unit that it was at."""
    team = service.activity.team if service.activity else None
    return team.name if team else service.unit.name


def presence_of(service: Service) -> tuple[datetime | None, datetime | None]:
    """From when to when somebody was there, within the shift; nothing of what was done beside any."""
    there = service.presence
    return (there.starts_at, there.ends_at) if there else (None, None)
