"""Two beats, three sweeping workers, and kill -9 of workers, beats and broker: nothing lost, nothing doubled.

The check is SQL of this test's own. The test pulls deadlines forward (as time would) and never calls the sweep.
"""

import random
import time
from contextlib import suppress

import pytest

from tests.live import LiveStack, wait_for

pytestmark = [pytest.mark.live, pytest.mark.chaos]
FIRE_SECONDS = 30
VICTIMS = ("worker-sweep", "worker-sweep.2", "worker-sweep.3", "worker-fanout", "beat", "beat.2", "broker")
RUNGS = "('remind', 'call_deputy', 'climb', 'chase', 'call_above', 'board')"

BUILD = """
from django.db import transaction
from django.utils import timezone
from issues.actions.handle import sign_issue
from tests.builders import town
with transaction.atomic():
    place = town()
now = timezone.now()
silent = [place.report("litter", now=now).pk for _ in range(12)]
danger = [place.report("fire", now=now).pk for _ in range(6)]
signed = [place.report("litter", now=now) for _ in range(6)]
for issue in signed:
    sign_issue(issue, by=place.people["grid_worker"], now=now)
units = {key: unit.pk for key, unit in place.units.items()}
result = {"silent": silent, "danger": danger, "signed": [one.pk for one in signed], "units": units}
"""
PULL_FORWARD = """
    UPDATE issues_deadline SET due_at = now(), limit_at = least(limit_at, now())
    WHERE fired_at IS NULL AND cancelled_at IS NULL AND rung <> 'board' AND due_at > now() AND random() < %s
"""


@pytest.fixture(scope="module")
def stack(stack_factory) -> LiveStack:
    return stack_factory(scale={"worker-sweep": 3, "beat": 2})


@pytest.fixture(scope="module")
def fired(stack: LiveStack) -> dict:
    """Build a town, let its clocks run out under fire, then wait until all is quiet."""
    made = stack.python(BUILD)
    dice, kills = random.Random(7), 0
    until = time.monotonic() + FIRE_SECONDS
    while time.monotonic() < until:
        stack.query(PULL_FORWARD, (0.4,))
        victim = dice.choice(VICTIMS)
        with suppress(ProcessLookupError, AssertionError):  # it is dead already, not yet started again
            stack.kill(victim)
            kills += 1
        time.sleep(0.7)
    wait_for(lambda: all(stack.pid(name) for name in VICTIMS), "everything restarted", 90)
    for _rung in range(12):
        stack.query(PULL_FORWARD, (1,))
        wait_for(lambda: not overdue(stack), "all that is due has fired", 90)
    wait_for(lambda: not open_deliveries(stack), "all that happened has been told", 90)
    assert kills > 10
    return made


def overdue(stack: LiveStack) -> int:
    open_due = "fired_at IS NULL AND cancelled_at IS NULL AND due_at <= now()"
    return stack.query(f"SELECT count(*) FROM issues_deadline WHERE {open_due}")[0][0]


def open_deliveries(stack: LiveStack) -> int:
    return stack.query("SELECT count(*) FROM trail_delivery WHERE done_at IS NULL AND dead_at IS NULL")[0][0]


def test_each_fired_deadline_is_one_event_and_none_came_early(stack: LiveStack, fired: dict) -> None:
    rows = stack.query(
        f"""
        SELECT d.issue_id, count(*) FILTER (WHERE d.fired_at IS NOT NULL),
               (SELECT count(*) FROM trail_event e WHERE e.subject_type = 'issue' AND e.subject_id = d.issue_id
                AND e.verb IN {RUNGS}),
               count(*) FILTER (WHERE d.fired_at < d.due_at)
        FROM issues_deadline d GROUP BY d.issue_id
        """
    )
    assert len(rows) == 24
    assert all(count == events and early == 0 for _issue, count, events, early in rows), rows
    assert sum(count for _issue, count, _events, _early in rows) > 100


def test_every_issue_still_has_one_open_deadline(stack: LiveStack, fired: dict) -> None:
    rows = stack.query(
        "SELECT issue_id, count(*) FROM issues_deadline WHERE fired_at IS NULL AND cancelled_at IS NULL GROUP BY 1"
    )
    assert sorted(rows) == [(pk, 1) for pk in sorted(fired["silent"] + fired["danger"] + fired["signed"])]


def test_history_has_no_gap_and_no_double(stack: LiveStack, fired: dict) -> None:
    rows = stack.query(
        """
        SELECT i.id, i.version, count(e.*), min(e.seq), max(e.seq)
        FROM issues_issue i JOIN trail_event e ON e.subject_type = 'issue' AND e.subject_id = i.id
        GROUP BY i.id, i.version
        """
    )
    assert all(version == count == last and first == 1 for _pk, version, count, first, last in rows), rows


def test_the_silent_climb_each_level_once(stack: LiveStack, fired: dict) -> None:
    units = fired["units"]
    way = [units["community"], units["street"], units["district"]]
    for pk in fired["silent"] + fired["danger"]:
        climbs = stack.query(
            "SELECT (data->>'above')::bigint FROM trail_event WHERE subject_type = 'issue' AND subject_id = %s "
            "AND verb = 'climb' ORDER BY seq",
            (pk,),
        )
        assert [above for (above,) in climbs] == way
        assert stack.query("SELECT owner_unit_id, state FROM issues_issue WHERE id = %s", (pk,)) == [
            (units["district"], "assigned")
        ]


def test_the_deputy_is_called_before_each_climb_but_never_in_danger(stack: LiveStack, fired: dict) -> None:
    verbs = "SELECT verb FROM trail_event WHERE subject_type = 'issue' AND subject_id = %s ORDER BY seq"
    for pk in fired["silent"]:
        told = [verb for (verb,) in stack.query(verbs, (pk,)) if verb in {"call_deputy", "climb"}]
        assert told[:6] == ["call_deputy", "climb"] * 3
    for pk in fired["danger"]:
        assert "call_deputy" not in {verb for (verb,) in stack.query(verbs, (pk,))}


def test_who_signed_keeps_it_and_is_chased(stack: LiveStack, fired: dict) -> None:
    for pk in fired["signed"]:
        assert stack.query("SELECT owner_unit_id, state FROM issues_issue WHERE id = %s", (pk,)) == [
            (fired["units"]["grid"], "handling")
        ]
        chased = (
            "SELECT count(*) FROM trail_event WHERE subject_type = 'issue' AND subject_id = %s AND verb = %s"
        )
        assert stack.query(chased, (pk, "chase"))[0][0] > 0
        assert stack.query(chased, (pk, "climb"))[0][0] == 0


def test_everything_was_told_once_to_somebody(stack: LiveStack, fired: dict) -> None:
    assert stack.query("SELECT count(*) FROM trail_delivery WHERE dead_at IS NOT NULL") == [(0,)]
    untold = stack.query(
        """
        SELECT e.id FROM trail_event e WHERE e.subject_type = 'issue' AND e.verb IN ('climb', 'call_deputy', 'chase')
        AND NOT EXISTS (SELECT 1 FROM notices_notice n WHERE n.event_id = e.id)
        """
    )
    assert untold == []
    doubled = stack.query(
        "SELECT event_id, recipient_id, channel FROM notices_notice GROUP BY 1, 2, 3 HAVING count(*) > 1"
    )
    assert doubled == []


def test_the_trail_can_still_be_sealed_and_verified(stack: LiveStack, fired: dict) -> None:
    stack.manage("seal_trail", owner=True)
    assert "unbroken" in stack.manage("verify_trail")
