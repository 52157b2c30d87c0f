"""When a unit moves or merges, the issues that happened in it follow, and keep what the place was called."""

from grids.actions.followers import rewrite_followers
from grids.actions.tree import merge_units, move_unit
from issues.models import Issue
from tests.builders import Town
from tests.issues.acting import Acting


def test_after_a_move_the_new_street_sees_it_and_the_old_one_does_not(town: Town, act: Acting) -> None:
    issue = town.report()
    move_unit(town.community, to=town.other_street, by=None, now=act.now)
    rewrite_followers(town.community)
    issue.refresh_from_db()
    assert issue.street == town.other_street
    assert issue.place_label.startswith("新发街道")
    assert issue in Issue.objects.visible_to(town.people["far_dispatcher"], act.now)
    assert issue not in Issue.objects.visible_to(town.people["street_dispatcher"], act.now)


def test_after_a_merge_what_is_open_is_covered_and_climbs_to_the_right_community(
    town: Town, act: Acting
) -> None:
    issue = town.report()
    merge_units(town.grid, into=town.other_grid, by=None, now=act.now)
    rewrite_followers(town.grid)
    issue.refresh_from_db()
    assert issue.grid == town.other_grid
    assert issue in Issue.objects.visible_to(town.people["other_worker"], act.now)
    assert act("sign", issue, "community_worker").state == "handling"
