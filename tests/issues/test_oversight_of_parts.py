"""Those who were called and those with a sub-task are chased, and supervised by letters of their own."""

from datetime import date

import pytest
from django.utils.translation import override

from desk.board import board, board_rows
from desk.lists import Asked
from desk.querysets import Day
from grids.actions.posts import end_post
from issues.answering import Answering
from issues.models import Callee, Deadline, Decision, Issue, Note, Task
from issues.sights import sight_of
from issues.timeline import timeline
from notices.models import Notice
from tests.builders import Town
from tests.faces import panels, send, signed_in, stop_clock
from tests.issues.acting import Acting, last
from tests.issues.calling import asked, at, callee_of
from trail.models import Event
from trail.refusals import NotAllowed

Part = Callee | Task


@pytest.fixture
def called(town: Town, act: Acting) -> Callee:
    """An office that a community has whistled for."""
    issue = act.handling("noise", "community_worker")
    issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
    act.heard()
    return callee_of(issue, town.office)


@pytest.fixture
def task(town: Town, act: Acting) -> Task:
    """A community does a part for its street."""
    issue = act.handling("road", "street_leader")
    act("split", issue, "street_leader", units=[town.community])
    act.heard()
    return Task.objects.get()


@pytest.fixture(params=["called", "task"])
def part(request: pytest.FixtureRequest) -> Part:
    return request.getfixturevalue(request.param)


def chase(part: Part) -> str:
    return f"chase_{part.PART}"


def supervise(part: Part) -> str:
    return f"supervise_{part.PART}"


def fresh(row: Part | Decision) -> Part | Decision:
    return type(row).objects.get(pk=row.pk)


def theirs(part: Part) -> str:
    """Somebody who works there."""
    return "office_officer" if isinstance(part, Callee) else "community_worker"


def days(act: Acting, *moments: str) -> None:
    """Time passes; the sweep comes at each of these."""
    for moment in moments:
        act.now = at(moment)
        while act.sweep():
            pass


class TestChase:
    def test_they_are_told_and_nothing_else_changes(self, town: Town, act: Acting, part: Part) -> None:
        clocks = list(Deadline.objects.open().values_list("pk", "due_at"))
        issue = act(chase(part), part, "street_leader", text="演示:居民在等")
        found = fresh(part)
        assert (found.state, found.due_at, found.chased_at) == (part.state, part.due_at, act.now)
        assert list(Deadline.objects.open().values_list("pk", "due_at")) == clocks
        assert (issue.chased_at, issue.staff_chased_at) == (None, None)
        assert last(issue).data["asked"] == {part.party._meta.model_name: part.party.pk}
        told = act.heard()
        assert (theirs(part), f"{chase(part)}.hurried") in told
        assert {word for _who, word in told} == {f"{chase(part)}.hurried"}
        assert Note.objects.get(issue=issue, seq=issue.version).internal

    def test_once_a_day_whoever_does_it(self, town: Town, act: Acting, part: Part) -> None:
        act(chase(part), part, "street_leader")
        act.later(hours=23)
        assert act.refused(chase(part), part, "supervisor").code == "not_chased"
        act.later(hours=1)
        act(chase(part), part, "supervisor")
        assert fresh(part).chased_at == act.now

    def test_it_does_not_keep_anybody_from_chasing_the_matter_or_another_part(
        self, town: Town, act: Acting
    ) -> None:
        issue = act.handling("road", "street_leader")
        issue = act("split", issue, "street_leader", units=[town.community], bodies=[town.office])
        first, second = Task.objects.order_by("pk")
        act("chase_task", first, "supervisor")
        act("chase_task", second, "supervisor")
        act("chase", issue, "supervisor")

    def test_by_whoever_called_them_and_above(self, town: Town, act: Acting, called: Callee) -> None:
        for name in ("community_worker", "street_dispatcher", "district_dispatcher", "supervisor"):
            Callee.objects.update(chased_at=None)
            act("chase_callee", called, name)

    def test_by_whoever_gave_the_sub_task_and_above(self, town: Town, act: Acting, task: Task) -> None:
        for name in ("street_dispatcher", "district_dispatcher", "supervisor"):
            Task.objects.update(chased_at=None)
            act("chase_task", task, name)

    @pytest.mark.parametrize("name", ["office_officer", "grid_worker", "other_secretary", "far_dispatcher"])
    def test_by_nobody_else(self, town: Town, act: Acting, called: Callee, name: str) -> None:
        assert isinstance(act.refused("chase_callee", called, name), NotAllowed)

    def test_nobody_chases_themselves(self, town: Town, act: Acting) -> None:
        """The street is called by its community: its leader stands above the caller, and is the one called."""
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="emergency", units=[town.street])
        street = callee_of(issue, town.street)
        assert act.refused("chase_callee", street, "street_leader").code == "not_own_part"
        act("chase_callee", street, "supervisor")

    @pytest.mark.parametrize("how", ["decline", "release_callee"])
    def test_not_who_has_nothing_to_do_any_more(
        self, town: Town, act: Acting, called: Callee, how: str
    ) -> None:
        act(how, called, "office_officer" if how == "decline" else "community_worker")
        assert act.refused("chase_callee", called, "street_leader").code == "wrong_state"
        assert act.refused("supervise_callee", called, "supervisor").code == "wrong_state"

    def test_not_who_is_not_called_yet(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_worker")
        bodies = [town.office, town.posted]
        issue = act("whistle", issue, "community_worker", kind="tough", bodies=bodies)
        proposed = callee_of(issue, town.office)
        assert proposed.state == "proposed"
        assert act.refused("chase_callee", proposed, "street_leader").code == "wrong_state"

    def test_the_level_that_it_has_come_up_to_hears_too(self, town: Town, act: Acting, task: Task) -> None:
        """The community does not take it: its street is asked as well, which gave it."""
        called = act.handling("noise", "community_worker")
        called = act("whistle", called, "community_worker", kind="quick", bodies=[town.office])
        one = callee_of(called, town.office)
        while fresh(one).raised_to is None:
            act.later(minutes=30)
            act.sweep()
        act.heard()
        act("chase_callee", one, "community_secretary")
        told = act.heard()
        assert ("office_officer", "chase_callee.hurried") in told
        assert ("street_dispatcher", "chase_callee.raised") in told
        with override("en"):
            said = Notice.objects.filter(recipient=town.people["street_dispatcher"]).latest("pk").words
        assert "平安办" in said and "新发街道" in said

    def test_not_any_more_once_they_have_answered(self, town: Town, act: Acting, part: Part) -> None:
        while fresh(part).raised_to is None:
            act.later(minutes=30)
            act.sweep()
        act("acknowledge" if isinstance(part, Callee) else "take_task", part, theirs(part))
        act.heard()
        issue = act(chase(part), part, "supervisor")
        assert "above" not in last(issue).data
        assert {word for _who, word in act.heard()} == {f"{chase(part)}.hurried"}

    def test_whoever_has_a_form_open_still_sees_it_as_it_is(
        self, town: Town, act: Acting, part: Part
    ) -> None:
        version = Issue.objects.get(pk=part.issue_id).version
        act(chase(part), part, "supervisor")
        verb = "acknowledge" if isinstance(part, Callee) else "take_task"
        act(verb, part, theirs(part), version=version)

    def test_the_reporter_reads_of_those_called_alone(self, town: Town, act: Acting, part: Part) -> None:
        issue = act(chase(part), part, "supervisor")
        with override("en"):
            staff, resident = timeline(issue)[-1], timeline(issue, resident=True)[-1]
        assert "asked to hurry" in staff.words and str(part.party) in staff.words
        assert ("asked to hurry" in resident.words) is isinstance(part, Callee)


class TestLetters:
    def test_a_numbered_letter_with_an_answer_date(self, town: Town, act: Acting, part: Part) -> None:
        before = Issue.objects.get(pk=part.issue_id)
        issue = act(supervise(part), part, "supervisor", until=date(2026, 3, 13))
        letter = asked(issue, "supervision")
        assert (letter.number, letter.party, letter.state) == ("2026-00001", part.party, "open")
        assert (letter.callee or letter.task) == part and letter.due_at == at("03-13 17:30")
        assert (issue.state, issue.owner, issue.open_decisions) == (before.state, before.owner, 1)
        clock = Deadline.objects.open().get(decision=letter)
        assert (clock.clock, clock.limit_at, clock.fixed) == ("letter", letter.due_at, True)
        told = act.heard()
        assert (theirs(part), f"{supervise(part)}.asked") in told
        gave = ("community_worker", "caller") if isinstance(part, Callee) else ("street_dispatcher", "giver")
        assert (gave[0], f"{supervise(part)}.{gave[1]}") in told
        with override("en"):
            said = Notice.objects.filter(recipient=town.people[gave[0]]).latest("pk").words
        assert str(part.party) in said and said.endswith("is supervised by letter")

    def test_numbers_run_on_whatever_is_supervised(self, town: Town, act: Acting, part: Part) -> None:
        act("supervise", Issue.objects.get(pk=part.issue_id), "district_dispatcher")
        act(supervise(part), part, "supervisor")
        act(supervise(part), part, "district_dispatcher")
        numbers = Decision.objects.order_by("pk").values_list("number", flat=True)
        assert list(numbers) == ["2026-00001", "2026-00002", "2026-00003"]

    @pytest.mark.parametrize(
        "name", ["community_worker", "office_officer", "grid_worker", "far_dispatcher", "audit_admin"]
    )
    def test_only_by_supervisors_above(self, town: Town, act: Acting, part: Part, name: str) -> None:
        assert isinstance(act.refused(supervise(part), part, name), NotAllowed)

    def test_nobody_writes_to_themselves(self, town: Town, act: Acting) -> None:
        """As nobody chases themselves: the street's leader stands above the caller, and is the one called."""
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="emergency", units=[town.street])
        street = callee_of(issue, town.street)
        assert act.refused("supervise_callee", street, "street_leader").code == "not_own_part"
        act("supervise_callee", street, "supervisor")

    def test_never_for_a_day_that_is_over(self, town: Town, act: Acting, part: Part) -> None:
        assert act.refused(supervise(part), part, "supervisor", until=date(2026, 3, 9)).code == "until"

    def test_answered_by_whom_it_was_written_to_and_not_by_the_owner(
        self, town: Town, act: Acting, part: Part
    ) -> None:
        letter = asked(act(supervise(part), part, "district_dispatcher"), "supervision")
        owner = "community_worker" if isinstance(part, Callee) else "street_dispatcher"
        assert isinstance(act.refused("answer_letter", letter, owner), NotAllowed)
        act.heard()
        issue = act("answer_letter", letter, theirs(part))
        assert (fresh(letter).state, issue.open_decisions) == ("answered", 0)
        assert not Deadline.objects.open().filter(decision=letter).exists()
        assert ("district_dispatcher", "answer_letter.asker") in act.heard()

    def test_the_level_above_answers_for_those_who_are_gone(
        self, town: Town, act: Acting, called: Callee
    ) -> None:
        letter = asked(act("supervise_callee", called, "district_dispatcher"), "supervision")
        end_post(town.posts["office_officer"], by=None, now=act.now)
        act("answer_letter", letter, "street_leader")

    def test_it_stands_in_the_list_of_those_alone(self, town: Town, act: Acting, part: Part) -> None:
        act(supervise(part), part, "district_dispatcher")
        owner = "community_worker" if isinstance(part, Callee) else "street_dispatcher"

        def lists(name: str) -> list[int]:
            day = Day(town.people[name], act.now)
            return [one.about for one in day.asked() if one.what == "supervision"]

        assert lists(theirs(part)) == [part.issue_id] and not lists(owner)
        found = Issue.objects.asking(Answering(town.people[theirs(part)], act.now))
        assert part.issue_id in found.values_list("pk", flat=True)

    def test_only_whoever_sent_it_withdraws_it_and_they_hear(
        self, town: Town, act: Acting, part: Part
    ) -> None:
        letter = asked(act(supervise(part), part, "supervisor"), "supervision")
        assert act.refused("withdraw_letter", letter, "district_dispatcher").code == "own_letter"
        act.heard()
        issue = act("withdraw_letter", letter, "supervisor")
        assert (fresh(letter).state, issue.open_decisions) == ("dropped", 0)
        assert (theirs(part), "withdraw_letter.asked") in act.heard()

    def test_late_it_is_they_who_are_reminded_and_chased(self, town: Town, act: Acting, part: Part) -> None:
        issue = act(supervise(part), part, "district_dispatcher", until=date(2026, 3, 12))
        days(act, "03-12 15:00", "03-12 17:30")
        told = Event.objects.about("issue", issue.pk).filter(data__clock="letter")
        assert list(told.values_list("verb", flat=True)) == ["remind", "chase"]
        party = {part.party._meta.model_name: part.party.pk}
        assert [event.data["asked"] for event in told] == [party, party]
        assert {event.data["above"] for event in told} == {town.street.pk}
        told_of = {who for who, word in act.heard() if word in {"remind.owner", "chase.owner"}}
        assert theirs(part) in told_of
        with override("en"):
            said = Notice.objects.filter(recipient=town.people[theirs(part)]).latest("pk").words
        assert said == f"Answer to the supervision letter is late at {part.party}, due 3-12 17:30"

    def test_it_waits_on_once_their_part_has_ended_and_whoever_sent_it_hears(
        self, town: Town, act: Acting, part: Part
    ) -> None:
        letter = asked(act(supervise(part), part, "supervisor"), "supervision")
        verb = "decline" if isinstance(part, Callee) else "give_back"
        act.heard()
        issue = act(verb, part, theirs(part))
        assert (fresh(letter).state, issue.open_decisions) == ("open", 1)
        assert [word for who, word in act.heard() if who == "supervisor"] == ["ended.part_letter"]
        with override("en"):
            said = Notice.objects.filter(recipient=town.people["supervisor"]).latest("pk").words
        assert f"The part of {part.party} has ended; your letter 2026-00001" in said
        assert Deadline.objects.open().filter(decision=letter).exists()
        assert act("answer_letter", letter, theirs(part)).open_decisions == 0

    def test_whoever_sent_it_hears_that_the_whistle_was_called_off(
        self, town: Town, act: Acting, called: Callee
    ) -> None:
        letter = asked(act("supervise_callee", called, "supervisor"), "supervision")
        act.heard()
        issue = act("call_off_whistle", called.issue, "community_worker")
        assert last(issue).data["letters"] == [letter.pk]
        assert {
            ("supervisor", "ended.part_letter"),
            ("office_officer", "call_off_whistle.callees"),
        } <= act.heard()
        act("withdraw_letter", letter, "supervisor")

    @pytest.mark.parametrize("way", ["withdraw", "submit_result"])
    def test_it_outlives_the_matter(self, town: Town, act: Acting, called: Callee, way: str) -> None:
        letter = asked(act("supervise_callee", called, "supervisor"), "supervision")
        if way == "submit_result":
            act("release_callee", called, "community_worker")
        issue = act(way, called.issue, None if way == "withdraw" else "community_worker")
        assert (fresh(letter).state, issue.open_decisions) == ("open", 1)
        heard = act.heard()
        assert (("supervisor", "ended.letter") in heard) is (way == "withdraw")
        days(act, "03-20 17:30")
        late = Event.objects.about("issue", issue.pk).filter(verb__in=["remind", "chase"])
        assert late.filter(data__clock="letter", data__asked={"body": town.office.pk}).exists()
        act("answer_letter", letter, "office_officer")

    @pytest.mark.parametrize("how", ["decline", "done"])
    def test_it_does_not_keep_the_matter_from_being_merged(
        self, town: Town, act: Acting, called: Callee, how: str
    ) -> None:
        """Whoever has the matter could do nothing about it: neither answer it nor withdraw it."""
        letter = asked(act("supervise_callee", called, "supervisor"), "supervision")
        if how == "done":
            act("report_in", called, "office_officer", mode="on_spot")
        act(how, called, "office_officer")
        issue = act("merge", called.issue, "community_worker", main=town.report("noise"))
        assert (issue.state, issue.open_decisions, fresh(letter).state) == ("merged", 1, "open")
        assert act("answer_letter", letter, "office_officer").open_decisions == 0

    def test_one_on_the_matter_does(self, town: Town, act: Acting) -> None:
        """Whoever has the matter answers it first."""
        issue = act.handling("noise", "community_worker")
        act("supervise", issue, "supervisor")
        main = town.report("noise")
        assert act.refused("merge", issue, "community_worker", main=main).code == "no_open_decision"

    def test_whoever_sent_it_hears_that_the_matter_was_not_accepted_with_another(
        self, town: Town, act: Acting, called: Callee
    ) -> None:
        letter = asked(act("supervise_callee", called, "supervisor"), "supervision")
        act("decline", called, "office_officer")
        main = town.report("noise")
        issue = act("merge", called.issue, "community_worker", main=main)
        act.heard()
        act("reject", main, "community_worker")
        assert last(issue).verb == "reject_with" and last(issue).data["letters"] == [letter.pk]
        assert ("supervisor", "ended.letter") in act.heard()

    def test_it_stays_with_them_whoever_has_the_matter(self, town: Town, act: Acting, called: Callee) -> None:
        letter = asked(act("supervise_callee", called, "district_dispatcher"), "supervision")
        act.heard()
        issue = act("lift", called.issue, "street_leader")
        assert issue.owner == town.street and fresh(letter).party == town.office
        assert isinstance(act.refused("answer_letter", letter, "street_dispatcher"), NotAllowed)
        days(act, "03-20 17:30")
        late = Event.objects.about("issue", issue.pk).filter(data__clock="letter").latest("seq")
        assert late.data["asked"] == {"body": town.office.pk}
        act("answer_letter", letter, "office_officer")

    def test_whoever_gets_the_matter_is_not_told_to_answer_it(self, town: Town, act: Acting) -> None:
        """Once nobody is called any more it may go to others; the letter is still none of theirs."""
        issue = act.handling("noise", "community_worker")
        issue = act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
        called = callee_of(issue, town.office)
        letter = asked(act("supervise_callee", called, "supervisor"), "supervision")
        act("decline", called, "office_officer")
        act.heard()
        issue = act("hand_up", issue, "community_worker")
        told = act.heard()
        assert ("street_dispatcher", "hand_up.to") in told
        assert not any(word.endswith("_letter") for _who, word in told)
        assert isinstance(act.refused("answer_letter", letter, "street_dispatcher"), NotAllowed)

    def test_a_complaint_about_them_ends_it(self, town: Town, act: Acting, called: Callee) -> None:
        letter = asked(act("supervise_callee", called, "supervisor"), "supervision")
        act("decline", called, "office_officer")
        issue = act("mark_complaint", called.issue, "street_dispatcher", body=town.office)
        assert (fresh(letter).state, issue.open_decisions) == ("dropped", 0)

    def test_it_stands_on_the_board_with_whom_it_was_written_to(
        self, town: Town, act: Acting, part: Part
    ) -> None:
        issue = act(supervise(part), part, "district_dispatcher", until=date(2026, 3, 13))
        wanted = Asked(town.people["district_dispatcher"], act.now, unit=town.district, why="letter")
        found = list(board(wanted))
        assert found == [issue] == list(Issue.objects.supervised())
        with override("en"):
            (row,) = board_rows(found, wanted)
        assert f"letter 2026-00001 to {part.party}, answer due 2026-03-13" in row.cells[7]

    def test_a_firm_reads_what_it_is_asked_and_answers(self, town: Town, act: Acting) -> None:
        issue = act.handling("noise", "community_secretary")
        issue = act("whistle", issue, "community_secretary", kind="quick", bodies=[town.property])
        firm = callee_of(issue, town.property)
        issue = act("supervise_callee", firm, "supervisor", text="演示:为何迟迟不到")
        sight = sight_of(issue, town.people["property_officer"], act.now)
        assert not sight.inside
        with override("en"):
            line = timeline(issue, sight=sight)[-1]
        assert "Supervision letter to 安居物业" in line.words
        assert [note.text for note in line.notes] == ["演示:为何迟迟不到"]
        act("answer_letter", asked(issue, "supervision"), "property_officer")

    def test_another_firm_reads_nothing_of_it(self, town: Town, act: Acting) -> None:
        issue = act.handling("road", "street_leader")
        bodies = [town.office, town.property, town.posted]
        issue = act("whistle", issue, "street_leader", kind="tough", bodies=bodies)
        issue = act("supervise_callee", callee_of(issue, town.posted), "supervisor")
        sight = sight_of(issue, town.people["property_officer"], act.now)
        assert "supervise_callee" not in {line.verb for line in timeline(issue, sight=sight)}


class TestPages:
    @pytest.fixture(autouse=True)
    def clock(self, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
        stop_clock(monkeypatch, town.now)

    def address(self, part: Part, verb: str) -> str:
        return f"/i/{part.issue.code}/{part.PART}s/{part.pk}/{verb}/"

    def test_chased_and_supervised_by_forms(self, town: Town, act: Acting, part: Part) -> None:
        client = signed_in(town, "supervisor")
        page = client.get(f"/i/{part.issue.code}/")
        assert {chase(part), supervise(part)} <= set(panels(page))
        for verb, given in ((chase(part), {"text": ""}), (supervise(part), {"until": "2026-03-20"})):
            opened = client.get(self.address(part, verb))
            assert opened.status_code == 200
            assert send(client, opened, verb, **({"text": "请说明"} | given)).status_code == 302
        assert chase(part) not in panels(client.get(f"/i/{part.issue.code}/"))
        assert fresh(part).chased_at is not None

    def test_answered_on_its_page_by_those_who_only_assist(self, town: Town, act: Acting, part: Part) -> None:
        act(supervise(part), part, "supervisor")
        client = signed_in(town, theirs(part))
        page = client.get(f"/i/{part.issue.code}/")
        assert f"Supervision letter 2026-00001: {part.party} answers" in page.content.decode()
        assert send(client, page, "answer_letter", text="三日内办结").status_code == 302
        assert Decision.objects.get().state == "answered"

    def test_the_owner_reads_it_and_is_not_asked(self, town: Town, act: Acting, called: Callee) -> None:
        act("supervise_callee", called, "supervisor")
        page = signed_in(town, "community_worker").get(f"/i/{called.issue.code}/")
        assert "Supervision letter 2026-00001: 平安办 answers" in page.content.decode()
        assert "answer_letter" not in panels(page)
