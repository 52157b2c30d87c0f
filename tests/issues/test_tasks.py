"""The ticks: through a task, and without a broker."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.utils import timezone

from issues import tasks
from issues.actions.escalate import BATCH
from issues.models import Deadline, Issue
from tests.builders import Town
from tests.issues.acting import events
from tests.issues.invariants import check_invariants
from trail.models import Event, Heartbeat


@pytest.fixture
def forgotten(town: Town) -> Issue:
    """Reported ten days ago by the clock on the wall, and never looked at."""
    return town.report(now=timezone.now() - timedelta(days=10))


def test_the_sweep_goes_by_the_databases_clock_one_rung_at_a_time(forgotten: Issue) -> None:
    tasks.sweep()
    assert events(forgotten) == ["report", "dispatch", "call_deputy"]
    tasks.sweep()
    assert events(forgotten) == ["report", "dispatch", "call_deputy"]
    check_invariants(timezone.now())


def test_one_tick_takes_several_batches_but_never_a_rung_twice(town: Town, monkeypatch: Any) -> None:
    """Reminders long past the deadline: the rung after each waits for the next tick."""
    now = timezone.now()
    issues = [town.report("permit", now=now - timedelta(days=60)) for _unused in range(5)]
    batches = []

    def small(**given: Any) -> int:
        batches.append(tasks_sweep(limit=2, **given))
        return BATCH if batches[-1] == 2 else batches[-1]

    tasks_sweep = tasks.sweep_once
    monkeypatch.setattr(tasks, "sweep_once", small)
    tasks.sweep()
    assert batches == [2, 2, 1]
    for issue in issues:
        assert len(events(issue)) == 3


def test_one_issue_that_cannot_be_escalated_does_not_hold_up_the_others(town: Town, caplog: Any) -> None:
    now = timezone.now()
    given = {"now": now - timedelta(days=3)}
    broken, fine = town.report(**given), town.report(**given)
    Deadline.objects.filter(issue=broken).update(clock="from_the_future", rung="remind")
    tasks.sweep()
    assert events(fine)[-1] == "call_deputy"
    assert events(broken)[-1] == "dispatch"
    assert f"issue {broken.pk} cannot be escalated" in caplog.text


def test_nor_does_one_that_the_database_refuses(town: Town, caplog: Any) -> None:
    """Whatever a row makes the database say: only a lost connection stops the whole sweep."""
    now = timezone.now()
    given = {"now": now - timedelta(days=3)}
    broken, fine = town.report(**given), town.report(**given)
    Event.objects.create(subject_type="issue", subject_id=broken.pk, seq=broken.version + 1, verb="note",
                         data={}, occurred_at=now)  # fmt: skip
    tasks.sweep()
    assert events(fine)[-1] == "call_deputy"
    assert "call_deputy" not in events(broken)
    assert f"issue {broken.pk} cannot be escalated" in caplog.text


def test_an_issue_with_more_events_than_a_small_integer_counts_still_climbs(town: Town) -> None:
    now = timezone.now()
    issue = town.report(now=now - timedelta(days=3))
    Issue.objects.filter(pk=issue.pk).update(version=70_000)
    tasks.sweep()
    assert events(issue)[-1] == "call_deputy"
    assert Deadline.objects.open().get().round >= 70_000


def test_the_hourly_look_for_vacant_roots(town: Town) -> None:
    tasks.check_owners()


@pytest.mark.parametrize("loop", ["sweep", "fanout", "deliver", "ticks"])
def test_without_a_broker_it_does_what_the_workers_would_do(forgotten: Issue, loop: str) -> None:
    call_command("run_ticks", "--once")
    assert "call_deputy" in events(forgotten)
    assert Heartbeat.objects.age(loop, timezone.now()) < timedelta(minutes=5)


def test_a_sweep_that_fails_beats_no_heart(town: Town, monkeypatch: Any) -> None:
    def lost(**_unused: Any) -> int:
        raise OperationalError

    monkeypatch.setattr(tasks, "sweep_once", lost)
    with pytest.raises(OperationalError):
        tasks.sweep()
    assert Heartbeat.objects.age("sweep", timezone.now()) is None
