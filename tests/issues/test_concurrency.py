"""Several at the same moment, with real transactions: nothing happens twice, nothing is lost."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.models import Callee, Deadline, Decision, Issue, Whistle
from tests.builders import Town
from tests.issues.acting import USUAL, events
from tests.issues.invariants import check_invariants
from tests.parallel import at_once
from tests.towns import put_town
from trail.models import Event
from trail.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place() -> Town:
    return put_town()


def doing(
    verb: str, subject: Issue | Callee, by: object, now: object, **inputs: object
) -> Callable[[], object]:
    return partial(PERFORM[verb], subject, by=by, now=now, **(USUAL.get(verb, {}) | inputs))


def test_of_twenty_who_sign_one_wins(place: Town) -> None:
    issue = place.report()
    people = [place.people["grid_worker"], place.people["grid_chief"]] * 10
    results = at_once([doing("sign", issue, who, place.now) for who in people])
    won = [result for result in results if isinstance(result, Issue)]
    lost = [result for result in results if isinstance(result, Refused)]
    assert (len(won), len(lost)) == (1, 19), results
    assert {refused.code for refused in lost} == {"wrong_state"}
    assert events(issue) == ["report", "dispatch", "sign"]
    check_invariants(place.now)


def test_sweeps_at_the_same_moment_fire_each_rung_once(place: Town) -> None:
    issues = [place.report("fire" if number % 3 else "litter") for number in range(40)]
    for hours in (2.5, 5, 7.5, 24):
        now = place.now + timedelta(hours=hours)
        fired = at_once([partial(sweep_once, now=now, limit=7)] * 4)
        while more := sweep_once(now=now):
            fired.append(more)
        assert sum(fired) == 40, fired
    told = Counter(Event.objects.filter(subject_type="issue").values_list("subject_id", "seq"))
    assert set(told.values()) == {1}
    for issue in issues:
        issue.refresh_from_db()
        wanted = ["climb"] * 3 + ["board"] if issue.is_danger else ["call_deputy", "climb"] * 2
        assert events(issue)[-4:] == wanted
    assert not Deadline.objects.due(now).exists()
    check_invariants(now)


def test_sweeps_and_late_actions_meet(place: Town) -> None:
    """Whoever comes first calls the deputy; nobody calls twice, and every signature counts."""
    issues = [place.report() for _unused in range(8)]
    now = issues[0].due_at + timedelta(seconds=5)
    signs = [doing("sign", issue, place.people["grid_worker"], now) for issue in issues]
    results = at_once([*signs, *[partial(sweep_once, now=now, limit=3)] * 4])
    assert not [result for result in results if isinstance(result, Exception)], results
    for issue in issues:
        assert events(issue) == ["report", "dispatch", "call_deputy", "sign"]
    check_invariants(now)


def test_the_last_two_of_a_whistle_finish_together(place: Town) -> None:
    issue = place.report("noise")
    PERFORM["sign"](issue, by=place.people["community_worker"], now=place.now)
    called = {"bodies": [place.office, place.posted]}
    doing("whistle", issue, place.people["community_worker"], place.now, kind="tough", **called)()
    review = Decision.objects.get(issue=issue)
    doing("grant", review, place.people["street_dispatcher"], place.now)()
    officers = {"平安办": "office_officer", "派驻执法队": "posted_officer"}
    callees = list(Callee.objects.filter(issue=issue).order_by("pk"))
    later = place.now + timedelta(hours=1)
    for callee in callees:
        doing("report_in", callee, place.people[officers[callee.party.name]], later)()
    results = at_once([doing("done", one, place.people[officers[one.party.name]], later) for one in callees])
    assert not [result for result in results if isinstance(result, Exception)], results
    issue.refresh_from_db()
    assert (issue.open_whistles, issue.submit_left) == (0, None)
    assert Whistle.objects.get().finished_at == later
    assert Deadline.objects.open().filter(issue=issue).count() == 1
    check_invariants(later)


def test_reports_at_the_same_moment_do_not_wait_for_each_other(place: Town) -> None:
    results = at_once([partial(place.report, "litter")] * 8)
    assert len({issue.code for issue in results}) == 8
    check_invariants(place.now)
