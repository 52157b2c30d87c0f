"""Joining midway, calling off, releasing, declining, contesting, and what both sides say of each other."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from grids.actions.policies import set_policy
from issues.forms import verb_form
from issues.lifecycle import VERB, VERBS
from issues.models import Callee, Deadline, Decision, Issue, Whistle
from issues.notices import HEARD
from issues.timeline import timeline
from notices.models import Notice
from tests.builders import Town
from tests.issues.acting import Acting, events, last
from tests.issues.calling import asked, at, callee_of, clocks, own_clocks
from trail.refusals import NotAllowed


@pytest.fixture
def called(town: Town, act: Acting) -> Issue:
    """A street has whistled for its squad (which leads), an office and a property firm."""
    issue = act.handling("road", "street_dispatcher")
    bodies = [town.posted, town.office, town.property]
    issue = act("whistle", issue, "street_dispatcher", kind="tough", bodies=bodies)
    act.heard()
    return issue


@pytest.fixture
def quick(town: Town, act: Acting) -> Issue:
    """A community has whistled for one office."""
    issue = act.handling("noise", "community_worker")
    issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
    act.heard()
    return issue


class TestJoin:
    def test_somebody_else_is_called_into_the_open_whistle(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        left = called.submit_left
        act.later(hours=2)
        issue = act("join", called, "street_leader", bodies=[town.department])
        joined = callee_of(issue, town.department)
        assert (joined.state, joined.is_lead, joined.whistle) == ("called", False, Whistle.objects.get())
        assert clocks(joined)["acknowledge"] == at("03-10 17:30")
        assert (issue.open_whistles, issue.submit_left) == (1, left)
        assert [one["callee"] for one in last(issue).data["callees"]] == [joined.pk]
        assert act.heard() == {(name, "join.callees") for name in ("body_officer", "body_head")}
        assert Issue.objects.visible_to(town.people["body_officer"], act.now).exists()

    @pytest.mark.parametrize(
        ("bodies", "code"),
        [([], "no_callee"), (["office"], "called_already"), (["far_office"], "not_callable")],
    )
    def test_by_the_same_table(
        self, town: Town, act: Acting, called: Issue, bodies: list[str], code: str
    ) -> None:
        named = [getattr(town, name) for name in bodies]
        assert act.refused("join", called, "street_leader", bodies=named).code == code

    def test_not_beyond_what_the_kind_calls(self, town: Town, act: Acting, called: Issue) -> None:
        whistle = Whistle.objects.get()
        extra = [Callee(whistle=whistle, issue=called, unit=town.far_grid, due_at=act.now) for _n in range(9)]
        Callee.objects.bulk_create(extra)
        refused = act.refused("join", called, "street_leader", bodies=[town.department])
        assert refused.code == "too_many_callees"

    def test_not_into_a_quick_one_nor_without_any(self, town: Town, act: Acting, quick: Issue) -> None:
        assert act.refused("join", quick, "community_worker", bodies=[town.posted]).code == "joinable"
        calm = act.handling()
        assert act.refused("join", calm, "grid_worker", bodies=[town.posted]).code == "joinable"

    def test_not_into_one_that_is_still_reviewed(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="tough", bodies=[town.office])
        assert act.refused("join", issue, "community_worker", bodies=[town.posted]).code == "joinable"

    def test_only_the_caller(self, town: Town, act: Acting, called: Issue) -> None:
        for name in ("posted_officer", "community_secretary"):
            assert isinstance(act.refused("join", called, name, bodies=[town.department]), NotAllowed)


class TestCallOff:
    def test_every_whistle_ends_and_the_callers_clock_runs_on(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        act("contest", callee_of(called, town.office), "office_officer")
        act.heard()
        act.later(hours=1)
        issue = act("call_off_whistle", called, "street_leader")
        assert (issue.open_whistles, issue.open_decisions, issue.submit_left) == (0, 0, None)
        assert own_clocks(issue) == {"submit": issue.due_at}
        assert set(Callee.objects.values_list("state", flat=True)) == {"released"}
        assert Whistle.objects.get().finished_at == act.now
        assert act.heard() == {
            (name, "call_off_whistle.callees")
            for name in ("office_officer", "posted_officer", "property_officer")
        }

    def test_there_must_be_one(self, town: Town, act: Acting) -> None:
        assert act.refused("call_off_whistle", act.handling(), "grid_worker").code == "open_whistle"


class TestRelease:
    def test_one_need_not_come(self, town: Town, act: Acting, called: Issue) -> None:
        issue = act("release_callee", callee_of(called, town.office), "street_leader")
        office = callee_of(issue, town.office)
        assert (office.state, office.ended_at, office.due_at, clocks(office)) == (
            "released", act.now, None, {},
        )  # fmt: skip
        assert issue.open_whistles == 1
        assert act.heard() == {("office_officer", "release_callee.callees")}

    def test_the_last_one_ends_the_whistle(self, town: Town, act: Acting, quick: Issue) -> None:
        issue = act("release_callee", callee_of(quick, town.office), "community_secretary")
        assert (issue.open_whistles, set(own_clocks(issue))) == (0, {"submit"})
        assert last(issue).data["whistle_over"] is True

    def test_only_the_caller(self, town: Town, act: Acting, called: Issue) -> None:
        for name in ("office_officer", "posted_officer", "district_dispatcher"):
            assert isinstance(act.refused("release_callee", callee_of(called, town.office), name), NotAllowed)


class TestDecline:
    def test_the_caller_is_told_why_and_the_others_still_come(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        issue = act("decline", callee_of(called, town.office), "office_officer", text="演示:人手不足")
        assert callee_of(issue, town.office).state == "declined"
        assert issue.open_whistles == 1
        assert timeline(issue)[-1].notes[0].text == "演示:人手不足"
        assert act.heard() == {(name, "decline.caller") for name in ("street_dispatcher", "street_leader")}

    def test_with_the_last_one_the_whistle_ends_and_the_promise_stays(
        self, town: Town, act: Acting, quick: Issue
    ) -> None:
        promised = quick.promised_at
        act.later(hours=1)
        act("acknowledge", callee_of(quick, town.office), "office_officer")
        act.heard()
        issue = act("decline", callee_of(quick, town.office), "office_officer")
        assert (issue.open_whistles, set(own_clocks(issue))) == (0, {"submit"})
        assert issue.promised_at == promised
        assert act.heard() == {(name, "decline.last") for name in ("community_worker", "community_secretary")}

    def test_whoever_reported_in_has_come(self, town: Town, act: Acting, called: Issue) -> None:
        act("report_in", callee_of(called, town.office), "office_officer")
        assert act.refused("decline", callee_of(called, town.office), "office_officer").code == "wrong_state"

    def test_a_lead_that_does_not_come_passes_the_lead_on(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        act.later(hours=1)
        issue = act("decline", callee_of(called, town.posted), "posted_officer")
        posted, office = callee_of(issue, town.posted), callee_of(issue, town.office)
        assert (posted.is_lead, office.is_lead) == (False, True)
        assert set(clocks(office)) == {"acknowledge", "arrive", "done", "plan"}
        assert last(issue).data["lead"] == office.pk
        assert ("office_officer", "decline.new_lead") in act.heard()


class TestContest:
    def test_the_level_above_the_caller_decides_while_the_clocks_run(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        callee = callee_of(called, town.office)
        running = clocks(callee)
        issue = act("contest", callee, "office_officer", text="演示:属于住建")
        decision = asked(issue, "contest")
        assert (decision.party, decision.asker, decision.callee) == (town.district, town.office, callee)
        assert clocks(callee) == running
        assert callee_of(issue, town.office).validity == "not_ours"
        assert act.heard() == {
            *((name, "contest.asked") for name in ("district_dispatcher", "second_dispatcher")),
            *((name, "contest.caller") for name in ("street_dispatcher", "street_leader")),
        }

    def test_granted_they_need_not_come(self, town: Town, act: Acting, called: Issue) -> None:
        act("contest", callee_of(called, town.office), "office_officer", validity="solvable")
        act.heard()
        issue = act("grant", asked(called, "contest"), "district_dispatcher")
        office = callee_of(issue, town.office)
        assert (office.state, office.validity, clocks(office)) == ("released", "solvable", {})
        assert last(issue).data["callee"] == office.pk
        assert act.heard() == {
            ("office_officer", "grant.asker"),
            ("street_dispatcher", "grant.caller"),
            ("street_leader", "grant.caller"),
        }

    def test_granted_to_the_last_one_the_whistle_ends(self, town: Town, act: Acting, quick: Issue) -> None:
        act("contest", callee_of(quick, town.office), "office_officer")
        issue = act("grant", asked(quick, "contest"), "street_leader")
        assert (issue.open_whistles, set(own_clocks(issue))) == (0, {"submit"})
        assert last(issue).data["whistle_over"] is True

    def test_refused_they_must_come(self, town: Town, act: Acting, called: Issue) -> None:
        act("contest", callee_of(called, town.office), "office_officer")
        act.heard()
        issue = act("refuse", asked(called, "contest"), "district_dispatcher", text="演示:属牵头职责")
        office = callee_of(issue, town.office)
        assert (office.state, office.validity) == ("called", "valid")
        assert act.heard() == {("office_officer", "refuse.asker")}
        assert act.refused("contest", office, "office_officer").code == "not_judged"

    def test_once(self, town: Town, act: Acting, called: Issue) -> None:
        act("contest", callee_of(called, town.office), "office_officer")
        assert act.refused("contest", callee_of(called, town.office), "office_officer").code == "not_judged"

    def test_nobody_contests_by_calling_it_right(self, town: Town, act: Acting, called: Issue) -> None:
        callee = callee_of(called, town.office)
        assert act.refused("contest", callee, "office_officer", validity="valid").code == "word"

    def test_whoever_is_called_does_not_decide_on_it_themselves(self, town: Town, act: Acting) -> None:
        """The community whistles for its street: the level above the caller is the one that was called."""
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="quick", units=[town.street])
        act("contest", callee_of(issue, town.street), "street_leader")
        assert asked(issue, "contest").party == town.district

    def test_whoever_takes_it_over_is_the_caller_and_does_not_decide_on_it(
        self, town: Town, act: Acting, quick: Issue
    ) -> None:
        """The community whistles, the street would decide, and lifts it: the district decides."""
        act("contest", callee_of(quick, town.office), "office_officer")
        assert asked(quick, "contest").party == town.street
        act.heard()
        issue = act("lift", quick, "street_leader")
        contest = asked(issue, "contest")
        assert (contest.party, contest.raised_to) == (town.district, None)
        (clock,) = Deadline.objects.open().filter(decision=contest)
        assert (clock.started_at, clock.limit_at) == (act.now, contest.due_at)
        assert ("district_dispatcher", "lift.asked") in act.heard()
        assert isinstance(act.refused("grant", contest, "street_leader"), NotAllowed)
        assert callee_of(act("grant", contest, "district_dispatcher"), town.office).state == "released"

    def test_each_contest_of_a_take_over_is_named_and_whoever_decides_on_several_is_told_once(
        self, town: Town, act: Acting
    ) -> None:
        issue = self.taken_over(town, act)
        assert [one.party for one in self.waiting(issue)] == [town.district] * 3
        named = last(issue).data["contests"]
        assert named == [{"decision": one.pk, "unit": town.district.pk} for one in self.waiting(issue)]
        told = sorted(name for name, word in act.heard() if word == "lift.asked")
        assert told == ["district_dispatcher", "second_dispatcher"]

    def test_where_several_decide_after_a_take_over_each_of_them_is_told(
        self, town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Today the level above the new owner decides on all of them; the notice goes by what the event names."""
        monkeypatch.setattr(
            "issues.actions.takeover.arbiter_of",
            lambda owner, called: town.other_street if called == town.office else town.district,
        )
        issue = self.taken_over(town, act)
        assert {one.party for one in self.waiting(issue)} == {town.other_street, town.district}
        told = sorted(name for name, word in act.heard() if word == "lift.asked")
        assert told == ["district_dispatcher", "far_dispatcher", "second_dispatcher"]
        notices = Notice.objects.filter(key="issues.lift.asked")
        said = {row.recipient.username: row.params["asked"] for row in notices.select_related("recipient")}
        assert said["far_dispatcher"] == town.other_street.name
        assert said["district_dispatcher"] == town.district.name

    def taken_over(self, town: Town, act: Acting) -> Issue:
        """A grid has whistled for its community and two bodies; all three contest it, and the street takes it over."""
        called = {"units": [town.community], "bodies": [town.office, town.property]}
        issue = act("whistle", act.handling(), "grid_worker", kind="emergency", **called)
        for party, who in (
            (town.community, "community_worker"),
            (town.office, "office_officer"),
            (town.property, "property_officer"),
        ):
            act("contest", callee_of(issue, party), who)
        act.heard()
        return act("lift", issue, "street_leader")

    def waiting(self, issue: Issue) -> list[Decision]:
        return list(Decision.objects.waiting().filter(issue=issue, kind="contest").order_by("pk"))

    def test_it_is_gone_when_they_have_come_after_all(self, town: Town, act: Acting, quick: Issue) -> None:
        act("contest", callee_of(quick, town.office), "office_officer")
        act("report_in", callee_of(quick, town.office), "office_officer")
        issue = act("done", callee_of(quick, town.office), "office_officer")
        assert (issue.open_decisions, issue.open_whistles) == (0, 0)

    def test_silence_climbs(self, town: Town, act: Acting, quick: Issue) -> None:
        act("contest", callee_of(quick, town.office), "office_officer")
        decision = asked(quick, "contest")
        assert decision.party == town.street
        act.now = decision.due_at
        while act.sweep():
            act.later(hours=20)
            decision.refresh_from_db()
            if decision.raised_to:
                break
        decision.refresh_from_db()
        assert decision.raised_to == town.district


class TestBothSidesAreAssessed:
    def done(self, town: Town, act: Acting, issue: Issue) -> Issue:
        act("report_in", callee_of(issue, town.office), "office_officer")
        issue = act("done", callee_of(issue, town.office), "office_officer")
        act.heard()
        return issue

    def test_the_caller_once(self, town: Town, act: Acting, quick: Issue) -> None:
        issue = self.done(town, act, quick)
        callee = callee_of(issue, town.office)
        issue = act("rate_callee", callee, "community_secretary", verdict="fair", text="演示:来得晚")
        callee.refresh_from_db()
        assert (callee.verdict, last(issue).data["verdict"]) == ("fair", "fair")
        assert act.heard() == {("office_officer", "rate_callee.callees")}
        assert act.refused("rate_callee", callee, "community_worker").code == "not_rated_callee"
        assert act.refused("rate_callee", callee_of(issue, town.office), "community_worker", verdict="odd")

    def test_those_called_once(self, town: Town, act: Acting, quick: Issue) -> None:
        issue = self.done(town, act, quick)
        callee = callee_of(issue, town.office)
        issue = act("judge", callee, "office_officer", validity="solvable")
        callee.refresh_from_db()
        assert callee.validity == "solvable"
        assert act.heard() == {(name, "judge.caller") for name in ("community_worker", "community_secretary")}
        assert act.refused("judge", callee, "office_officer").code == "not_judged"

    def test_the_caller_even_when_the_issue_has_ended_or_gone_elsewhere(
        self, town: Town, act: Acting, quick: Issue
    ) -> None:
        issue = self.done(town, act, quick)
        issue = act("hand_up", issue, "community_worker")
        issue = act("sign", issue, "street_dispatcher")
        act("rate_callee", callee_of(issue, town.office), "community_worker")
        assert isinstance(
            act.refused("rate_callee", callee_of(issue, town.office), "street_leader"), NotAllowed
        )

    def test_nobody_assesses_before_the_end(self, town: Town, act: Acting, quick: Issue) -> None:
        callee = callee_of(quick, town.office)
        assert act.refused("rate_callee", callee, "community_worker").code == "wrong_state"
        assert act.refused("judge", callee, "office_officer").code == "wrong_state"

    @pytest.mark.parametrize("verb", ["release_callee", "call_off_whistle"])
    @pytest.mark.parametrize("came", ["acknowledge", "report_in"])
    def test_whoever_was_coming_says_so_of_a_whistle_that_was_called_off(
        self, town: Town, act: Acting, quick: Issue, verb: str, came: str
    ) -> None:
        """Calling off takes no whistle out of what those called think of it."""
        issue = act(came, callee_of(quick, town.office), "office_officer")
        act(verb, issue if verb == "call_off_whistle" else callee_of(issue, town.office), "community_worker")
        act.heard()
        act("judge", callee_of(issue, town.office), "office_officer", validity="not_ours")
        assert callee_of(issue, town.office).state == "released"
        assert act.heard() == {(name, "judge.caller") for name in ("community_worker", "community_secretary")}
        (caller,) = Callee.objects.assessed_by("caller")
        assert (caller["called"], caller["not_ours"]) == (1, 1)
        assert act.refused("judge", callee_of(issue, town.office), "office_officer").code == "not_judged"

    def test_whoever_had_not_answered_before_it_was_called_off_says_nothing(
        self, town: Town, act: Acting, quick: Issue
    ) -> None:
        act("call_off_whistle", quick, "community_worker")
        assert act.refused("judge", callee_of(quick, town.office), "office_officer").code == "acknowledged"

    @pytest.mark.parametrize("verb", ["release_callee", "call_off_whistle"])
    def test_what_somebody_contested_with_stands_when_it_is_called_off(
        self, town: Town, act: Acting, quick: Issue, verb: str
    ) -> None:
        """Nobody decides any more whether they must come; that they said it was wrong counts, as when it is granted."""
        act("contest", callee_of(quick, town.office), "office_officer", validity="solvable")
        contest = asked(quick, "contest")
        act(verb, quick if verb == "call_off_whistle" else callee_of(quick, town.office), "community_worker")
        contest.refresh_from_db()
        assert (contest.state, callee_of(quick, town.office).validity) == ("dropped", "solvable")
        (caller,) = Callee.objects.assessed_by("caller")
        assert (caller["called"], caller["solvable"]) == (1, 1)
        assert act.refused("judge", callee_of(quick, town.office), "office_officer").code == "not_judged"

    def test_a_grid_assesses_too(self, town: Town, act: Acting) -> None:
        issue = act("whistle", act.handling(), "grid_worker", kind="quick", bodies=[town.property])
        issue = act("decline", callee_of(issue, town.property), "property_officer")
        act("rate_callee", callee_of(issue, town.property), "grid_chief", verdict="poor")
        assert callee_of(issue, town.property).verdict == "poor"

    def test_posted_bodies_only_where_the_district_gives_that_power(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        callee = callee_of(called, town.posted)
        act("release_callee", callee, "street_leader")
        set_policy(
            town.district, "powers", {"rate": {"granted": False}}, by=None, now=act.now, reason="演示:试行"
        )
        assert act.refused("rate_callee", callee, "street_leader").code == "rate_power"
        set_policy(
            town.district, "powers", {"rate": {"granted": True}}, by=None, now=act.now, reason="演示:试行"
        )
        act("rate_callee", callee, "street_leader")

    def test_counted_per_party_and_per_caller(self, town: Town, act: Acting, called: Issue) -> None:
        for name, party, verdict in (
            ("office_officer", town.office, "good"),
            ("property_officer", town.property, "poor"),
        ):
            act("decline", callee_of(called, party), name)
            act("rate_callee", callee_of(called, party), "street_leader", verdict=verdict)
            act("judge", callee_of(called, party), name, validity="not_ours")
        rows = {row["of_body"]: row for row in Callee.objects.assessed_by("called")}
        assert rows[town.office.pk] == {
            "of_unit": None, "of_body": town.office.pk, "called": 1, "good": 1, "fair": 0, "poor": 0,
            "valid": 0, "solvable": 0, "not_ours": 1,
        }  # fmt: skip
        assert (rows[town.property.pk]["poor"], rows[town.posted.pk]["good"]) == (1, 0)
        (caller,) = Callee.objects.assessed_by("caller")
        assert (caller["of_unit"], caller["called"], caller["not_ours"], caller["valid"]) == (
            town.street.pk, 3, 2, 0,
        )  # fmt: skip
        assert Callee.objects.rated().count() == Callee.objects.judged().count() == 2


def test_the_resident_reads_who_comes_not_who_quarrels(town: Town, act: Acting, called: Issue) -> None:
    act("decline", callee_of(called, town.office), "office_officer")
    act("contest", callee_of(called, town.property), "property_officer")
    issue = act("join", called, "street_leader", bodies=[town.department])
    seen = [line.verb for line in timeline(issue, resident=True)]
    assert "join" in seen
    assert not {"decline", "contest", "rate_callee", "judge"} & set(seen)
    assert set(events(issue)) >= {"decline", "contest", "join"}


class TestTheReporterWithdraws:
    """Whoever is on the way hears that nobody needs to come."""

    def test_those_called_and_those_with_a_sub_task_are_told(
        self, town: Town, act: Acting, called: Issue
    ) -> None:
        act("split", called, "street_leader", units=[town.community])
        act("decline", callee_of(called, town.property), "property_officer")
        act("acknowledge", callee_of(called, town.office), "office_officer")
        act.heard()
        issue = act("withdraw", called, None)
        assert last(issue).data["ended"] == {
            "callees": [callee_of(called, town.posted).pk, callee_of(called, town.office).pk],
            "tasks": list(issue.tasks.values_list("pk", flat=True)),
        }
        told = act.heard()
        assert {name for name, word in told if word == "withdraw.callees"} == {
            "office_officer", "posted_officer",
        }  # fmt: skip
        assert {name for name, word in told if word == "withdraw.tasks"} == {
            "community_worker", "community_secretary",
        }  # fmt: skip
        with override("en"):
            notice = Notice.objects.get(recipient__username="office_officer", key="issues.withdraw.callees")
            assert notice.words == f"Withdrawn by the reporter; {town.office.name} need not come any more"

    def test_nobody_who_was_never_called(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="tough", bodies=[town.office])
        act.heard()
        issue = act("withdraw", issue, None)
        assert "ended" not in last(issue).data
        assert "withdraw.callees" not in {word for _name, word in act.heard()}


def test_nothing_else_ends_an_issue_while_somebody_is_called() -> None:
    """A verb that could would have to tell them, as a withdrawal does."""
    ends = [verb for verb in VERBS if verb.to in {"closed", "rejected", "merged", "resolved"}]
    handled = [verb.key for verb in ends if "handling" in verb.from_states]
    open_ended = [key for key in handled if not {"no_open_whistle", "no_open_task"} <= set(VERB[key].guards)]
    assert open_ended == ["withdraw"]
    assert {"callees", "tasks"} <= set(HEARD["withdraw"])


class TestFromAfar:
    """By telephone or online only where the caller agrees, and only a quick whistle lets them."""

    def test_without_it_they_come(self, town: Town, act: Acting, quick: Issue) -> None:
        callee = callee_of(quick, town.office)
        assert act.refused("report_in", callee, "office_officer", mode="phone").code == "mode"
        act("report_in", callee, "office_officer", mode="on_spot")

    @pytest.mark.parametrize("mode", ["phone", "online"])
    def test_the_caller_agrees(self, town: Town, act: Acting, mode: str) -> None:
        issue = act.handling("noise", "community_worker")
        given = {"kind": "quick", "bodies": [town.office], "remote": True}
        issue = act("whistle", issue, "community_worker", **given)
        act("report_in", callee_of(issue, town.office), "office_officer", mode=mode)
        assert callee_of(issue, town.office).mode == mode

    @pytest.mark.parametrize("kind", ["tough", "emergency"])
    def test_not_of_the_others(self, town: Town, act: Acting, kind: str) -> None:
        issue = act.handling("road", "street_dispatcher")
        given = {"kind": kind, "bodies": [town.office], "remote": True}
        assert act.refused("whistle", issue, "street_dispatcher", **given).code == "remote"

    @pytest.mark.parametrize(("remote", "offered"), [(False, 1), (True, 3)])
    def test_the_form_offers_what_the_caller_agreed_to(
        self, town: Town, act: Acting, quick: Issue, remote: bool, offered: int
    ) -> None:
        quick.whistles.update(remote_ok=remote)
        callee = callee_of(quick, town.office)
        form = verb_form("report_in", quick, town.people["office_officer"], act.now, part=callee)
        assert len(form.fields["mode"].choices) == offered

    def test_the_page_asks_the_caller(self, town: Town, act: Acting, client: Client) -> None:
        issue = act.handling("noise", "community_worker")
        client.force_login(town.people["community_worker"])
        there = reverse("issues:act", args=[issue.code, "whistle"])
        assert 'name="remote"' in client.get(there).content.decode()
        sent = {"kind": "quick", "bodies": [town.office.code], "text": "演示:请联系", "remote": "on"}
        key = client.get(there).context["panels"][0].form["idempotency_key"].value()
        assert client.post(there, sent | {"idempotency_key": key}).status_code == 302
        assert issue.whistles.get().remote_ok
