"""What the bench fills in is what the platform itself would have written: it can be read, swept and told of."""

from datetime import timedelta

import pytest
from django.db import connection

from bench import requests, sweep
from issues.actions.escalate import sweep_once
from issues.models import Deadline, Issue
from notices.actions import fan_out_once
from tests.builders import Town, town
from trail.models import Event


@pytest.fixture
def place(db: None) -> Town:
    return town()


def fill(path, **values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(path.read_text(), values)


def test_requests_are_measured_on_open_and_closed_issues(place: Town) -> None:
    fill(requests.FILL, count=40)
    assert set(Issue.objects.values_list("state", flat=True)) == {"assigned", "handling", "closed"}
    assert Deadline.objects.open().count() == Issue.objects.open().count() == 16


def test_the_sweep_is_measured_on_four_rungs_each_of_which_fires(place: Town) -> None:
    fill(sweep.FILL, first=1, last=40)
    assert Deadline.objects.open().count() == Issue.objects.open().count() == 40
    late = max(Deadline.objects.values_list("due_at", flat=True)) + timedelta(seconds=1)
    assert sweep_once(now=late) == 40
    rungs = Event.objects.filter(seq=3).values_list("verb", flat=True)
    assert {rung: list(rungs).count(rung) for rung in set(rungs)} == dict.fromkeys(
        ("call_deputy", "climb", "remind", "chase"), 10
    )
    assert fan_out_once(now=late, limit=100) >= 40


def test_a_share_of_a_hundred_becomes_due(place: Town) -> None:
    fill(sweep.FILL, first=1, last=800)
    with connection.cursor() as cursor:
        cursor.execute(sweep.MAKE_DUE, {"first": 0, "percent": sweep.DUE_PERCENT})
        assert (
            cursor.rowcount
            == Deadline.objects.filter(due_at__lte=Event.objects.latest("pk").recorded_at).count()
        )
        assert 20 <= cursor.rowcount <= 60
