"""首报: whoever is called to an emergency says within two hours how it stands; silence climbs like anything in danger."""

from datetime import timedelta

import pytest
from django.utils.translation import override

from grids.policies import WrongValue
from issues.ladder import rung_when_due
from issues.models import Issue
from issues.policies import KINDS, SHIPPED
from issues.timeline import timeline
from tests.builders import Town
from tests.issues.acting import Acting, last
from tests.issues.calling import callee_of, clocks
from tests.issues.test_photos import picture


@pytest.fixture
def called(town: Town, act: Acting) -> Issue:
    """The office is called to an emergency, and has acknowledged."""
    issue = act.handling("noise", "community_worker")
    issue = act("whistle", issue, "community_worker", kind="emergency", bodies=[town.office, town.property])
    act("acknowledge", callee_of(issue, town.office), "office_officer")
    act("acknowledge", callee_of(issue, town.property), "property_officer")
    act.heard()
    return issue


def owes(town: Town, issue: Issue, body: str = "office") -> bool:
    return "report" in clocks(callee_of(issue, getattr(town, body)))


def test_only_an_emergency_asks_for_it(town: Town, act: Acting) -> None:
    assert [key for key in ("quick", "tough", "emergency") if SHIPPED.whistle(key).report] == ["emergency"]
    issue = act.handling("noise", "community_worker")
    issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
    assert not owes(town, issue)


def test_two_hours_from_the_call_around_the_clock(town: Town, act: Acting) -> None:
    act.later(hours=13)
    issue = act.handling("fire", "grid_worker")
    issue = act("whistle", issue, "grid_worker", kind="emergency", bodies=[town.department])
    assert clocks(callee_of(issue, town.department))["report"] == act.now + timedelta(hours=2)


@pytest.mark.parametrize(
    ("given", "is_one"), [({}, False), ({"text": "演示:已到场,火已控制"}, True), ({"photos": "one"}, True)]
)
def test_reporting_in_with_words_or_pictures_is_one(town, act, called, given, is_one):
    given = {"photos": [picture()]} if "photos" in given else given
    issue = act("report_in", callee_of(called, town.office), "office_officer", **given)
    assert owes(town, issue) is not is_one and owes(town, issue, "property")


@pytest.mark.parametrize("internal", [False, True])
def test_their_first_note_is_one_and_the_caller_hears(town, act, called, internal):
    act("report_in", callee_of(called, town.office), "office_officer")
    issue = act("note", called, "office_officer", text="演示:二楼已疏散", internal=internal)
    callee = callee_of(issue, town.office)
    assert not owes(town, issue) and owes(town, issue, "property")
    assert callee.due_at == min(clocks(callee).values())
    assert (last(issue).data["what"], last(issue).data["callee"]) == ("first_report", callee.pk)
    assert ("community_worker", "note.caller") in act.heard()
    with override("en"):
        assert timeline(issue)[-1].words == f"First report of {town.office.name}"
    again = act("note", issue, "office_officer", text="演示:已扑灭", internal=internal)
    assert "what" not in last(again).data and not act.heard()


def test_a_note_of_anybody_else_is_none(town, act, called):
    issue = act("note", called, "community_worker", text="演示:已通知")
    assert owes(town, issue) and "what" not in last(issue).data


def test_who_is_done_owes_none(town, act, called):
    act("report_in", callee_of(called, town.office), "office_officer")
    issue = act("done", callee_of(called, town.office), "office_officer")
    assert not owes(town, issue)


def test_without_one_the_level_above_is_called(town, act, called):
    act("report_in", callee_of(called, town.office), "office_officer")
    act.now = clocks(callee_of(called, town.office))["report"] + timedelta(minutes=1)
    assert rung_when_due("report", danger=True, top=False, roster=True) == "call_above"
    act.sweep()
    act.sweep()
    assert ("street_leader", "call_above.above") in act.heard()
    assert last(called).verb in {"call_above", "board"}


def test_a_district_may_set_another_time_but_not_before_they_are_there():
    [kind] = [one for one in KINDS if one.key == "whistle_times"]
    assert kind.clean({"emergency": {"report": [1, "hours"]}})
    with pytest.raises(WrongValue) as caught:
        kind.clean({"emergency": {"report": [20, "minutes"]}})
    assert set(caught.value.errors) == {"emergency.report"}
