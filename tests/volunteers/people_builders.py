"""Volunteers, teams and stations of the town, made by the actions."""

from datetime import date
from typing import Any

import pytest

from grids.models import Unit
from tests.builders import Town
from trail.refusals import NotAllowed, Refused
from volunteers.actions.facts import Person
from volunteers.actions.people import sign_up, sign_up_for
from volunteers.actions.stations import open_station
from volunteers.actions.teams import open_team
from volunteers.models import Station, Team, Volunteer

# Somebody who is twelve on the town's day.
OF_AGE_ON = date(2028, 5, 1)
CHILD = {
    "of_age_on": OF_AGE_ON,
    "guardian_name": "演示家长",
    "guardian_phone": "13900000001",
    "guardian_consents": True,
}


def person(**more: Any) -> Person:
    return Person(**{"name": "演示志愿者", "phone": "13800000001"} | more)


def volunteer(town: Town, who: str = "helper", home: Unit | None = None, **more: Any) -> Volunteer:
    """Somebody who signs up by themselves; of several each needs a number or alias of their own."""
    more = {"alias": f"演示{who}"} | more
    return sign_up(home or town.community, person(**more), by=town.person(who), now=town.now)


def written_down(
    town: Town, home: Unit | None = None, by: str = "community_worker", **more: Any
) -> Volunteer:
    """Somebody without a phone."""
    facts = {"phone": "", "alias": "演示·老张"} | more
    return sign_up_for(home or town.community, person(**facts), by=town.people[by], now=town.now)


def team(town: Town, by: str = "community_worker", unit: Unit | None = None, **more: Any) -> Team:
    facts = {"name": "演示敬老队", "topic": "elders", "about": "演示:每周探望"} | more
    return open_team(unit or town.community, **facts, by=town.people[by], now=town.now)


def station(town: Town, by: str = "community_worker", unit: Unit | None = None, **more: Any) -> Station:
    facts = {"name": "演示服务站", "place": "演示路1号", "hours": "9:00-17:00"} | more
    return open_station(unit or town.community, **facts, by=town.people[by], now=town.now)


def code_of(act: Any, *args: Any, **more: Any) -> str:
    """What it was refused with."""
    with pytest.raises(Refused) as caught:
        act(*args, **more)
    return caught.value.code


def forbidden(act: Any, *args: Any, **more: Any) -> bool:
    """Was it refused to this person?"""
    with pytest.raises(NotAllowed):
        act(*args, **more)
    return True
