"""Two or fifty at the same moment, with real transactions: one of them wins, the others are told why."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from threading import Event as ThreadEvent
from typing import Any

import pytest
from django.db import transaction

from grids.actions.bodies import close_body
from grids.actions.tree import add_unit, close_unit, merge_units, move_unit
from grids.models import Unit
from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.actions.step import lock_issue
from issues.models import Callee, Deadline, Decision, Issue, Part, Whistle
from notices.actions import fan_out_once
from tests.builders import Town
from tests.issues.acting import USUAL, events
from tests.issues.invariants import check_invariants
from tests.parallel import PATIENCE, at_once, eventually, meet, somebody_waits
from tests.towns import put_town
from trail.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


@pytest.fixture
def place() -> Town:
    return put_town()


def doing(verb: str, subject: Issue | Part, by: Any, now: datetime, **inputs: Any) -> Callable[[], Any]:
    return partial(PERFORM[verb], subject, by=by, now=now, **(USUAL.get(verb, {}) | inputs))


def do(verb: str, subject: Issue | Part, by: Any, now: datetime, **inputs: Any) -> Any:
    return doing(verb, subject, by, now, **inputs)()


def refused(results: list[Any]) -> list[str]:
    """Codes of those that were refused; everything else must have worked."""
    wrong = [one for one in results if isinstance(one, Exception) and not isinstance(one, Refused)]
    assert not wrong, wrong
    return [one.code for one in results if isinstance(one, Refused)]


def handling(place: Town, category: str = "noise", who: str = "community_worker") -> Issue:
    issue = place.report(category)
    return do("sign", issue, place.people[who], place.now)


def test_of_fifty_who_sign_one_wins(place: Town) -> None:
    issue = place.report()
    people = [place.people["grid_worker"], place.people["grid_chief"]] * 25
    results = at_once([doing("sign", issue, who, place.now) for who in people])
    assert refused(results) == ["wrong_state"] * 49
    assert all(str(one) for one in results if isinstance(one, Refused)), "each of them is told why"
    assert events(issue) == ["report", "dispatch", "sign"]
    check_invariants(place.now)


@pytest.mark.parametrize("ending", ["submit_result", "withdraw"])
def test_merging_meets_the_end_of_the_main_issue(place: Town, ending: str) -> None:
    """Either it still follows and ends with the main issue, or it is told that that has ended."""
    now, worker = place.now, place.people["community_worker"]
    for _round in range(ROUNDS):
        main, other = handling(place), handling(place)
        by = worker if ending == "submit_result" else None
        results = at_once([doing(ending, main, by, now), doing("merge", other, worker, now, main=main)])
        told = refused(results)
        other.refresh_from_db()
        main.refresh_from_db()
        if told:
            assert told == ["main"] and other.state == "handling"
        else:
            assert other.state == ("resolved" if ending == "submit_result" else "assigned")
        assert main.state == ("resolved" if ending == "submit_result" else "closed")
        check_invariants(now)


def test_merging_meets_the_close_of_the_main_issue(place: Town) -> None:
    """A result that is there takes no followers, closed or not: nothing would ever end them."""
    now, worker, leader = place.now, place.people["community_worker"], place.people["street_leader"]
    for _round in range(ROUNDS):
        main, other = handling(place), handling(place)
        do("submit_result", main, worker, now)
        do("rate", main, None, now, answered=True, solved=False, satisfied=False)
        results = at_once([doing("close", main, leader, now), doing("merge", other, worker, now, main=main)])
        told = refused(results)
        assert told == ["main"]
        check_invariants(now)


def test_merging_into_each_other_leaves_one_main_issue(place: Town) -> None:
    """The locks are taken in one order, so that neither waits for the other for ever."""
    now, worker = place.now, place.people["community_worker"]
    for _round in range(ROUNDS):
        one, other = handling(place), handling(place)
        results = at_once(
            [doing("merge", one, worker, now, main=other), doing("merge", other, worker, now, main=one)]
        )
        assert len(refused(results)) == 1, results
        states = set(Issue.objects.filter(pk__in=[one.pk, other.pk]).values_list("state", flat=True))
        assert states == {"merged", "handling"}
        check_invariants(now)


@pytest.mark.parametrize("later_is_main", [True, False])
def test_merging_meets_whoever_holds_many(place: Town, later_is_main: bool) -> None:
    """Deadlines reckoned anew, a unit that moves, a file of orders: they take open issues in the order of their numbers.
    So does merging; neither waits for the other for ever."""
    now, worker = place.now, place.people["community_worker"]
    one, later = handling(place), handling(place)
    main, other = (later, one) if later_is_main else (one, later)
    begun = ThreadEvent()

    @transaction.atomic
    def hold_both() -> None:
        lock_issue(one.pk)
        begun.set()
        assert eventually(somebody_waits)
        lock_issue(later.pk)

    def merge() -> None:
        assert begun.wait(PATIENCE)
        do("merge", other, worker, now, main=main)

    assert not refused(at_once([hold_both, merge]))
    other.refresh_from_db()
    assert (other.state, other.main) == ("merged", main)
    check_invariants(now)


def test_a_whistle_meets_the_result(place: Town) -> None:
    """Nothing is submitted while somebody is called, and nobody is called once it is submitted."""
    now, worker = place.now, place.people["community_worker"]
    for _round in range(ROUNDS):
        issue = handling(place)
        results = at_once(
            [
                doing("whistle", issue, worker, now, kind="quick", bodies=[place.office]),
                doing("submit_result", issue, worker, now),
            ]
        )
        told = refused(results)
        issue.refresh_from_db()
        assert (issue.state, issue.open_whistles, told) in (
            ("handling", 1, ["no_open_whistle"]),
            ("resolved", 0, ["wrong_state"]),
        )
        assert Whistle.objects.filter(issue=issue).count() == issue.open_whistles
        check_invariants(now)


def test_an_extension_meets_its_expiry(place: Town) -> None:
    """Granted at the last moment, the clock has fired or runs until the new day; never both, never neither."""
    worker, leader = place.people["community_worker"], place.people["street_leader"]
    for _round in range(ROUNDS):
        issue = handling(place)
        asked = do("ask_extension", issue, worker, place.now, until=date(2026, 3, 16))
        now = issue.due_at
        # The reminder has fired long before.
        while sweep_once(now=now - timedelta(minutes=1)):
            pass
        results = at_once([doing("grant", asked, leader, now), *[partial(sweep_once, now=now)] * 2])
        assert not refused(results)
        while sweep_once(now=now):
            pass
        issue.refresh_from_db()
        asked.refresh_from_db()
        running = Deadline.objects.open().get(issue=issue, clock="submit")
        assert (asked.state, running.limit_at, issue.due_at) == ("granted", asked.until, asked.until)
        assert events(issue).count("chase") == 1
        check_invariants(now)


def test_of_two_who_decide_one_does(place: Town) -> None:
    now, worker = place.now, place.people["community_worker"]
    deciders = [place.people["street_leader"], place.people["street_dispatcher"]]
    for _round in range(ROUNDS):
        issue = handling(place)
        asked = do("ask_extension", issue, worker, now, until=date(2026, 3, 16))
        results = at_once([doing("grant", asked, deciders[0], now), doing("grant", asked, deciders[1], now)])
        assert refused(results) == ["wrong_state"]
        issue.refresh_from_db()
        assert (issue.extension_count, events(issue).count("grant")) == (1, 1)
        assert not Decision.objects.waiting().filter(issue=issue).exists()
        check_invariants(now)


def test_granting_meets_refusing(place: Town) -> None:
    now, worker = place.now, place.people["community_worker"]
    deciders = [place.people["street_leader"], place.people["street_dispatcher"]]
    for _round in range(ROUNDS):
        issue = handling(place)
        until = date(2026, 4, 7)
        asked = do("ask_suspension", issue, worker, now, until=until, cause="season")
        results = at_once([doing("grant", asked, deciders[0], now), doing("refuse", asked, deciders[1], now)])
        assert refused(results) == ["wrong_state"]
        issue.refresh_from_db()
        asked.refresh_from_db()
        assert (asked.state, issue.state) in (("granted", "suspended"), ("refused", "handling"))
        check_invariants(now)


def test_signing_meets_the_sweep(place: Town) -> None:
    """The rung that is due fires once, before or with the signature; what was signed for climbs no more."""
    issues = [place.report() for _unused in range(8)]
    # After the deputy was called, the grace is over: it is about to climb.
    start = issues[0].due_at
    while sweep_once(now=start):
        pass
    now = Deadline.objects.open().order_by("due_at").first().due_at
    worker = place.people["grid_worker"]
    results = at_once(
        [*[doing("sign", one, worker, now) for one in issues], *[partial(sweep_once, now=now, limit=3)] * 4]
    )
    assert set(refused(results)) <= {"not_yours"}
    while sweep_once(now=now):
        pass
    for issue in issues:
        assert events(issue) == ["report", "dispatch", "call_deputy", "climb"]
        issue.refresh_from_db()
        assert (issue.state, issue.owner_unit) == ("assigned", place.community)
    check_invariants(now)


def test_the_last_of_the_called_meets_calling_off(place: Town) -> None:
    """The whistle ends once, and the caller's clock runs on once."""
    now, worker = place.now, place.people["community_worker"]
    later = now + timedelta(minutes=30)
    for _round in range(ROUNDS):
        issue = handling(place)
        do("whistle", issue, worker, now, kind="quick", bodies=[place.office])
        callee = Callee.objects.get(issue=issue)
        do("report_in", callee, place.people["office_officer"], now)
        results = at_once(
            [
                doing("done", callee, place.people["office_officer"], later),
                doing("call_off_whistle", issue, worker, later),
            ]
        )
        assert refused(results) in (["wrong_state"], ["open_whistle"])
        issue.refresh_from_db()
        assert (issue.open_whistles, issue.submit_left) == (0, None)
        assert Deadline.objects.open().filter(issue=issue).count() == 1
        check_invariants(later)


# --- units that close, merge or move in the same moment ----------------------------------------------------


def hand_over(now: datetime) -> None:
    """The outbox does what it does."""
    while fan_out_once(now=now):
        pass


class TestAReportMeetsTheEndOfItsPlace:
    def test_it_comes_first_and_the_unit_stays_open(self, place: Town) -> None:
        building = place.other_building
        met = meet(
            partial(place.report, place=building), partial(close_unit, building, by=None, now=place.now)
        )
        assert met.waited and refused([met.first, met.second]) == ["open_issues"]
        assert Unit.objects.get(pk=building.pk).is_open and met.first.owner.is_open
        check_invariants(place.now)

    def test_it_comes_too_late_and_is_told(self, place: Town) -> None:
        building = place.other_building
        met = meet(
            partial(close_unit, building, by=None, now=place.now), partial(place.report, place=building)
        )
        assert met.waited and refused([met.first, met.second]) == ["closed_place"]
        assert not Issue.objects.exists()

    def test_its_owner_is_merged_after_it(self, place: Town) -> None:
        merging = partial(merge_units, place.community, into=place.other_community, by=None, now=place.now)
        met = meet(partial(place.report, "noise"), merging)
        assert met.waited and not refused([met.first, met.second])
        hand_over(place.now)
        issue = Issue.objects.get()
        assert issue.owner == issue.community == place.other_community
        check_invariants(place.now)

    def test_its_owner_was_merged_before_it(self, place: Town) -> None:
        """It goes to the unit that the other became part of, as if it had come a second later."""
        merging = partial(merge_units, place.community, into=place.other_community, by=None, now=place.now)
        met = meet(merging, partial(place.report, "noise"))
        assert met.waited and not refused([met.first, met.second])
        issue = Issue.objects.get()
        assert issue.owner == issue.community == place.other_community
        assert place.other_community.name in issue.place_label
        check_invariants(place.now)

    def test_its_place_moved_before_it(self, place: Town) -> None:
        moving = partial(move_unit, place.community, to=place.other_street, by=None, now=place.now)
        met = meet(moving, partial(place.report, "road"))
        assert met.waited and not refused([met.first, met.second])
        issue = Issue.objects.get()
        assert issue.owner == issue.street == place.other_street
        check_invariants(place.now)

    def test_reports_wait_neither_for_each_other_nor_for_the_tree(self, place: Town) -> None:
        adding = partial(add_unit, place.grid, code="22010300100100003", name="3号楼", by=None, now=place.now)
        again = partial(adding, code="22010300100100004")
        for first, second in ((place.report, place.report), (adding, place.report), (place.report, again)):
            met = meet(first, second)
            assert not met.waited and not refused([met.first, met.second])
        check_invariants(place.now)


class TestGivingMeetsTheEndOfWhoeverIsGiven:
    @pytest.mark.parametrize(
        ("verb", "given"),
        [
            ("dispatch", {"unit": "other_community"}),
            ("split", {"units": ["other_community"]}),
            ("dispatch", {"body": "office"}),
            ("split", {"bodies": ["office"]}),
            ("whistle", {"bodies": ["office"], "kind": "quick"}),
            ("correct", {"place": "other_building"}),
        ],
    )
    def test_whoever_has_closed_is_given_nothing(self, place: Town, verb: str, given: dict[str, Any]) -> None:
        now, leader = place.now, place.people["street_leader"]
        issue = handling(place, "road", "street_leader")
        closing, inputs = self.end_of(place, given)
        met = meet(closing, doing(verb, issue, leader, now, **inputs))
        assert met.waited
        assert refused([met.first, met.second])[0] in {"closed_target", "closed_callee", "closed_place"}
        issue.refresh_from_db()
        assert (issue.owner, issue.open_tasks, issue.open_whistles) == (place.street, 0, 0)
        assert issue.building == place.building
        check_invariants(now)

    @pytest.mark.parametrize(
        ("verb", "given"),
        [
            ("dispatch", {"unit": "other_community"}),
            ("split", {"units": ["other_community"]}),
            ("correct", {"place": "other_building"}),
        ],
    )
    def test_a_unit_that_was_given_something_does_not_close(
        self, place: Town, verb: str, given: dict[str, Any]
    ) -> None:
        now, leader = place.now, place.people["street_leader"]
        issue = handling(place, "road", "street_leader")
        closing, inputs = self.end_of(place, given)
        met = meet(doing(verb, issue, leader, now, **inputs), closing)
        assert met.waited and refused([met.first, met.second]) == ["open_issues"]
        check_invariants(now)

    def test_handing_up_meets_the_merge_of_the_level_above(self, place: Town) -> None:
        """Told to look again; then it goes to the unit that the other became part of."""
        now, worker = place.now, place.people["grid_worker"]
        issue = handling(place, "litter", "grid_worker")
        merging = partial(merge_units, place.community, into=place.other_community, by=None, now=now)
        met = meet(merging, doing("hand_up", issue, worker, now))
        assert met.waited and refused([met.first, met.second]) == ["closed_target"]
        assert do("hand_up", issue, worker, now).owner == place.other_community
        hand_over(now)
        check_invariants(now)

    def end_of(self, place: Town, given: dict[str, Any]) -> tuple[Callable[[], Any], dict[str, Any]]:
        """Closing whoever is named, and the inputs with them for their names."""
        named = {key: value for key, value in given.items() if key != "kind"}
        (name,) = {one for value in named.values() for one in ([value] if isinstance(value, str) else value)}
        target = getattr(place, name)
        end = close_unit if isinstance(target, Unit) else close_body
        inputs = {key: target if isinstance(value, str) else [target] for key, value in named.items()}
        return partial(end, target, by=None, now=place.now), given | inputs
