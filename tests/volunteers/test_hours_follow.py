"""Activities, series and hours when their unit moves, merges or closes: what goes on goes along, what is over stays."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from grids.actions.tree import close_unit, merge_units, move_unit
from grids.models import Unit
from notices.actions import fan_out_once
from notices.models import Notice
from tests.builders import Town
from tests.volunteers.hours_builders import (
    after,
    draft,
    handed_in,
    opened,
    some_team,
    some_volunteer,
    verbs,
)
from tests.volunteers.hours_invariants import check_hours_invariants
from tests.volunteers.people_builders import code_of, station
from volunteers.actions.activities import cancel_activity, move_by_clock
from volunteers.actions.hours import confirm_hours, confirm_service, propose_service
from volunteers.actions.series import make_next_of_series, repeat_activity
from volunteers.actions.settling import settle_activity
from volunteers.actions.stations import close_station
from volunteers.actions.teams import close_team
from volunteers.models import Activity, Series, Service, Station, Team, Volunteer


@pytest.fixture(autouse=True)
def _all_holds_at_the_end(town: Town) -> Any:
    yield
    check_hours_invariants()


def follow(now: datetime) -> None:
    """Whoever hears of what has happened so far has heard of it."""
    while fan_out_once(now=now):
        pass


def merged(town: Town) -> Unit:
    """The community is part of the one beside it now."""
    into = merge_units(town.community, into=town.other_community, by=None, now=town.now)
    follow(town.now)
    return into


def repeated(town: Town, activity: Activity, by: str = "community_worker") -> Series:
    until = activity.starts_at.date() + timedelta(days=70)
    return repeat_activity(activity, rhythm="weekly", until=until, by=town.people[by], now=town.now)


def beside(town: Town, who: Volunteer, unit: Unit) -> Service:
    """Five minutes of theirs, to be confirmed."""
    given = {"on": town.now.date(), "minutes": 5, "what": "演示:值守", "unit": unit}
    return propose_service(who, by=who.user, now=town.now, **given)


def test_what_goes_on_goes_along_and_what_is_over_stays(town: Town) -> None:
    worker, secretary = town.people["community_worker"], town.people["community_secretary"]
    (done,), (waits,) = handed_in(town, some_volunteer(town)), handed_in(town, some_volunteer(town))
    confirm_service(done, by=secretary, now=after(town))
    settled = settle_activity(done.activity, by=worker, now=after(town))
    cancelled = cancel_activity(opened(town), reason="演示:大雪", by=worker, now=town.now)
    going_on = (draft(town), opened(town), waits.activity)
    into = merged(town)
    for activity in going_on:
        activity.refresh_from_db()
        assert (activity.unit, activity.community) == (into, into)
    for activity in (settled, cancelled):
        activity.refresh_from_db()
        assert (activity.unit, activity.community) == (town.community, into)
    for service, unit in ((waits, into), (done, town.community)):
        service.refresh_from_db()
        assert service.unit == unit
    assert confirm_hours(waits.activity, by=town.people["other_secretary"], now=after(town)) == [waits]


def test_those_of_the_successor_are_told(town: Town) -> None:
    activity = opened(town)
    merged(town)
    while move_by_clock(now=activity.ends_at):
        pass
    follow(activity.ends_at)
    told = Notice.objects.filter(key="volunteers.to_hand_in")
    assert set(told.values_list("recipient__username", flat=True)) == {"other_secretary"}


def test_hours_beside_any_activity_go_along_while_they_wait(town: Town) -> None:
    who = some_volunteer(town)
    waits, done = beside(town, who, town.other_grid), beside(town, who, town.other_grid)
    confirm_service(done, by=town.people["community_worker"], now=town.now)
    merge_units(town.other_grid, into=town.grid, by=None, now=town.now)
    follow(town.now)
    for service, unit in ((waits, town.grid), (done, town.other_grid)):
        service.refresh_from_db()
        assert service.unit == unit


@pytest.mark.parametrize("followed", [True, False])
def test_a_series_goes_on_where_its_place_went(town: Town, followed: bool) -> None:
    """Whether the tick or the news of the merger comes first, and although its first activity is over."""
    activity = opened(town)
    series = repeated(town, activity)
    cancel_activity(activity, reason="演示:大雪", by=town.people["community_worker"], now=town.now)
    merge_units(town.community, into=town.other_community, by=None, now=town.now)
    if followed:
        follow(town.now)
    while make_next_of_series(now=town.now):
        pass
    made = Activity.objects.filter(series=series).exclude(pk=activity.pk)
    assert [(one.unit, one.community) for one in made] == [(town.other_community, town.other_community)] * 3
    assert verbs("series", series.pk) == ["add"]
    activity.refresh_from_db()
    assert activity.unit == (town.other_community if followed else town.community)


def test_of_a_closed_grid_it_goes_on_in_the_community(town: Town) -> None:
    activity = opened(town, unit=town.other_grid)
    series = repeated(town, activity)
    for unit in (town.other_building, town.other_grid):
        close_unit(unit, by=None, now=town.now)
    follow(town.now)
    activity.refresh_from_db()
    assert (activity.unit, activity.grid) == (town.community, None)
    assert make_next_of_series(now=town.now) and verbs("series", series.pk) == ["add"]


def test_where_nothing_is_any_more_a_series_ends(town: Town) -> None:
    other = town.people["other_secretary"]
    series = repeated(town, opened(town, unit=town.other_community, by=other), by="other_secretary")
    close_unit(town.other_community, by=None, now=town.now)
    assert make_next_of_series(now=town.now) and not make_next_of_series(now=town.now)
    assert verbs("series", series.pk) == ["add", "halt"] and Activity.objects.count() == 1


class TestAsItIsNow:
    """Whoever makes something may have looked at the place long ago."""

    def test_a_place_that_has_moved(self, town: Town) -> None:
        stale, who = Unit.objects.get(pk=town.community.pk), some_volunteer(town)
        move_unit(town.community, to=town.other_street, by=None, now=town.now)
        assert code_of(draft, town, unit=stale, by=town.people["street_dispatcher"]) == "not_yours"
        made = draft(town, unit=stale, by=town.people["far_dispatcher"])
        service = beside(town, who, stale)
        assert made.street_id == service.street_id == town.other_street.pk

    def test_a_place_that_is_no_more(self, town: Town) -> None:
        stale, who = Unit.objects.get(pk=town.community.pk), some_volunteer(town)
        merged(town)
        dispatcher = town.people["street_dispatcher"]
        assert code_of(draft, town, unit=stale, by=dispatcher) == "closed_place"
        assert code_of(beside, town, who, stale) == "closed_place"

    def test_a_team_and_a_station_that_have_closed(self, town: Town) -> None:
        by = {"by": town.people["community_worker"], "now": town.now}
        leader = some_volunteer(town, "leader")
        team = Team.objects.select_related("leader").get(pk=some_team(town, leader).pk)
        place = Station.objects.get(pk=station(town).pk)
        assert draft(town, team=team, station=place, by=leader.user).station == place
        Team.objects.filter(pk=team.pk).update(leader=None)
        assert code_of(draft, town, team=team, by=leader.user) == "not_yours"
        close_team(team, **by)
        close_station(place, **by)
        assert code_of(draft, town, team=team) == "team"
        assert code_of(draft, town, station=place) == "station"

    def test_nobody_leaves_while_their_hours_are_handed_in(self, town: Town) -> None:
        who = some_volunteer(town)
        with CaptureQueriesContext(connection) as asked:
            beside(town, who, town.community)
        held = [query["sql"] for query in asked if "FOR NO KEY UPDATE" in query["sql"]]
        assert len(held) == 1 and "volunteers_volunteer" in held[0]
