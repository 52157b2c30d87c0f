"""Units and bodies that rows name, read for all of them together."""

from collections.abc import Iterable
from typing import Any

from grids.models import Body, Unit
from trail.rows import read


def with_parties(rows: Iterable[Any]) -> None:
    """Fill in every unit and body that these rows refer to, and the bodies' units: two statements at most.

    By hand and without joins: many of the rows name the same units, and a join for each column that may name
    one takes the database longer to plan than all of this to run. Boundaries are left out.
    """
    rows = list(rows)
    bodies = _read(Body, _named(rows, Body))
    rows += bodies.values()
    units = _read(Unit, _named(rows, Unit))
    for row in rows:
        for field in _references(row):
            found = (units if field.related_model is Unit else bodies).get(getattr(row, field.attname))
            if found is not None:
                setattr(row, field.name, found)


def _references(row: Any) -> list[Any]:
    """The row's columns that name a unit or a body."""
    return [one for one in row._meta.concrete_fields if one.related_model in (Unit, Body)]


def _named(rows: Iterable[Any], model: type) -> set[int | None]:
    return {
        getattr(row, field.attname)
        for row in rows
        for field in _references(row)
        if field.related_model is model
    }


def _read(model: Any, ids: set[int | None]) -> dict[int, Any]:
    asked = sorted(pk for pk in ids if pk)
    without = ("boundary",) if model is Unit else ()
    return (
        {row.pk: row for row in read(model, "WHERE this.id = ANY(%s)", [asked], without=without)}
        if asked
        else {}
    )
