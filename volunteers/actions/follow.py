"""A unit was merged or closed: whoever belonged to it, and what is still to be done there, belongs to what it became
part of.

Their lineage is rewritten by grids (follow); this is for the unit that they name.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Left

from grids.models import Unit
from volunteers.actions.check_ins import move_check_ins
from volunteers.actions.homes import columns_of, place_of, successor_of
from volunteers.models import Activity, Series, Service, Station, Team, Transfer, Volunteer

BATCH = 1000
# So much of a name is left where it is told apart by a number.
KEPT_OF_A_NAME = 28


def follow_unit(unit: Unit, *, now: datetime) -> int:
    """Bring what names this merged or closed unit to where it belongs now; how many rows. Running late or twice ends in
    the same place. Of a closed community nothing is moved: there is no other one to choose.

    What has been settled or decided stays where it was done.
    """
    home = successor_of(Unit.objects.defer("boundary").get(pk=unit.pk))
    if home is None:
        return 0
    there = place_of(home)
    done = _move(Volunteer.objects.filter(home=unit), {"home": home} | there)
    Transfer.objects.filter(home=unit).update(home=home, **there)
    done += _move_activities(unit, {"unit": home} | there)
    beside = Service.objects.proposed().filter(unit=unit, activity=None)
    done += _move(beside, {"unit": home} | there)
    if home.kind == "community":
        done += sum(_move_named(model, unit, home) for model in (Team, Station))
        done += move_check_ins(unit, home, now=now)
    return done


def at_home_there(unit: Unit) -> int:
    """How many volunteers are at home in its subtree; of a building nobody says so."""
    return 0 if unit.kind == "building" else Volunteer.objects.active().within(unit).count()


def _move(rows: QuerySet, new: Mapping[str, Any]) -> int:
    """Rows that name the unit name another one from now on, batch by batch; how many."""
    done = 0
    while ids := _next_ids(rows):
        done += _move_batch(rows.filter(pk__in=ids), new)
    return done


@transaction.atomic
def _move_batch(rows: QuerySet, new: Mapping[str, Any]) -> int:
    """The rows are chosen anew when they are locked and when they are written: what names another unit by then stays
    there."""
    return rows.filter(pk__in=_held(rows)).update(**new)


def _move_activities(unit: Unit, new: Mapping[str, Any]) -> int:
    """Those that go on, the sources of series that do, and the hours that still wait with them."""
    running = Series.objects.filter(ended_at=None).order_by().values("source")
    go_on = ~Q(state__in=("settled", "cancelled")) | Q(pk__in=running)
    done, rows = 0, Activity.objects.filter(go_on, unit=unit)
    while ids := _next_ids(rows):
        done += _move_activity_batch(rows.filter(pk__in=ids), unit, new)
    return done


@transaction.atomic
def _move_activity_batch(rows: QuerySet, unit: Unit, new: Mapping[str, Any]) -> int:
    """The hours of an activity are written under its lock alone."""
    ids = _held(rows)
    hours = Service.objects.proposed().filter(activity__in=ids, unit=unit).update(**new)
    return hours + rows.filter(pk__in=ids).update(**new)


@transaction.atomic
def _move_named(model: type[Team] | type[Station], unit: Unit, home: Unit) -> int:
    """Teams or stations: a community has few."""
    rows = model._default_manager.filter(unit=unit)
    _held(rows)
    _tell_apart(model, unit, home)
    return rows.update(unit=home, **columns_of(home))


def _next_ids(rows: QuerySet) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _held(rows: QuerySet) -> list[int]:
    """Those of these rows that still are, locked in the order in which actions lock."""
    return list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _tell_apart(model: type[Team] | type[Station], unit: Unit, home: Unit) -> None:
    """Two open ones of one name in the same community would be taken for each other."""
    there = model._default_manager.filter(unit=home, name=OuterRef("name"), closed_at=None)
    same = model._default_manager.filter(Exists(there), unit=unit, closed_at=None)
    same.update(name=Concat(Left("name", KEPT_OF_A_NAME), Value(" · "), Left(Value(unit.name), 9)))
