"""Planted downloads: a file of rows that nobody would record is found wherever it is made or given out."""

from pathlib import Path

import pytest

from tests.architecture import leaving
from tests.architecture.house import OTHER_ANSWERS, SHEETS_TO_FILL_IN
from tests.architecture.source import House


@pytest.fixture(scope="module")
def house() -> House:
    return House(Path(__file__).resolve().parents[2])


@pytest.mark.parametrize(
    "text",
    [
        "from grids.workbook import xlsx_file\n\n\ndef f(s):\n    return xlsx_file(s)",
        "from grids import workbook\n\n\ndef f(s):\n    return workbook.csv_file([], s)",
        "import csv\n\n\ndef f(out):\n    return csv.writer(out)",
        "from openpyxl import Workbook\n\n\ndef f():\n    return Workbook()",
        "from django.http import HttpResponse\n\n\ndef f(b):\n    return HttpResponse(b, content_type='text/plain')",
        "def f(answer):\n    answer['Content-Disposition'] = 'attachment'",
        "class R:\n    media_type = 'text/csv'",
        "from django.http import FileResponse",
        "from django.http import StreamingHttpResponse",
        "from grids.admin.downloads import blank\n\n\ndef f(s):\n    return blank('x', s)",
        "from grids.admin import downloads\n\n\ndef f(s):\n    return downloads.blank('x', s)",
    ],
)
def test_a_file_that_nobody_would_record_is_found(found_in, text: str) -> None:
    assert len(found_in(leaving.check, "issues/admin/some.py", text + "\n")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from grids.admin.downloads import hand_over\n\n\ndef f(r, s):\n    return hand_over(r, 'x', 'x', s)",
        "from django.http import HttpResponse\n\n\ndef f():\n    return HttpResponse('x')",
        "import csv\n\n\ndef f(lines):\n    return csv.reader(lines)",
    ],
)
def test_what_is_recorded_or_no_file_passes(found_in, text: str) -> None:
    assert found_in(leaving.check, "issues/admin/some.py", text + "\n") == []


@pytest.mark.parametrize("name", OTHER_ANSWERS)
def test_what_the_table_excuses_is_there(house: House, name: str) -> None:
    assert [*leaving.answered(house.by_name[name])], f"{name} needs no excuse any more: delete it"
    assert len(OTHER_ANSWERS[name]) > 20


@pytest.mark.parametrize("name", SHEETS_TO_FILL_IN)
def test_who_gives_out_empty_sheets_does(house: House, name: str) -> None:
    assert [*leaving.blank(house.by_name[name])], f"{name} gives out none any more: delete it"


def test_there_is_one_door(house: House) -> None:
    """And what goes through it is recorded: both ways out stand in one module, `hand_over` calls the action."""
    doors = {module.name for module in house.modules if [*leaving.made(module)] and module.app != "demo"}
    assert doors == {leaving.DOOR}
    assert "note_export(" in house.by_name[leaving.DOOR].text
