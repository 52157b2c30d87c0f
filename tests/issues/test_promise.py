"""The date promised to the reporter has a clock of its own while nothing else runs towards it (docs/adr/0017)."""

import re
from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from calendars.actions import load_calendar
from calendars.querysets import DEFAULT_NAME
from desk.board import board, board_rows
from desk.lists import Asked
from grids.actions.policies import set_policy
from issues.actions.outside import report_outside, settle_outside
from issues.models import Deadline, Decision, Issue
from issues.models.clock import OF_ISSUE
from issues.views.follow import follow_link
from notices.models import Notice
from tests.builders import Town
from tests.faces import stop_clock, visitor
from tests.issues.acting import Acting, events, last
from tests.issues.calling import at, callee_of
from tests.issues.invariants import check_invariants
from tests.issues.test_recompute import work_off


def promises(issue: Issue) -> list[Deadline]:
    """Of the promised date, running."""
    return list(Deadline.objects.open().filter(OF_ISSUE, issue=issue, clock="promise"))


def the_promise(issue: Issue) -> Deadline:
    (found,) = promises(issue)
    return found


def sweep_on(act: Acting, times: int) -> None:
    """So often, a moment apart: no two rungs of a clock fire in one sweep."""
    for _rung in range(times):
        act.sweep()
        act.later(seconds=2)


def said(act: Acting, who: str) -> str:
    """What this person was told last, in English."""
    act.heard()
    with override("en"):
        return Notice.objects.filter(recipient=act.town.people[who]).latest("pk").words


class TestWhenItRuns:
    def test_not_while_the_handlers_own_does(self, town: Town, act: Acting) -> None:
        issue = town.report(now=act.now)
        assert promises(issue) == []
        issue = act("sign", issue, "grid_worker")
        assert promises(issue) == []
        assert issue.promised_at == Deadline.objects.open().get(issue=issue, clock="submit").limit_at

    def test_while_somebody_is_called(self, town: Town, act: Acting) -> None:
        issue = act("whistle", act.handling(), "grid_worker", kind="quick", units=[town.community])
        assert the_promise(issue).limit_at == issue.promised_at
        called = callee_of(issue, town.community)
        issue = act("report_in", called, "community_worker")
        assert the_promise(issue).limit_at == issue.promised_at
        assert promises(act("done", called, "community_worker")) == []

    def test_while_the_reporter_is_asked(self, act: Acting) -> None:
        issue = act("ask_info", act.handling(), "grid_worker")
        assert the_promise(issue).limit_at == issue.promised_at
        assert promises(act("supply_info", issue, None)) == []

    def test_not_while_it_is_suspended(self, act: Acting) -> None:
        """It is looked at again before that date, and chased if not."""
        issue = act("ask_suspension", act("ask_info", act.handling(), "grid_worker"), "grid_worker")
        assert the_promise(issue)
        issue = act("grant", Decision.objects.get(issue=issue), "community_secretary")
        assert promises(issue) == [] and issue.promised_at > issue.due_at
        assert promises(act("resume", issue, "grid_worker")) == []

    @pytest.mark.parametrize(("verb", "who"), [("hand_up", "grid_worker"), ("withdraw", None)])
    def test_no_more_when_it_goes_or_ends(self, act: Acting, verb: str, who: str | None) -> None:
        issue = act("ask_info", act.handling(), "grid_worker")
        assert promises(act(verb, issue, who)) == []


class TestRungs:
    def test_it_is_reminded_of_and_chased(self, town: Town, act: Acting) -> None:
        """Three working days for the answer, one for the matter: the date passes while nobody who waits is late."""
        issue = act("ask_info", act.handling(), "grid_worker")
        act.heard()
        running = the_promise(issue)
        assert (running.rung, issue.due_at > issue.promised_at) == ("remind", True)
        act.now = running.due_at
        assert act.sweep() == 1
        assert ("grid_worker", "remind.owner") in act.heard()
        act.now = issue.promised_at
        assert act.sweep() == 1
        assert (last(issue).verb, last(issue).data["clock"]) == ("chase", "promise")
        heard = act.heard()
        assert {("grid_worker", "chase.owner"), ("community_secretary", "chase.above")} <= heard
        # It stays with the owner, waits for the answer still, and is chased again.
        found = Issue.objects.get(pk=issue.pk)
        assert (found.owner, found.due_at) == (issue.owner, issue.due_at)
        assert the_promise(found).rung == "chase"

    def test_it_says_its_own_date(self, town: Town, act: Acting) -> None:
        """Not that of what the matter waits for meanwhile, which is days later."""
        issue = act("ask_info", act.handling(), "grid_worker")
        assert date_format(timezone.localtime(issue.due_at), "n-j H:i") == "3-13 17:30"
        act.now = the_promise(issue).due_at
        act.sweep()
        assert said(act, "grid_worker") == "Date promised to the reporter due 3-11 17:30 at 第一网格"
        act.now = issue.promised_at
        act.sweep()
        words = "Date promised to the reporter is late at 第一网格, due 3-11 17:30"
        assert said(act, "grid_worker") == words
        assert said(act, "community_secretary") == f"Below you {words}"

    def test_it_says_its_own_date_while_somebody_is_called(self, town: Town, act: Acting) -> None:
        issue = act("whistle", act.handling(), "grid_worker", kind="quick", units=[town.community])
        running = the_promise(issue)
        assert issue.due_at != running.limit_at
        act.now = running.due_at
        Deadline.objects.open().exclude(pk=running.pk).update(due_at=act.now + timedelta(days=9))
        act.sweep()
        promised = date_format(timezone.localtime(issue.promised_at), "n-j H:i")
        assert said(act, "grid_worker") == f"Date promised to the reporter due {promised} at 第一网格"

    def test_the_answer_ends_it_and_the_date_moves(self, act: Acting) -> None:
        issue = act("ask_info", act.handling(), "grid_worker")
        act.now = issue.promised_at + timedelta(minutes=1)
        sweep_on(act, 2)
        answered = act("supply_info", issue, None)
        assert promises(answered) == [] and answered.promised_at > act.now

    def test_so_does_the_end_of_the_window(self, act: Acting) -> None:
        """Whatever else is due in the very same sweep."""
        issue = act("ask_info", act.handling(), "grid_worker")
        act.now = issue.due_at + timedelta(days=3)
        sweep_on(act, 4)
        found = Issue.objects.get(pk=issue.pk)
        assert (found.asked_at, found.submit_left, promises(found)) == (None, None, [])
        assert "go_on" in events(issue)

    def test_to_ask_does_not_silence_the_ladder(self, act: Acting) -> None:
        """What is late already is chased again on the next working day, as it would have been."""
        issue = act.handling()
        act.now = issue.promised_at + timedelta(minutes=5)
        act.sweep()
        asked = act("ask_info", issue, "grid_worker")
        assert (the_promise(asked).rung, act.sweep()) == ("chase", 0)
        act.later(days=1)
        assert act.sweep() == 1
        assert (last(issue).verb, last(issue).data["clock"]) == ("chase", "promise")

    def test_at_the_district_the_supervisors_see_it(self, town: Town, act: Acting) -> None:
        issue = act("lift", act.handling(), "district_dispatcher")
        issue = act("ask_info", issue, "district_dispatcher")
        act.now = issue.promised_at + timedelta(days=10)
        issue = Issue.objects.get(pk=issue.pk)
        assert issue.owner == town.district
        Deadline.objects.open().filter(issue=issue, clock="supply").update(due_at=act.now + timedelta(days=9))
        sweep_on(act, 2)
        fired = Deadline.objects.filter(issue=issue, clock="promise").exclude(fired_at=None)
        assert list(fired.order_by("pk").values_list("rung", flat=True))[:2] == ["remind", "chase"]
        assert the_promise(issue).rung == "board"


class TestOnTheReportersPage:
    """Whoever waits reads that the day has passed, and that somebody was told of it only once somebody was."""

    def test_not_while_it_waits_to_be_signed_for_again(
        self, town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        issue = act.handling()
        act.now = issue.promised_at + timedelta(minutes=5)
        assert passed(act, issue, monkeypatch) == "That day has passed."
        sweep_on(act, 2)
        duties = {"a": {"group": "组", "name": "项", "state": "admitted", "categories": ["road"]}}
        set_policy(town.district, "duty_list", duties, by=None, now=act.now, reason="演示:清单")
        assert passed(act, issue, monkeypatch).endswith("whoever has it has been told.")
        task = report_outside(
            grid=town.grid,
            given_by=town.street,
            text="演示:不在清单内",
            by=town.people["grid_worker"],
            now=act.now,
            issue=issue,
        )
        settle_outside(task, state="taken_back", by=town.people["district_dispatcher"], now=act.now)
        found = Issue.objects.get(pk=issue.pk)
        assert (found.state, found.promised_at) == ("assigned", issue.promised_at)
        assert passed(act, found, monkeypatch) == "That day has passed."

    def test_nor_before_it_has_passed(self, act: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
        assert passed(act, act.handling(), monkeypatch) == ""


def passed(act: Acting, issue: Issue, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the reporter's page says of the day that has passed."""
    stop_clock(monkeypatch, act.now)
    words = re.search("That day has passed[^.]*[.]", visitor().get(follow_link(issue)).content.decode())
    return words.group() if words else ""


class TestWhenTheDateMoves:
    def test_it_follows_more_time_of_those_called(self, town: Town, act: Acting) -> None:
        issue = act("whistle", act.handling(), "grid_worker", kind="quick", units=[town.community])
        was, called = the_promise(issue), callee_of(issue, town.community)
        act("report_in", called, "community_worker")
        act("ask_more_time", called, "community_worker", until=date(2026, 3, 16))
        issue = act("grant", Decision.objects.get(issue=issue), "grid_chief")
        assert the_promise(issue).limit_at == issue.promised_at > was.limit_at
        assert Deadline.objects.get(pk=was.pk).cancelled_at == act.now

    def test_it_follows_the_calendar(self, town: Town, act: Acting) -> None:
        issue = act("whistle", act.handling(), "grid_worker", kind="quick", units=[town.community])
        was = issue.promised_at
        rows = [{"date": "2026-03-12", "kind": "off", "name": ""}]
        load_calendar(DEFAULT_NAME, rows, by=town.people["system_admin"], now=act.now, years=[])
        work_off(act.now)
        found = Issue.objects.get(pk=issue.pk)
        assert the_promise(found).limit_at == found.promised_at > was

    def test_a_danger_found_meanwhile_calls_the_level_above(self, town: Town, act: Acting) -> None:
        issue = act("whistle", act.handling(), "grid_worker", kind="quick", units=[town.community])
        issue = act("correct", issue, "grid_worker", category=town.categories["fire"])
        running = the_promise(issue)
        assert running.rung in {"remind", "call_above"} and running.limit_at == issue.promised_at
        act.now = running.limit_at
        Deadline.objects.open().filter(issue=issue).exclude(clock="promise").update(due_at=at("12-01 10:00"))
        sweep_on(act, 2)
        fired = Deadline.objects.filter(issue=issue, clock="promise").exclude(fired_at=None)
        assert "call_above" in set(fired.values_list("rung", flat=True))


class TestBoard:
    def test_it_stands_there_though_nobody_who_waits_is_late(self, town: Town, act: Acting) -> None:
        issue = act("ask_info", act.handling(), "grid_worker")
        asked = Asked(town.people["street_leader"], act.now)
        assert list(board(asked)) == []
        act.now = issue.promised_at + timedelta(minutes=1)
        act.sweep()
        asked = Asked(town.people["street_leader"], act.now)
        (row,) = board_rows(board(asked), asked)
        said = f"向群众承诺的期限{timezone.localtime(issue.promised_at):%Y-%m-%d %H:%M}已过"
        assert said in row.cells


def test_what_stands_still_already_gets_its_clock_by_the_migration(town: Town, act: Acting) -> None:
    """Not what goes on, and not what has passed: the next step of that issue sees to it."""
    called = act("whistle", act.handling(), "grid_worker", kind="quick", units=[town.community])
    passed = act("ask_info", act.handling("noise", "community_worker"), "community_worker")
    act.handling()
    Deadline.objects.filter(clock="promise").delete()
    # The migration goes by the clock of the database.
    promised = timezone.now() + timedelta(days=365)
    Issue.objects.filter(pk=called.pk).update(promised_at=promised)
    with connection.cursor() as cursor:
        cursor.execute(import_module("issues.migrations.0027_promise_clock").START)
    (row,) = Deadline.objects.filter(clock="promise")
    assert (row.issue_id, row.rung, row.due_at, row.limit_at) == (called.pk, "chase", promised, promised)
    check_invariants(act.now, Issue.objects.exclude(pk=passed.pk))
