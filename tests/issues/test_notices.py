"""Who hears of what happens to an issue: driven by the real actions, heard by the real fan-out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from grids.actions.bodies import add_body
from grids.actions.policies import set_policy
from grids.actions.posts import end_post, record_leave, set_shift
from grids.actions.tree import add_unit
from grids.models import DutyShift, Post
from issues.actions import PERFORM, report_issue
from issues.actions.escalate import note_vacancies, sweep_once
from issues.ladder import RUNGS
from issues.models import Category, Deadline, Issue
from issues.notices import HEARD, is_news
from issues.notices.audiences import AUDIENCES
from issues.notices.words import ABOUT, WORDS
from issues.notices.words import PARAMS as NAMED
from notices.actions import fan_out_once
from notices.models import Notice
from notices.words import WORDS as REGISTERED
from notices.words import say
from tests import builders
from tests.builders import LONG_AGO, NOW
from tests.faces import signed_in
from trail.models import Delivery, Event

pytestmark = pytest.mark.django_db


@dataclass
class Town(builders.Town):
    """One person in each post that handles, and what they were told."""

    seen: int = 0

    def heard(self, now: datetime = NOW) -> set[tuple[str, str]]:
        """(person, word) of everything told since the last call."""
        while fan_out_once(now=now):
            pass
        assert not Delivery.objects.filter(done_at=None).exists(), "a handler has failed"
        new = Notice.objects.filter(pk__gt=self.seen).select_related("recipient").order_by("pk")
        rows = [(row.recipient.username, row.key.removeprefix("issues.")) for row in new]
        self.seen = max(new.values_list("pk", flat=True), default=self.seen)
        return set(rows)


@pytest.fixture
def town() -> Town:
    found, parent = Town(), None
    for kind, _parent, code, name in builders.UNITS[:5]:
        parent = found.units[kind] = add_unit(parent, code=code, name=name, by=None, now=LONG_AGO)
    found.appoint("dispatcher", "district_dispatcher", found.district)
    found.appoint("leader", "street_leader", found.street)
    found.appoint("secretary", "community_secretary", found.community, found.person("standin"))
    found.appoint("worker", "grid_worker", found.grid)
    for key, kind, unit in (("housing", "department", found.district), ("office", "office", found.street)):
        found.bodies[key] = add_body(unit, kind=kind, code=key, name=f"{key}局", by=None, now=LONG_AGO)
        found.appoint(f"{key}_officer", "body_officer", found.bodies[key])
    found.heard()
    return found


def category(key: str = "lamp", **more: Any) -> Category:
    row = {"name": "路灯", "name_en": "Street lamp", "kind": "help", "handled_at": "grid"} | more
    return Category.objects.get_or_create(key=key, defaults=row)[0]


def reported(
    town: Town, *, by: User | None = None, now: datetime = NOW, on_behalf: bool = False, **more: Any
) -> Issue:
    return report_issue(
        place=town.building,
        category=category(**more),
        text="楼前路灯不亮",
        by=by,
        now=now,
        on_behalf=on_behalf,
        source="patrol" if by else "resident",
    )


def do(verb: str, subject: Any, by: User | None, now: datetime = NOW, **inputs: Any) -> Any:
    done = PERFORM[verb](subject, by=by, now=now, **inputs)
    subject.refresh_from_db()
    return done


def signed(town: Town, who: str = "worker", **more: Any) -> Issue:
    """Reported, signed for, and all that told already."""
    issue = reported(town, **more)
    do("sign", issue, town.people[who])
    town.heard()
    return issue


def next_rung(town: Town) -> set[tuple[str, str]]:
    """The next deadline fires at its own moment; who is told."""
    due = Deadline.objects.open().earliest("due_at").due_at
    assert sweep_once(now=due) == 1
    return town.heard(due)


# --- the tables -------------------------------------------------------------------------------------------
# Told in the words of another audience.
TOLD_AS = {"reviewed": "callees", "ruled": "caller", "declined": "caller", "arbiters": "asked"}


def test_every_audience_of_the_tables_exists_and_every_rung_has_words() -> None:
    assert set().union(*HEARD.values()) <= set(AUDIENCES)
    for rung in RUNGS:
        assert HEARD.get(rung.key, ()) == rung.audience
        told = {"above": "early"} if rung.key == "call_deputy" else {}
        for audience in rung.may_hear:
            assert f"{rung.key}.{told.get(audience, audience)}" in WORDS
    for verb, audiences in HEARD.items():
        for audience in set(audiences) - {"deputy", "relieved", "spared"}:
            assert f"{verb}.{TOLD_AS.get(audience, audience)}" in WORDS
    assert {"call_deputy.deputy", "call_deputy.again", "call_deputy.above"} <= set(WORDS)
    # Whatever the verb is by which a grid is out of it.
    parts = {f"relieved.{audience}" for audience in ("asked", "callees", "new_lead", "tasks")}
    owners = {f"{what}.{how}" for what in ("taken_back", "calm") for how in ("to_sign", "in_hand", "left_by")}
    assert parts | owners <= set(WORDS)


def test_every_word_mentions_only_what_is_kept() -> None:
    every = {name: name.upper() for name in NAMED}
    with translation.override("en"):
        for key, (_urgency, text) in WORDS.items():
            assert str(text) % every and str(ABOUT) % every
            assert f"issues.{key}" in REGISTERED


@pytest.mark.parametrize(
    ("verb", "data", "news"),
    [
        ("report", {"state": "reported"}, True),
        ("report", {"state": "assigned"}, False),
        ("dispatch", {"rule": "category"}, True),
        ("dispatch", {"rule": "danger"}, False),
        ("dispatch", {}, True),
        ("screen", {"rule": "danger"}, False),
        ("rate", {"solved": True}, False),
        ("rate", {"solved": False}, True),
        ("close", {"rated": False}, False),
        ("close", {"rated": False, "letters": [1]}, True),
        ("close", {"rated": True, "heard": True}, False),
        ("close", {"rated": False, "reviewed": True}, True),
        ("close", {"rated": True, "reviewed": True}, True),
        ("climb", {}, True),
        ("verify", {"passed": True, "state": "closed"}, True),
        ("verify", {"passed": True, "state": "resolved"}, False),
        ("verify", {"passed": False, "state": "assigned"}, True),
        ("sign", {}, False),
        ("sign", {"from": {}}, True),
        ("contact", {"way": "phone"}, False),
        ("note", {}, False),
        ("note", {"what": "first_report"}, True),
        ("hotline_again", {"what": "redo"}, True),
        ("hotline_update", {"changed": ["details"]}, False),
        ("hotline_update", {"changed": ["deadline", "details"]}, True),
        ("hotline_update", {"changed": ["deadline"], "state": "closed"}, False),
    ],
)
def test_what_is_news(verb: str, data: dict, news: bool) -> None:
    assert is_news(verb, data) is news


# --- the way in -------------------------------------------------------------------------------------------
def test_dispatched_by_rule_the_grid_is_told_where_what_and_until_when(town: Town) -> None:
    issue = reported(town)
    assert town.heard() == {("worker", "dispatch.to")}
    notice = Notice.objects.latest("pk")
    assert notice.link == reverse("issues:issue", args=[issue.code])
    assert (notice.urgency, notice.created_at) == ("action", NOW)
    with translation.override("en"):
        assert notice.words == "Given to 第一网格, to be signed for by 3-10 12:00"
        assert notice.about == f"{issue.number} Street lamp, {issue.place_label}"
    with translation.override("zh-hans"):
        assert "路灯" in notice.about


def test_what_is_kept_is_no_free_text(town: Town) -> None:
    reported(town)
    town.heard()
    kept = str(Notice.objects.latest("pk").params)
    assert "楼前路灯不亮" not in kept
    assert {name for row in Notice.objects.all() for name in row.params} <= set(NAMED)


def test_without_a_rule_the_community_is_asked_to_screen(town: Town) -> None:
    issue = reported(town, key="odd", handled_at="")
    assert town.heard() == {("secretary", "report.owner")}
    do("screen", issue, town.people["secretary"], category=category())
    assert town.heard() == {("worker", "screen.to")}


def test_danger_calls_three_levels_at_once_and_each_person_once(town: Town) -> None:
    reported(town, key="fire", is_danger=True)
    assert town.heard() == {(name, "alarm.units") for name in ("worker", "secretary", "leader")}
    loud = Notice.objects.latest("pk")
    assert loud.urgency == "danger"
    with translation.override("en"):
        assert all(number in loud.words for number in ("119", "110", "120"))


def test_danger_calls_who_is_on_duty_where_there_is_a_roster(town: Town) -> None:
    town.appoint("night", "community_worker", town.community)
    set_shift(town.posts["night"], starts_at=NOW, ends_at=NOW + timedelta(hours=8), by=None, now=LONG_AGO)
    reported(town, key="fire", is_danger=True)
    assert town.heard() == {(name, "alarm.units") for name in ("worker", "night", "leader")}


def test_danger_calls_nobody_of_the_roster_who_cannot_act(town: Town) -> None:
    """A part-time worker reports only: the grid's share of an alarm is not theirs alone."""
    town.appoint("night", "part_time_grid_worker", town.grid)
    DutyShift.objects.create(post=town.posts["night"], starts_at=NOW, ends_at=NOW + timedelta(hours=8))
    reported(town, key="fire", is_danger=True)
    assert town.heard() == {(name, "alarm.units") for name in ("worker", "secretary", "leader")}


def test_danger_found_while_screening_calls_the_same_three(town: Town) -> None:
    issue = reported(town, key="odd", handled_at="")
    town.heard()
    do("screen", issue, town.people["secretary"], category=category(key="fire", is_danger=True))
    assert town.heard() == {(name, "alarm.units") for name in ("worker", "secretary", "leader")}


def test_posts_are_those_at_the_time_of_telling(town: Town) -> None:
    reported(town)
    end_post(town.posts["worker"], by=None, now=NOW)
    town.appoint("newcomer", "grid_chief", town.grid)
    assert town.heard() == {("newcomer", "dispatch.to")}


def test_a_vacant_grid_is_covered_from_above(town: Town) -> None:
    end_post(town.posts["worker"], by=None, now=NOW)
    reported(town)
    assert town.heard() == {("secretary", "dispatch.to")}


# --- moving it --------------------------------------------------------------------------------------------
def test_dispatch_hand_up_and_redo_tell_who_has_it_now(town: Town) -> None:
    issue = reported(town, key="odd", handled_at="community")
    town.heard()
    do("dispatch", issue, town.people["secretary"], unit=town.grid)
    assert town.heard() == {("worker", "dispatch.to")}
    do("hand_up", issue, town.people["worker"], text="too big")
    assert town.heard() == {("secretary", "hand_up.to")}
    do("hand_up", issue, town.people["secretary"], text="too big")
    assert town.heard() == {("leader", "hand_up.to")}
    do("dispatch", issue, town.people["leader"], body=town.office)
    assert town.heard() == {("office_officer", "dispatch.to")}


def test_nobody_is_told_of_their_own_deed(town: Town) -> None:
    town.appoint("worker", "community_worker", town.community)
    issue = signed(town)
    do("hand_up", issue, town.people["worker"], text="too big")
    assert town.heard() == {("secretary", "hand_up.to")}


def test_a_result_is_told_to_whoever_registered_it(town: Town) -> None:
    issue = signed(town, by=town.people["secretary"])
    do("submit_result", issue, town.people["worker"], outcome="solved", text="ok")
    assert town.heard() == {("secretary", "submit_result.registrar")}
    with translation.override("en"):
        assert "(Solved)" in Notice.objects.latest("pk").words
    other = signed(town, by=town.people["secretary"], on_behalf=True)
    do("answer", other, town.people["worker"], text="ok")
    assert town.heard() == {("secretary", "answer.on_behalf")}


def test_a_resident_has_no_account_to_be_told_at(town: Town) -> None:
    issue = signed(town)
    do("submit_result", issue, town.people["worker"], outcome="solved", text="ok")
    assert town.heard() == set()


def test_a_refusal_is_told_to_whoever_registered_it(town: Town) -> None:
    issue = reported(town, by=town.people["worker"], key="odd", handled_at="")
    town.heard()
    do("reject", issue, town.people["secretary"], channel="12345", text="not ours")
    assert town.heard() == {("worker", "reject.registrar")}


def test_unsolved_goes_to_the_level_above_and_back(town: Town) -> None:
    issue = signed(town, by=town.people["leader"])
    do("submit_result", issue, town.people["worker"], outcome="solved", text="ok")
    town.heard()
    do("rate", issue, town.people["leader"], answered=True, solved=False, satisfied=False)
    assert town.heard() == {("secretary", "rate.owner")}
    do("redo", issue, town.people["secretary"], text="again")
    assert town.heard() == {("worker", "redo.owner")}
    do("sign", issue, town.people["worker"])
    do("submit_result", issue, town.people["worker"], outcome="solved", text="ok")
    do("rate", issue, town.people["leader"], answered=True, solved=False, satisfied=False)
    town.heard()
    do("close", issue, town.people["secretary"], text="nothing more can be done")
    assert town.heard() == {("leader", "close.registrar")}


def test_a_solved_one_and_one_nobody_rates_disturb_nobody(town: Town) -> None:
    for solved in (True, False):
        issue = signed(town, by=town.people["leader"])
        do("submit_result", issue, town.people["worker"], outcome="solved", text="ok")
        town.heard()
        if solved:
            do("rate", issue, town.people["leader"], answered=True, solved=True, satisfied=True)
    assert town.heard() == set()
    assert next_rung(town) == set()
    issue.refresh_from_db()
    assert issue.state == "closed"


# --- whistles ---------------------------------------------------------------------------------------------
def whistled(town: Town, kind: str = "quick") -> Issue:
    issue = signed(town, "secretary", key="pipe", handled_at="community")
    do("whistle", issue, town.people["secretary"], kind=kind, text="come", bodies=[town.housing])
    return issue


def test_a_whistle_is_told_to_those_called_with_their_own_deadline(town: Town) -> None:
    issue = whistled(town)
    assert town.heard() == {("housing_officer", "whistle.callees")}
    notice = Notice.objects.latest("pk")
    assert notice.params["due"] == issue.callees.get().due_at.isoformat()
    with translation.override("en"):
        assert notice.words.startswith("Quick whistle of 天光社区 for housing局")


def test_an_emergency_whistle_is_loud_and_calls_units_too(town: Town) -> None:
    issue = signed(town)
    called = {"units": [town.street], "bodies": [town.housing]}
    do("whistle", issue, town.people["worker"], kind="emergency", text="gas", **called)
    assert town.heard() == {("leader", "whistle.callees"), ("housing_officer", "whistle.callees")}
    assert set(Notice.objects.filter(key="issues.whistle.callees").values_list("urgency", flat=True)) == {
        "danger"
    }


def test_whoever_whistled_hears_of_it_even_when_another_is_on_duty(town: Town) -> None:
    town.appoint("night", "grid_chief", town.grid)
    set_shift(town.posts["night"], starts_at=NOW, ends_at=NOW + timedelta(hours=8), by=None, now=LONG_AGO)
    issue = signed(town)
    do("whistle", issue, town.people["worker"], kind="emergency", text="gas", bodies=[town.housing])
    town.heard()
    do("acknowledge", issue.callees.get(), town.people["housing_officer"])
    assert town.heard() == {(name, "acknowledge.caller") for name in ("worker", "night")}


def test_the_caller_hears_of_each_step_of_those_called(town: Town) -> None:
    issue = signed(town, "secretary", key="pipe", handled_at="community")
    bodies = [town.office, town.housing]
    for body in bodies:
        do("whistle", issue, town.people["secretary"], kind="quick", text="come", bodies=[body])
    town.heard()
    first, second = issue.callees.order_by("pk")
    officer = town.people["office_officer"]
    for verb, inputs in (("acknowledge", {}), ("report_in", {"mode": "on_spot"})):
        do(verb, first, officer, **inputs)
        assert town.heard() == {("secretary", f"{verb}.caller")}
    do("done", first, officer, text="ok")
    assert town.heard() == {("secretary", "done.last")}
    issue.whistles.update(remote_ok=True)
    do("report_in", second, town.people["housing_officer"], mode="phone")
    with translation.override("en"):
        town.heard()
        assert "by telephone" in Notice.objects.latest("pk").words


def test_several_called_are_done_one_after_the_other(town: Town) -> None:
    issue = signed(town, "leader", key="road", handled_at="street")
    bodies = [town.housing, town.office]
    do("whistle", issue, town.people["leader"], kind="tough", text="come", bodies=bodies)
    town.heard()
    for callee, word in zip(issue.callees.order_by("pk"), ("done.caller", "done.last"), strict=True):
        officer = town.people[f"{callee.body.code}_officer"]
        do("report_in", callee, officer, mode="on_spot")
        town.heard()
        do("done", callee, officer, text="ok")
        assert town.heard() == {("leader", word)}
    issue.refresh_from_db()
    assert Notice.objects.latest("pk").params["due"] == issue.due_at.isoformat()


def test_a_callee_that_does_not_answer_climbs_with_words_of_its_own(town: Town) -> None:
    whistled(town)
    town.heard()
    assert next_rung(town) == {
        ("housing_officer", "call_deputy.again"),
        ("dispatcher", "call_deputy.above"),
    }
    assert next_rung(town) == {
        ("dispatcher", "climb.owner"),
        ("housing_officer", "climb.left"),
        ("secretary", "climb.caller"),
    }


# --- the ladder -------------------------------------------------------------------------------------------
def test_nobody_answers_and_it_climbs_rung_by_rung(town: Town) -> None:
    """Grid without a deputy, community with one, street, district: each told at its rung."""
    reported(town)
    town.heard()
    assert next_rung(town) == {("worker", "call_deputy.again"), ("secretary", "call_deputy.above")}
    assert next_rung(town) == {("secretary", "climb.owner"), ("worker", "climb.left")}
    assert next_rung(town) == {("standin", "call_deputy.deputy")}
    assert next_rung(town) == {("leader", "climb.owner"), ("secretary", "climb.left")}
    assert next_rung(town) == {("leader", "remind.owner")}
    assert next_rung(town) == {("leader", "call_deputy.again"), ("dispatcher", "call_deputy.above")}
    assert next_rung(town) == {("dispatcher", "climb.owner"), ("leader", "climb.left")}
    assert next_rung(town) == {("dispatcher", "remind.owner")}
    assert next_rung(town) == {("dispatcher", "call_deputy.again")}
    assert next_rung(town) == {("dispatcher", "board.board")}


def decide(town: Town, key: str, value: dict[str, Any]) -> None:
    set_policy(town.district, key, value, by=None, now=NOW, reason="演示:试行")


def test_a_district_says_who_hears_of_a_rung(town: Town) -> None:
    decide(
        town,
        "rungs",
        {
            "call_deputy": {"audience": ["above", "deputy", "owner"]},
            "climb": {"audience": ["owner"]},
            "chase": {"audience": ["board", "owner"]},
        },
    )
    town.appoint("inspector", "supervisor", town.district)
    issue = reported(town, key="odd", handled_at="community")
    town.heard()
    assert next_rung(town) == {
        ("standin", "call_deputy.deputy"),
        ("secretary", "call_deputy.owner"),
        ("leader", "call_deputy.early"),
    }
    assert next_rung(town) == {("leader", "climb.owner")}
    do("sign", issue, town.people["leader"], Deadline.objects.open().earliest("due_at").started_at)
    town.heard()
    assert next_rung(town) == {("leader", "remind.owner")}
    assert next_rung(town) == {
        ("leader", "chase.owner"),
        ("inspector", "chase.board"),
        ("dispatcher", "chase.board"),
    }


def test_without_the_deputy_it_climbs_at_once(town: Town) -> None:
    decide(town, "rungs", {"call_deputy": {"on": False}, "remind": {"on": False}})
    reported(town)
    town.heard()
    for below, above in (("worker", "secretary"), ("secretary", "leader"), ("leader", "dispatcher")):
        assert next_rung(town) == {(above, "climb.owner"), (below, "climb.left")}
    assert next_rung(town) == {("dispatcher", "board.board")}


def test_the_deputy_of_one_on_leave_is_told_in_their_place(town: Town) -> None:
    record_leave(town.posts["secretary"], starts_at=NOW, ends_at=NOW + timedelta(days=9), by=None, now=NOW)
    reported(town, key="odd", handled_at="community")
    assert town.heard() == {("standin", "dispatch.to")}


def test_an_unscreened_one_calls_those_who_may_screen(town: Town) -> None:
    reported(town, key="odd", handled_at="")
    town.heard()
    assert next_rung(town) == {("standin", "call_deputy.deputy")}


def test_signed_but_late_chases_the_owner_and_shows_it_above(town: Town) -> None:
    signed(town)
    assert next_rung(town) == {("worker", "remind.owner")}
    assert next_rung(town) == {("worker", "chase.owner"), ("secretary", "chase.above")}


def test_late_at_the_district_stands_on_the_board(town: Town) -> None:
    town.appoint("inspector", "supervisor", town.district)
    town.appoint("street_inspector", "supervisor", town.street)
    elsewhere = add_unit(town.district, code="220103002", name="站前街道", by=None, now=LONG_AGO)
    town.appoint("foreign_inspector", "supervisor", elsewhere)
    centre = add_body(town.district, kind="centre", code="centre", name="指挥中心", by=None, now=LONG_AGO)
    town.appoint("at_the_centre", "district_dispatcher", centre)
    town.heard()
    issue = reported(town, key="law", handled_at="district")
    town.heard()
    do("dispatch", issue, town.people["dispatcher"], body=town.housing)
    do("sign", issue, town.people["housing_officer"])
    town.heard()
    assert next_rung(town) == {("housing_officer", "remind.owner")}
    assert next_rung(town) == {("housing_officer", "chase.owner"), ("dispatcher", "chase.above")}
    Deadline.objects.open().update(rung="board")
    supervisors = ("inspector", "street_inspector", "dispatcher", "at_the_centre")
    board = {(name, "board.board") for name in supervisors}
    assert next_rung(town) == board | {("housing_officer", "board.owner")}
    # The week's digest sums up what stays there; the owner is told each time.
    assert next_rung(town) == {("housing_officer", "board.owner")}
    Deadline.objects.open().update(started_at=F("started_at") + timedelta(seconds=1))
    assert next_rung(town) == board | {("housing_officer", "board.owner")}, "another clock, started anew"


def test_a_danger_on_the_board_is_told_each_time(town: Town) -> None:
    town.appoint("inspector", "supervisor", town.district)
    signed(town, key="fire", is_danger=True)
    Deadline.objects.open().update(rung="board")
    for _again in range(2):
        assert ("inspector", "board.board") in next_rung(town)


def test_a_supervisor_on_leave_is_stood_in_for(town: Town) -> None:
    town.appoint("inspector", "supervisor", town.district, town.person("second"))
    record_leave(town.posts["inspector"], starts_at=NOW, ends_at=NOW + timedelta(days=90), by=None, now=NOW)
    town.heard()
    signed(town)
    Deadline.objects.open().update(rung="board")
    assert next_rung(town) == {(name, "board.board") for name in ("second", "dispatcher")} | {
        ("worker", "board.owner")
    }


def test_a_board_without_supervisors_is_the_root_s(town: Town) -> None:
    """Only a leader who handles stands at the district: still nothing is told to nobody."""
    reported(town)
    town.heard()
    Post.objects.filter(pk=town.posts["dispatcher"].pk).update(role="street_leader")
    Deadline.objects.open().update(rung="board")
    assert ("dispatcher", "board.board") in next_rung(town)


def test_danger_late_climbs_at_once_and_calls_who_is_on_duty(town: Town) -> None:
    reported(town, key="fire", is_danger=True)
    town.heard()
    town.appoint("night", "community_worker", town.community)
    set_shift(town.posts["night"], starts_at=NOW, ends_at=NOW + timedelta(hours=8), by=None, now=LONG_AGO)
    assert next_rung(town) == {("night", "climb.owner"), ("worker", "climb.left")}
    assert Notice.objects.get(key="issues.climb.owner").urgency == "danger"


def test_danger_signed_but_late_calls_level_after_level(town: Town) -> None:
    signed(town, key="fire", is_danger=True)
    assert next_rung(town) == {("secretary", "call_above.above"), ("worker", "call_above.owner")}
    assert next_rung(town) == {("leader", "call_above.above"), ("worker", "call_above.owner")}


def test_a_root_that_nobody_stands_behind_is_told_to_its_administrator_until_read(town: Town) -> None:
    town.appoint("admin", "system_admin", town.district)
    reported(town)
    Post.objects.filter(pk=town.posts["dispatcher"].pk).update(ends_on=LONG_AGO.date())
    town.heard()
    for told in ({("admin", "vacant_root")}, set()):
        note_vacancies(now=NOW)
        assert town.heard() == told
    Notice.objects.update(read_at=NOW)
    note_vacancies(now=NOW)
    assert town.heard() == {("admin", "vacant_root")}
    with translation.override("en"):
        assert "宽城区" in say("issues.vacant_root", Notice.objects.latest("pk").params)


def test_the_loudest_notice_leads_to_where_somebody_is_appointed(town: Town) -> None:
    admin = town.appoint("admin", "system_admin", town.district).user
    User.objects.filter(pk=admin.pk).update(is_staff=True)
    reported(town)
    Post.objects.filter(pk=town.posts["dispatcher"].pk).update(ends_on=LONG_AGO.date())
    note_vacancies(now=NOW)
    assert ("admin", "vacant_root") in town.heard()
    page = signed_in(town, "admin").get(Notice.objects.get(key="issues.vacant_root", channel="inbox").link)
    assert page.context["object"] == town.district
    assert "appoint" in {step["form"].key for step in page.context["steps"]}


# --- twice is once, and what it costs -----------------------------------------------------------------------
def test_hearing_it_again_tells_nobody_twice(town: Town) -> None:
    reported(town)
    town.heard()
    Delivery.objects.update(done_at=None)
    assert town.heard() == set()


def test_an_intake_by_rule_leaves_one_row_in_the_outbox(town: Town) -> None:
    """That it was reported is no news to anybody: whoever got it is told of the dispatch."""
    reported(town)
    waiting = Delivery.objects.filter(done_at=None)
    assert sorted(waiting.values_list("event__verb", flat=True)) == ["dispatch"]
    assert not Delivery.objects.filter(event__verb__in=["sign", "contact", "note"]).exists()


@pytest.mark.parametrize("count", [1, 3])
def test_telling_of_several_events_costs_the_same(town: Town, count: int) -> None:
    for _unused in range(count):
        reported(town)
    Delivery.objects.exclude(event__verb="dispatch").update(done_at=NOW)
    with CaptureQueriesContext(connection) as asked:
        assert fan_out_once(now=NOW) == count
    asked = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
    # claim, mark; issues, units, addressees, notices
    assert len(asked) == 7
    assert Notice.objects.filter(event__verb="dispatch").count() == count


def test_many_at_once_say_what_each_alone_would(town: Town) -> None:
    """The whole run of an issue with escalation and whistle, heard in one batch and one by one."""

    def everything() -> list[tuple]:
        rows = Notice.objects.filter(event__occurred_at__gte=NOW).order_by("event", "recipient")
        return list(rows.values_list("event", "recipient", "key", "urgency", "link", "params"))

    reported(town, key="fire", is_danger=True)
    issue = reported(town, key="pipe", handled_at="community", by=town.people["leader"], on_behalf=True)
    do("sign", issue, town.people["secretary"])
    do("whistle", issue, town.people["secretary"], kind="quick", text="come", bodies=[town.office])
    do("report_in", issue.callees.get(), town.people["office_officer"], mode="on_spot")
    do("done", issue.callees.get(), town.people["office_officer"], text="ok")
    do("submit_result", issue, town.people["secretary"], outcome="solved", text="ok")
    for _unused in range(6):
        last = Deadline.objects.open().earliest("due_at").due_at
        sweep_once(now=last)
    while fan_out_once(now=last, limit=1000):
        pass
    together = everything()
    Notice.objects.all().delete()
    Delivery.objects.update(done_at=None)
    while fan_out_once(now=last, limit=1):
        pass
    heard = {row[2].split(".")[1] for row in together}
    assert heard >= {"alarm", "climb", "whistle", "done", "submit_result"}
    assert everything() == together


@pytest.mark.parametrize("count", [1, 3])
def test_telling_costs_the_same_however_many_people(town: Town, count: int) -> None:
    for number in range(1, count):
        town.appoint(f"chief{number}", "grid_chief", town.grid)
    town.heard()
    reported(town)
    Delivery.objects.exclude(event__verb="dispatch").update(done_at=NOW)
    with CaptureQueriesContext(connection) as asked:
        assert fan_out_once(now=NOW) == 1
    asked = [one["sql"] for one in asked if "SAVEPOINT" not in one["sql"]]
    # claim, mark; issue, units, addressees, notices
    assert len(asked) == 7
    assert Notice.objects.filter(event__verb="dispatch").count() == count


@pytest.mark.parametrize(("rung", "most"), [("call_deputy", 8), ("board", 9)])
@pytest.mark.parametrize("count", [1, 3])
def test_a_rung_of_many_issues_is_told_by_as_many_queries(
    town: Town, rung: str, most: int, count: int
) -> None:
    for _number in range(count):
        reported(town)
    town.heard()
    Deadline.objects.open().update(rung=rung)
    due = Deadline.objects.open().latest("due_at").due_at
    assert sweep_once(now=due) == count
    Delivery.objects.exclude(handler="issues.notices").update(done_at=NOW)
    with CaptureQueriesContext(connection) as asked:
        assert fan_out_once(now=due) == count
    # claim, mark; issues, units, deputies or posts of the board, addressees of one or two capabilities, notices
    assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) <= most
    assert Notice.objects.filter(key__startswith=f"issues.{rung}.").count() >= count


def test_what_is_no_news_costs_no_query_of_its_own(town: Town) -> None:
    """Rows of older versions, which wrote one for every event."""
    reported(town)
    Delivery.objects.update(done_at=NOW)
    Delivery.objects.create(event=Event.objects.get(verb="report"), handler="issues.notices", next_try_at=NOW)
    with CaptureQueriesContext(connection) as asked:
        assert fan_out_once(now=NOW) == 1
    assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) == 2


def test_words_survive_an_event_that_is_gone_to_the_archive(town: Town) -> None:
    """A notice holds all that it says: reading it asks nothing more."""
    reported(town)
    town.heard()
    notice = Notice.objects.latest("pk")
    with CaptureQueriesContext(connection) as asked:
        assert notice.words and notice.about
    assert len(asked) == 0
    assert Event.objects.filter(pk=notice.event_id).exists()
