"""No open issue is stranded at a unit that closes, merges or moves: somebody has it, and sees it."""

import pytest

from grids.actions.tree import close_unit, merge_units, move_unit
from grids.models import Unit
from issues.actions import PERFORM
from issues.actions.follow import follow_unit, mend_stranded
from issues.models import Callee, Concern, Decision, Issue, Task
from issues.timeline import timeline
from notices.actions import fan_out_once
from tests.builders import Town
from tests.issues.acting import Acting, events
from tests.issues.invariants import check_invariants
from trail.refusals import Refused


def sees(act: Acting, name: str, issue: Issue) -> bool:
    return Issue.objects.visible_to(act.town.people[name], act.now).filter(pk=issue.pk).exists()


def follow_up(act: Acting, *, whole: bool = True) -> None:
    """Let the outbox do what it does, twice. `whole=False`: the test has put an owner there by hand."""
    while fan_out_once(now=act.now):
        pass
    for unit in Unit.objects.all():
        follow_unit(unit, now=act.now)
    if whole:
        check_invariants(act.now)


def refused(unit: Unit, act: Acting) -> Refused:
    with pytest.raises(Refused) as caught:
        close_unit(unit, by=None, now=act.now)
    assert not Unit.objects.get(pk=unit.pk).closed_at
    return caught.value


def test_a_unit_with_open_issues_does_not_close(town: Town, act: Acting) -> None:
    issue = town.report(place=town.other_building)
    assert refused(town.other_building, act).code == "open_issues"
    act("reject", act("hand_up", issue, "other_worker"), "community_worker")
    assert close_unit(town.other_building, by=None, now=act.now).closed_at


def test_nor_one_that_has_issues_of_another_place(town: Town, act: Acting) -> None:
    close_unit(town.far_building, by=None, now=act.now)
    issue = act.handling("road", "street_dispatcher", place=town.grid)
    Issue.objects.filter(pk=issue.pk).update(owner_unit=town.far_grid)
    reason = refused(town.far_grid, act)
    assert reason.code == "open_issues" and "1" in str(reason) and town.far_grid.name in str(reason)


def test_nor_one_that_is_called(town: Town, act: Acting) -> None:
    close_unit(town.far_building, by=None, now=act.now)
    issue = act.handling("road", "street_dispatcher", place=town.grid)
    act("whistle", issue, "street_dispatcher", kind="tough", bodies=[town.office, town.posted])
    Callee.objects.filter(issue=issue, body=town.office).update(body=None, unit=town.far_grid)
    assert refused(town.far_grid, act).code == "open_issues"


def test_a_merge_hands_over_what_is_open(town: Town, act: Acting) -> None:
    issue = act.handling()
    ended = act("submit_result", act.handling(by=town.people["grid_chief"]), "grid_chief")
    merge_units(town.grid, into=town.other_grid, by=None, now=act.now)
    follow_up(act)
    issue.refresh_from_db()
    assert (issue.owner_unit, issue.grid) == (town.other_grid, town.other_grid)
    assert sees(act, "other_worker", issue) and sees(act, "other_worker", ended)
    assert events(issue)[-1] == "follow" and events(issue).count("follow") == 1
    assert town.other_grid.name in timeline(issue)[-1].words
    assert act("submit_result", issue, "other_worker").state == "resolved"


def test_who_was_given_an_issue_elsewhere_is_merged(town: Town, act: Acting) -> None:
    """A street has an issue of another street's place; it merges into a third."""
    issue = act.handling("road", "street_dispatcher", place=town.grid)
    Issue.objects.filter(pk=issue.pk).update(owner_unit=town.far_community, keeper_unit=town.far_community)
    Concern.objects.create(issue=issue, unit=town.far_community, since=act.now)
    merge_units(town.far_community, into=town.other_community, by=None, now=act.now)
    follow_up(act)
    issue.refresh_from_db()
    assert issue.owner_unit == issue.keeper_unit == town.other_community
    assert not Concern.objects.filter(unit=town.far_community).exists()
    assert sees(act, "other_secretary", issue)


def test_a_called_unit_is_merged(town: Town, act: Acting) -> None:
    issue = act.handling("road", "street_dispatcher", place=town.grid)
    act("whistle", issue, "street_dispatcher", kind="tough", bodies=[town.office, town.posted])
    Callee.objects.filter(issue=issue, body=town.office).update(
        body=None, unit=town.far_grid, raised_to=town.far_community
    )
    merge_units(town.far_community, into=town.other_community, by=None, now=act.now)
    follow_up(act)
    callee = Callee.objects.get(issue=issue, unit=town.far_grid)
    assert callee.raised_to == town.other_community
    assert sees(act, "other_secretary", issue)


def test_what_happened_in_a_unit_that_moves_stays_in_sight_of_its_owner(town: Town, act: Acting) -> None:
    issue = act.handling("road", "street_dispatcher")
    move_unit(town.community, to=town.other_street, by=None, now=act.now)
    follow_up(act)
    issue.refresh_from_db()
    assert (issue.street, issue.owner_unit) == (town.other_street, town.street)
    assert sees(act, "street_dispatcher", issue) and sees(act, "far_dispatcher", issue)
    assert act("submit_result", issue, "street_dispatcher").state == "resolved"


def test_who_stands_above_a_unit_that_moved_sees_what_it_has(town: Town, act: Acting) -> None:
    issue = act.handling("road", "street_dispatcher", place=town.grid)
    Issue.objects.filter(pk=issue.pk).update(owner_unit=town.far_community)
    move_unit(town.far_community, to=town.street, by=None, now=act.now)
    move_unit(town.far_community, to=town.other_street, by=None, now=act.now)
    follow_up(act, whole=False)
    assert sees(act, "far_secretary", issue) and sees(act, "far_dispatcher", issue)


def test_it_goes_by_batches(town: Town, act: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issues.actions.follow.BATCH", 2)
    issues = [town.report(now=act.now) for _unused in range(5)]
    merge_units(town.grid, into=town.other_grid, by=None, now=act.now)
    follow_up(act)
    owners = Issue.objects.filter(pk__in=[issue.pk for issue in issues]).values_list("owner_unit", flat=True)
    assert set(owners) == {town.other_grid.pk}


def test_what_came_to_a_unit_in_the_moment_it_closed_goes_to_the_level_above(town: Town, act: Acting) -> None:
    close_unit(town.far_building, by=None, now=act.now)
    close_unit(town.far_grid, by=None, now=act.now)
    issue = act.handling("road", "street_dispatcher", place=town.grid)
    called = act("whistle", act.handling(), "grid_worker", kind="quick", units=[town.community])
    Issue.objects.filter(pk=issue.pk).update(owner_unit=town.far_grid)
    Callee.objects.filter(issue=called).update(unit=town.far_grid)
    act.later(days=3)
    assert mend_stranded(now=act.now) == 1
    issue.refresh_from_db()
    assert issue.owner == town.far_community and events(issue)[-1] == "follow"
    assert Callee.objects.get(issue=called).unit == town.far_community
    assert sees(act, "far_secretary", issue) and sees(act, "far_secretary", called)
    assert mend_stranded(now=act.now) == 0


def test_whom_a_complaint_is_about_goes_along_to_the_unit_they_stand_at_now(town: Town, act: Acting) -> None:
    """Only there: whoever stands above a unit without a successor is not who it was about."""
    merged = town.report(about=town.grid)
    closed = town.report(about=town.far_grid, place=town.far_grid)
    merge_units(town.grid, into=town.other_grid, by=None, now=act.now)
    for unit in (town.far_building, town.far_grid):
        close_unit(unit, by=None, now=act.now)
        follow_unit(unit, now=act.now)
    follow_unit(town.grid, now=act.now)
    merged.refresh_from_db()
    closed.refresh_from_db()
    assert (merged.about_unit, closed.about_unit) == (town.other_grid, town.far_grid)
    assert not sees(act, "other_worker", merged) and sees(act, "far_secretary", closed)


def test_what_came_to_a_unit_in_the_moment_it_merged_goes_along(town: Town, act: Acting) -> None:
    merge_units(town.grid, into=town.other_grid, by=None, now=act.now)
    follow_up(act)
    issue = town.report(now=act.now, place=town.other_building)
    Issue.objects.filter(pk=issue.pk).update(grid=town.grid, owner_unit=town.grid)
    assert mend_stranded(now=act.now) == 1
    issue.refresh_from_db()
    assert issue.owner == issue.grid == town.other_grid
    assert mend_stranded(now=act.now) == 0
    check_invariants(act.now)


def test_what_was_nobodys_meanwhile_goes_to_whoever_is_there_now(town: Town, act: Acting) -> None:
    """Merged into another or rejected, an issue keeps no unit open."""
    main, other = act.handling("noise", "community_worker"), town.report("noise")
    PERFORM["merge"](other, by=town.people["community_worker"], now=act.now, main=main)
    Issue.objects.filter(pk=other.pk).update(owner_unit=town.far_grid)
    rejected = town.report("other")
    reason = {"channel": "12345", "text": "演示:不属本平台"}
    PERFORM["reject"](rejected, by=town.people["community_worker"], now=act.now, **reason)
    Issue.objects.filter(pk=rejected.pk).update(owner_unit=town.far_building)
    for unit in (town.far_building, town.far_grid):
        close_unit(unit, by=None, now=act.now)
    other.refresh_from_db()
    PERFORM["unmerge"](other, by=town.people["far_secretary"], now=act.now, text="演示:不是同一件事")
    other.refresh_from_db()
    assert (other.state, other.owner) == ("assigned", town.far_community)
    PERFORM["object"](rejected, by=None, now=act.now, text="演示:这是本街道的事")
    rejected.refresh_from_db()
    assert (rejected.state, rejected.owner) == ("reported", town.far_community)


@pytest.mark.parametrize("part", ["task", "decision", "check"])
def test_a_unit_that_still_has_to_act_does_not_close(town: Town, act: Acting, part: str) -> None:
    close_unit(town.far_building, by=None, now=act.now)
    issue = act.handling("road", "street_dispatcher", place=town.grid)
    if part == "task":
        act("split", issue, "street_dispatcher", units=[town.other_community])
        Task.objects.update(unit=town.far_grid)
    elif part == "decision":
        act("supervise", issue, "supervisor")
        Decision.objects.update(unit=town.far_grid)
    else:
        Issue.objects.filter(pk=issue.pk).update(check_unit=town.far_grid)
    assert refused(town.far_grid, act).code == "open_issues"
