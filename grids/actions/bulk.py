"""Writing many units or many places at once: what imports, merges, plans and repairs share.

By COPY and by arrays: bulk_create and bulk_update take several times as long.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import connection

from grids.models import Unit
from grids.nested import Node, Place, layout

BATCH = 5000
# Of one place, in this order: the columns and their types, as PostgreSQL knows them.
_COLUMNS = {
    "tree_id": "int",
    "lft": "int",
    "rght": "int",
    "level": "int",
    "district_id": "bigint",
    "street_id": "bigint",
    "community_id": "bigint",
    "grid_id": "bigint",
}
_UPDATE = (
    "UPDATE grids_unit AS u SET {sets} FROM unnest(%s::bigint[], {types}) AS v(id, {names}) WHERE u.id = v.id"
)
_UPDATE_PLACES = _UPDATE.format(
    sets=", ".join(f"{name} = v.{name}" for name in _COLUMNS),
    types=", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values()),
    names=", ".join(_COLUMNS),
)

# One place to write: the unit's id, its tree_id, where it belongs.
Row = tuple[int, int, Place]


class NewUnit(NamedTuple):
    """A unit about to be made; the fields are Unit's columns."""

    id: int
    parent_id: int | None
    code: str
    kind: str
    name: str
    initials: str
    official_name: str
    city: str
    line: str
    label_override: str
    party_label_override: str
    grid_kind: str
    households: int | None
    phone: str
    boundary: str | None
    lon: float | None
    lat: float | None
    tree_id: int
    lft: int
    rght: int
    level: int
    district_id: int | None
    street_id: int | None
    community_id: int | None
    grid_id: int | None


_INSERT = f"COPY grids_unit ({', '.join(NewUnit._fields)}) FROM STDIN WITH (FORMAT csv, NULL '\\N')"


def insert_units(units: Sequence[NewUnit]) -> None:
    """Store new units; their parents are stored already or among them. The caller holds their trees."""
    lines = io.StringIO()
    csv.writer(lines).writerows(["\\N" if value is None else value for value in unit] for unit in units)
    lines.seek(0)
    with connection.cursor() as cursor:
        cursor.copy_expert(_INSERT, lines)


def renumber(tree_ids: Sequence[int]) -> int:
    """Put every unit of these trees where its parent and code say; how many were elsewhere.

    The caller holds the trees. Units that no root leads to stay as they are (check_tree names them).
    """
    stored = read_places(tree_ids)
    places = layout(node for node, _ in stored.values())
    roots = {place.lineage[0]: stored[pk][1][0] for pk, place in places.items() if place.depth == 0}
    wrong = [
        (pk, tree_id, place)
        for pk, place in places.items()
        if stored[pk][1] != (tree_id := roots[place.lineage[0]], place)
    ]
    write_places(wrong)
    return len(wrong)


def read_places(tree_ids: Sequence[int] | None = None) -> dict[int, tuple[Node, tuple[int, Place]]]:
    """Id → (what decides its place, (tree_id, the place stored)); of all units for None."""
    units = Unit.objects.order_by("pk") if tree_ids is None else Unit.objects.filter(tree_id__in=tree_ids)
    rows = units.order_by("pk").values_list("pk", "parent_id", "kind", "code", *_COLUMNS)
    return {
        row[0]: (Node(*row[:4]), (row[4], Place(row[5], row[6], row[7], tuple(row[8:]))))
        for row in rows.iterator(chunk_size=BATCH)
    }


def write_places(rows: Sequence[Row]) -> None:
    """Store the places, a batch a statement."""
    with connection.cursor() as cursor:
        for start in range(0, len(rows), BATCH):
            columns = zip(*map(_flat, rows[start : start + BATCH]), strict=True)
            cursor.execute(_UPDATE_PLACES, [_array(column) for column in columns])


def _array(column: Iterable[int | None]) -> str:
    """As PostgreSQL writes an array; a list would be sent as an expression, which it parses slowly."""
    return "{" + ",".join("NULL" if value is None else str(value) for value in column) + "}"


def _flat(row: Row) -> tuple[int | None, ...]:
    pk, tree_id, place = row
    return (pk, tree_id, place.lft, place.rght, place.depth, *place.lineage)
