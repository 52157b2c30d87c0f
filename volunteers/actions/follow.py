"""A unit was merged or closed: whoever belonged to it belongs to what it became part of.

Their lineage is rewritten by grids (follow); this is for the unit that they name.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Value
from django.db.models.functions import Concat, Left

from grids.models import Unit
from volunteers.actions.check_ins import move_check_ins
from volunteers.actions.homes import COLUMNS, GRID, columns_of
from volunteers.models import Station, Team, Transfer, Volunteer

BATCH = 1000
# So much of a name is left where it is told apart by a number.
KEPT_OF_A_NAME = 28


def follow_unit(unit: Unit, *, now: datetime) -> int:
    """Bring what names this merged or closed unit to where it belongs now; how many rows. Running late or twice ends in
    the same place. Of a closed community nothing is moved: there is no other one to choose."""
    home = _successor(Unit.objects.get(pk=unit.pk))
    if home is None:
        return 0
    done = 0
    while ids := list(
        Volunteer.objects.filter(home=unit).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        done += _move_people(ids, home)
    Transfer.objects.filter(home=unit).update(home=home, **columns_of(home, (*COLUMNS, GRID)))
    if home.kind == "community":
        for model in (Team, Station):
            _tell_apart(model, unit, home)
            done += model._default_manager.filter(unit=unit).update(unit=home, **columns_of(home))
        done += move_check_ins(unit, home, now=now)
    return done


def at_home_there(unit: Unit) -> int:
    """How many volunteers are at home in its subtree; of a building nobody says so."""
    return 0 if unit.kind == "building" else Volunteer.objects.active().within(unit).count()


@transaction.atomic
def _move_people(ids: list[int], home: Unit) -> int:
    """One batch, locked in the order in which actions lock."""
    rows = Volunteer.objects.filter(pk__in=ids)
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    return rows.update(home=home, **columns_of(home, (*COLUMNS, GRID)))


def _successor(unit: Unit) -> Unit | None:
    """The unit that it was merged into; of a closed grid its community. None while it is open, or where nothing is."""
    while unit.merged_into_id:
        unit = Unit.objects.get(pk=unit.merged_into_id)
        if unit.is_open:
            return unit
    if unit.is_open or unit.kind != "grid" or not unit.community_id:
        return None
    community = Unit.objects.get(pk=unit.community_id)
    return community if community.is_open else None


def _tell_apart(model: type[Team] | type[Station], unit: Unit, home: Unit) -> None:
    """Two open ones of one name in the same community would be taken for each other."""
    there = model._default_manager.filter(unit=home, name=OuterRef("name"), closed_at=None)
    same = model._default_manager.filter(Exists(there), unit=unit, closed_at=None)
    same.update(name=Concat(Left("name", KEPT_OF_A_NAME), Value(" · "), Left(Value(unit.name), 9)))
