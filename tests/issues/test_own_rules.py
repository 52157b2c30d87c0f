"""A district's own numbers in the actions: they hold for what starts from then on."""

from datetime import timedelta

import pytest

from calendars.actions import load_calendar
from calendars.querysets import DEFAULT_NAME
from grids.actions.policies import set_policy
from issues.actions.recompute import recompute_issues
from issues.models import Callee, Deadline, Issue
from issues.worktimes import forget_worktimes, worktime_of
from tests.builders import Town
from tests.issues.acting import Acting


def decide(town: Town, key: str, value: dict, *, now=None) -> None:
    set_policy(
        town.district, key, value, by=town.people["system_admin"], now=now or town.now, reason="演示:试行"
    )


def running(issue: Issue, clock: str) -> Deadline:
    return Deadline.objects.open().get(issue=issue, clock=clock)


def test_limits_of_levels_and_categories(town, act: Acting) -> None:
    before = town.report("litter")
    decide(town, "limits", {"grid": {"answer": [30, "minutes"], "submit": [3, "hours"]}})
    decide(town, "categories", {"noise": {"submit": [5, "hours"]}})
    after = town.report("litter")
    assert after.due_at == act.now + timedelta(minutes=30)
    assert after.promised_at == act.now + timedelta(hours=3)
    assert Issue.objects.get(pk=before.pk).due_at != after.due_at
    assert act("sign", after, "grid_worker").due_at == act.now + timedelta(hours=3)
    assert act("sign", town.report("noise"), "community_worker").due_at == act.now + timedelta(hours=5)


def test_what_climbs_has_the_time_of_the_level_above(town, act: Acting) -> None:
    decide(town, "limits", {"community": {"answer": [7, "hours"]}})
    decide(town, "ladder", {"all": {"grace_percent": 100}})
    issue = town.report("litter")
    act.now = issue.due_at
    act.sweep()  # the deputy is called, with as much time again
    second = running(issue, "sign")
    assert second.rung == "climb"
    act.now = second.due_at
    act.sweep()
    issue = Issue.objects.get(pk=issue.pk)
    assert issue.owner == town.community
    assert issue.due_at == act.now + timedelta(hours=7)


def test_the_reminder_is_the_districts(town, act: Acting) -> None:
    assert running(act.handling("litter"), "submit").rung == "remind"
    decide(town, "rungs", {"remind": {"on": False}})
    assert running(act.handling("litter"), "submit").rung == "chase"


def reminders() -> list[tuple[Deadline, int]]:
    """What is set to remind, and after how many percent of its time."""
    found = Deadline.objects.open().filter(rung="remind").select_related("issue")
    return [(row, percent_of(row)) for row in found]


def percent_of(row: Deadline) -> int:
    worktime = worktime_of(row.issue.district_id)
    if row.span.round_the_clock:
        return round(100 * (row.due_at - row.started_at) / (row.limit_at - row.started_at))
    whole = worktime.between(row.started_at, row.limit_at)
    return round(100 * worktime.between(row.started_at, row.due_at) / whole)


def test_the_reminder_comes_at_the_districts_percentage_on_every_clock(town, act: Acting) -> None:
    decide(town, "ladder", {"all": {"remind_percent": 50}})
    town.report("road")
    act("ask_extension", act.handling("litter"), "grid_worker")
    act("supervise", act.handling("litter"), "supervisor")
    shared = act.handling("road", "street_dispatcher")
    act("split", shared, "street_dispatcher", bodies=[town.office])
    act("whistle", shared, "street_dispatcher", kind="tough", bodies=[town.posted, town.property])
    asked = act.handling("noise", "community_worker")
    act("ask_info", asked, "community_worker")
    act.later(hours=1)
    act("supply_info", asked, None)
    parked = act("ask_suspension", act.handling("litter"), "grid_worker")
    act("grant", parked.decisions.get(), "community_secretary")
    found = reminders()
    assert {row.clock for row, _percent in found} == {
        *("sign", "submit", "decide", "letter", "take", "finish"),
        *("acknowledge", "arrive", "plan", "done", "suspension", "promise"),
    }
    assert {percent for _row, percent in found} == {50}


def test_what_was_seen_before_the_rule_and_comes_in_after_it_is_reminded_by_the_rule(town, act) -> None:
    """Reported without a network an hour ago: the deadline is set now."""
    decide(town, "ladder", {"all": {"remind_percent": 50}})
    issue = town.report("road", occurred_at=act.now - timedelta(hours=1))
    clock = running(issue, "sign")
    assert (clock.rung, clock.started_at) == ("remind", issue.received_at)
    assert percent_of(clock) == 50


def test_what_runs_already_keeps_its_percentage_whatever_the_calendar_does(town, act) -> None:
    before = act.handling("road", "street_dispatcher")
    act.later(minutes=10)
    decide(town, "ladder", {"all": {"remind_percent": 50}}, now=act.now)
    after = act.handling("road", "street_dispatcher")
    act.later(minutes=10)
    decide(town, "ladder", {"all": {"remind_percent": 60}}, now=act.now)
    day = {"date": "2026-03-12", "kind": "off", "name": ""}
    load_calendar(DEFAULT_NAME, [day], by=town.people["system_admin"], now=act.now, years=[])
    forget_worktimes()
    recompute_issues(list(Issue.objects.select_for_update().order_by("pk")), now=act.now)
    assert percent_of(running(before, "submit")) == 80
    assert percent_of(running(after, "submit")) == 50


def test_the_rating_window(town, act: Acting) -> None:
    decide(town, "windows", {"rating": {"within": [48, "hours"]}})
    issue = act("submit_result", act.handling("litter"), "grid_worker")
    assert issue.due_at == act.now + timedelta(hours=48)


def test_how_long_an_answer_is_waited_for(town, act: Acting) -> None:
    decide(town, "windows", {"supply": {"within": [30, "hours"]}})
    issue = act("ask_info", act.handling("litter"), "grid_worker")
    assert issue.due_at == act.now + timedelta(hours=30)


@pytest.mark.parametrize(("category", "row"), [("litter", "check"), ("fire", "danger_check")])
def test_how_soon_a_result_is_looked_at(town, act: Acting, category: str, row: str) -> None:
    decide(town, "windows", {row: {"within": [7, "hours"]}})
    decide(town, "categories", {"litter": {"check": "yes"}})
    issue = act("submit_result", act.handling(category), "grid_worker")
    assert issue.due_at == act.now + timedelta(hours=7)


def test_whistle_times_and_number(town, act: Acting) -> None:
    decide(town, "whistle_times", {"quick": {"acknowledge": [20, "minutes"], "most": 2}})
    issue = act.handling("litter")
    act("whistle", issue, "grid_worker", kind="quick", units=[town.community], bodies=[town.property])
    assert {one.due_at for one in Callee.objects.all()} == {act.now + timedelta(minutes=20)}


def test_who_may_be_called(town, act: Acting) -> None:
    issue = act.handling("litter")
    called = {"kind": "quick", "bodies": [town.department]}
    assert act.refused("whistle", issue, "grid_worker", **called).code == "not_callable"
    decide(town, "callable", {"grid:quick": {"department": True}})
    act("whistle", issue, "grid_worker", **called)


def test_a_clock_that_stood_still_runs_on_as_it_was_set(town, act: Acting) -> None:
    """A change of the unit of time meanwhile does not bend what was left."""
    decide(town, "whistle_times", {"quick": {"acknowledge": [5, "minutes"], "arrive": [10, "minutes"]}})
    issue = act.handling("litter")
    act("whistle", issue, "grid_worker", kind="quick", units=[town.community])
    left = Issue.objects.get(pk=issue.pk).submit_left
    decide(town, "limits", {"grid": {"submit": [100, "hours"]}})
    callee = Callee.objects.get()
    for verb in ("acknowledge", "report_in", "done"):
        act(verb, callee, "community_worker")
        callee.refresh_from_db()
    clock = running(issue, "submit")
    assert clock.span_unit == "working_days"
    assert Issue.objects.get(pk=issue.pk).submit_left is None
    assert left
