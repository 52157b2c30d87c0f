"""Importing: all or nothing, by those who may, in bulk."""

import pytest
from django.core.management import CommandError, call_command

from grids.actions.importer import BadRows, import_units
from grids.actions.repair import find_faults
from grids.models import Unit
from grids.sheets import read_sheet
from grids.sizes import LONGEST_CITY, LONGEST_NAME, MOST_HOUSEHOLDS
from trail.models import Event
from trail.refusals import NotAllowed

HEAD = "code,kind,name,parent_code,households,boundary\n"
SQUARE = '"{""type"":""Polygon"",""coordinates"":[[[125,43],[126,43],[126,44],[125,44],[125,43]]]}"'
GRIDS = (
    HEAD
    + f"990101001001003,grid,第三网格,,400,{SQUARE}\n"
    + "990101001001004,专属网格,万达广场,990101001001,,\n"
    + "99010100100100002,building,2号楼,990101001001003,48,\n"
    + "99010100100100003,building,3号楼,990101001001001,52,\n"
)
pytestmark = pytest.mark.django_db


def load(text: str, now, by=None, **more):
    return import_units(read_sheet(text), by=by, now=now, **more)


def test_grids_and_buildings_come_from_a_sheet(town, now) -> None:
    assert load(GRIDS, now).added == 4
    third = Unit.objects.get(code="990101001001003")
    assert (third.grid_kind, third.households, third.boundary["type"]) == ("basic", 400, "Polygon")
    assert (third.lon, third.lat) == (125.5, 43.5)
    assert Unit.objects.get(code="990101001001004").grid_kind == "dedicated"
    building = Unit.objects.get(code="99010100100100002")
    assert building.lineage() == third.lineage() | {"building_id": building.pk}
    assert not find_faults()
    again = load(GRIDS, now)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 4)


def test_a_new_count_of_households_is_a_change(town, now) -> None:
    load(GRIDS, now)
    report = load(GRIDS.replace(",48,", ",50,"), now)
    assert (report.added, report.changed, report.unchanged) == (0, 1, 3)
    assert Unit.objects.get(code="99010100100100002").households == 50


def test_one_bad_row_and_nothing_is_imported(town, now) -> None:
    before = Unit.objects.count(), Event.objects.count()
    with pytest.raises(BadRows) as caught:
        load(GRIDS + "990101001001009,grid,甲,990101001,400,\n990101009009009,grid,无社区,,x,\n", now)
    assert [(p.line, p.column, p.value) for p in caught.value.problems] == [
        (6, "parent_code", "990101001"),
        (7, "households", "x"),
    ]
    assert (Unit.objects.count(), Event.objects.count()) == before


def test_what_a_sheet_lets_pass_fits_the_columns(town, now) -> None:
    name, city = "甲" * LONGEST_NAME, "长" * (LONGEST_CITY - 1) + "市"
    text = HEAD + f"990101001001003,grid,{name},,{MOST_HOUSEHOLDS},\n990109,county,{city}新区,,,\n"
    assert load(text, now).added == 2
    unit = Unit.objects.get(code="990101001001003")
    assert (unit.name, unit.households) == (name, MOST_HOUSEHOLDS)
    assert Unit.objects.get(code="990109").city == city


def test_a_dry_run_counts_and_writes_nothing(town, now) -> None:
    before = Unit.objects.count()
    assert load(GRIDS, now, dry_run=True).added == 4
    assert Unit.objects.count() == before


def test_one_event_tells_of_an_import(town, now) -> None:
    load(GRIDS, now)
    last = Event.objects.about("unit", town.district.pk).last()
    assert (last.verb, last.data) == ("import", {"added": 4})


def test_only_who_manages_the_district_may_import_into_it(town, post, now) -> None:
    load(GRIDS, now, by=post("guan", "system_admin", town.district).user)
    with pytest.raises(NotAllowed):
        load(GRIDS.replace("0003,", "0009,"), now, by=post("wang", "street_leader", town.a).user)
    with pytest.raises(NotAllowed):
        load(
            "code,kind,name\n990109,county,新区\n", now, by=post("guan2", "system_admin", town.district).user
        )


def test_progress_is_told_to_the_end(town, now) -> None:
    told = []
    load(GRIDS, now, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (4, 4)


def test_many_units_take_few_statements(town, now, django_assert_max_num_queries) -> None:
    rows = "".join(f"990101001001{n:05d},building,{n}号楼,990101001001001,40,\n" for n in range(100, 1100))
    with django_assert_max_num_queries(30):
        assert load(HEAD + rows, now).added == 1000
    assert not find_faults()


def test_the_command_reports_every_bad_row_and_fails(town, tmp_path, capsys) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(HEAD + "1,castle,甲,,,\n990101001001,grid,乙,,x,\n", encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("import_units", file)
    told = capsys.readouterr().err
    assert "castle" in told and "x" in told and "3" in told
    with pytest.raises(CommandError):
        call_command("import_units", tmp_path / "absent.csv")


@pytest.mark.parametrize(
    "row",
    [
        "990101001001009,grid," + "甲" * 101 + ",,1,",
        "990101001001009,grid,甲,,2147483648,",
        "990101001001009,grid,甲,,," + "x" * 140_000,
        "990101001001009,grid,甲,,1,,,多",
    ],
)
def test_no_row_ends_the_command_in_a_traceback(town, tmp_path, capsys, row) -> None:
    file, before = tmp_path / "bad.csv", Unit.objects.count()
    file.write_text(GRIDS + row + "\n", encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("import_units", file)
    assert "6" in capsys.readouterr().err
    assert Unit.objects.count() == before


def test_one_broken_byte_overwrites_no_good_name(town, tmp_path, capsys, now) -> None:
    load(GRIDS, now)
    data = GRIDS.encode()
    file = tmp_path / "broken.csv"
    file.write_bytes(data.replace("三网".encode(), "三".encode() + b"\xbd\x91"))
    with pytest.raises(CommandError):
        call_command("import_units", file)
    assert "\ufffd" in capsys.readouterr().err
    assert Unit.objects.get(code="990101001001003").name == "第三网格"
