"""Alerts of other systems: an issue, counted while it is open, a new one after."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from issues.actions.alerts import raise_alert
from issues.models import Alert, Category, Issue
from notices.models import Notice
from tests.issues.acting import events, last
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import NotAllowed, Refused


def alert(town, now=None, category="litter", who="street_dispatcher", **given):
    told = {"place": town.grid, "text": "演示:井盖移位", "severity": "major", "dedupe_key": "cover-7"} | given
    return raise_alert(category=town.categories[category], by=town.people[who], now=now or town.now, **told)


def test_the_same_key_is_counted_while_the_issue_is_open(town):
    first, is_new = alert(town, thing="井盖7")
    again, is_new_again = alert(town)
    assert is_new and not is_new_again and again.issue_id == first.issue_id
    issue = Issue.objects.get()
    assert (issue.source, issue.on_behalf) == ("alert", True)
    assert Alert.objects.get().count == 2 and Alert.objects.get().thing == "井盖7"
    assert events(issue) == ["report", "dispatch", "alert_again"]
    assert last(issue).data["count"] == 2 and issue.version == 3
    check_invariants(town.now)


def test_a_sensor_that_cries_all_the_time_does_not_bury_the_timeline(town):
    """Every alert is counted; the timeline has the first repetition, one per hour, and what gets worse."""
    first, _is_new = alert(town, severity="minor")
    for _minute in range(3):
        town.now += timedelta(minutes=1)
        alert(town, severity="minor")
    assert events(first.issue).count("alert_again") == 1
    alert(town, severity="major")
    assert last(first.issue).data == last(first.issue).data | {"severity": "major", "count": 5}
    town.now += timedelta(hours=1)
    kept, _is_new = alert(town, severity="major")
    assert events(first.issue).count("alert_again") == 3 and kept.count == 6
    assert Issue.objects.get().version == len(events(first.issue))
    check_invariants(town.now)


def test_after_its_end_the_same_key_is_a_new_issue(town, act):
    first, _is_new = alert(town)
    act("sign", first.issue, "grid_worker")
    ended = act("submit_result", first.issue, "grid_worker")
    Issue.objects.filter(pk=ended.pk).update(state="closed", due_at=None, closed_at=town.now)
    second, is_new = alert(town)
    assert is_new and second.issue_id != first.issue_id and second.count == 1


@pytest.mark.parametrize(("category", "severity"), [("fire", "critical"), ("wire", "major")])
def test_a_result_that_does_not_hold_is_a_new_issue(town, act, category, severity):
    """It waits for its check, and the sensor cries again: somebody must hear, and at a danger three levels."""
    town.categories["wire"] = Category.objects.create(
        key="wire", name="演示飞线", name_en="wire", kind="hazard", handled_at="grid"
    )
    first, _is_new = alert(town, category=category, severity=severity)
    act("sign", first.issue, "grid_worker")
    assert act("submit_result", first.issue, "grid_worker").state == "resolved"
    act.heard()
    second, is_new = alert(town, category=category, severity=severity)
    assert is_new and second.issue_id != first.issue_id
    assert act.heard()
    assert ("alarm" in events(second.issue)) == (category == "fire")
    again, is_new = alert(town, category=category, severity=severity)
    assert not is_new and again.issue_id == second.issue_id
    check_invariants(town.now)


@pytest.mark.parametrize("outcome", ["explained", "not_substantiated", "answered"])
def test_nobody_reported_it_but_a_danger_does_not_end_unseen(town, act, outcome):
    first, _is_new = alert(town, category="fire", severity="critical")
    act("sign", first.issue, "grid_worker")
    issue = act("submit_result", first.issue, "grid_worker", outcome=outcome)
    assert (issue.state, issue.check_unit) == ("resolved", town.community)
    assert act("verify", issue, "community_secretary").state == "closed"


def test_what_was_merged_is_counted_on_the_issue_that_it_follows(town, act):
    """Whoever has the known one hears; the next alert is no issue of its own."""
    known = town.report("litter")
    first, _is_new = alert(town)
    act("merge", first.issue, "grid_worker", main=known)
    town.now += timedelta(hours=2)
    again, is_new = alert(town, severity="minor")
    assert not is_new and (again.pk, again.count, again.issue_id) == (first.pk, 2, first.issue_id)
    assert last(known).verb == "alert_again" and "alert_again" not in events(first.issue)
    check_invariants(town.now)
    act("sign", known, "grid_worker")
    act("submit_result", known, "grid_worker")
    assert alert(town)[1]


def test_what_was_taken_out_again_is_counted_on_its_own(town, act):
    known = town.report("litter")
    first, _is_new = alert(town)
    merged = act("merge", first.issue, "grid_worker", main=known)
    act("unmerge", merged, "grid_worker")
    again, is_new = alert(town)
    assert not is_new and again.count == 2 and last(first.issue).verb == "alert_again"
    check_invariants(town.now)


def test_another_system_has_keys_of_its_own(town):
    alert(town)
    _other, is_new = alert(town, who="community_worker")
    assert is_new and Issue.objects.count() == 2


def test_it_keeps_the_worst_severity(town):
    alert(town, severity="minor")
    alert(town, severity="major")
    kept, _is_new = alert(town, severity="info")
    assert (kept.severity, kept.count) == ("major", 3)


def test_what_becomes_a_danger_calls_the_duty_posts_with_an_issue_of_its_own(town):
    alert(town)
    worse, is_new = alert(town, severity="critical", category="fire")
    assert is_new and worse.issue.is_danger and "alarm" in events(worse.issue)
    again, is_new = alert(town, severity="critical", category="fire")
    assert not is_new and again.issue_id == worse.issue_id


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"category": "noise"}, "person"),
        ({"category": "permit"}, "person"),
        ({"severity": "critical"}, "severity"),
        ({"severity": "loud"}, "severity"),
        ({"category": "fire"}, "severity"),
        ({"dedupe_key": " "}, "dedupe_key"),
        ({"text": "x"}, "text_length"),
    ],
)
def test_what_is_refused_leaves_no_trace(town, given, code):
    before = Event.objects.count()
    with pytest.raises(Refused) as caught:
        alert(town, **given)
    assert caught.value.code == code
    assert not Issue.objects.exists() and not Alert.objects.exists() and Event.objects.count() == before


def test_who_may_not_report_may_not_alert(town):
    with pytest.raises(NotAllowed):
        alert(town, who="supervisor")


def test_its_owner_is_told_when_it_gets_worse_and_of_nothing_less(town, act):
    first, _is_new = alert(town, severity="minor")
    act("sign", first.issue, "grid_worker")
    act.heard()
    alert(town, severity="minor")
    assert act.heard() == set()
    alert(town, severity="major")
    assert act.heard() == {("grid_worker", "alert_again.owner"), ("grid_chief", "alert_again.owner")}
    told = Notice.objects.filter(key="issues.alert_again.owner", recipient=town.people["grid_worker"]).get()
    with override("en"):
        assert "now Major" in told.words
    town.now += timedelta(hours=2)
    alert(town, severity="info")
    assert act.heard() == set()
