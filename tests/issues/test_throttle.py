"""The throttle counts in the database: for all processes together, and without knowing whom it counts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from issues.views.throttle import (
    DANGER_IN_ALL,
    LOOKUPS_PER_ADDRESS,
    LOOKUPS_PER_NUMBER,
    REPORTS_IN_ALL,
    REPORTS_PER_ADDRESS,
    Counted,
    Limit,
    count,
    over,
    report_counts,
)
from trail.models import Tally

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 2, 5, tzinfo=UTC)
THREE = Limit("three", 3, timedelta(minutes=15))


def test_what_one_process_counted_another_knows() -> None:
    """Nothing of it is kept in a process: what a cache forgets, or never heard of, still counts."""
    for _unused in range(3):
        assert not over(THREE, "203.0.113.7", NOW)
        count(THREE, "203.0.113.7", NOW)
        cache.clear()
    assert over(THREE, "203.0.113.7", NOW)
    assert not over(THREE, "203.0.113.8", NOW)


def test_the_next_window_begins_anew_and_the_old_one_says_when_it_may_be_forgotten() -> None:
    for _unused in range(3):
        count(THREE, "203.0.113.7", NOW)
    assert not over(THREE, "203.0.113.7", NOW + THREE.every)
    assert Tally.objects.get().until == datetime(2026, 3, 10, 2, 15, tzinfo=UTC)


def test_limits_do_not_mix() -> None:
    for _unused in range(LOOKUPS_PER_ADDRESS.most):
        count(LOOKUPS_PER_ADDRESS, "x", NOW)
    assert over(LOOKUPS_PER_ADDRESS, "x", NOW) and not over(LOOKUPS_PER_NUMBER, "x", NOW)


def test_the_key_does_not_tell_the_address() -> None:
    count(THREE, "203.0.113.7", NOW)
    assert "203" not in Tally.objects.get().key


def test_one_statement_each() -> None:
    with CaptureQueriesContext(connection) as captured:
        count(THREE, "x", NOW)
        over(THREE, "x", NOW)
    assert len(captured) == 2


def counted(**given: Any) -> Counted:
    """Of a report from a phone and an address of its own, about one grid, unless said otherwise."""
    usual = {"phone": "p", "address": "192.0.2.1", "token": "", "place": "220103001001001", "danger": False}
    return report_counts(**usual | given)


def test_danger_of_a_whole_estate_behind_one_address_is_heard() -> None:
    """Everybody smells the gas, everybody chooses the same place, everybody comes from the carrier's one address."""
    for neighbour in range(DANGER_IN_ALL.most):
        one = counted(phone=f"p{neighbour}", danger=True)
        assert not one.stops(NOW), neighbour
        one.count(NOW)
    assert counted(phone="another", danger=True).stops(NOW), "an end there is, for who floods"


def test_an_address_used_up_about_one_place_is_open_for_the_next() -> None:
    for number in range(REPORTS_PER_ADDRESS.most):
        counted(phone=f"p{number}").count(NOW)
    assert counted(phone="another").stops(NOW)
    assert not counted(phone="another", place="220103001001002").stops(NOW)


def test_one_address_that_floods_without_end_is_stopped_whatever_it_calls_itself() -> None:
    for number in range(REPORTS_IN_ALL.most):
        counted(phone=f"p{number}", address="192.0.2.1", token=f"door{number}").count(NOW)

    def stops(address: str, **more: bool) -> bool:
        return counted(phone="new", address=address, token="another", **more).stops(NOW)

    assert stops("192.0.2.1")
    assert not stops("192.0.2.1", danger=True)
    assert not stops("192.0.2.2")
