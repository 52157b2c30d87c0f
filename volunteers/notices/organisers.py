"""Who is told that somebody else is to look at what was handed in."""

from collections.abc import Iterable
from datetime import datetime

from grids.addressing import addressees_of_many
from grids.lineage import key_of
from grids.models import Unit
from volunteers.querysets import RUNS


def others_who_run(
    asked: Iterable[tuple[Unit, int | None]], now: datetime
) -> dict[tuple[int, int | None], list[int]]:
    """(id of the unit, id of the account that handed in) → accounts of those who run volunteering there, without that one;
    where nobody else does, of those above. Two steps need two people (volunteers/actions/hours.py). As many queries for
    many as for one at the same height."""
    found: dict[tuple[int, int | None], list[int]] = {}
    waiting = {(unit.pk, account): unit for unit, account in asked}
    while waiting:
        there = addressees_of_many({unit.pk: unit for unit in waiting.values()}.values(), RUNS, now)
        above = {}
        for key, unit in waiting.items():
            people = [one.user_id for one in there[key_of(unit)] if one.user_id != key[1]]
            if people or unit.parent_id is None:
                found[key] = people
            else:
                above[key] = unit.parent_id
        parents = Unit.objects.defer("boundary").in_bulk(set(above.values())) if above else {}
        waiting = {key: parents[pk] for key, pk in above.items()}
    return found
