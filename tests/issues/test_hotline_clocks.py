"""The hotline's deadline wins: it runs while the owner waits, and what runs towards it moves with it."""

from datetime import date, datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from calendars.worktime import SHANGHAI, Due
from issues.limits import within
from issues.models import Deadline, HotlineOrder, Issue
from tests.issues.acting import Acting, last
from tests.issues.calling import own_clocks
from tests.issues.invariants import check_invariants
from tests.issues.sheets import row
from tests.issues.test_hotline import DEADLINE, bring, only

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(
    lambda at: at.replace(tzinfo=SHANGHAI)
)


@given(limit=MOMENTS, own=st.none() | MOMENTS)
def test_never_after_the_deadline_that_was_brought_along(limit, own):
    found = within(Due(limit, False), Due(own, False) if own else None)
    assert found.at == (min(limit, own) if own else limit)


@pytest.fixture
def order(town, act: Acting) -> Issue:
    """In hand at the community, due on Monday the 16th by the hotline."""
    bring(town, row(category="演示litter"))
    return act("sign", only(), "community_secretary")


def whistled(town, act: Acting) -> Issue:
    return act("whistle", only(), "community_secretary", kind="quick", bodies=[town.department])


def asked(_town, act: Acting) -> Issue:
    return act("ask_info", only(), "community_secretary")


def parked(_town, act: Acting, until: date = date(2026, 3, 16)) -> Issue:
    act("ask_suspension", only(), "community_secretary", until=until)
    return act("grant", only().decisions.get(), "street_dispatcher")


def split(town, act: Acting) -> Issue:
    return act("split", only(), "community_secretary", units=[town.grid])


WAITING = pytest.mark.parametrize("wait", [whistled, asked, parked, split])


def rungs(issue: Issue, clock: str = "submit") -> list[str]:
    """What has fired of the owner's own clock, in order."""
    fired = Deadline.objects.filter(issue=issue, callee=None, task=None, decision=None, clock=clock)
    return list(fired.exclude(fired_at=None).order_by("fired_at", "pk").values_list("rung", flat=True))


@WAITING
def test_its_clock_runs_on_while_the_owner_waits(town, act, order, wait):
    issue = wait(town, act)
    assert own_clocks(issue)["submit"] == issue.promised_at == DEADLINE and issue.due_at <= DEADLINE


@WAITING
def test_reminder_and_chase_come_by_the_hotlines_deadline(town, act, order, wait):
    wait(town, act)
    while act.now < DEADLINE + timedelta(hours=1):
        act.later(minutes=30)
        act.sweep()
    assert rungs(order)[:2] == ["remind", "chase"]
    fired = Deadline.objects.get(issue=order, clock="submit", rung="chase", fired_at__isnull=False)
    assert DEADLINE <= fired.fired_at < DEADLINE + timedelta(hours=1)
    assert only().promised_at == DEADLINE and only().due_at <= DEADLINE


def test_an_ordinary_matter_still_waits(town, act):
    issue = act.handling("noise", "community_worker")
    whistle = {"kind": "quick", "bodies": [town.department]}
    assert not own_clocks(act("whistle", issue, "community_worker", **whistle))


def test_a_whistle_of_weeks_never_moves_the_promise(town, act, order):
    bodies = [town.department, town.office]
    act("hand_up", order, "community_secretary")
    act("sign", only(), "street_leader")
    issue = act("whistle", only(), "street_leader", kind="tough", bodies=bodies)
    assert max(Deadline.objects.open().filter(issue=issue).values_list("limit_at", flat=True)) > DEADLINE
    assert issue.promised_at == DEADLINE


def test_past_it_the_issue_is_late_whoever_is_called(town, act, order):
    act.now = DEADLINE - timedelta(hours=1)
    issue = whistled(town, act)
    act.now = DEADLINE + timedelta(minutes=1)
    act.sweep()
    assert Issue.objects.get(pk=issue.pk).due_at == DEADLINE
    callee = issue.whistles.get().callees.get()
    assert callee.due_at > DEADLINE


@pytest.mark.parametrize("how", ["answered", "silent"])
def test_after_a_question_it_goes_on_as_it_was(town, act, order, how):
    before = Deadline.objects.open().get(issue=order, clock="submit")
    issue = asked(town, act)
    if how == "answered":
        issue = act("supply_info", issue, None)
    else:
        act.now = datetime(2026, 3, 13, 17, 30, tzinfo=SHANGHAI)
        while "supply" in own_clocks(only()):
            act.later(minutes=30)
            act.sweep()
        issue = only()
    running = Deadline.objects.open().get(issue=issue, clock="submit")
    assert running.limit_at == issue.due_at == DEADLINE and issue.submit_left is issue.asked_at is None
    assert how == "silent" or running == before


def test_resumed_it_goes_on_as_it_was(town, act, order):
    before = Deadline.objects.open().get(issue=order, clock="submit")
    issue = act("resume", parked(town, act), "community_secretary")
    assert Deadline.objects.open().get(issue=issue) == before and issue.due_at == DEADLINE


def test_whoever_takes_it_over_has_it_too(town, act, order):
    issue = act("lift", whistled(town, act), "street_leader")
    assert own_clocks(issue)["submit"] == DEADLINE


# --- the hotline sets another one ---------------------------------------------------------------------------
EARLIER = datetime(2026, 3, 12, 12, 0, tzinfo=SHANGHAI)
LATER = datetime(2026, 3, 20, 12, 0, tzinfo=SHANGHAI)


def send(town, at: datetime) -> Issue:
    bring(town, row(category="演示litter", deadline=f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"))
    return only()


@pytest.mark.parametrize("at", [EARLIER, LATER])
@WAITING
def test_the_rows_move_and_not_only_the_promise(town, act, order, wait, at):
    wait(town, act)
    issue = send(town, at)
    running = Deadline.objects.open().get(issue=issue, clock="submit")
    assert running.limit_at == issue.promised_at == at and issue.due_at <= at
    assert HotlineOrder.objects.get().deadline_at == at


def test_a_parked_one_is_looked_at_by_then(town, act, order):
    parked(town, act)
    issue = send(town, EARLIER)
    assert own_clocks(issue) == {"submit": EARLIER, "suspension": EARLIER} and issue.due_at == EARLIER
    assert own_clocks(send(town, LATER)) == {"submit": LATER, "suspension": EARLIER}


def test_a_parked_one_whose_deadline_is_over_is_late_at_once(town, act, order):
    parked(town, act)
    act.later(hours=4)
    issue = send(town, town.now - timedelta(minutes=30))
    assert issue.due_at < act.now and act.sweep() == 2


def test_sub_tasks_end_by_then_and_whoever_has_them_is_told(town, act, order):
    split(town, act)
    act.heard()
    issue = send(town, town.now + timedelta(hours=2))
    task = issue.tasks.get()
    assert task.limit_at == town.now + timedelta(hours=2) >= task.due_at
    assert last(issue).data["tasks"] == [{"task": task.pk, "unit": town.grid.pk}]
    assert "hotline_update.tasks" in {word for _who, word in act.heard()}


def test_a_later_one_leaves_sub_tasks_where_they_are(town, act, order):
    was = split(town, act).tasks.get().limit_at
    assert send(town, LATER).tasks.get().limit_at == was and "tasks" not in last(only()).data


# --- orders that waited before it ran on --------------------------------------------------------------------
def test_those_that_waited_already_get_their_row_and_lose_it_on_the_way_back(town, act, order):
    migration = import_module("issues.migrations.0016_hotline")
    parked(town, act)
    Deadline.objects.open().filter(issue=order, clock="submit").update(cancelled_at=act.now)
    for statement, runs in ((migration.SHOW, True), (migration.SHOW, True), (migration.STOP, False)):
        with connection.cursor() as cursor:
            cursor.execute(statement)
        assert ("submit" in own_clocks(only())) is runs
        if runs:
            check_invariants(act.now)
    act.now = DEADLINE + timedelta(minutes=1)
    with connection.cursor() as cursor:
        cursor.execute(migration.SHOW)
    act.sweep()
    assert "chase" in rungs(order)
