"""审哨: where the district's table asks for it, the street looks at a whistle before anybody is called."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import connection

from grids.actions.bodies import add_body
from issues.answering import Answering
from issues.models import Callee, Concern, Deadline, Issue, Note, Whistle
from issues.timeline import timeline
from tests.builders import LONG_AGO, Town
from tests.issues.acting import Acting, events, last
from tests.issues.calling import asked, at, callee_of, clocks, own_clocks
from trail.refusals import NotAllowed


@pytest.fixture
def proposed(town: Town, act: Acting) -> Issue:
    """A community has whistled for two offices of its street; nobody has looked at it."""
    issue = act.handling("noise", "community_worker")
    act.heard()
    bodies = [town.office, town.posted]
    return act("whistle", issue, "community_worker", kind="tough", bodies=bodies, lead=town.posted.code)


class TestAsked:
    def test_nobody_is_called_and_the_callers_clock_runs_on(
        self, town: Town, act: Acting, proposed: Issue
    ) -> None:
        decision = asked(proposed, "review")
        assert (decision.party, decision.asker) == (town.street, town.community)
        assert set(Callee.objects.values_list("state", flat=True)) == {"proposed"}
        assert clocks(callee_of(proposed, town.office)) == {}
        assert set(own_clocks(proposed)) == {"submit"}
        assert (proposed.open_whistles, proposed.open_decisions, proposed.submit_left) == (1, 1, None)
        assert not Concern.objects.filter(body__isnull=False).exists()
        assert "promised_at" not in last(proposed).data

    def test_the_street_alone_is_told(self, town: Town, act: Acting, proposed: Issue) -> None:
        assert act.heard() == {(name, "whistle.asked") for name in ("street_dispatcher", "street_leader")}

    def test_those_proposed_see_nothing_and_do_nothing(
        self, town: Town, act: Acting, proposed: Issue
    ) -> None:
        assert not Issue.objects.visible_to(town.people["office_officer"], act.now).exists()
        assert not Issue.objects.calling(Answering(town.people["street_leader"], act.now)).exists()
        refused = act.refused("acknowledge", callee_of(proposed, town.office), "office_officer")
        assert refused.code == "wrong_state"

    @pytest.mark.parametrize("name", ["community_secretary", "office_officer", "district_dispatcher"])
    def test_only_the_street_decides(self, town: Town, act: Acting, proposed: Issue, name: str) -> None:
        assert isinstance(act.refused("grant", asked(proposed, "review"), name), NotAllowed)

    def test_silence_climbs_to_the_district(self, town: Town, act: Acting, proposed: Issue) -> None:
        decision = asked(proposed, "review")
        act.now = at("03-10 15:00")
        while act.sweep():
            act.later(hours=1, seconds=1)
        decision.refresh_from_db()
        assert decision.raised_to == town.district
        assert {"call_deputy", "climb"} <= set(events(proposed))
        issue = act("grant", decision, "district_dispatcher")
        assert callee_of(issue, town.office).state == "called"

    def test_meanwhile_it_stays_where_it_is_and_it_can_be_called_off(
        self, town: Town, act: Acting, proposed: Issue
    ) -> None:
        assert act.refused("hand_up", proposed, "community_worker").code == "no_whistle_in_review"
        due = proposed.due_at
        issue = act("call_off_whistle", proposed, "community_secretary")
        assert (issue.open_whistles, issue.open_decisions, issue.due_at) == (0, 0, due)
        assert set(Callee.objects.values_list("state", flat=True)) == {"not_called"}
        act.heard()
        assert act("submit_result", issue, "community_worker").state == "resolved"

    def test_meanwhile_the_caller_whose_clock_runs_may_ask_for_more_time(
        self, town: Town, act: Acting, proposed: Issue
    ) -> None:
        issue = act("ask_extension", proposed, "community_worker", until=date(2026, 3, 18))
        issue = act("grant", asked(issue, "extension"), "street_dispatcher")
        assert own_clocks(issue) == {"submit": at("03-18 17:30")}
        issue = act("grant", asked(issue, "review"), "street_dispatcher")
        assert own_clocks(issue) == {}
        refused = act.refused("ask_extension", issue, "community_worker", until=date(2026, 3, 19))
        assert refused.code == "no_open_whistle"

    def test_or_settle_it_without_them(self, town: Town, act: Acting, proposed: Issue) -> None:
        act.heard()
        issue = act("submit_result", proposed, "community_worker")
        assert (issue.state, issue.open_whistles, issue.open_decisions) == ("resolved", 0, 0)
        assert callee_of(issue, town.office).state == "not_called"
        assert Whistle.objects.get().finished_at == act.now
        assert not {word for _name, word in act.heard() if "callees" in word}

    def test_while_others_are_called_it_waits_for_them(
        self, town: Town, act: Acting, proposed: Issue
    ) -> None:
        issue = act("whistle", proposed, "community_worker", kind="quick", bodies=[town.property])
        assert act.refused("submit_result", issue, "community_worker").code == "no_open_whistle"

    def test_the_same_body_is_not_proposed_twice(self, town: Town, act: Acting, proposed: Issue) -> None:
        again = {"kind": "quick", "bodies": [town.office]}
        assert act.refused("whistle", proposed, "community_worker", **again).code == "called_already"

    def test_a_withdrawal_ends_it_all(self, town: Town, act: Acting, proposed: Issue) -> None:
        issue = act("withdraw", proposed, None) if proposed.registered_by_id is None else proposed
        assert (issue.state, issue.open_whistles, issue.open_decisions) == ("closed", 0, 0)


class TestGranted:
    def test_they_are_called_with_clocks_from_now_on(self, town: Town, act: Acting, proposed: Issue) -> None:
        before = proposed.promised_at
        act.heard()
        act.later(hours=1)
        issue = act("grant", asked(proposed, "review"), "street_dispatcher")
        office, posted = callee_of(issue, town.office), callee_of(issue, town.posted)
        assert (office.state, posted.state) == ("called", "called")
        assert (office.is_lead, posted.is_lead) == (False, True)
        assert clocks(office)["acknowledge"] == at("03-10 16:30")  # four working hours from 11:00
        assert set(clocks(posted)) == {"acknowledge", "arrive", "done", "plan"}
        assert own_clocks(issue) == {}
        assert issue.submit_left is not None
        assert issue.promised_at > before
        assert last(issue).data["promised_at"] == issue.promised_at.isoformat()
        assert Whistle.objects.get().reviewed_at == act.now
        assert act.heard() == {
            ("office_officer", "grant.callees"),
            ("posted_officer", "grant.callees"),
            ("community_worker", "grant.asker"),
            ("community_secretary", "grant.asker"),
        }

    def test_what_staff_and_the_resident_read(self, town: Town, act: Acting, proposed: Issue) -> None:
        issue = act("grant", asked(proposed, "review"), "street_dispatcher")
        staff = [line.words for line in timeline(issue)][-2:]
        assert all("平安办" in words and "派驻执法队" in words for words in staff)
        seen = [line for line in timeline(issue, resident=True) if "平安办" in line.words]
        assert [line.verb for line in seen] == ["grant"]

    def test_a_question_to_the_reporter_has_no_clock_when_they_are_called_but_may_be_answered(
        self, town: Town, act: Acting
    ) -> None:
        issue = act("ask_info", act.handling("noise", "community_worker"), "community_worker")
        issue = act("whistle", issue, "community_worker", kind="tough", bodies=[town.office])
        assert set(own_clocks(issue)) == {"supply"}
        issue = act("grant", asked(issue, "review"), "street_leader")
        assert (own_clocks(issue), issue.asked_at) == ({}, act.now)
        called = set(Deadline.objects.open().filter(issue=issue).values_list("pk", flat=True))
        issue = act("supply_info", issue, None)
        assert (own_clocks(issue), issue.asked_at) == ({}, None)
        assert set(Deadline.objects.open().filter(issue=issue).values_list("pk", flat=True)) == called
        assert act.refused("supply_info", issue, None).code == "asked"


class TestRefused:
    def test_nobody_comes_and_the_caller_reads_why(self, town: Town, act: Acting, proposed: Issue) -> None:
        due = proposed.due_at
        act.heard()
        issue = act("refuse", asked(proposed, "review"), "street_leader", text="演示:社区可自行解决")
        assert (issue.open_whistles, issue.open_decisions, issue.due_at) == (0, 0, due)
        assert set(Callee.objects.values_list("state", flat=True)) == {"not_called"}
        assert Whistle.objects.get().finished_at == act.now
        assert act.heard() == {(name, "refuse.asker") for name in ("community_worker", "community_secretary")}
        line = timeline(issue)[-1]
        assert [note.text for note in line.notes] == ["演示:社区可自行解决"]
        assert not [one for one in timeline(issue, resident=True) if one.verb in {"whistle", "refuse"}]
        assert Note.objects.get(text="演示:社区可自行解决").internal

    def test_nobody_assesses_who_was_never_called(self, town: Town, act: Acting, proposed: Issue) -> None:
        act("refuse", asked(proposed, "review"), "street_leader")
        refused = act.refused("rate_callee", callee_of(proposed, town.office), "community_secretary")
        assert refused.code == "wrong_state"
        assert not Callee.objects.really_called().exists()

    def test_those_before_are_told_apart_by_their_clocks(
        self, town: Town, act: Acting, proposed: Issue
    ) -> None:
        """Until the migration both were "released": whoever was called had clocks, and keeps them."""
        act("refuse", asked(proposed, "review"), "street_leader")
        issue = act("whistle", proposed, "community_worker", kind="quick", bodies=[town.property])
        act("release_callee", callee_of(issue, town.property), "community_worker")
        Callee.objects.update(state="released")
        with connection.cursor() as cursor:
            cursor.execute(import_module("issues.migrations.0023_engine_clocks").NEVER)
        states = {str(one.party): one.state for one in Callee.objects.select_related("unit", "body")}
        assert states[str(town.property)] == "released"
        assert {states[str(town.office)], states[str(town.posted)]} == {"not_called"}

    def test_another_whistle_may_be_blown(self, town: Town, act: Acting, proposed: Issue) -> None:
        issue = act("refuse", asked(proposed, "review"), "street_leader")
        issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        assert callee_of(issue, town.office).state == "called"


class TestCalledInMidway:
    """Whoever is called in later passes the same review; nobody gets in behind the street's back."""

    @pytest.fixture
    def asked_in(self, town: Town, act: Acting, proposed: Issue) -> Issue:
        """The street has agreed; now the community calls its property firm in as well."""
        issue = act("grant", asked(proposed, "review"), "street_dispatcher")
        act.heard()
        return act("join", issue, "community_worker", bodies=[town.property])

    def test_the_street_looks_at_them_first(self, town: Town, act: Acting, asked_in: Issue) -> None:
        joined = callee_of(asked_in, town.property)
        assert (joined.state, clocks(joined), joined.whistle) == ("proposed", {}, Whistle.objects.get())
        assert callee_of(asked_in, town.office).state == "called"
        assert act.heard() == {(name, "join.asked") for name in ("street_dispatcher", "street_leader")}
        words = timeline(asked_in)[-1].words
        assert town.property.name in words and town.street.name in words
        assert not [line for line in timeline(asked_in, resident=True) if town.property.name in line.words]

    def test_agreed_to_they_are_called_too(self, town: Town, act: Acting, asked_in: Issue) -> None:
        first = Whistle.objects.get().reviewed_at
        act.later(hours=1)
        issue = act("grant", asked(asked_in, "review"), "street_leader")
        joined = callee_of(issue, town.property)
        assert (joined.state, set(clocks(joined))) == ("called", {"acknowledge", "arrive", "done"})
        assert act.heard() >= {("property_officer", "grant.callees")}
        assert Whistle.objects.get().reviewed_at == first

    def test_called_off_only_those_who_were_called_were(
        self, town: Town, act: Acting, asked_in: Issue
    ) -> None:
        act("call_off_whistle", asked_in, "community_secretary")
        assert callee_of(asked_in, town.property).state == "not_called"
        assert {one.party for one in Callee.objects.really_called()} == {town.office, town.posted}

    def test_taken_over_they_were_never_called(self, town: Town, act: Acting, asked_in: Issue) -> None:
        act("lift", asked_in, "street_leader")
        assert callee_of(asked_in, town.property).state == "not_called"
        assert callee_of(asked_in, town.office).state == "called"

    def test_refused_the_others_come_all_the_same(self, town: Town, act: Acting, asked_in: Issue) -> None:
        issue = act("refuse", asked(asked_in, "review"), "street_leader")
        assert callee_of(issue, town.property).state == "not_called"
        assert (issue.open_whistles, issue.open_decisions) == (1, 0)
        assert (callee_of(issue, town.office).state, own_clocks(issue)) == ("called", {})
        assert Whistle.objects.get().finished_at is None

    def test_one_more_meanwhile_is_the_same_question(self, town: Town, act: Acting, asked_in: Issue) -> None:
        body = add_body(town.street, kind="office", code="late-1", name="后来科室", by=None, now=LONG_AGO)
        town.appoint("late_officer", "body_officer", body)
        decision = asked(asked_in, "review")
        issue = act("join", asked_in, "community_worker", bodies=[body])
        assert (issue.open_decisions, asked(issue, "review")) == (1, decision)
        issue = act("grant", decision, "street_leader")
        assert {callee_of(issue, one).state for one in (body, town.property)} == {"called"}

    def test_the_others_are_done_before_the_street_has_looked(
        self, town: Town, act: Acting, asked_in: Issue
    ) -> None:
        """The caller's clock runs on meanwhile; refused, the whistle is over."""
        for body, who in ((town.office, "office_officer"), (town.posted, "posted_officer")):
            act("decline", callee_of(asked_in, body), who)
        issue = Issue.objects.get()
        assert (set(own_clocks(issue)), issue.open_whistles) == ({"submit"}, 1)
        refused = act("refuse", asked(issue, "review"), "street_leader")
        assert (refused.open_whistles, set(own_clocks(refused))) == (0, {"submit"})
        assert Whistle.objects.get().finished_at == act.now

    def test_nobody_else_left_they_lead(self, town: Town, act: Acting, asked_in: Issue) -> None:
        for body, who in ((town.office, "office_officer"), (town.posted, "posted_officer")):
            act("decline", callee_of(asked_in, body), who)
        issue = act("grant", asked(asked_in, "review"), "street_leader")
        lead = callee_of(issue, town.property)
        assert (lead.is_lead, set(clocks(lead))) == (True, {"acknowledge", "arrive", "done", "plan"})

    def test_they_lead_where_the_plan_stands(self, town: Town, act: Acting, proposed: Issue) -> None:
        act("grant", asked(proposed, "review"), "street_dispatcher")
        act("acknowledge", callee_of(proposed, town.posted), "posted_officer")
        act("plan", callee_of(proposed, town.posted), "posted_officer")
        issue = act("release_callee", callee_of(proposed, town.office), "community_worker")
        issue = act("join", issue, "community_worker", bodies=[town.property])
        act("release_callee", callee_of(issue, town.posted), "community_worker")
        issue = act("grant", asked(issue, "review"), "street_leader")
        assert set(clocks(callee_of(issue, town.property))) == {"acknowledge", "arrive", "stage"}

    def test_above_the_street_nobody_looks(self, town: Town, act: Acting) -> None:
        issue = act("whistle", act.handling("road", "street_dispatcher"), "street_dispatcher", kind="tough",
                    bodies=[town.office])  # fmt: skip
        issue = act("join", issue, "street_dispatcher", bodies=[town.property])
        assert callee_of(issue, town.property).state == "called"

    def test_an_emergency_never_waits(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="emergency", bodies=[town.office])
        issue = act("join", issue, "community_worker", bodies=[town.property])
        assert callee_of(issue, town.property).state == "called"


@pytest.mark.parametrize(
    ("category", "who", "kind", "reviewed"),
    [
        ("litter", "grid_worker", "tough", True),
        ("litter", "grid_worker", "quick", False),
        ("litter", "grid_worker", "emergency", False),
        ("noise", "community_worker", "tough", True),
        ("road", "street_dispatcher", "tough", False),
    ],
)
def test_which_whistles_are_reviewed(
    town: Town, act: Acting, category: str, who: str, kind: str, reviewed: bool
) -> None:
    issue = act("whistle", act.handling(category, who), who, kind=kind, bodies=[town.property])
    assert (callee_of(issue, town.property).state == "proposed") is reviewed


def test_one_whistle_is_reviewed_while_another_runs(town: Town, act: Acting) -> None:
    """The caller's clock follows those who are called, whatever the street says of the other whistle."""
    issue = act("whistle", act.handling("noise", "community_worker"), "community_worker", kind="quick",
                bodies=[town.office])  # fmt: skip
    issue = act("whistle", issue, "community_worker", kind="tough", bodies=[town.posted])
    assert issue.open_whistles == 2
    assert own_clocks(issue) == {}
    act("report_in", callee_of(issue, town.office), "office_officer")
    issue = act("done", callee_of(issue, town.office), "office_officer")
    assert (issue.open_whistles, set(own_clocks(issue))) == (1, {"submit"})
    act.later(minutes=30)
    issue = act("grant", asked(issue, "review"), "street_leader")
    assert own_clocks(issue) == {}
    assert issue.due_at == callee_of(issue, town.posted).due_at == act.now + timedelta(hours=5, minutes=30)
