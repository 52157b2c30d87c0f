"""Tables as files: what a spreadsheet would run stays text, and the file is whole."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from calendars.worktime import SHANGHAI
from grids.workbook import Percent, Sheet, csv_file, meant, neutral, xlsx_file

SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(data: bytes) -> list[list[str]]:
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    rows = ElementTree.fromstring(sheet).iter(f"{SPACE}row")
    return [["".join(cell.itertext()) for cell in row] for row in rows]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_no_formula_leaves_the_house(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert next(csv.reader(io.StringIO(csv_file(["a"], [[text]]).decode("utf-8-sig"), newline=""))) == ["a"]
    assert cells(xlsx_file(Sheet("a", ["a"], [[text]])))[1][0].lstrip("'").strip() == text.strip()
    assert (
        f">{text}"
        not in zipfile.ZipFile(io.BytesIO(xlsx_file(Sheet("a", ["a"], [[text]]))))
        .read("xl/worksheets/sheet1.xml")
        .decode()
    )


@pytest.mark.parametrize("text", ["网格", "a=b", "1-2", "'", "'a", ""])
def test_what_is_harmless_stays(text: str) -> None:
    assert neutral(text) == meant(text) == text


@pytest.mark.parametrize("text", ["=1", "-1楼", "＝1", "\t"])
def test_what_was_made_harmless_can_be_read_back(text: str) -> None:
    assert meant(neutral(text)) == text != neutral(text)


def test_what_is_left_out_of_a_cell_uncovers_no_formula() -> None:
    assert cells(xlsx_file(Sheet("a", ["\x07=h"], [["\x07=1"]]))) == [["'=h"], ["'=1"]]
    assert next(csv.reader(io.StringIO(csv_file(["\x07=h"], []).decode("utf-8-sig")))) == ["'=h"]


def test_chinese_and_marks_survive_in_both() -> None:
    rows = [["20260310-000001", '天光社区 <1号楼> & "东"', 3], ["二\n行", "\x07响", None]]
    header = ["工单编号", "地点", "数"]
    read = list(csv.reader(io.StringIO(csv_file(header, rows).decode("utf-8-sig"), newline="")))
    assert read[:2] == [header, ["20260310-000001", '天光社区 <1号楼> & "东"', "3"]]
    assert cells(xlsx_file(Sheet("问题清单", header, rows))) == [
        header, ["20260310-000001", "天光社区 <1号楼> & \"东\"", "3"], ["二\n行", "响", ""],
    ]  # fmt: skip


def test_numbers_are_numbers_and_the_heading_is_bold() -> None:
    sheet = (
        zipfile.ZipFile(io.BytesIO(xlsx_file(Sheet("a", ["h"], [[12]]))))
        .read("xl/worksheets/sheet1.xml")
        .decode()
    )
    assert "<c><v>12</v></c>" in sheet and '<c s="1" t="inlineStr">' in sheet


@pytest.mark.parametrize("title", ["a/b:c?[d]*'", "", "很" * 60])
def test_any_title_names_the_sheet(title: str) -> None:
    book = zipfile.ZipFile(io.BytesIO(xlsx_file(Sheet(title, ["h"], [])))).read("xl/workbook.xml")
    name = next(ElementTree.fromstring(book).iter(f"{SPACE}sheet")).attrib["name"]
    assert name and len(name) <= 31 and not set(name) & set("[]:*?/\\'")


def test_every_part_is_xml_and_the_same_content_is_the_same_bytes() -> None:
    data = xlsx_file(Sheet("单", ["h"], [["x"]]))
    assert data == xlsx_file(Sheet("单", ["h"], [["x"]]))
    packed = zipfile.ZipFile(io.BytesIO(data))
    assert len(packed.namelist()) == 6
    for name in packed.namelist():
        ElementTree.fromstring(packed.read(name))


AT = datetime(2026, 3, 12, 9, 30, 15, tzinfo=SHANGHAI)


def read_by_another(data: bytes) -> list[list[object]]:
    """By a reader that is not ours."""
    book = load_workbook(io.BytesIO(data))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)]


def test_numbers_shares_days_and_moments_are_real_ones() -> None:
    row = [12, -3, 99.5, Percent(98.5), date(2026, 3, 12), AT, AT.astimezone(UTC), None]
    data = xlsx_file(Sheet("a", [str(n) for n in range(8)], [row]))
    moment = AT.replace(tzinfo=None)
    [read] = read_by_another(data)
    assert read == [12, -3, 99.5, 0.985, datetime(2026, 3, 12), moment, moment, None]
    formats = [cell.number_format for cell in load_workbook(io.BytesIO(data)).worksheets[0][2]]
    assert formats[3:6] == ["0.0%", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"]


def test_the_same_in_a_text_file() -> None:
    row = [12, -3, 99.5, Percent(98.5), date(2026, 3, 12), AT.astimezone(UTC), None]
    read = list(csv.reader(io.StringIO(csv_file([*"abcdefg"], [row]).decode("utf-8-sig"))))
    assert read[1] == ["12", "-3", "99.5", "98.5 %", "2026-03-12", "2026-03-12 09:30", ""]


def test_columns_are_as_wide_as_what_they_show() -> None:
    book = load_workbook(io.BytesIO(xlsx_file(Sheet("a", ["h", "时刻", "很长"], [["x", AT, "长" * 90]]))))
    widths = [book.worksheets[0].column_dimensions[name].width for name in "ABC"]
    assert widths[0] < widths[1] < widths[2] <= 61 and widths[1] >= 16


def test_several_sheets_each_with_its_name() -> None:
    data = xlsx_file(Sheet("甲", ["h"], [["1"]]), Sheet("甲", ["h"], [["2"]]), Sheet("", ["h"], []))
    book = load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["甲", "甲 2", "3"]
    assert [sheet["A2"].value for sheet in book.worksheets] == ["1", "2", None]
