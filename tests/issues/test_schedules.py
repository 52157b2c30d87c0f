"""Scheduled tasks: made, rested, and exactly one issue per occurrence."""

from datetime import date, time, timedelta
from unittest.mock import patch

import pytest
from django.utils import translation

from grids.actions.policies import set_policy
from grids.actions.tree import close_unit, merge_units
from issues.actions.schedules import add_schedule, run_next_schedule, start_schedule, stop_schedule
from issues.models import Issue, Occurrence, Schedule
from issues.tasks import run_schedules
from notices.actions import fan_out_once
from notices.models import Notice
from tests.issues.acting import events
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import NotAllowed, Refused, Stale


def add(town, who="community_secretary", **given):
    told = {
        "place": town.grid,
        "category": town.categories["litter"],
        "text": "演示:清理楼道",
        "at": time(11),
    }
    return add_schedule(by=town.people[who], now=town.now, **told | given)


def tick(now):
    """Until nothing is due; how many."""
    count = 0
    while run_next_schedule(now=now):
        count += 1
    return count


def test_nothing_before_its_time_and_one_issue_at_it(town):
    schedule = add(town)
    assert tick(town.now) == 0 and not Issue.objects.exists()
    at = schedule.next_at
    assert at == town.now + timedelta(hours=1)
    assert tick(at) == 1
    issue = Issue.objects.get()
    assert (issue.source, issue.text, issue.place_code) == ("schedule", "演示:清理楼道", town.grid.code)
    assert issue.reported_at == at and events(issue) == ["report", "dispatch"]
    assert Occurrence.objects.get().at == at
    assert tick(at) == 0
    assert Schedule.objects.get().next_at == at + timedelta(days=1)
    check_invariants(at)


def test_what_belongs_to_other_streets_is_left_to_somebody_else(town):
    at = add(town).next_at
    assert not run_next_schedule(now=at, streets={town.other_street.pk})
    assert run_next_schedule(now=at, streets={town.street.pk})


def test_after_an_outage_each_missed_one_is_made_up_for_once(town):
    schedule = add(town)
    # Tuesday to the next Monday: five working days.
    assert tick(schedule.next_at + timedelta(days=6)) == 5
    assert Issue.objects.count() == Occurrence.objects.count() == 5


def test_a_task_that_dies_in_the_middle_leaves_nothing_and_is_done_again(town):
    schedule = add(town)
    with (
        patch("issues.actions.schedules._next", side_effect=ZeroDivisionError),
        pytest.raises(ZeroDivisionError),
    ):
        run_next_schedule(now=schedule.next_at)
    assert not Issue.objects.exists() and not Occurrence.objects.exists()
    assert tick(schedule.next_at) == 1


def test_until_its_last_day(town):
    schedule = add(town, until=date(2026, 3, 11))
    assert tick(schedule.next_at + timedelta(days=30)) == 2
    assert Schedule.objects.get().next_at is None


def test_at_rest_and_started_again_what_was_missed_stays_missed(town):
    schedule, secretary = add(town), town.people["community_secretary"]
    stop_schedule(schedule, by=secretary, now=town.now)
    assert tick(town.now + timedelta(days=3)) == 0
    later = town.now + timedelta(days=3)
    started = start_schedule(schedule, by=secretary, now=later)
    assert started.next_at > later and tick(later) == 0
    verbs = Event.objects.filter(subject_type="schedule").order_by("seq").values_list("verb", flat=True)
    assert list(verbs) == ["add", "stop", "start"]


def test_twice_the_same_is_refused(town):
    schedule, secretary = add(town), town.people["community_secretary"]
    with pytest.raises(Refused):
        start_schedule(schedule, by=secretary, now=town.now)
    stop_schedule(schedule, by=secretary, now=town.now)
    with pytest.raises(Refused):
        stop_schedule(schedule, by=secretary, now=town.now)


def test_one_whose_place_was_closed_stops_by_itself_and_says_why(town):
    place = town.other_building
    schedule = add(town, place=place)
    close_unit(place, by=None, now=town.now)
    assert tick(schedule.next_at) == 1
    stopped = Schedule.objects.get()
    assert (stopped.is_active, stopped.next_at, stopped.stopped_because) == (False, None, "closed_place")
    assert (
        not Issue.objects.exists() and Event.objects.filter(subject_type="schedule", verb="halt").count() == 1
    )


@pytest.mark.parametrize("resting", [False, True])
def test_what_was_to_be_done_in_a_merged_grid_is_done_in_the_other(town, resting):
    schedule, secretary = add(town), town.people["community_secretary"]
    if resting:
        stop_schedule(schedule, by=secretary, now=town.now)
    merge_units(town.grid, into=town.other_grid, by=None, now=town.now)
    while fan_out_once(now=town.now):
        pass
    moved = Schedule.objects.get()
    assert (moved.place, moved.is_active) == (town.other_grid, not resting)
    if resting:
        moved = start_schedule(moved, by=secretary, now=town.now)
    assert tick(moved.next_at) == 1
    assert Issue.objects.get().owner_unit == town.other_grid


def test_a_tick_before_the_merge_is_followed_up_comes_to_the_same(town):
    schedule = add(town)
    merge_units(town.grid, into=town.other_grid, by=None, now=town.now)
    tick(schedule.next_at)
    assert Issue.objects.get().owner_unit == town.other_grid
    kept = Schedule.objects.get()
    assert kept.place == town.other_grid and kept.is_active and Occurrence.objects.count() == 1


def test_a_place_that_is_moving_just_now_is_tried_again(town):
    schedule = add(town)
    with patch("issues.actions.schedules.report_issue", side_effect=Stale("演示", code="moved")):
        assert tick(schedule.next_at) == 0
    kept = Schedule.objects.get()
    assert kept.is_active and kept.next_at == schedule.next_at
    assert not Event.objects.filter(subject_type="schedule", verb="halt").exists()
    assert tick(schedule.next_at) == 1 and Issue.objects.count() == 1


def test_that_one_has_stopped_is_told_to_who_dispatches_there(town):
    """Of a closed building those of its community; nobody of the next street."""
    schedule = add(town, place=town.other_building)
    close_unit(town.other_building, by=None, now=town.now)
    tick(schedule.next_at)
    while fan_out_once(now=schedule.next_at):
        pass
    told = Notice.objects.filter(key="issues.schedule_halted")
    names = {"community_secretary", "community_worker"}
    assert {one.recipient.username for one in told} == names
    one = told.first()
    assert one.urgency == "action" and one.link.endswith(f"/{schedule.pk}/change/")
    with translation.override("en"):
        assert town.other_building.name in one.words and "the place was closed" in one.words


def test_one_that_stops_does_not_hold_up_the_others(town):
    place = town.other_building
    add(town, place=place)
    add(town)
    close_unit(place, by=None, now=town.now)
    with patch("issues.tasks.database_now", return_value=town.now + timedelta(hours=2)):
        run_schedules()
    assert Issue.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"text": " "}, "text"),
        ({"weekdays": [7]}, "days"),
        ({"month_days": [0]}, "days"),
        ({"weekdays": [1], "month_days": [1]}, "days"),
        ({"until": date(2026, 3, 9)}, "never"),
    ],
)
def test_bad_input(town, given, code):
    with pytest.raises(Refused) as caught:
        add(town, **given)
    assert caught.value.code == code and not Schedule.objects.exists()


@pytest.mark.parametrize("level", ["district", "street"])
def test_what_is_switched_off_here_is_neither_scheduled_nor_started_again(town, level):
    resting = stop_schedule(add(town), by=town.people["community_secretary"], now=town.now)
    off, admin = {"litter": {"active": "no"}}, town.people["system_admin"]
    set_policy(getattr(town, level), "categories", off, by=admin, now=town.now, reason="演示:停用")
    with pytest.raises(Refused) as caught:
        add(town)
    assert caught.value.code == "inactive_category" and Schedule.objects.count() == 1
    with pytest.raises(Refused) as caught:
        start_schedule(resting, by=town.people["community_secretary"], now=town.now)
    assert caught.value.code == "inactive_category" and not Schedule.objects.get().is_active
    far = add(town, who="district_dispatcher", place=town.far_grid) if level == "street" else None
    assert Schedule.objects.count() == 1 + bool(far)


def test_a_danger_is_not_scheduled(town):
    with pytest.raises(Refused) as caught:
        add(town, category=town.categories["fire"])
    assert caught.value.code == "danger"


@pytest.mark.parametrize("who", ["grid_worker", "far_secretary", "spotter", "supervisor"])
def test_only_dispatchers_of_the_place(town, who):
    with pytest.raises(NotAllowed):
        add(town, who=who)
    schedule = add(town)
    with pytest.raises(NotAllowed):
        stop_schedule(schedule, by=town.people[who], now=town.now)


def test_a_centre_schedules_for_its_district(town):
    assert add(town, who="centre_dispatcher").next_at
    assert Schedule.objects.visible_to(town.people["far_secretary"], town.now).count() == 0
    assert Schedule.objects.visible_to(town.people["grid_worker"], town.now).count() == 1
