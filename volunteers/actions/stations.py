"""The only writers of stations (志愿服务站): places with opening hours, kept by the community."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.phones import clean_phone
from grids.actions.authority import require
from grids.models import Unit
from trail.actions import record_event
from trail.refusals import Refused
from volunteers.actions.goods import lock_goods
from volunteers.actions.homes import columns_of, held_community
from volunteers.actions.locks import lock_station
from volunteers.models import Station
from volunteers.querysets import RUNS

LONGEST = {"name": 40, "place": 100, "hours": 100}


@transaction.atomic
def open_station(
    unit: Unit, *, name: str, place: str, hours: str, by: Any, now: datetime, phone: str = ""
) -> Station:
    """A new station of a community, by whoever runs volunteering there. `phone` is the station's, not a person's.

    Raises NotAllowed, or Refused: ("community", "closed_place"), ("name", "place", "hours", "phone"), ("name_taken").
    """
    unit = held_community(unit)
    require(by, RUNS, unit, now)
    facts = _facts(name=name, place=place, hours=hours, phone=phone)
    try:
        with transaction.atomic():
            station = Station.objects.create(unit=unit, opened_at=now, **facts, **columns_of(unit))
    except IntegrityError as error:
        raise _name_taken() from error
    _record(station, "open", by, now)
    return station


@transaction.atomic
def change_station(
    station: Station, *, name: str, place: str, hours: str, phone: str, by: Any, now: datetime
) -> Station:
    """Another name, address, telephone or other hours. The event names what changed.

    Raises NotAllowed, or Refused: ("closed"), ("name", "place", "hours", "phone"), ("name_taken").
    """
    station = lock_station(station.pk)
    require(by, RUNS, station.unit, now)
    _require_open(station)
    wanted = _facts(name=name, place=place, hours=hours, phone=phone)
    changed = sorted(field for field, value in wanted.items() if getattr(station, field) != value)
    if not changed:
        return station
    for field in changed:
        setattr(station, field, wanted[field])
    try:
        with transaction.atomic():
            station.save(update_fields=changed)
    except IntegrityError as error:
        raise _name_taken() from error
    _record(station, "change", by, now, {"fields": changed})
    return station


@transaction.atomic
def close_station(station: Station, *, by: Any, now: datetime) -> Station:
    """No longer open to anybody. Raises NotAllowed, or Refused ("closed").

    What it had is offered no more; what is put aside may still be collected.
    """
    station = lock_station(station.pk)
    require(by, RUNS, station.unit, now)
    _require_open(station)
    lock_goods(station)
    station.closed_at = now
    station.save(update_fields=["closed_at"])
    _record(station, "close", by, now)
    return station


def _require_open(station: Station) -> None:
    if station.closed_at:
        raise Refused(_("This station is closed."), code="closed")


def _facts(**texts: str) -> dict[str, str]:
    facts = {field: text.strip() for field, text in texts.items()}
    for field, most in LONGEST.items():
        if len(facts[field]) > most or (field != "hours" and len(facts[field]) < 2):
            raise Refused(_("A text of 2 to %(most)d characters.") % {"most": most}, code=field)
    return facts | {"phone": clean_phone(facts["phone"])}


def _name_taken() -> Refused:
    return Refused(_("Another one of this community has this name."), code="name_taken")


def _record(station: Station, verb: str, by: Any, now: datetime, data: dict[str, Any] | None = None) -> None:
    record_event(
        "station",
        station.pk,
        verb,
        by=by,
        now=now,
        unit_id=station.unit_id,
        unit_label=station.unit.name,
        district_id=station.district_id,
        data=data,
    )
