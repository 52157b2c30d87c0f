"""Rows that leave the house as a file: recorded, under their name, kept by nobody on the way.

There are two ways out and no third (tests/architecture/leaving.py): `hand_over` for rows, `blank` for sheets to fill in.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from grids.actions.exports import note_export
from grids.workbook import CSV_TYPE, XLSX_TYPE, Sheet, csv_file, xlsx_file
from trail.paging import PASSING, ROWS

KINDS = ("csv", "xlsx")
# Nor are the order of a list and the length of its pages filters.
NO_FILTER = PASSING | {"o", ROWS}


def hand_over(
    request: HttpRequest,
    what: str,
    name: str,
    *sheets: Sheet,
    filters: Mapping[str, Any],
    now: datetime,
    kind: str = "xlsx",
) -> HttpResponse:
    """The file `name` (without its ending), and written down who took it: which list (`what`, a key), how many rows
    it has below its headings, by which filter (name → code), which `kind`. As CSV the first sheet alone.

    Asked for by a form, since it writes: `request` is a POST.
    """
    assert request.method == "POST", "a file is asked for by a form: that it was taken is written down"
    given = [sheet._replace(rows=list(sheet.rows)) for sheet in (sheets[:1] if kind == "csv" else sheets)]
    answer = _attachment(name, given, kind)
    codes = {key: str(value) for key, value in filters.items()}
    rows = sum(len(sheet.rows) for sheet in given)
    note_export(what, rows=rows, filters=codes, file=kind, by=request.user, now=now)
    return answer


def stamped(what: str, now: datetime) -> str:
    """A file's name: what is in it, and when it was taken."""
    return f"{what}-{timezone.localtime(now):%Y%m%d-%H%M}"


def blank(name: str, *sheets: Sheet, kind: str = "xlsx") -> HttpResponse:
    """A file to be filled in; as CSV the first sheet alone. It says nothing of anybody, so nothing is written down."""
    return _attachment(name, sheets, kind)


def kind_asked(request: HttpRequest) -> str:
    """Which sort of file a form, or the link to a template, asks for; a workbook where it does not say."""
    asked = (request.POST if request.method == "POST" else request.GET).get("as", "")
    return asked if asked in KINDS else "xlsx"


def filters_of(request: HttpRequest) -> dict[str, str]:
    """What a list of the admin is narrowed by."""
    return {name: value for name, value in request.GET.items() if name not in NO_FILTER and value}


def _attachment(name: str, sheets: Any, kind: str) -> HttpResponse:
    if kind == "csv":
        data, content_type = csv_file(sheets[0].header, sheets[0].rows), CSV_TYPE
    else:
        data, content_type = xlsx_file(*sheets), XLSX_TYPE
    answer = HttpResponse(data, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
