"""Activities that come again: made ahead, once a day, until the last day."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.builders import Town
from tests.volunteers.hours_builders import (
    a_shift,
    draft,
    first_shift,
    join,
    last_event,
    opened,
    some_team,
    some_volunteer,
    verbs,
)
from tests.volunteers.hours_invariants import check_hours_invariants
from tests.volunteers.people_builders import station
from trail.refusals import NotAllowed, Refused
from volunteers.actions.activities import cancel_activity
from volunteers.actions.series import end_series, make_next_of_series, repeat_activity
from volunteers.actions.stations import close_station
from volunteers.models import Activity, Series
from volunteers.tasks import run_activities

FIRST = date(2026, 3, 11)


@pytest.fixture(autouse=True)
def _all_holds_at_the_end(town: Town) -> Any:
    yield
    check_hours_invariants()


def tick(now: Any) -> int:
    """Until nothing is due; how many times."""
    done = 0
    while make_next_of_series(now=now):
        done += 1
    return done


def days() -> list[date]:
    return list(
        Activity.objects.exclude(series=None).order_by("series_on").values_list("series_on", flat=True)
    )


def repeat(town: Town, activity: Activity, **more: Any) -> Series:
    given = {"rhythm": "weekly", "until": FIRST + timedelta(days=70), "now": town.now}
    return repeat_activity(activity, by=town.people["community_worker"], **(given | more))


def test_every_week_four_weeks_ahead(town: Town) -> None:
    leader = some_volunteer(town, "leader")
    day = timedelta(days=1)
    activity = opened(
        town,
        a_shift(town, places=3),
        a_shift(town, day, places=5),
        team=some_team(town, leader),
        place="演示:东门",
    )
    join(town, activity, some_volunteer(town))
    series = repeat(town, activity)
    assert tick(town.now) == 3 and tick(town.now) == 0
    assert days() == [FIRST + timedelta(days=7 * number) for number in range(4)]
    copy = Activity.objects.get(series_on=FIRST + timedelta(days=7))
    activity.refresh_from_db()
    for name in (
        "title",
        "what",
        "place",
        "team_id",
        "unit_id",
        "community_id",
        "free_cancel_hours",
        "state",
    ):
        assert getattr(copy, name) == getattr(activity, name), name
    assert copy.secret != activity.secret and copy.opened_at == town.now
    week = timedelta(days=7)
    assert [(one.starts_at - week, one.places, one.taken) for one in copy.shifts.all()] == [
        (first_shift(activity).starts_at, 3, 0), (first_shift(activity).starts_at + day, 5, 0),
    ]  # fmt: skip
    assert last_event("activity", copy.pk).data == {"state": "open", "series": series.pk}
    assert tick(town.now + timedelta(days=50)) == 7
    assert days()[-1] == FIRST + timedelta(days=70)
    series.refresh_from_db()
    assert series.next_on is None and series.ended_at and verbs("series", series.pk) == ["add", "end"]


def test_every_month(town: Town) -> None:
    repeat(town, opened(town), rhythm="monthly", until=date(2026, 5, 11))
    assert tick(town.now) == 0
    for now in (town.now + timedelta(days=4), town.now + timedelta(days=40)):
        tick(now)
    assert days() == [date(2026, 3, 11), date(2026, 4, 11), date(2026, 5, 11)]


def test_a_draft_repeats_as_drafts(town: Town) -> None:
    repeat(town, draft(town))
    tick(town.now)
    assert set(Activity.objects.values_list("state", flat=True)) == {"draft"}


def test_days_that_were_missed_are_left_out(town: Town) -> None:
    repeat(town, opened(town))
    tick(town.now + timedelta(days=30))
    assert min(days()[1:]) > (town.now + timedelta(days=30)).date()


def test_one_day_that_is_cancelled_ends_nothing(town: Town) -> None:
    activity = opened(town)
    repeat(town, activity)
    cancel_activity(activity, reason="演示:大雪", by=town.people["community_worker"], now=town.now)
    assert tick(town.now) == 3
    assert Activity.objects.filter(state="open").count() == 3


def test_a_team_that_is_no_more_ends_it(town: Town) -> None:
    team = some_team(town, some_volunteer(town))
    series = repeat(town, opened(town, team=team))
    team.closed_at = town.now
    team.save(update_fields=["closed_at"])
    assert tick(town.now) == 1
    assert days() == [FIRST] and verbs("series", series.pk) == ["add", "halt"]


def test_a_station_that_has_closed_is_named_no_more(town: Town) -> None:
    place, worker = station(town), town.people["community_worker"]
    series = repeat(town, opened(town, station=place))
    close_station(place, by=worker, now=town.now)
    assert tick(town.now) == 3
    assert set(Activity.objects.exclude(series_on=FIRST).values_list("station", flat=True)) == {None}
    assert verbs("series", series.pk) == ["add"]


def test_it_is_ended_by_those_who_run_it(town: Town) -> None:
    series = repeat(town, opened(town))
    with pytest.raises(NotAllowed):
        end_series(series, by=town.people["far_secretary"], now=town.now)
    tick(town.now)
    end_series(series, by=town.people["street_leader"], now=town.now)
    assert tick(town.now + timedelta(days=30)) == 0 and len(days()) == 4
    with pytest.raises(Refused) as caught:
        end_series(series, by=town.people["street_leader"], now=town.now)
    assert caught.value.code == "ended"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"rhythm": "daily"}, "rhythm"),
        ({"until": FIRST}, "until"),
        ({"until": FIRST + timedelta(days=367)}, "until"),
        ({"until": FIRST + timedelta(days=6)}, "never"),
    ],
)
def test_what_does_not_repeat(town: Town, more: dict[str, Any], code: str) -> None:
    activity = opened(town)
    with pytest.raises(Refused) as caught:
        repeat(town, activity, **more)
    assert caught.value.code == code and not Series.objects.exists()
    repeat(town, activity)
    with pytest.raises(Refused) as caught:
        repeat(town, activity)
    assert caught.value.code == "again"


def test_a_series_that_has_ended_goes_on_as_any_of_it_is(town: Town) -> None:
    """After its year nobody types it anew: no day comes twice, and all of them stay one series."""
    series = repeat(town, opened(town), until=FIRST + timedelta(days=14))
    assert tick(town.now) == 2
    last = Activity.objects.latest("series_on")
    later = town.now + timedelta(days=400)
    Activity.objects.filter(pk=last.pk).update(title="演示:新的样子", state="settled", settled_at=later)
    again = repeat(town, last, until=later.date() + timedelta(days=21), now=later)
    assert (again.pk, again.source, again.ended_at) == (series.pk, last, None)
    assert (again.first_on, verbs("series", series.pk)) == (
        FIRST + timedelta(days=14),
        ["add", "end", "resume"],
    )
    assert last_event("activity", last.pk).data == {"state": "settled", "series": series.pk}
    with pytest.raises(Refused) as caught:
        repeat(town, last, now=later)
    assert caught.value.code == "again"
    assert tick(later) == 3
    made = Activity.objects.filter(series=series, series_on__gt=later.date())
    assert set(made.values_list("title", "state")) == {("演示:新的样子", "open")}
    assert {(day - FIRST).days % 7 for day in days()} == {0} and len(days()) == 6


def test_one_that_was_ended_by_mistake_is_taken_up_again_behind_what_is_made(town: Town) -> None:
    activity, worker = opened(town), town.people["community_worker"]
    series = repeat(town, activity)
    tick(town.now)
    made = days()
    end_series(series, by=worker, now=town.now)
    again = repeat(town, activity, until=FIRST + timedelta(days=35))
    assert (again.next_on, tick(town.now)) == (FIRST + timedelta(days=28), 0)
    tick(town.now + timedelta(days=28))
    assert days() == [*made, FIRST + timedelta(days=28), FIRST + timedelta(days=35)]


def test_at_most_a_year_ahead(town: Town) -> None:
    """Of the day of the activity, or of today where that is behind."""
    activity = opened(town)
    series = repeat(town, activity, until=FIRST + timedelta(days=7))
    tick(town.now)
    later = town.now + timedelta(days=100)
    with pytest.raises(Refused) as caught:
        repeat(town, activity, until=later.date() + timedelta(days=367), now=later)
    assert caught.value.code == "until"
    assert repeat(town, activity, until=later.date() + timedelta(days=366), now=later).pk == series.pk


def test_the_tick_moves_and_makes(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    activity = opened(town)
    repeat(town, activity)
    monkeypatch.setattr("volunteers.tasks.database_now", lambda: activity.ends_at)
    run_activities()
    run_activities()
    activity.refresh_from_db()
    assert activity.state == "done" and len(days()) == 5
