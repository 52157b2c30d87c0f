"""Tables as files: what a spreadsheet would run stays text, and the file is whole."""

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest

from issues.workbook import csv_file, neutral, xlsx_file

SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def cells(data: bytes) -> list[list[str]]:
    sheet = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    rows = ElementTree.fromstring(sheet).iter(f"{SPACE}row")
    return [["".join(cell.itertext()) for cell in row] for row in rows]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_no_formula_leaves_the_house(text: str) -> None:
    assert neutral(text) == f"'{text}"
    assert next(csv.reader(io.StringIO(csv_file(["a"], [[text]]).decode("utf-8-sig"), newline=""))) == ["a"]
    assert cells(xlsx_file("a", ["a"], [[text]]))[1][0].lstrip("'").strip() == text.strip()
    assert (
        f">{text}"
        not in zipfile.ZipFile(io.BytesIO(xlsx_file("a", ["a"], [[text]])))
        .read("xl/worksheets/sheet1.xml")
        .decode()
    )


@pytest.mark.parametrize(
    ("cell", "kept"), [(None, ""), (-3, -3), (99.5, 99.5), ("网格", "网格"), ("a=b", "a=b")]
)
def test_what_is_harmless_stays(cell: object, kept: object) -> None:
    assert neutral(cell) == kept  # type: ignore[arg-type]


def test_chinese_and_marks_survive_in_both() -> None:
    rows = [["20260310-000001", '天光社区 <1号楼> & "东"', 3], ["二\n行", "\x07响", None]]
    header = ["工单编号", "地点", "数"]
    read = list(csv.reader(io.StringIO(csv_file(header, rows).decode("utf-8-sig"), newline="")))
    assert read[:2] == [header, ["20260310-000001", '天光社区 <1号楼> & "东"', "3"]]
    assert cells(xlsx_file("问题清单", header, rows)) == [
        header, ["20260310-000001", "天光社区 <1号楼> & \"东\"", "3"], ["二\n行", "响", ""],
    ]  # fmt: skip


def test_numbers_are_numbers_and_the_heading_is_bold() -> None:
    sheet = (
        zipfile.ZipFile(io.BytesIO(xlsx_file("a", ["h"], [[12]]))).read("xl/worksheets/sheet1.xml").decode()
    )
    assert "<c><v>12</v></c>" in sheet and '<c s="1" t="inlineStr">' in sheet


@pytest.mark.parametrize("title", ["a/b:c?[d]*'", "", "很" * 60])
def test_any_title_names_the_sheet(title: str) -> None:
    book = zipfile.ZipFile(io.BytesIO(xlsx_file(title, ["h"], []))).read("xl/workbook.xml")
    name = next(ElementTree.fromstring(book).iter(f"{SPACE}sheet")).attrib["name"]
    assert name and len(name) <= 31 and not set(name) & set("[]:*?/\\'")


def test_every_part_is_xml_and_the_same_content_is_the_same_bytes() -> None:
    data = xlsx_file("单", ["h"], [["x"]])
    assert data == xlsx_file("单", ["h"], [["x"]])
    packed = zipfile.ZipFile(io.BytesIO(data))
    assert len(packed.namelist()) == 6
    for name in packed.namelist():
        ElementTree.fromstring(packed.read(name))
