"""Files as a hotline sends them, Excel and CSV, for tests."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook, load_workbook

from issues.hotline.columns import DEFAULT, Columns

ROW: dict[str, Any] = {
    "number": "GZ2026031000001",
    "type": "求助",
    "category": "城市管理->环境卫生->垃圾清运",
    "title": "演示垃圾",
    "content": "演示:楼下垃圾三天没有清运。",
    "caller": "演示居民",
    "phone": "13800001234",
    "secret": "否",
    "district": "宽城区",
    "street": "新发街道",
    "community": "天光社区",
    "spot": "1号楼北侧",
    "way": "电话",
    "nature": "主办",
    "dispatched": "2026-03-09 16:00:00",
    "deadline": "2026-03-16 17:30",
}


def row(**changes: Any) -> dict[str, Any]:
    return ROW | changes


def workbook(
    rows: Iterable[Mapping[str, Any]],
    *,
    columns: Columns = DEFAULT,
    header: Sequence[str] | None = None,
    above: Sequence[Sequence[Any]] = (),
) -> bytes:
    """The rows (meaning → cell) under the columns' headings, with other lines above them."""
    book = Workbook()
    sheet = book.active
    for line in above:
        sheet.append(list(line))
    names = list(columns.headings)
    sheet.append(list(header or columns.headers()))
    for one in rows:
        sheet.append([one.get(name) for name in names])
        for cell in sheet[sheet.max_row]:
            # Typed as text, as the hotline's own system writes it; else it is kept as a formula.
            cell.data_type = "s" if cell.data_type == "f" else cell.data_type
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read_back(data: bytes, sheet_number: int = 0) -> list[list[Any]]:
    """All cells of a sheet."""
    sheet = load_workbook(io.BytesIO(data)).worksheets[sheet_number]
    return [list(line) for line in sheet.iter_rows(values_only=True)]


def csv_text(
    rows: Iterable[Mapping[str, Any]],
    *,
    columns: Columns = DEFAULT,
    above: Sequence[Sequence[Any]] = (),
) -> str:
    """The same as a CSV."""
    out = io.StringIO(newline="")
    lines = [*above, columns.headers(), *([one.get(name) for name in columns.headings] for one in rows)]
    csv.writer(out).writerows(lines)
    return out.getvalue()
