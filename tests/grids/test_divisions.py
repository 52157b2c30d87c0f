"""The five real districts: all load, read right, and load a second time without a trace."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from grids.actions.importer import DIVISIONS, import_units
from grids.actions.repair import find_faults
from grids.actions.tree import add_unit, merge_units, move_unit, rename_unit
from grids.holding import holding_of
from grids.models import LevelProfile, Policy, Unit
from grids.powers import KIND, held
from grids.sheets import decode, read_sheet
from tests.grids.conftest import NOW
from trail.models import Event

EXPECTED = json.loads(Path(__file__).with_name("expected_labels.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def _loaded_once(django_db_setup, django_db_blocker):
    """The list, loaded once for all tests here, inside a transaction that is undone at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def loaded(_loaded_once, db) -> None:
    """Each test's own changes are undone by its own savepoint."""


def load():
    return import_units(read_sheet(decode(DIVISIONS.read_bytes())), by=None, now=NOW)


def unit(code: str) -> Unit:
    return Unit.objects.get(code=code)


def test_829_rows_become_829_units_in_five_sound_trees() -> None:
    assert Unit.objects.count() == 829
    counts = {level: Unit.objects.at(level).count() for level in ("district", "street", "community")}
    assert counts == {"district": 5, "street": 73, "community": 751}
    kuancheng = unit("220103")
    assert Unit.objects.within(kuancheng).filter(kind="street").count() == 15
    assert Unit.objects.within(kuancheng).filter(kind="community").count() == 173
    assert not find_faults()


def test_a_second_load_writes_nothing_at_all() -> None:
    before = (list(Unit.objects.values()), list(LevelProfile.objects.values()), Event.objects.count())
    with CaptureQueriesContext(
        connection,
    ) as queries:
        report = load()
    assert (report.added, report.changed, report.unchanged) == (0, 0, 829)
    assert not [q["sql"] for q in queries if q["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE", "COPY"}]
    assert before == (list(Unit.objects.values()), list(LevelProfile.objects.values()), Event.objects.count())


@pytest.mark.parametrize("code", EXPECTED)
def test_each_district_names_its_levels_its_own_way(code: str) -> None:
    district = unit(code)
    for level, words in EXPECTED[code].items():
        for line, expected in zip(("urban", "rural"), words, strict=False):
            profile = LevelProfile.objects.get(district=district, level=level, line=line)
            assert f"{profile}{' (sample)' if profile.is_sample else ''}" == expected
            assert profile.source or profile.is_sample, "what is no sample names its source"
            there = Unit(kind=level, line=line, district=district)
            assert f"{there.label()} · {there.party_label()}" == expected.removesuffix(" (sample)")
    assert LevelProfile.objects.filter(district=district).count() == sum(map(len, EXPECTED[code].values()))


@pytest.mark.parametrize(
    ("code", "name", "line", "label", "party_label"),
    [
        ("220103", "宽城区", "urban", "区", "区委"),
        ("220103006", "兴业街道", "urban", "街道", "街道党工委"),
        ("220103006200", "上台子村", "rural", "村", "村党组织"),
        ("220103100", "兰家镇", "rural", "镇", "镇党委"),
        ("220103100001", "兰家大街社区", "urban", "社区", "社区党委"),
        ("220103171100", "合隆社区", "urban", "社区", "社区党委"),
        ("621002001", "北街街道", "urban", "街道", "街道党工委"),
        ("621002100", "肖金镇", "rural", "镇", "镇党委"),
        ("621002203", "什社乡", "rural", "乡", "乡党委"),
        ("621002001003", "北大街社区", "urban", "社区", "社区党总支"),
        ("220802006", "城南街道", "urban", "街道", "街道党工委"),
        ("220802204", "德顺蒙古族乡", "rural", "乡", "乡党委"),
        ("220802402", "镇南种羊场", "rural", "场", "场党委"),
        ("220802402598", "镇南种羊场生活区", "rural", "生活区", "生活区党组织"),
        ("370102012007", "和苑社区", "urban", "社区", "社区党委"),
        ("370102012400", "下井村社区", "urban", "社区", "社区党委"),
        ("421002006206", "张沟村", "rural", "村", "村党组织"),
    ],
)
def test_places_read_as_residents_say_them(code, name, line, label, party_label) -> None:
    place = unit(code)
    assert (place.name, place.line, place.label(), place.party_label()) == (name, line, label, party_label)


def test_the_official_name_and_the_city_are_kept() -> None:
    assert (unit("220103").city, unit("220103").official_name) == ("长春市", "长春市宽城区")
    assert unit("220802012").official_name == "（白城市生态新区）官银号街道"


def test_labels_of_a_list_cost_no_query_each(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        words = [(place.label(), place.party_label()) for place in Unit.objects.labelled()]
    assert len(words) == 829 and ("乡", "乡党委") in words


def test_named_powers_hold_and_samples_only_where_granted() -> None:
    held_by = {code: held(holding_of(KIND, unit(code), NOW).value) for code in EXPECTED}
    assert len(held_by["220103"]) == 7 and len(held_by["220802"]) == 5
    assert held_by["621002"] == held_by["370102"] == {"command", "rate"}
    samples = Policy.objects.filter(key=KIND.key)
    assert {one.unit.code for one in samples} == {"220103", "220802", "370102"}
    assert all(one.is_sample for one in samples)


def test_what_the_district_changed_since_is_respected() -> None:
    """Renamed, moved and merged units survive the next load of the same list; it says what it passed over."""
    rename_unit(unit("220103002001"), name="长江路第一社区", by=None, now=NOW)
    move_unit(unit("220103002002"), to=unit("220103005"), by=None, now=NOW)
    merge_units(unit("220103002003"), into=unit("220103002004"), by=None, now=NOW)
    events = Event.objects.count()
    report = load()
    assert (report.added, report.changed, report.unchanged) == (0, 0, 828)
    assert [(note.line, note.value) for note in report.notes] == [(5, "220103002"), (6, "220103002003")]
    assert unit("220103002001").name == "长江路第一社区"
    assert unit("220103002002").parent.code == "220103005"
    assert Event.objects.count() == events and not find_faults()


def test_a_newer_list_renames_adds_and_leaves_the_tree_sound() -> None:
    text = decode(DIVISIONS.read_bytes()).replace("丹东路社区", "丹东路新社区")
    text += "220103002099,residents_committee,新增社区居民委员会,220103002,220103002099\n"
    report = import_units(read_sheet(text), by=None, now=NOW)
    assert (report.added, report.changed, report.unchanged) == (1, 1, 828)
    assert unit("220103002002").name == "丹东路新社区" and unit("220103002099").name == "新增社区"
    last = Event.objects.about("unit", unit("220103002002").pk).last()
    assert (last.verb, last.data, last.unit_label) == (
        "change",
        {"fields": ["name", "official_name"]},
        "丹东路社区",
    )
    assert not find_faults()


def test_loading_among_existing_units_moves_them_aside() -> None:
    grid = add_unit(unit("220103002001"), code="220103002001001", name="一", by=None, now=NOW)
    text = "code,kind,name,parent_code,households\n220103002001000,grid,零,,380\n"
    import_units(read_sheet(text), by=None, now=NOW)
    assert [one.code for one in Unit.objects.children_of(grid.parent)] == ["220103002001000", grid.code]
    assert not find_faults()


def test_the_command_takes_the_packaged_list_by_default(capsys) -> None:
    call_command("import_units")
    assert "829" in capsys.readouterr().out
