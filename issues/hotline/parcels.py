"""Rows, orders and wrong rows as text, for the time between the upload and the end of the import."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from issues.hotline.cells import text_of
from issues.hotline.rows import Checked, Fault, Order
from issues.hotline.sheets import Row, Sheet

# One chunk of the import: well below a second of work.
ORDERS_IN_A_PARCEL = 25
# And of the check.
ROWS_IN_A_PARCEL = 200


@dataclass(frozen=True)
class WrongRow:
    """A row that cannot be taken: its cells as they stand in the sheet, and everything that is wrong."""

    line: int
    cells: tuple[str, ...]
    faults: tuple[Fault, ...]


def parcels_of(orders: Sequence[Order]) -> Iterator[str]:
    """The orders in their order, a text for each chunk."""
    for start in range(0, len(orders), ORDERS_IN_A_PARCEL):
        rows = [vars(order) for order in orders[start : start + ORDERS_IN_A_PARCEL]]
        yield json.dumps(rows, ensure_ascii=False, default=datetime.isoformat)


def orders_in(parcel: str) -> list[Order]:
    """What `parcels_of` packed."""
    return [_order(row) for row in json.loads(parcel)]


def rows_of(sheet: Sheet) -> Iterator[str]:
    """The rows as they were read, a text for each chunk of the check."""
    for start in range(0, len(sheet.rows), ROWS_IN_A_PARCEL):
        part = sheet.rows[start : start + ROWS_IN_A_PARCEL]
        yield json.dumps(part, ensure_ascii=False, default=_marked)


def rows_in(parcel: str) -> tuple[Row, ...]:
    """What `rows_of` packed."""
    return tuple((line, tuple(map(_unmarked, cells))) for line, cells in json.loads(parcel))


def wrong_rows(sheet: Sheet, checked: Checked) -> list[WrongRow]:
    """The wrong rows with their cells."""
    faults: dict[int, list[Fault]] = {}
    for fault in checked.faults:
        faults.setdefault(fault.line, []).append(fault)
    return [
        WrongRow(line, tuple(text_of(cell) for cell in cells), tuple(faults[line]))
        for line, cells in sheet.rows
        if line in faults
    ]


def pack_wrong(rows: Iterable[WrongRow]) -> str:
    """Wrong rows as text; "" for none."""
    packed = [[row.line, row.cells, row.faults] for row in rows]
    return json.dumps(packed, ensure_ascii=False) if packed else ""


def wrong_in(text: str) -> list[WrongRow]:
    """What `pack_wrong` packed."""
    return [
        WrongRow(line, tuple(cells), tuple(Fault(*fault) for fault in faults))
        for line, cells, faults in json.loads(text or "[]")
    ]


def _marked(cell: Any) -> Any:
    """A moment or a day that Excel keeps as one; whatever else it keeps, as people read it."""
    if isinstance(cell, datetime):
        return {"at": cell.isoformat()}
    return {"on": cell.isoformat()} if isinstance(cell, date) else text_of(cell)


def _unmarked(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    return datetime.fromisoformat(cell["at"]) if "at" in cell else date.fromisoformat(cell["on"])


def _order(row: dict[str, Any]) -> Order:
    moments = {name: _moment(row[name]) for name in ("dispatched_at", "deadline")}
    return Order(**row | moments | {name: tuple(row.get(name, ())) for name in ("remarks", "related")})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
