"""Supervision beside handling: chasing, letters, extensions, suspension, resuming. Times in Shanghai."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from issues.actions.clocks import time_left
from issues.answering import Answering
from issues.models import Concern, Deadline, Decision, Issue, Note
from issues.models.clock import OF_ISSUE
from issues.worktimes import worktime_of
from tests.builders import Town, add_west
from tests.faces import signed_in
from tests.issues.acting import Acting, events, last
from tests.issues.test_escalate import at, ticks
from trail.models import Event
from trail.refusals import NotAllowed


def asked(issue: Issue, kind: str) -> Decision:
    """The latest of its kind."""
    return Decision.objects.filter(issue=issue, kind=kind).latest("pk")


def own_clock(issue: Issue) -> Deadline:
    return Deadline.objects.open().filter(OF_ISSUE).get(issue=issue)


class TestChase:
    def test_the_reporter_once_a_day(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.heard()
        chased = act("chase", issue, None, text="演示:还没有人来")
        assert (chased.state, chased.due_at, chased.chased_at) == ("handling", issue.due_at, act.now)
        assert last(chased).data["asked"] == {"unit": town.grid.pk}
        assert not Note.objects.get(issue=issue, seq=chased.version).internal
        assert {("grid_worker", "chase.person"), ("grid_chief", "chase.person")} <= act.heard()
        act.later(hours=23, minutes=59)
        assert act.refused("chase", chased, None).code == "not_chased"
        act.later(minutes=1)
        assert act("chase", chased, None).chased_at == act.now

    def test_the_reporter_and_staff_do_not_keep_each_other_from_it(self, town: Town, act: Acting) -> None:
        issue = act("chase", act.handling(), None)
        assert act("chase", issue, "supervisor").staff_chased_at == act.now
        assert act.refused("chase", issue, "street_leader").code == "not_chased"
        assert act.refused("chase", issue, None).code == "not_chased"
        other = act("chase", act.handling(), "supervisor")
        assert act("chase", other, None).chased_at == act.now

    def test_staff_who_reported_it_themselves_are_its_reporters(self, town: Town, act: Acting) -> None:
        by = town.people["street_leader"]
        issue = act("sign", town.report(by=by, source="patrol"), "grid_worker")
        chased = act("chase", issue, "street_leader")
        assert (chased.chased_at, chased.staff_chased_at) == (act.now, None)
        assert act("chase", issue, "supervisor").staff_chased_at == act.now

    def test_the_level_above_and_supervisors(self, town: Town, act: Acting) -> None:
        for name in ("community_secretary", "street_leader", "district_dispatcher", "supervisor"):
            chased = act("chase", act.handling(), name, text="演示")
            assert Note.objects.get(issue=chased, seq=chased.version).internal

    @pytest.mark.parametrize("name", ["grid_worker", "other_worker", "spotter", "far_dispatcher"])
    def test_nobody_chases_themselves_or_strangers(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("chase", act.handling(), name), NotAllowed)

    def test_not_what_has_ended(self, town: Town, act: Acting) -> None:
        done = act("submit_result", act.handling(), "grid_worker")
        assert act.refused("chase", done, None).code == "wrong_state"


class TestSupervise:
    def test_a_numbered_letter_with_an_answer_date_beside_the_handling(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.heard()
        watched = act("supervise", issue, "supervisor", until=date(2026, 3, 12))
        letter = asked(watched, "supervision")
        assert (letter.number, letter.party, letter.state) == ("2026-00001", town.grid, "open")
        assert letter.due_at == at("03-12 17:30")
        assert (watched.state, watched.due_at, watched.open_decisions) == ("handling", issue.due_at, 1)
        clock = Deadline.objects.open().get(decision=letter)
        assert (clock.clock, clock.limit_at, clock.fixed) == ("letter", letter.due_at, True)
        assert ("grid_worker", "supervise.asked") in act.heard()

    def test_numbers_run_within_the_year_of_the_place(self, town: Town, act: Acting) -> None:
        issues = [act.handling() for _unused in range(2)]
        for issue in (*issues, issues[0]):
            act("supervise", issue, "supervisor")
        numbers = Decision.objects.order_by("pk").values_list("number", flat=True)
        assert list(numbers) == ["2026-00001", "2026-00002", "2026-00003"]
        # Half past seven on New Year's morning, when it is still last year in Greenwich.
        act.now = at("12-31 08:00") + timedelta(hours=23, minutes=30)
        act("supervise", act.handling(), "supervisor", until=date(2027, 1, 15))
        assert Decision.objects.latest("pk").number == "2027-00001"

    def test_a_day_off_means_the_next_working_day_and_never_the_past(self, town: Town, act: Acting) -> None:
        issue = act("supervise", act.handling(), "supervisor", until=date(2026, 3, 14))
        assert asked(issue, "supervision").due_at == at("03-16 17:30")
        assert act.refused("supervise", issue, "supervisor", until=date(2026, 3, 9)).code == "until"

    @pytest.mark.parametrize("name", ["street_leader", "street_dispatcher", "district_dispatcher"])
    def test_leaders_and_dispatchers_too(self, town: Town, act: Acting, name: str) -> None:
        assert act("supervise", town.report(), name).open_decisions == 1

    @pytest.mark.parametrize("name", ["grid_worker", "community_secretary", "far_dispatcher", "audit_admin"])
    def test_nobody_else(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("supervise", act.handling(), name), NotAllowed)

    def test_an_unanswered_letter_is_chased_and_stays_with_whoever_must_answer(
        self, town: Town, act: Acting
    ) -> None:
        issue = act("supervise", act.handling("road", "street_dispatcher"), "district_dispatcher")
        for moment in ("03-19 12:00", "03-20 17:30", "03-23 17:30"):
            act.now = at(moment)
            while act.sweep():
                pass
        letters = Event.objects.about("issue", issue.pk).filter(data__clock="letter")
        assert list(letters.values_list("verb", flat=True)) == ["remind", "chase", "chase"]
        letter = asked(issue, "supervision")
        assert (letter.party, letter.raised_to) == (town.street, None)
        assert ("street_dispatcher", "chase.owner") in act.heard()

    def test_in_danger_an_unanswered_letter_calls_the_levels_above_at_once(
        self, town: Town, act: Acting
    ) -> None:
        fire = act("sign", town.report("fire"), "grid_worker")
        fire = act("supervise", fire, "supervisor", until=date(2026, 3, 10))
        for moment in ("03-10 17:00", "03-10 17:30"):
            act.now = at(moment)
            while act.sweep():
                pass
        late = Event.objects.about("issue", fire.pk).filter(data__clock="letter")
        assert list(late.values_list("verb", "data__above")) == [
            ("remind", town.community.pk),
            ("call_above", town.community.pk),
        ]

    def test_on_a_result_too_and_on_one_that_is_called_unsolved(self, town: Town, act: Acting) -> None:
        done = act("submit_result", act.handling(), "grid_worker", outcome="answered")
        assert asked(act("supervise", done, "supervisor"), "supervision").party == town.grid
        disputed = act("rate", done, None, answered=True, solved=False, satisfied=False)
        watched = act("supervise", disputed, "street_leader")
        assert asked(watched, "supervision").party == town.community == disputed.owner
        assert (watched.state, watched.disputed, watched.open_decisions) == ("resolved", True, 2)


class TestLettersAfterTheEnd:
    """The matter may end; a letter waits until it is answered, or until whoever sent it takes it back."""

    def supervised(self, act: Acting, **how: object) -> Issue:
        return act("supervise", act.handling(), "supervisor", **how)

    def ended_by(self, act: Acting, how: str) -> Issue:
        """An issue with a letter, ended in this way."""
        issue = self.supervised(act)
        if how == "reject":
            return act("reject", act("hand_up", issue, "grid_worker"), "community_secretary")
        if how == "withdraw":
            return act("withdraw", issue, None)
        done = act("submit_result", issue, "grid_worker", outcome="answered")
        if how == "rate":
            return act("rate", done, None, answered=True, solved=True, satisfied=True)
        if how == "close":
            disputed = act("rate", done, None, answered=True, solved=False, satisfied=False)
            return act("close", disputed, "community_secretary")
        act.now = done.due_at
        while act.sweep():
            pass
        return Issue.objects.get(pk=done.pk)

    @pytest.mark.parametrize("how", ["rate", "close", "unrated", "reject", "withdraw"])
    def test_it_waits_on_and_whoever_sent_it_hears_of_the_end(
        self, town: Town, act: Acting, how: str
    ) -> None:
        act.heard()
        ended = self.ended_by(act, how)
        letter = asked(ended, "supervision")
        assert (ended.is_open, ended.open_decisions, letter.state) == (False, 1, "open")
        assert Deadline.objects.open().get(issue=ended).decision == letter
        assert [one for one in act.heard() if one[0] == "supervisor"] == [("supervisor", "ended.letter")]
        answered = act("answer_letter", letter, "grid_worker")
        assert (answered.is_open, answered.open_decisions) == (False, 0)
        assert not Deadline.objects.open().filter(issue=ended).exists()
        assert ("supervisor", "answer_letter.asker") in act.heard()

    def test_what_the_owner_had_asked_for_is_gone_all_the_same(self, town: Town, act: Acting) -> None:
        issue = act("ask_extension", self.supervised(act), "grid_worker")
        ended = act("withdraw", issue, None)
        assert ended.open_decisions == 1 and asked(ended, "extension").state == "dropped"

    def test_its_answer_date_is_still_a_deadline(self, town: Town, act: Acting) -> None:
        ended = self.ended_by(act, "rate")
        for moment in ("03-19 12:00", "03-20 17:30", "03-23 17:30"):
            act.now = at(moment)
            while act.sweep():
                pass
        told = Event.objects.about("issue", ended.pk).filter(data__clock="letter")
        assert list(told.values_list("verb", flat=True)) == ["remind", "chase", "chase"]
        assert ("grid_worker", "chase.owner") in act.heard()

    def test_it_stands_among_what_waits_for_them(self, town: Town, act: Acting) -> None:
        ended = self.ended_by(act, "rate")
        worker = town.people["grid_worker"]
        assert list(Issue.objects.asking(Answering(worker, act.now))) == [ended]
        page = signed_in(town, "grid_worker").get(f"/i/{ended.code}/")
        assert "Answer the letter" in page.content.decode()

    def test_only_whoever_sent_it_withdraws_it(self, town: Town, act: Acting) -> None:
        ended = self.ended_by(act, "rate")
        letter = asked(ended, "supervision")
        assert act.refused("withdraw_letter", letter, "street_leader").code == "own_letter"
        assert isinstance(act.refused("withdraw_letter", letter, "grid_worker"), NotAllowed)
        act.heard()
        gone = act("withdraw_letter", letter, "supervisor")
        letter.refresh_from_db()
        assert (letter.state, gone.open_decisions) == ("dropped", 0)
        assert ("grid_worker", "withdraw_letter.asked") in act.heard()
        assert act.refused("answer_letter", letter, "grid_worker").code == "wrong_state"

    def test_while_the_matter_goes_on_too(self, town: Town, act: Acting) -> None:
        issue = self.supervised(act)
        gone = act("withdraw_letter", asked(issue, "supervision"), "supervisor")
        assert (gone.state, gone.open_decisions) == ("handling", 0)


class TestLetterNumbers:
    def test_each_district_counts_by_itself(self, town: Town, act: Acting) -> None:
        west = add_west(town)
        town.appoint("west_supervisor", "supervisor", west)
        act("supervise", act.handling(), "supervisor")
        theirs = town.report("permit", place=west)
        act("supervise", theirs, "west_supervisor")
        act("supervise", act.handling(), "supervisor")
        rows = Decision.objects.order_by("pk").values_list("district", "number")
        here, there = town.district.pk, west.pk
        assert list(rows) == [(here, "2026-00001"), (there, "2026-00001"), (here, "2026-00002")]

    def test_those_that_there_were_keep_their_numbers(self, town: Town, act: Acting) -> None:
        """What the migration does: each letter belongs to the district of its matter, other decisions to none."""
        issue = act("ask_extension", act("supervise", act.handling(), "supervisor"), "grid_worker")
        Decision.objects.update(district=None)
        with connection.cursor() as cursor:
            cursor.execute(import_module("issues.migrations.0022_letters_and_chases").FILL)
        letter = asked(issue, "supervision")
        assert (letter.district, letter.number) == (town.district, "2026-00001")
        assert asked(issue, "extension").district is None

    def test_a_number_is_there_once_in_its_district(self, town: Town, act: Acting) -> None:
        issues = [act("supervise", act.handling(), "supervisor") for _unused in range(2)]
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.filter(issue=issues[1]).update(number="2026-00001")


class TestLead:
    def test_a_leader_takes_it_on_and_the_owner_stays(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.heard()
        led = act("lead", issue, "street_leader")
        assert (led.leader, led.owner, led.due_at) == (
            town.people["street_leader"],
            town.grid,
            issue.due_at,
        )
        assert ("grid_worker", "lead.owner") in act.heard()

    def test_the_page_says_who(self, town: Town, act: Acting) -> None:
        town.people["street_leader"].display_name = "演示分管领导"
        town.people["street_leader"].save()
        led = act("lead", act.handling(), "street_leader")
        for name in ("grid_worker", "community_worker"):
            page = signed_in(town, name).get(f"/i/{led.code}/").content.decode()
            assert "taken on in person by 演示分管领导" in page

    def test_whoever_gets_it_next_is_not_led_any_more(self, town: Town, act: Acting) -> None:
        led = act("lead", act.handling("noise", "community_worker"), "street_leader")
        assert act("dispatch", led, "community_worker", unit=town.grid).leader is None
        led = act("lead", act.handling("noise", "community_worker"), "street_leader")
        assert act("lift", led, "street_dispatcher").leader is None

    def test_who_has_to_do_it_again_still_is(self, town: Town, act: Acting) -> None:
        led = act("lead", act.handling(), "street_leader")
        back = act("send_back", act("submit_result", led, "grid_worker"), "street_dispatcher")
        assert back.leader == town.people["street_leader"]

    @pytest.mark.parametrize("name", ["grid_worker", "community_secretary", "supervisor", "far_dispatcher"])
    def test_only_leaders_of_the_place(self, town: Town, act: Acting, name: str) -> None:
        assert isinstance(act.refused("lead", act.handling(), name), NotAllowed)


class TestExtension:
    def test_asked_of_the_level_above_while_the_clock_runs_on(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.heard()
        waiting = act("ask_extension", issue, "grid_worker")
        decision = asked(waiting, "extension")
        assert (decision.party, decision.asker, decision.until) == (
            town.community,
            town.grid,
            at("03-12 17:30"),
        )
        assert (waiting.due_at, waiting.extension_count) == (issue.due_at, 0)
        assert Deadline.objects.open().get(decision=decision).clock == "decide"
        heard = act.heard()
        assert ("community_secretary", "ask_extension.asked") in heard
        assert "grid_worker" not in {name for name, _word in heard}

    def test_granted_the_clock_and_the_promise_end_later(self, town: Town, act: Acting) -> None:
        issue = act("ask_extension", act.handling(), "grid_worker")
        granted = act("grant", asked(issue, "extension"), "community_secretary")
        clock = own_clock(granted)
        assert (granted.due_at, granted.promised_at, granted.extension_count) == (
            at("03-12 17:30"),
            at("03-12 17:30"),
            1,
        )
        assert (clock.clock, clock.limit_at, clock.fixed) == ("submit", at("03-12 17:30"), True)
        assert last(granted).data["promised_at"] == granted.promised_at.isoformat()

    def test_only_before_the_deadline(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        act.now = issue.due_at
        late = act.refused("ask_extension", issue, "grid_worker", until=date(2026, 3, 12))
        assert late.code == "in_time"

    def test_asked_in_time_it_may_be_granted_late(self, town: Town, act: Acting) -> None:
        issue = act("ask_extension", act.handling(), "grid_worker")
        for moment in (issue.due_at, issue.due_at + timedelta(minutes=1)):
            act.now = moment
            while act.sweep():
                pass
        assert "chase" in events(issue)
        granted = act("grant", asked(issue, "extension"), "community_secretary")
        assert granted.due_at == at("03-12 17:30") > act.now

    def test_what_was_asked_for_is_over(self, town: Town, act: Acting) -> None:
        issue = act("ask_extension", act.handling(), "grid_worker")
        act.now = at("03-12 17:30")
        while act.sweep():
            pass
        refused = act.refused("grant", asked(issue, "extension"), "community_secretary")
        assert (refused.code, "refuse" in refused.allowed) == ("not_lapsed", True)

    @pytest.mark.parametrize(
        ("month", "day", "fits"),
        [(3, 9, False), (3, 11, False), (3, 12, True), (4, 1, True), (4, 2, False)],
    )
    def test_later_than_the_deadline_and_not_by_more_than_the_district_allows(
        self, town: Town, act: Acting, month: int, day: int, fits: bool
    ) -> None:
        """The grid has one working day, until the 11th; shipped are at most 15 working days more."""
        issue, until = act.handling(), date(2026, month, day)
        if fits:
            assert asked(act("ask_extension", issue, "grid_worker", until=until), "extension")
        else:
            assert act.refused("ask_extension", issue, "grid_worker", until=until).code == "until"

    def test_twice_and_one_at_a_time(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        for day in (12, 13):
            issue = act("ask_extension", issue, "grid_worker", until=date(2026, 3, day))
            again = act.refused("ask_extension", issue, "grid_worker", until=date(2026, 3, day))
            assert again.code == "not_asked_extension"
            issue = act("grant", asked(issue, "extension"), "community_secretary")
        assert issue.due_at == at("03-13 17:30")
        third = act.refused("ask_extension", issue, "grid_worker", until=date(2026, 3, 16))
        assert third.code == "extension_left"

    def test_of_the_district_somebody_else_decides(self, town: Town, act: Acting) -> None:
        issue = act("sign", town.report(place=town.district, category="permit"), "district_dispatcher")
        issue = act("ask_extension", issue, "district_dispatcher", until=date(2026, 4, 8))
        decision = asked(issue, "extension")
        assert act.refused("grant", decision, "district_dispatcher").code == "not_own_request"
        assert act("grant", decision, "second_dispatcher").extension_count == 1

    def test_while_others_are_called_what_is_left_grows(self, town: Town, act: Acting) -> None:
        issue = act("ask_extension", act.handling(), "grid_worker")
        issue = act("whistle", issue, "grid_worker", kind="quick", units=[town.community])
        left = issue.submit_left
        granted = act("grant", asked(issue, "extension"), "community_secretary")
        assert granted.submit_left == left + 7.5 * 3600
        assert granted.open_whistles == 1


class TestSuspension:
    def parked(self, town: Town, act: Acting) -> Issue:
        """With half of the time used up: 10:00 to 13:30 of the grid's one working day, until the 11th."""
        issue = act.handling()
        act.now = at("03-10 13:30")
        issue = act("ask_suspension", issue, "grid_worker")
        return act("grant", asked(issue, "suspension"), "community_secretary")

    def test_the_clock_stands_still_and_the_review_date_is_a_deadline(self, town: Town, act: Acting) -> None:
        issue = self.parked(town, act)
        assert (issue.state, issue.cause, issue.due_at) == ("suspended", "season", at("05-06 17:30"))
        # The afternoon and the whole next day, in working time.
        assert issue.submit_left == (4 + 7.5) * 3600
        clock = own_clock(issue)
        assert (clock.clock, clock.limit_at, clock.fixed) == ("suspension", issue.due_at, True)
        assert issue.promised_at == at("05-08 14:00")
        assert issue.open_decisions == 0
        assert ("grid_worker", "grant.asker") in act.heard()

    def test_nothing_is_chased_before_and_much_after_the_review_date(self, town: Town, act: Acting) -> None:
        issue = self.parked(town, act)
        told = [(verb, when) for when, verb, _who in ticks(act, issue, at("05-07 18:00"))]
        assert [verb for verb, when in told if when < "05-06 17:30"] == ["remind"]
        assert told[1:] == [("chase", "05-06 17:30"), ("chase", "05-07 17:30")]
        assert Issue.objects.get(pk=issue.pk).state == "suspended"

    def test_resuming_gives_back_exactly_what_was_left(self, town: Town, act: Acting) -> None:
        issue = self.parked(town, act)
        act.now = at("04-08 16:30")
        act.heard()
        going = act("resume", issue, "grid_worker")
        assert (going.state, going.cause, going.submit_left) == ("handling", "", None)
        clock = own_clock(going)
        worktime = worktime_of(going.district_id)
        assert time_left(worktime, clock.span, act.now, clock.limit_at).total_seconds() == issue.submit_left
        assert going.due_at == clock.limit_at == at("04-10 11:30")
        assert clock.left_seconds == issue.submit_left

    def test_the_level_above_may_let_it_go_on(self, town: Town, act: Acting) -> None:
        issue = self.parked(town, act)
        act.heard()
        assert act("resume", issue, "street_dispatcher").state == "handling"
        assert ("grid_worker", "resume.owner") in act.heard()

    def test_a_pause_over_a_weekend_adds_nothing(self, town: Town, act: Acting) -> None:
        act.now = at("03-13 17:00")
        issue = act("ask_suspension", act.handling(), "grid_worker")
        act.now = at("03-13 17:30")
        parked = act("grant", asked(issue, "suspension"), "community_secretary")
        act.now = at("03-16 08:00")
        assert act("resume", parked, "grid_worker").due_at == issue.due_at == at("03-16 17:30")

    def test_within_a_year_and_with_a_cause(self, town: Town, act: Acting) -> None:
        issue = act.handling()
        too_far = act.refused("ask_suspension", issue, "grid_worker", until=date(2027, 4, 1))
        assert too_far.code == "until"
        assert act.refused("ask_suspension", issue, "grid_worker", cause="lazy").code == "word"
        gone = act.refused("ask_suspension", issue, "grid_worker", until=date(2026, 3, 9))
        assert gone.code == "until"

    def test_danger_is_never_parked(self, town: Town, act: Acting) -> None:
        fire = act("sign", town.report("fire"), "grid_worker")
        assert act.refused("ask_suspension", fire, "grid_worker").code == "not_danger"

    def test_not_while_somebody_is_called(self, town: Town, act: Acting) -> None:
        issue = act("ask_suspension", act.handling(), "grid_worker")
        issue = act("whistle", issue, "grid_worker", kind="quick", units=[town.community])
        refused = act.refused("grant", asked(issue, "suspension"), "community_secretary")
        assert refused.code == "can_be_suspended"
        assert "refuse" in refused.allowed

    def test_one_that_ran_out_has_nothing_left(self, town: Town, act: Acting) -> None:
        issue = act("ask_suspension", act.handling(), "grid_worker")
        act.now = issue.due_at + timedelta(hours=1)
        while act.sweep():
            pass
        parked = act("grant", asked(issue, "suspension"), "community_secretary")
        assert parked.submit_left == 0
        assert act("resume", parked, "grid_worker").due_at <= act.now


def test_whoever_decides_sees_it(town: Town, act: Acting) -> None:
    """A department's extension is the district's to decide; nobody of another street hears of it."""
    permit = act("dispatch", town.report("permit"), "district_dispatcher", body=town.department)
    permit = act("ask_extension", act("sign", permit, "body_officer"), "body_officer", until=date(2026, 4, 8))
    assert asked(permit, "extension").party == town.district
    assert not Concern.objects.filter(issue=permit, unit=town.other_street).exists()
    seen = Decision.objects.visible_to(town.people["district_dispatcher"], act.now)
    assert list(seen) == [asked(permit, "extension")]
    assert not Decision.objects.visible_to(town.people["far_dispatcher"], act.now).exists()
    assert events(permit)[-1] == "ask_extension"
