"""Rows elsewhere follow a unit that moves or merges, late, twice and out of order alike."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models

from grids import lineage
from grids.actions import followers
from grids.actions.followers import rewrite_followers
from grids.actions.repair import find_faults, repair_trees, strays
from grids.actions.tree import add_unit, merge_units, move_unit
from grids.models import Body, Unit
from grids.notices import follow_unit
from grids.tree_check import tree_faults
from trail.models import Delivery, Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def marker(db, monkeypatch):
    """A model of a higher floor that carries lineage, here with a table of its own."""
    monkeypatch.setattr(lineage, "_FOLLOWERS", {})
    fields = {
        name: models.ForeignKey(
            Unit,
            null=True,
            db_constraint=False,
            on_delete=models.DO_NOTHING,
            related_name="+",
            db_index=False,
        )
        for name in ("district", "street", "community", "grid", "building")
    }
    meta = type("Meta", (), {"app_label": "grids", "managed": False})
    model = type("Marker", (models.Model,), fields | {"__module__": __name__, "Meta": meta})
    with connection.schema_editor() as editor:
        editor.create_model(model)
    lineage.follow(model)
    yield model
    del model._meta.apps.all_models["grids"]["marker"]


def put(model, unit: Unit) -> int:
    return model.objects.create(**unit.lineage()).pk


def where(model, pk: int) -> dict:
    return model.objects.values(*lineage.COLUMNS).get(pk=pk)


def test_rows_follow_a_move_through_the_outbox(marker, town, now) -> None:
    inside, other = put(marker, town.h), put(marker, town.g2)
    moved = move_unit(town.g1, to=town.z, by=None, now=now)
    event = Event.objects.get(verb="move")
    assert Delivery.objects.filter(event=event, handler="grids.follow").exists()
    assert where(marker, inside)["street_id"] == town.a.pk, "not yet: the outbox brings it"
    for _ in range(2):
        follow_unit(event, now)
        assert where(marker, inside) == Unit.objects.get(pk=town.h.pk).lineage()
    assert where(marker, other) == town.g2.lineage()
    assert moved.street_id == town.b.pk
    assert not any(strays().values())


def test_rows_of_a_merged_unit_go_to_where_it_went_at_last(marker, town, now) -> None:
    direct, below = put(marker, town.x), put(marker, town.h)
    third = add_unit(town.b, code="990101002003", name="新社区", by=None, now=now)
    merge_units(town.x, into=town.y, by=None, now=now)
    merge_units(town.y, into=third, by=None, now=now)
    for event in Event.objects.filter(verb="merge").order_by("-id"):  # the later one first
        follow_unit(event, now)
    assert where(marker, direct) == third.lineage() | {"building_id": None}
    assert where(marker, below) == Unit.objects.get(pk=town.h.pk).lineage()
    assert not any(strays().values())


def test_only_models_and_columns_that_are_there_are_touched(town, monkeypatch) -> None:
    monkeypatch.setattr(lineage, "_FOLLOWERS", {})
    lineage.follow(Body)
    assert lineage.followers()[Body] == ("district_id", "street_id")
    assert rewrite_followers(town.h) == 0


def test_a_large_subtree_is_rewritten_in_batches(marker, town, now, monkeypatch) -> None:
    monkeypatch.setattr("grids.actions.followers.BATCH", 10)
    marker.objects.bulk_create([marker(**town.g1.lineage()) for _ in range(35)])
    move_unit(town.g1, to=town.y, by=None, now=now)
    assert rewrite_followers(town.g1) == 35
    assert rewrite_followers(town.g1) == 0


def test_what_has_gone_elsewhere_meanwhile_stays_there(marker, town, now, monkeypatch) -> None:
    """Found in the unit, and taken to another one before the row is locked."""
    gone, stays = put(marker, town.g1), put(marker, town.g1)
    move_unit(town.g1, to=town.y, by=None, now=now)
    write = followers._write

    def later(*given) -> int:
        marker.objects.filter(pk=gone).update(**town.g2.lineage())
        return write(*given)

    monkeypatch.setattr(followers, "_write", later)
    assert rewrite_followers(town.g1) == 1
    assert where(marker, gone) == town.g2.lineage()
    assert where(marker, stays) == Unit.objects.get(pk=town.g1.pk).lineage()


def test_chains_lead_up_to_the_root(town) -> None:
    assert lineage.chain(town.h) == [
        ("unit", unit.pk) for unit in (town.h, town.g1, town.x, town.a, town.district)
    ]
    assert lineage.chain(town.squad) == [
        ("body", town.squad.pk),
        ("unit", town.a.pk),
        ("unit", town.district.pk),
    ]


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ({"lft": 900, "rght": 901}, "place"),
        ({"tree_id": 900}, "place"),
        ({"street_id": None}, "lineage"),
        ({"level": 3}, "place"),
    ],
)
def test_damage_is_found_and_mended(damage: dict, what: str, town, now, capsys) -> None:
    Unit.objects.filter(pk=town.x.pk).update(**damage)
    faults = [fault for fault in find_faults() if fault.unit_id == town.x.pk]
    assert [fault.what for fault in faults] == [what if "tree_id" not in damage else "tree"]
    with pytest.raises(CommandError):
        call_command("check_tree")
    call_command("check_tree", repair=True)
    assert town.x.code in capsys.readouterr().out
    assert not find_faults()
    assert Event.objects.filter(verb="repair").count() == 1
    call_command("check_tree")


def test_roots_that_share_a_tree_number_are_parted(town, now) -> None:
    other = add_unit(None, code="990102", name="试二区", by=None, now=now)
    Unit.objects.filter(pk=other.pk).update(tree_id=town.district.tree_id)
    assert [fault.what for fault in find_faults()] == ["tree"]
    assert repair_trees(by=None, now=now) == 1
    assert not find_faults()


def test_a_circle_is_named_and_left_to_a_person(town, now) -> None:
    Unit.objects.filter(pk=town.x.pk).update(parent=town.g1)
    assert "lost" in {fault.what for fault in find_faults()}
    repair_trees(by=None, now=now)
    assert {fault.unit_id for fault in find_faults()} == {town.x.pk, town.g1.pk, town.g2.pk, town.h.pk}


def test_a_unit_under_the_wrong_level_is_named(town) -> None:
    Unit.objects.filter(pk=town.h.pk).update(parent=town.x)
    assert ("level" in {fault.what for fault in find_faults()}) and tree_faults({}) == []


def test_bodies_and_followers_that_went_astray_are_brought_back(marker, town, now) -> None:
    row = put(marker, town.h)
    marker.objects.filter(pk=row).update(street=town.b)
    Body.objects.filter(pk=town.squad.pk).update(street=town.b)
    assert strays() == {"grids.Body": 1, "grids.Marker": 1}
    repair_trees(by=None, now=now)
    assert not any(strays().values())
    assert where(marker, row) == town.h.lineage()
