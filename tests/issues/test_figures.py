"""The figures of the command centre: what is folded is what is there, whatever happened in between."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis.stateful import invariant

from grids.actions.bodies import change_body
from grids.actions.followers import rewrite_followers
from grids.actions.tree import merge_units, move_unit
from issues import figures
from issues.actions.figures import fold_once, forget_figures, recount
from issues.actions.report import Report
from issues.actions.reports import report_issues
from issues.models import Counted, Figure, Folded, Issue
from issues.tasks import fold_figures
from tests.builders import Town
from tests.issues.acting import Acting
from tests.issues.any_order import test_any_order
from tests.issues.any_order.machine import Workflow
from tests.issues.plainly_counted import fold_all, folded, plainly, settled
from trail.models import Event, Heartbeat

__all__ = ["settled"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("settled")]
EXAMPLES = 6


def holds(now: datetime) -> None:
    fold_all(now)
    assert folded() == plainly(now)


class Folding(Workflow):
    """Any order of steps, and after each the figures are those of the issues."""

    @invariant()
    def the_figures_hold(self) -> None:
        if hasattr(self, "now"):
            holds(self.now)


def test_in_any_order_the_figures_are_those_of_the_issues(town: Town) -> None:
    for body in (town.department, town.office):
        change_body(body, by=None, now=town.now, approves_replies=True)
    for name, place in (("office_head", town.office), ("posted_head", town.posted)):
        town.appoint(name, "body_head", place)
    machine = type("Workflow", (Folding,), {"town": town, "seen": Counter(), "wanted": frozenset()})
    test_any_order.run(machine, EXAMPLES, 14)
    assert len(machine.seen) > 15


def test_one_issue_the_whole_way(town: Town, act: Acting) -> None:
    issue = act.handling()
    holds(act.now)
    standing = Figure.objects.standing([town.district.pk, town.grid.pk, town.other_grid.pk])
    assert standing[town.district.pk] == standing[town.grid.pk]
    assert +standing[town.grid.pk] == {"handling": 1} and not +standing[town.other_grid.pk]
    act.later(days=9)
    holds(act.now)
    assert Figure.objects.standing([town.street.pk])[town.street.pk]["late"] == 1
    issue = act("submit_result", issue, "grid_worker")
    issue = act("rate", issue, None, answered=True, solved=True, satisfied=True)
    holds(act.now)
    assert not +Figure.objects.standing([town.street.pk])[town.street.pk]
    flows = Figure.objects.flows(town.community.pk, town.now - timedelta(hours=1))
    assert flows == {
        ("reports", figures.hour_of(town.now)): 1,
        ("closings", figures.hour_of(act.now)): 1,
    }


def test_many_at_once_count_as_many_one_by_one(town: Town, act: Acting) -> None:
    places = (town.building, town.other_building, town.far_building)
    asked = [
        Report(place=place, category=town.categories[key], text="演示")
        for place in places
        for key in ("litter", "fire")
    ]
    asked.append(
        Report(place=town.building, category=town.categories["litter"], text="演示", about=town.grid)
    )
    found = report_issues(asked, by=town.people["district_dispatcher"], now=act.now)
    assert all(isinstance(one, Issue) for one in found)
    holds(act.now)
    assert Figure.objects.standing([town.district.pk])[town.district.pk]["danger"] == 3


def test_what_is_corrected_counts_where_it_is(town: Town, act: Acting) -> None:
    issue = act.handling("noise", "community_worker")
    holds(act.now)
    act("correct", issue, "community_worker", category=town.categories["litter"])
    holds(act.now)
    act("correct", issue, "community_worker", place=town.other_building)
    holds(act.now)
    assert Figure.objects.standing([town.grid.pk])[town.grid.pk].total() == 0


def test_merged_ones_are_open_no_more(town: Town, act: Acting) -> None:
    main, other = act.handling(), act.handling()
    other = act("merge", other, "grid_worker", main=main)
    holds(act.now)
    act("unmerge", other, "grid_worker")
    holds(act.now)


def test_whistles_by_kind_and_who_is_due_next(town: Town, act: Acting) -> None:
    issue = act.handling("noise", "community_worker")
    act("whistle", issue, "community_worker", kind="quick", bodies=[town.office])
    holds(act.now)
    assert Figure.objects.standing([town.street.pk])[town.street.pk]["whistle_quick"] == 1
    callee = issue.callees.get()
    (row,) = Counted.objects.within(town.street).called()
    assert (row.pk, row.call_due_at) == (issue.pk, callee.due_at)
    act("acknowledge", callee, "office_officer")
    act("report_in", callee, "office_officer")
    act("done", callee, "office_officer")
    holds(act.now)
    assert not Counted.objects.within(town.street).called()


def test_a_complaint_about_somebody_counts_nowhere(town: Town, act: Acting) -> None:
    issue = town.report(about=town.grid)
    holds(act.now)
    row = Counted.objects.get(pk=issue.pk)
    assert not Figure.objects.exists() and (row.marks, row.late_from) == ([], None)
    act.later(days=30)
    holds(act.now)
    assert not Figure.objects.exists()


def test_what_is_doubled_or_lost_changes_nothing(town: Town, act: Acting) -> None:
    act.handling()
    holds(act.now)
    before = folded()
    fold_all(act.now)
    # All events once more, as after a restore.
    Folded.objects.update(xact_id=0, event_id=0)
    fold_all(act.now)
    assert folded() == before
    Folded.objects.update(xact_id=2**62 + 1)
    fold_all(act.now)
    assert folded() == before
    # Nobody folds for a while.
    for _unused in range(3):
        act.handling()
    fold_all(act.now)
    assert folded() == plainly(act.now)


def test_what_was_undone_counts_nowhere(town: Town, act: Acting) -> None:
    issue = act.handling()
    holds(act.now)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        act("submit_result", issue, "grid_worker")
        town.report("noise")
        raise ZeroDivisionError
    holds(act.now)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        act("submit_result", issue, "grid_worker")
        fold_all(act.now)
        raise ZeroDivisionError
    holds(act.now)


def test_few_at_a_time_end_the_same(town: Town, act: Acting) -> None:
    for _unused in range(4):
        act.handling()
    act.later(days=20)
    while fold_once(now=act.now, limit=2):
        pass
    assert folded() == plainly(act.now)


@pytest.mark.parametrize("before", [True, False])
def test_units_that_move_or_merge_take_their_issues_along(town: Town, act: Acting, before: bool) -> None:
    """Folded before or after the rows of the issues were rewritten, and in between."""
    for _unused in range(3):
        act.handling()
    fold_all(act.now)
    move_unit(town.community, to=town.other_street, by=None, now=act.now)
    if before:
        fold_all(act.now)
    rewrite_followers(town.community)
    holds(act.now)
    assert Figure.objects.standing([town.street.pk])[town.street.pk].total() == 0
    assert Figure.objects.standing([town.other_street.pk])[town.other_street.pk]["handling"] == 3
    merge_units(town.grid, into=town.other_grid, by=None, now=act.now)
    town.report(place=town.other_grid)
    if before:
        fold_all(act.now)
    rewrite_followers(town.grid)
    holds(act.now)
    assert Figure.objects.standing([town.grid.pk])[town.grid.pk].total() == 0


def test_one_that_is_known_and_moves_before_it_counts(town: Town, act: Acting) -> None:
    """The moment between the two transactions of a fold."""
    issue = act.handling()
    lines = {name: getattr(issue, name) for name in ("district_id", "street_id", "community_id", "grid_id")}
    Counted.objects.create(issue=issue, **lines)
    move_unit(town.community, to=town.other_street, by=None, now=act.now)
    rewrite_followers(town.community)
    holds(act.now)


def test_old_hours_are_dropped_and_stay_so(town: Town, act: Acting) -> None:
    issue = act.handling()
    holds(act.now)
    act.later(days=32)
    fold_all(act.now)
    assert forget_figures(before=act.now - timedelta(days=31)) > 0
    assert not Figure.objects.exclude(hour=None).exists()
    act("submit_result", issue, "grid_worker")
    fold_all(act.now)
    assert not Figure.objects.exclude(hour=None).exclude(what=figures.CLOSINGS).exists()
    assert not Figure.objects.filter(number__lt=0).exists()


def test_counting_anew_mends_what_somebody_broke(town: Town, act: Acting, capsys: Any) -> None:
    act.handling()
    act.handling("noise", "community_worker")
    fold_all(act.now)
    assert recount(now=act.now) == 0
    Figure.objects.filter(unit=town.grid.pk).update(number=7)
    assert recount(now=act.now) > 0
    assert folded() == plainly(act.now)
    Figure.objects.all().delete()
    call_command("recount_figures")
    assert "counted anew" in capsys.readouterr().out
    assert {key[0] for key in folded()} >= {town.district.pk, town.grid.pk}


def test_the_tick(town: Town) -> None:
    town.report()
    fold_figures()
    assert folded() and Heartbeat.objects.filter(pk="figures").exists()


def test_somebody_else_who_was_quicker_is_left_alone(
    town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    act.handling()

    def quicker(ids: Any) -> None:
        monkeypatch.undo()
        monkeypatch.setattr("issues.actions.figures.settled_below", lambda: 2**62)
        fold_all(act.now)

    monkeypatch.setattr("issues.actions.figures._meet", quicker)
    assert fold_once(now=act.now) is None
    assert folded() == plainly(act.now)


def test_an_idle_fold_asks_little_and_more_issues_cost_no_more_questions(town: Town, act: Acting) -> None:
    act.handling()
    fold_all(act.now)

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            fold_once(now=act.now)
        return len(seen)

    idle = asked()
    act.handling()
    one = asked()
    for _unused in range(5):
        act.handling()
    assert (asked(), one - idle) == (one, one - idle) and idle <= 8
    assert Issue.objects.count() == 7 and Event.objects.filter(subject_type="issue").exists()
