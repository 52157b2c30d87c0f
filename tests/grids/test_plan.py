"""Dividing a community: proposed from its buildings, put into effect in one go."""

import pytest
from django.core.management import CommandError, call_command

from grids.actions.importer import import_units
from grids.actions.plan import apply_grids, propose_grids
from grids.actions.repair import find_faults
from grids.actions.tree import add_unit, change_unit
from grids.models import Unit
from grids.sheets import read_sheet
from tests.grids.conftest import NOW
from trail.models import Delivery, Event
from trail.refusals import NotAllowed, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowded(town):
    """Forty buildings of 50 households in one grid of community y."""
    rows = "".join(f"990101001002{n:05d},building,{n}号楼,{town.g3.code},50\n" for n in range(1, 41))
    import_units(read_sheet("code,kind,name,parent_code,households\n" + rows), by=None, now=NOW)
    return town.y


def test_a_proposal_changes_nothing(crowded, town) -> None:
    before = list(Unit.objects.values("pk", "parent", "lft", "rght"))
    proposal = propose_grids(crowded)
    assert [part.households for part in proposal.parts] == [400] * 5
    assert (proposal.before, proposal.after) == (0.0, 0.0)
    assert [part.grid_id for part in proposal.parts].count(town.g3.pk) == 1
    assert list(Unit.objects.values("pk", "parent", "lft", "rght")) == before


def test_applied_it_makes_grids_and_moves_buildings(crowded, town) -> None:
    apply_grids(crowded, by=None, now=NOW)
    grids = list(Unit.objects.children_of(crowded))
    assert [grid.code[-3:] for grid in grids] == ["001", "002", "003", "004", "005"]
    assert [grid.households for grid in grids] == [400] * 5
    assert [Unit.objects.children_of(grid).count() for grid in grids] == [8] * 5
    assert all(
        unit.grid_id == unit.parent_id for unit in Unit.objects.filter(community=crowded, kind="building")
    )
    assert not find_faults()
    moves = Event.objects.filter(verb="move")
    assert (
        moves.count() == 32 and Delivery.objects.filter(event__in=moves, handler="grids.follow").count() == 32
    )
    last = Event.objects.about("unit", crowded.pk).last()
    assert (last.verb, last.data) == ("divide", {"grids": 5, "moved": 32, "before": 0.0, "after": 0.0})
    events = Event.objects.count()
    again = apply_grids(crowded, by=None, now=NOW)
    assert [part.grid_id for part in again.parts] == [grid.pk for grid in grids]
    assert Event.objects.count() == events + 1, "only that it was divided again"


def test_a_lopsided_community_gets_its_balance_figure(crowded, town) -> None:
    second = add_unit(crowded, code="990101001002002", name="第二网格", by=None, now=NOW)
    add_unit(second, code="99010100100209999", name="孤楼", households=20, by=None, now=NOW)
    proposal = apply_grids(crowded, target=500, by=None, now=NOW)
    assert proposal.before > 0.9 and proposal.after < 0.1
    assert len(proposal.parts) == 4


def test_dedicated_and_closed_grids_are_left_alone(crowded, town) -> None:
    tower = add_unit(crowded, code="990101001002007", name="大厦", grid_kind="dedicated", by=None, now=NOW)
    inside = add_unit(tower, code="99010100100209999", name="大厦", households=900, by=None, now=NOW)
    proposal = apply_grids(crowded, by=None, now=NOW)
    assert inside.pk not in {pk for part in proposal.parts for pk in part.building_ids}
    assert Unit.objects.children_of(crowded).last().code.endswith("011"), "numbers go on after the highest"


def test_a_grid_without_buildings_is_kept_and_named(crowded, town) -> None:
    extra = add_unit(crowded, code="990101001002003", name="空网格", by=None, now=NOW)
    assert apply_grids(crowded, target=2000, by=None, now=NOW).emptied == (extra.pk,)
    assert Unit.objects.open().filter(pk=extra.pk).exists()


def test_plans_that_are_refused(crowded, town, post) -> None:
    def code(community, **more) -> str:
        with pytest.raises(Refused) as caught:
            propose_grids(community, **more)
        return caught.value.code

    assert code(town.a) == "level"
    assert code(crowded, target=0) == "target"
    change_unit(town.h, households=None, by=None, now=NOW)
    assert code(town.x) == "no_households"
    with pytest.raises(NotAllowed):
        apply_grids(crowded, by=post("wang", "street_leader", town.a).user, now=NOW)


def test_the_command_shows_and_applies(crowded, town, capsys) -> None:
    call_command("plan_grids", crowded.code)
    told = capsys.readouterr().out
    assert town.g3.code in told and "0.000" in told and "400" in told
    assert Unit.objects.children_of(crowded).count() == 1
    call_command("plan_grids", crowded.code, target=1000, apply=True)
    assert Unit.objects.children_of(crowded).count() == 2
    for bad in (["990199"], [town.a.code]):
        with pytest.raises(CommandError):
            call_command("plan_grids", *bad)
