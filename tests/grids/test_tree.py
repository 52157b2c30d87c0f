"""Writing the tree: places, codes, lineage, history, refusals; sound after every step in any order."""

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)

from grids.actions.repair import find_faults, strays
from grids.actions.tree import add_unit, change_unit, close_unit, merge_units, move_unit, rename_unit
from grids.models import Body, BuildingToken, Post, Unit, UnitAlias
from tests.grids.conftest import NOW
from trail.models import Event
from trail.refusals import NotAllowed, Refused

pytestmark = pytest.mark.django_db


def sound() -> bool:
    return not find_faults() and not any(strays().values())


def events(unit: Unit) -> list[tuple[str, dict]]:
    return list(Event.objects.about("unit", unit.pk).values_list("verb", "data"))


def refusal(call, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        call(*args, by=kwargs.pop("by", None), now=NOW, **kwargs)
    return caught.value.code


def test_units_stand_where_their_codes_say(town) -> None:
    assert sound()
    assert town.h.lineage() == {
        "district_id": town.district.pk,
        "street_id": town.a.pk,
        "community_id": town.x.pk,
        "grid_id": town.g1.pk,
        "building_id": town.h.pk,
    }
    in_order = [
        town.district,
        town.a,
        town.x,
        town.g1,
        town.h,
        town.g2,
        town.y,
        town.g3,
        town.b,
        town.z,
        town.g4,
    ]
    assert list(Unit.objects.all()) == in_order
    assert events(town.g1)[0] == ("add", {"code": town.g1.code, "parent": town.x.code})


def test_a_new_unit_takes_line_and_kind_from_where_it_stands(town, now) -> None:
    village = add_unit(town.a, code="990101001200", name="上台子村", line="rural", by=None, now=now)
    group = add_unit(village, code="990101001200001", name="一组", by=None, now=now)
    assert (village.kind, group.kind, group.line, group.grid_kind) == ("community", "grid", "rural", "basic")
    assert town.x.grid_kind == ""


def test_codes_are_checked_when_a_unit_is_made(town) -> None:
    assert refusal(add_unit, None, code="99010", name="短") == "code"
    assert refusal(add_unit, town.a, code="990101002009", name="别的街道的号") == "code"
    assert refusal(add_unit, town.x, code="990101001001001", name="重号") == "code"
    assert refusal(add_unit, town.g1, code="99010100100200001", name="别的社区的楼") == "code"
    assert refusal(add_unit, town.h, code="1", name="楼下无物") == "no_level_below"
    assert refusal(add_unit, town.a, code="990101001009", name="  ") == "name"
    assert refusal(add_unit, town.a, code="990101001009", name="x", grid_kind="basic") == "facts"
    assert refusal(add_unit, town.a, code="990101001009", name="x", boundary={"type": "Point"}) == "boundary"
    with pytest.raises(TypeError):
        add_unit(town.a, code="990101001009", name="x", by=None, now=NOW, lft=1)
    assert sound()


def test_a_new_root_never_shifts_other_trees(town, now) -> None:
    """mptt would sort it in by its code and renumber every tree after it under their writers."""
    first = add_unit(None, code="110101", name="在前", by=None, now=now)
    town.district.refresh_from_db()
    assert first.tree_id > town.district.tree_id
    assert sound()


def test_a_building_survives_a_change_of_grid(town, now) -> None:
    moved = move_unit(town.h, to=town.g3, by=None, now=now)
    assert moved.code == town.h.code
    assert (moved.grid_id, moved.community_id, moved.street_id) == (town.g3.pk, town.y.pk, town.a.pk)
    assert events(town.h)[-1] == ("move", {"code": town.h.code, "was": town.g1.code, "to": town.g3.code})
    assert sound()


def test_a_moved_subtree_takes_its_lineage_along(town, now) -> None:
    move_unit(town.x, to=town.b, by=None, now=now)
    for unit in (town.g1, town.g2, town.h):
        unit.refresh_from_db()
        assert (unit.street_id, unit.community_id) == (town.b.pk, town.x.pk)
    assert set(Unit.objects.within(town.b)) == {town.b, town.z, town.g4, town.x, town.g1, town.g2, town.h}
    assert sound()


def test_a_street_moves_to_another_district_with_its_bodies(town, now) -> None:
    other = add_unit(None, code="990102", name="试二区", by=None, now=now)
    moved = move_unit(town.a, to=other, by=None, now=now)
    assert moved.code == "990101001" and moved.tree_id == other.tree_id
    town.h.refresh_from_db()
    assert town.h.district_id == other.pk and town.h.tree_id == other.tree_id
    assert Body.objects.get(code="A-SQ").district_id == other.pk
    assert Body.objects.get(code="D-CG").district_id == town.district.pk
    assert sound()


def test_moves_that_are_refused(town) -> None:
    assert refusal(move_unit, town.h, to=town.x) == "level"
    assert refusal(move_unit, town.a, to=town.b) == "level"
    assert refusal(move_unit, town.district, to=town.a) == "level"
    close_unit(town.g2, by=None, now=NOW)
    assert refusal(move_unit, town.h, to=town.g2) == "closed"
    assert move_unit(town.h, to=town.g1, by=None, now=NOW) == town.h, "already there: nothing happens"
    assert [verb for verb, _ in events(town.h)] == ["add"]


def test_a_merged_unit_leaves_its_code_and_its_belongings(town, post, now) -> None:
    chief = post("li", "grid_chief", town.g1)
    token = BuildingToken.objects.create(unit=town.h)
    merge_units(town.x, into=town.y, by=None, now=now)
    town.x.refresh_from_db()
    assert town.x.merged_into == town.y and town.x.closed_at == now
    assert UnitAlias.objects.get(code=town.x.code).unit == town.y
    assert set(Unit.objects.children_of(town.y)) == {town.g1, town.g2, town.g3}
    town.h.refresh_from_db()
    assert town.h.community_id == town.y.pk
    assert Post.objects.active(now).filter(pk=chief.pk).exists(), "below the merged unit posts go on"
    assert token.unit == town.h
    assert refusal(add_unit, town.a, code=town.x.code, name="旧号") == "code"
    assert sound()


def test_merging_twice_keeps_every_former_code(town, now) -> None:
    third = add_unit(town.a, code="990101001003", name="三号社区", by=None, now=now)
    merge_units(town.x, into=town.y, by=None, now=now)
    merge_units(town.y, into=third, by=None, now=now)
    assert dict(UnitAlias.objects.values_list("code", "unit__code")) == {
        town.x.code: third.code,
        town.y.code: third.code,
    }
    assert sound()


def test_buildings_and_streets_merge_with_tokens_bodies_and_posts(town, post, now) -> None:
    other = add_unit(town.g1, code="99010100100100002", name="2号楼", by=None, now=now)
    token = BuildingToken.objects.create(unit=town.h)
    merge_units(town.h, into=other, by=None, now=now)
    token.refresh_from_db()
    assert token.unit == other and token in BuildingToken.objects.live()
    dispatcher = post("wang", "street_dispatcher", town.a)
    merge_units(town.a, into=town.b, by=None, now=now)
    squad = Body.objects.get(code="A-SQ")
    assert (squad.unit_id, squad.street_id) == (town.b.pk, town.b.pk)
    assert not Post.objects.active(now).filter(pk=dispatcher.pk).exists()
    assert sound()


def test_districts_merge(town, post, now) -> None:
    other = add_unit(None, code="990102", name="试二区", by=None, now=now)
    post("wang", "district_dispatcher", town.district)
    merge_units(town.district, into=other, by=None, now=now)
    town.h.refresh_from_db()
    assert town.h.district_id == other.pk
    assert set(Body.objects.values_list("district", flat=True)) == {other.pk}
    assert sound()


def test_merges_that_are_refused(town) -> None:
    assert refusal(merge_units, town.x, into=town.x) == "same"
    assert refusal(merge_units, town.x, into=town.g3) == "level"
    close_unit(town.g2, by=None, now=NOW)
    assert refusal(merge_units, town.g2, into=town.g1) == "closed"


def test_only_an_empty_unit_is_closed_and_its_posts_end(town, post, now) -> None:
    worker = post("li", "grid_worker", town.g2)
    assert refusal(close_unit, town.x) == "not_empty"
    assert refusal(close_unit, town.a) == "not_empty"
    closed = close_unit(town.g2, by=None, now=now)
    assert closed.closed_at == now and not Post.objects.active(now).filter(pk=worker.pk).exists()
    assert town.g2 not in Unit.objects.open()
    assert refusal(close_unit, town.g2) == "closed"
    assert refusal(rename_unit, town.g2, name="新") == "closed"


def test_a_renaming_leaves_the_old_name_in_the_trail(town, now) -> None:
    assert rename_unit(town.x, name=" 新一号社区 ", by=None, now=now).name == "新一号社区"
    event = Event.objects.about("unit", town.x.pk).last()
    assert (event.verb, event.unit_label, event.data) == ("rename", "一号社区", {"fields": ["name"]})
    rename_unit(town.x, name="新一号社区", by=None, now=now)
    assert Event.objects.about("unit", town.x.pk).count() == 2, "the same name again is no event"
    assert refusal(rename_unit, town.x, name=" ") == "name"


def test_facts_are_changed_by_name_and_only_real_changes_are_recorded(town, post, now) -> None:
    changed = change_unit(town.h, households=72, lon=125.3, lat=43.9, by=None, now=now)
    assert (changed.households, changed.lon) == (72, 125.3)
    change_unit(town.h, households=72, by=None, now=now)
    assert [data for verb, data in events(town.h) if verb == "change"] == [
        {"fields": ["households", "lon", "lat"]}
    ]
    assert refusal(change_unit, town.h, grid_kind="basic") == "facts"


def test_a_grid_with_two_workers_cannot_become_basic(town, post, now) -> None:
    change_unit(town.g2, grid_kind="dedicated", by=None, now=now)
    post("li", "grid_worker", town.g2)
    second = post("wang", "grid_worker", town.g2)
    assert refusal(change_unit, town.g2, grid_kind="basic") == "taken"
    Post.objects.filter(pk=second.pk).update(ends_on=now.date())
    change_unit(town.g2, grid_kind="basic", by=None, now=now)
    assert Post.objects.filter(unit=town.g2, sole=True).count() == 1


def test_only_who_manages_the_place_may_write_it(town, post, now) -> None:
    manager = post("guan", "system_admin", town.district).user
    stranger = post("wang", "street_leader", town.a).user
    assert add_unit(town.a, code="990101001009", name="新社区", by=manager, now=now).pk
    other = add_unit(None, code="990102", name="试二区", by=None, now=now)
    for call in (
        lambda: add_unit(town.a, code="990101001008", name="x", by=stranger, now=now),
        lambda: rename_unit(town.x, name="x", by=stranger, now=now),
        lambda: move_unit(town.a, to=other, by=manager, now=now),
        lambda: add_unit(None, code="990103", name="x", by=manager, now=now),
    ):
        with pytest.raises(NotAllowed):
            call()


class TreeInAnyOrder(RuleBasedStateMachine):
    """Adding, moving, merging and closing in every order never leaves a fault."""

    units = Bundle("units")

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.undone = transaction.atomic()
        self.undone.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    def _next(self, prefix: str, digits: int) -> str:
        self.number += 1
        return f"{prefix}{self.number:0{digits}d}"

    @rule(target=units)
    def root(self) -> int:
        return add_unit(None, code=self._next("9", 5), name="区", by=None, now=NOW).pk

    @rule(target=units, parent=units)
    def add(self, parent: int) -> int:
        parent = Unit.objects.get(pk=parent)
        if parent.kind == "building" or parent.closed_at:
            return parent.pk
        under = parent.community.code if parent.kind == "grid" else parent.code
        code = self._next(under, 5 if parent.kind == "grid" else 3)
        return add_unit(parent, code=code, name="甲", by=None, now=NOW).pk

    @rule(one=units, other=units)
    def move(self, one: int, other: int) -> None:
        self._try(
            lambda: move_unit(Unit.objects.get(pk=one), to=Unit.objects.get(pk=other), by=None, now=NOW)
        )

    @rule(one=units, other=units)
    def merge(self, one: int, other: int) -> None:
        self._try(
            lambda: merge_units(Unit.objects.get(pk=one), into=Unit.objects.get(pk=other), by=None, now=NOW)
        )

    @rule(one=consumes(units))
    def close(self, one: int) -> None:
        self._try(lambda: close_unit(Unit.objects.get(pk=one), by=None, now=NOW))

    @staticmethod
    def _try(call) -> None:
        try:
            call()
        except Refused as refused:
            assert refused.code in {"level", "closed", "same", "not_empty"}

    @invariant()
    def no_fault(self) -> None:
        assert not find_faults()


def test_the_tree_is_sound_in_any_order_of_writes() -> None:
    run_state_machine_as_test(
        TreeInAnyOrder, settings=settings(max_examples=6, stateful_step_count=20, deadline=None)
    )
