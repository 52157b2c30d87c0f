"""Decisions: granted, refused, answered, dropped; and what becomes of one that nobody takes."""

from datetime import date

import pytest

from grids.actions.posts import end_post
from issues.models import Deadline, Decision, Issue, Note
from tests.builders import Town
from tests.issues.acting import Acting, last
from tests.issues.test_escalate import at, ticks
from trail.models import Event
from trail.refusals import NotAllowed


def wanted(town: Town, act: Acting) -> Decision:
    """The grid asks the community for an extension."""
    return Decision.objects.get(issue=act("ask_extension", act.handling(), "grid_worker"))


def fresh(decision: Decision) -> Decision:
    return Decision.objects.get(pk=decision.pk)


class TestDeciding:
    def test_granted(self, town: Town, act: Acting) -> None:
        decision = wanted(town, act)
        act.heard()
        issue = act("grant", decision, "community_secretary", text="演示:同意")
        row = fresh(decision)
        assert (row.state, row.due_at, row.decided_by, row.ended_at) == (
            "granted",
            None,
            town.people["community_secretary"],
            act.now,
        )
        assert issue.open_decisions == 0
        assert not Deadline.objects.open().filter(decision=row).exists()
        data = last(issue).data
        assert (data["decision"], data["what"], data["asked"], data["for"]) == (
            row.pk,
            "extension",
            {"unit": town.community.pk},
            {"unit": town.grid.pk},
        )
        assert ("grid_worker", "grant.asker") in act.heard()

    def test_refused_with_a_reason_it_stays_as_it_is(self, town: Town, act: Acting) -> None:
        decision = wanted(town, act)
        before = Issue.objects.get(pk=decision.issue_id)
        act.heard()
        issue = act("refuse", decision, "community_worker")
        assert (issue.due_at, issue.promised_at, issue.extension_count) == (
            before.due_at,
            before.promised_at,
            0,
        )
        assert Note.objects.get(issue=issue, seq=issue.version).internal
        assert ("grid_worker", "refuse.asker") in act.heard()
        assert fresh(decision).state == "refused"

    def test_a_refusal_needs_its_reason(self, town: Town, act: Acting) -> None:
        assert act.refused("refuse", wanted(town, act), "community_worker", text=" ").code == "text"

    @pytest.mark.parametrize("name", ["grid_worker", "street_dispatcher", "other_secretary", "supervisor"])
    def test_only_who_is_asked(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("grant", wanted(town, act), name), NotAllowed)

    def test_nobody_decides_on_their_own_request(self, town: Town, act: Acting) -> None:
        town.appoint("grid_worker", "community_worker", town.community)
        assert act.refused("grant", wanted(town, act), "grid_worker").code == "not_own_request"

    def test_once(self, town: Town, act: Acting) -> None:
        decision = wanted(town, act)
        act("grant", decision, "community_secretary")
        assert act.refused("refuse", decision, "community_secretary").code == "wrong_state"

    def test_dropped_by_whoever_asked(self, town: Town, act: Acting) -> None:
        decision = wanted(town, act)
        issue = act("drop", decision, "grid_chief")
        assert (fresh(decision).state, issue.open_decisions) == ("dropped", 0)
        again = act("ask_extension", issue, "grid_worker")
        assert again.open_decisions == 1

    def test_gone_with_the_result(self, town: Town, act: Acting) -> None:
        decision = wanted(town, act)
        done = act("submit_result", Issue.objects.get(pk=decision.issue_id), "grid_worker")
        assert (fresh(decision).state, done.open_decisions) == ("dropped", 0)


class TestLetters:
    def test_answered(self, town: Town, act: Acting) -> None:
        issue = act("supervise", act.handling(), "supervisor")
        letter = Decision.objects.get(issue=issue)
        act.heard()
        answered = act("answer_letter", letter, "grid_worker")
        assert (fresh(letter).state, answered.open_decisions) == ("answered", 0)
        assert ("supervisor", "answer_letter.asker") in act.heard()

    def test_it_is_answered_not_decided(self, town: Town, act: Acting) -> None:
        letter = Decision.objects.get(issue=act("supervise", act.handling(), "supervisor"))
        for verb in ("grant", "refuse"):
            assert act.refused(verb, letter, "grid_worker").code == "to_be_decided"
        assert act.refused("answer_letter", wanted(town, act), "community_worker").code == "is_letter"

    def test_whoever_has_the_matter_now_may_answer_too(self, town: Town, act: Acting) -> None:
        issue = act("supervise", act.handling(), "supervisor")
        act("hand_up", issue, "grid_worker")
        letter = Decision.objects.get(issue=issue)
        assert isinstance(act.refused("answer_letter", letter, "other_secretary"), NotAllowed)
        act("answer_letter", letter, "community_secretary")
        assert fresh(letter).state == "answered"

    @pytest.mark.parametrize("name", ["district_dispatcher", "second_dispatcher", "grid_worker"])
    def test_at_the_district_too_and_by_whoever_was_addressed(
        self, town: Town, act: Acting, name: str
    ) -> None:
        """Dispatchers handle nothing: what came up to them must not be stuck there."""
        issue = act("supervise", act.handling(), "supervisor")
        for person in ("grid_worker", "community_secretary", "street_dispatcher"):
            issue = act("hand_up", issue, person)
        letter = Decision.objects.get(issue=issue)
        assert (issue.owner, letter.party) == (town.district, town.grid)
        act("answer_letter", letter, name)
        assert fresh(letter).state == "answered"

    def test_at_a_centre_which_dispatches_and_does_not_handle(self, town: Town, act: Acting) -> None:
        issue = act("supervise", act.handling("permit", "district_dispatcher"), "second_dispatcher")
        issue = act("dispatch", issue, "district_dispatcher", body=town.centre)
        letter = Decision.objects.get(issue=issue)
        act("answer_letter", letter, "centre_dispatcher")
        assert fresh(letter).state == "answered"

    @pytest.mark.parametrize("answers", ["community_secretary", "district_dispatcher"])
    def test_for_those_who_are_gone_the_level_above_or_the_new_owner(
        self, town: Town, act: Acting, answers: str
    ) -> None:
        issue = act("supervise", act.handling(), "supervisor")
        letter = Decision.objects.get(issue=issue)
        act("lift", issue, "district_dispatcher")
        assert isinstance(act.refused("answer_letter", letter, "community_secretary"), NotAllowed)
        for name in ("grid_chief", "grid_worker"):
            end_post(town.posts[name], by=None, now=act.now)
        act("answer_letter", letter, answers)
        assert fresh(letter).state == "answered"


class TestSilence:
    def test_the_deputy_then_the_level_above_by_the_sweep(self, town: Town, act: Acting) -> None:
        """Four working hours from ten on: until three; then half as much for the deputy."""
        decision = wanted(town, act)
        issue = Issue.objects.get(pk=decision.issue_id)
        act.heard()
        told = [
            (when, event.verb, event.data["asked"])
            for when, _verb, _who in ticks(act, issue, at("03-11 09:00"))
            for event in [last(issue)]
            if event.data.get("clock") == "decide"
        ]
        community, street = {"unit": town.community.pk}, {"unit": town.street.pk}
        assert told == [
            ("03-10 14:42", "remind", community),
            ("03-10 15:30", "call_deputy", community),
            ("03-10 17:30", "climb", community),
        ]
        row = fresh(decision)
        assert (row.party, row.raised_to, row.state) == (town.community, town.street, "open")
        assert row.due_at == at("03-11 14:00")
        assert issue.owner == town.grid
        heard = act.heard()
        assert ("community_secretary_deputy", "call_deputy.deputy") in heard
        assert ("street_dispatcher", "climb.owner") in heard
        assert Event.objects.about("issue", issue.pk).filter(data__asked=street).count() == 0

    def test_the_deputy_and_then_the_level_above_may_decide(self, town: Town, act: Acting) -> None:
        decision = wanted(town, act)
        issue = Issue.objects.get(pk=decision.issue_id)
        for name in ("community_secretary_deputy", "street_dispatcher"):
            assert isinstance(act.refused("grant", decision, name), NotAllowed)
        list(ticks(act, issue, at("03-10 15:30")))
        assert isinstance(act.refused("grant", decision, "street_dispatcher"), NotAllowed)
        assert act.refused("refuse", decision, "community_secretary_deputy", text="").code == "text"
        list(ticks(act, issue, at("03-10 17:30")))
        act("grant", decision, "street_dispatcher")
        assert fresh(decision).state == "granted"

    def test_who_was_asked_first_may_still_decide(self, town: Town, act: Acting) -> None:
        decision = wanted(town, act)
        list(ticks(act, Issue.objects.get(pk=decision.issue_id), at("03-10 17:30")))
        act("refuse", decision, "community_secretary")
        assert fresh(decision).state == "refused"

    def test_at_the_district_it_comes_on_the_board(self, town: Town, act: Acting) -> None:
        permit = act("dispatch", town.report("permit"), "district_dispatcher", body=town.department)
        permit = act(
            "ask_extension", act("sign", permit, "body_officer"), "body_officer", until=date(2026, 4, 8)
        )
        told = [verb for _at, verb, _who in ticks(act, permit, at("03-11 18:00"))]
        assert told == ["remind", "call_deputy", "board"]
