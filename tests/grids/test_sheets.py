"""Reading sheets: headers in two languages, cells into values, every fault with line, value and reason."""

import json

import pytest
from django.utils import translation

from grids.boundaries import boundary_problem
from grids.models import Unit
from grids.sheets import decode, read_sheet
from grids.sizes import LONGEST_CITY, LONGEST_NAME, LONGEST_OFFICIAL_NAME, MOST_HOUSEHOLDS
from grids.source_kinds import SOURCE_KINDS

HEAD = "code,kind,name,parent_code,households,boundary,lon,lat\n"
SQUARE = {"type": "Polygon", "coordinates": [[[125, 43], [127, 43], [127, 45], [125, 45], [125, 43]]]}


def cell(value: object) -> str:
    return '"' + json.dumps(value).replace('"', '""') + '"'


def faults(line: str, head: str = HEAD) -> list[tuple[int, str, str]]:
    return [problem[:3] for problem in read_sheet(head + line + "\n").problems]


def test_a_good_row_is_read() -> None:
    sheet = read_sheet(HEAD + f"990101001001001,grid,第一网格,,380,{cell(SQUARE)},,\n")
    (row,) = sheet.rows
    assert not sheet.problems
    assert (row.code, row.kind.level, row.name, row.parent_code) == (
        "990101001001001",
        "grid",
        "第一网格",
        "990101001001",
    )
    assert row.values == {"households": 380, "boundary": SQUARE, "lon": 126.0, "lat": 44.0}


def test_what_a_sheet_does_not_say_is_not_a_value() -> None:
    assert read_sheet("code,kind,name\n990101,county,试市试区\n").rows[0].values == {}


def test_headers_in_chinese_and_files_in_gb18030() -> None:
    text = "编码,类型,名称,所属网格,户数\r\n99010100100100001,楼栋,1号楼,990101001001001,60\r\n"
    (row,) = read_sheet(decode(text.encode("gb18030"))).rows
    assert (row.kind.level, row.parent_code, row.values) == (
        "building",
        "990101001001001",
        {"households": 60},
    )
    assert decode("甲".encode("utf-8-sig")) == "甲"


@pytest.mark.parametrize("word", SOURCE_KINDS)
def test_every_kind_is_read_under_every_word(word: str) -> None:
    assert read_sheet(HEAD + f"1,{word},甲,,,,,\n").rows[0].kind is SOURCE_KINDS[word]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1,castle,甲,,,,,", [(2, "kind", "castle")]),
        ("1,grid,（省级）,,,,,", [(2, "name", "（省级）")]),
        ("1,grid,,,,,,", [(2, "name", "")]),
        ("1,grid,甲,,很多,,,", [(2, "households", "很多")]),
        ("1,grid,甲,,-4,,,", [(2, "households", "-4")]),
        ("1,grid,甲,,３,,,", [(2, "households", "３")]),
        ("1,grid,甲,,,{,,", [(2, "boundary", "{")]),
        ("1,grid,甲,,,null,,", [(2, "boundary", "null")]),
        ("1,grid,甲,,,,200,91", [(2, "lon", "200"), (2, "lat", "91")]),
        ("1,grid,甲,,,,nan,1", [(2, "lon", "nan")]),
        ("1,castle,,,x,,,", [(2, "kind", "castle"), (2, "name", ""), (2, "households", "x")]),
        (f"1,grid,{'甲' * (LONGEST_NAME + 1)},,,,,", [(2, "name", "甲" * 60)]),
        (f"1,grid,甲{'（注）' * 40},,,,,", [(2, "name", ("甲" + "（注）" * 40)[:60])]),
        (f"1,county,{'长' * LONGEST_CITY}市宽城区,,,,,", [(2, "name", "长" * 60)]),
        (f"1,grid,甲,,{MOST_HOUSEHOLDS + 1},,,", [(2, "households", str(MOST_HOUSEHOLDS + 1))]),
        (f"1,grid,甲,,{'9' * 5000},,,", [(2, "households", "9" * 60)]),
        ("1,grid,甲\ufffd格,,,,,", [(2, "name", "甲\ufffd格")]),
        (
            "1\x00,grid,甲,,\x1b3,,,",
            [(2, "code", "1\x00"), (2, "households", "\x1b3"), (2, "households", "\x1b3")],
        ),
        ("1,grid,甲,,,,,,,多,余", [(2, "column 10", "多")]),
        (f"1,grid,甲,,,{'[' * 100_000},,", [(2, "boundary", "[" * 60)]),
        (f'1,grid,甲,,,"{"x" * 140_000}",,', [(2, "whole line", '1,grid,甲,,,"' + "x" * 48)]),
    ],
)
def test_every_fault_of_a_row_is_named(line: str, expected: list) -> None:
    with translation.override("en"):
        assert faults(line) == expected


def test_what_just_fits_is_no_fault() -> None:
    name = "甲" * LONGEST_NAME
    (row,) = read_sheet(HEAD + f"1,grid,{name},,{MOST_HOUSEHOLDS},,,,,,\n").rows
    assert (row.name, row.values) == (name, {"households": MOST_HOUSEHOLDS})
    fields = {name: Unit._meta.get_field(name).max_length for name in ("name", "official_name", "city")}
    assert fields == {"name": LONGEST_NAME, "official_name": LONGEST_OFFICIAL_NAME, "city": LONGEST_CITY}


def test_after_a_line_that_cannot_be_read_the_others_are() -> None:
    sheet = read_sheet(HEAD + f"1,grid,甲,,,{'x' * 140_000},,\n2,castle,乙,,,,,\n3,grid,丙,,,,,\n")
    assert [problem.line for problem in sheet.problems] == [2, 3]
    assert [row.code for row in sheet.rows] == ["3"]


def test_a_broken_byte_is_a_fault_of_its_cell_and_no_reason_to_misread_the_file() -> None:
    good = HEAD + "1,grid,第一网格,,400,,,\n2,grid,第二网格,,400,,,\n"
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        data = good.encode(encoding)
        assert decode(data) == good
        at = data.index("二".encode(encoding.removesuffix("-sig")))
        sheet = read_sheet(decode(data[:at] + b"\xff" + data[at + 1 :]))
        assert [row.name for row in sheet.rows] == ["第一网格"]
        ((line, column, value, _reason),) = sheet.problems
        assert (line, column) == (3, "name") and value.startswith("第\ufffd")


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [1, 2]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [1, 2]]]},
        {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [7, 8]]]},
        {"type": "Polygon", "coordinates": [[[1, 200], [3, 4], [5, 6], [1, 200]]]},
        {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"], 3]},
        {"type": "Polygon", "coordinates": "x"},
        [],
    ],
)
def test_what_is_no_boundary_is_refused(geometry: object) -> None:
    assert [column for _, column, _ in faults(f"1,grid,甲,,,{cell(geometry)},,")] == ["boundary"]


@pytest.mark.parametrize("number", ["NaN", "1e400", '"3"', "true"])
def test_a_height_is_a_number_too(number: str) -> None:
    ring = json.dumps(SQUARE["coordinates"]).replace("[125, 43]", f"[125, 43, {number}]", 1)
    assert boundary_problem({"type": "Polygon", "coordinates": json.loads(ring)})


def test_what_hangs_on_a_geometry_is_left_behind() -> None:
    more = SQUARE | {"crs": "\x00", "bbox": float("nan")}
    assert read_sheet(HEAD + f"1,grid,甲,,,{cell(more)},,\n").rows[0].values["boundary"] == SQUARE


def test_a_feature_is_taken_for_its_geometry() -> None:
    feature = {"type": "Feature", "geometry": SQUARE, "properties": {}}
    assert read_sheet(HEAD + f"1,grid,甲,,,{cell(feature)},,\n").rows[0].values["boundary"] == SQUARE


def test_a_code_of_twelve_digits_must_agree() -> None:
    head = "code,kind,name,code12\n"
    assert faults("990101,county,区,990101000000", head) == []
    assert faults("990101,county,区,990102000000", head) == [(2, "code12", "990102000000")]


def test_missing_columns_are_one_fault_of_the_header() -> None:
    assert faults("1,2", "code,households\n") == [(1, "kind, name", "code,households")]
    assert read_sheet("").problems[0].line == 1


def test_a_header_that_says_two_things_or_nothing_readable_is_a_fault() -> None:
    assert faults("1,grid,甲,2,3", "code,kind,name,grid,所属网格\n") == [(1, "parent_code", "所属网格")]
    with translation.override("en"):
        assert faults("1,grid,甲,2,3", "code,kind,name,户\ufffd,备注\n") == [(1, "column 4", "户\ufffd")]


def test_lines_are_counted_as_in_the_file() -> None:
    sheet = read_sheet('code,kind,name\n1,grid,甲\n\n2,grid,"乙\n丙"\n3,castle,丁\n')
    assert [row.line_no for row in sheet.rows] == [2, 5]
    assert [problem.line for problem in sheet.problems] == [6]
    assert sheet.broken == {"3"}


def test_a_fault_speaks_the_readers_language() -> None:
    with translation.override("en"):
        (problem,) = read_sheet(HEAD + "1,castle,甲,,,,,\n").problems
        assert str(problem) == "Line 2, kind “castle”: This kind of unit is not known."
