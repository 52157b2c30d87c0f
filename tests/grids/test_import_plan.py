"""What an import would do, decided without a database."""

from grids.import_plan import Known, plan_import
from grids.sheets import Row
from grids.source_kinds import SOURCE_KINDS


def row(line: int, code: str, kind: str, parent: str = "", name: str = "甲", **values) -> Row:
    return Row(line, code, SOURCE_KINDS[kind], name, name, "", parent, values)


def known(code: str, level: str, parent: str = "", *, pk: int = 1, is_open: bool = True, **values) -> Known:
    return Known(
        pk, code, level, parent, is_open, 1, {"official_name": "甲", "name": "甲", "line": "urban"} | values
    )


DISTRICT = row(2, "990101", "county")
STREET = row(3, "990101001", "street", "990101")


def faults(*rows: Row, there: dict | None = None, broken: frozenset = frozenset()) -> list[tuple[int, str]]:
    return [(problem.line, problem.column) for problem in plan_import(rows, there or {}, broken).problems]


def test_parents_come_first_whatever_the_order_of_the_sheet() -> None:
    plan = plan_import([STREET, DISTRICT], {})
    assert plan.new == [DISTRICT, STREET] and not plan.problems


def test_a_code_twice_names_both_lines() -> None:
    plan = plan_import([DISTRICT, row(9, "990101", "county")], {})
    assert [(p.line, p.column) for p in plan.problems] == [(9, "code")] and "2" in str(
        plan.problems[0].reason
    )


def test_a_parent_must_exist_stand_one_level_up_and_be_open() -> None:
    assert faults(STREET) == [(3, "parent_code")]
    assert faults(row(4, "990101001001", "residents_committee", "990101"), DISTRICT) == [(4, "parent_code")]
    closed = {"990101": known("990101", "district", is_open=False)}
    assert faults(STREET, there=closed) == [(3, "parent_code")]
    assert faults(STREET, there={"990101": known("990101", "district")}) == []


def test_children_of_a_row_that_could_not_be_read_are_not_blamed() -> None:
    assert faults(STREET, broken=frozenset({"990101"})) == []


def test_codes_of_new_units_are_checked_each_by_its_level() -> None:
    assert faults(row(2, "99010", "county")) == [(2, "code")]
    assert faults(DISTRICT, row(3, "990102001", "street", "990101")) == [(3, "code")]


def test_a_building_begins_with_its_communitys_code_and_needs_a_grid() -> None:
    there = {"990101001001001": known("990101001001001", "grid", "990101001001")}
    good = row(2, "99010100100100001", "building", "990101001001001")
    assert faults(good, there=there) == []
    assert faults(row(2, "99010100200100001", "building", "990101001001001"), there=there) == [(2, "code")]
    assert faults(row(2, "99010100100100001", "building"), there=there) == [(2, "parent_code")]


def test_an_existing_unit_is_changed_only_by_what_the_sheet_says_differently() -> None:
    there = {"990101": known("990101", "district", households=5)}
    assert plan_import([row(2, "990101", "county", households=5)], there).unchanged == 1
    (change,) = plan_import([row(2, "990101", "county", households=6)], there).changes
    assert change.values == {"households": 6}
    assert plan_import([DISTRICT], there).unchanged == 1, "no word about households: they stay"


def test_a_local_renaming_stays_until_the_list_itself_changes() -> None:
    there = {"990101": known("990101", "district", name="乙")}
    assert plan_import([DISTRICT], there).unchanged == 1
    (change,) = plan_import([row(2, "990101", "county", name="丙")], there).changes
    assert change.values == {"name": "丙", "official_name": "丙"}


def test_moved_merged_and_closed_units_stay_with_a_note() -> None:
    moved = plan_import([STREET], {"990101001": known("990101001", "street", "990102")})
    assert (moved.unchanged, [note.column for note in moved.notes]) == (1, ["parent_code"])
    merged = plan_import([STREET], {"990101001": known("990101009", "street", "990101")})
    closed = plan_import([STREET], {"990101001": known("990101001", "street", "990101", is_open=False)})
    for plan in (merged, closed):
        assert (plan.unchanged, plan.changes, [note.column for note in plan.notes]) == (0, [], ["code"])


def test_a_code_of_another_level_is_a_fault() -> None:
    assert faults(DISTRICT, there={"990101": known("990101", "street")}) == [(2, "kind")]
