"""So many requests a minute, in all processes together, and hardly a statement for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import limits
from accounts.limits import admit
from trail.models import Tally

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 2, 0, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    start_anew(monkeypatch)


def start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process: what is not in the database it does not know."""
    monkeypatch.setattr(limits, "_minute", limits._Minute())


def waits(times: int, who: str = "one", kind: str = "token", now: datetime = NOW) -> list[int]:
    return [admit(kind, who, now=now) for _time in range(times)]


def test_exactly_so_many_then_the_rest_of_the_minute(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE, settings.ANONYMOUS_REQUESTS_PER_MINUTE = 3, 2
    assert waits(5) == [0, 0, 0, 50, 50]
    assert waits(2, now=NOW + timedelta(seconds=49, milliseconds=900)) == [1, 1]
    assert waits(4, now=NOW + timedelta(seconds=50)) == [0, 0, 0, 60]
    assert waits(3, "two") == [0, 0, 0]
    assert waits(3, "one", "address") == [0, 0, 50] and waits(4, "one", "person")[3] == 50


def test_nothing_is_counted_where_there_is_no_limit(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 0
    assert not any(waits(50)) and not Tally.objects.exists()


def test_most_requests_cost_no_statement(settings: Any) -> None:
    """Each hundredth part of the allowance one; and a flood that is refused none."""
    settings.API_REQUESTS_PER_MINUTE = 1_000

    def cost(times: int) -> int:
        with CaptureQueriesContext(connection) as found:
            waits(times)
        return len(found)

    assert [cost(9), cost(1), cost(100)] == [0, 1, 10]
    assert cost(890) == 89
    assert [cost(1), cost(500)] == [0, 0] and waits(1) == [50]
    assert Tally.objects.get().number == 1_000


def test_other_processes_count_too(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever keeps to the allowance is never refused; a process lets less than a hundredth part of it more pass."""
    settings.API_REQUESTS_PER_MINUTE = 1_000
    processes = []
    for _process in range(4):
        start_anew(monkeypatch)
        processes.append(limits._minute)

    def ask(number: int) -> int:
        monkeypatch.setattr(limits, "_minute", processes[number % 4])
        return admit("token", "one", now=NOW)

    assert not any(ask(number) for number in range(1_000))
    passed = sum(not ask(number) for number in range(1_000))
    assert passed <= 4 * 9
    start_anew(monkeypatch)
    assert sum(not wait for wait in waits(100)) <= 9


def test_the_row_does_not_tell_whose_it_is_and_is_forgotten(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = settings.ANONYMOUS_REQUESTS_PER_MINUTE = 3
    waits(1, "203.0.113.7", "address")
    row = Tally.objects.get()
    assert "203" not in row.key.rpartition(":")[2] and row.until == datetime(2026, 3, 10, 2, 1, tzinfo=UTC)


def test_a_flood_of_addresses_does_not_fill_the_memory(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ANONYMOUS_REQUESTS_PER_MINUTE = 1_000
    monkeypatch.setattr(limits, "MOST_KEPT", 10)
    for number in range(100):
        admit("address", str(number), now=NOW)
    assert len(limits._minute.counts) <= 11
