"""The staff admin's start page: every number is that of the list behind it."""

from datetime import timedelta

import pytest

from accounts.models import User
from issues.actions import PERFORM
from issues.models import Issue
from tests.faces import signed_in, stop_clock


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)
    User.objects.update(is_staff=True)


@pytest.fixture
def busy(town):
    """Something for every figure: late, supervised, done and rated today; and something of yesterday."""
    worker = {"by": town.people["grid_worker"], "now": town.now}
    town.report(now=town.now - timedelta(days=5))
    town.report("noise")
    done = town.report()
    PERFORM["sign"](done, **worker)
    PERFORM["submit_result"](done, **worker, outcome="solved", text="好了")
    verdict = {"answered": True, "solved": True, "satisfied": True}
    PERFORM["rate"](done, by=None, now=town.now, **verdict)
    supervised = town.report("noise", now=town.now - timedelta(days=1))
    until = (town.now + timedelta(days=3)).date()
    leader = town.people["street_leader"]
    PERFORM["supervise"](supervised, by=leader, now=town.now, until=until, text="请督促")
    return town


def figures(client):
    context = client.get("/admin/").context
    return [*context["figures"], *context["today"]]


@pytest.mark.parametrize("name", ["street_dispatcher", "grid_worker", "far_dispatcher", "body_officer"])
def test_every_number_is_that_of_the_list_behind_it(busy, name):
    client = signed_in(busy, name)
    for label, number, link in figures(client):
        assert client.get(link).context["cl"].result_count == number, label


def test_what_is_counted(busy):
    found = {label: number for label, number, _link in figures(signed_in(busy, "street_dispatcher"))}
    told = ("Supervised by letter", "Reported today", "Result submitted today", "Rated today")
    assert [found[label] for label in told] == [1, 2, 1, 1]
    assert found["Overdue in my area"] >= 1
    assert Issue.objects.count() == 4
