"""Rows read by SQL of one's own. For the paths that every request takes: there Django's query builder costs
several times what the database does. Everything else stays with querysets.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from django.db.models.base import ModelState

Row = TypeVar("Row", bound=Model)
Parameters = Sequence[Any] | Mapping[str, Any]


class Shape:
    """The columns of a model under an alias, and the way back: `sql` goes into a SELECT, `make` takes its values.

    The columns `without` are left to be loaded when somebody asks for them.
    """

    def __init__(self, model: type[Model], alias: str, *, without: tuple[str, ...] = ()) -> None:
        fields = [field for field in model._meta.concrete_fields if field.attname not in without]
        self.model = model
        self.names = [field.attname for field in fields]
        self.sql = ", ".join(f'{alias}."{field.column}"' for field in fields)
        self.has_own_init = model.__init__ is not Model.__init__
        # Encrypted and JSON columns are something else in Python.
        self.readers = [
            (place, field.from_db_value)
            for place, field in enumerate(fields)
            if hasattr(field, "from_db_value")
        ]

    def make(self, values: Sequence[Any]) -> Any:
        """The row as if a queryset had read it."""
        if self.readers:
            values = list(values)
            for place, read in self.readers:
                values[place] = read(values[place], None, connection)
        if self.has_own_init:
            return self.model.from_db(connection.alias, self.names, values)
        # As from_db, which spends most of its time on what a row that has just been read does not need.
        row = self.model.__new__(self.model)
        row._state = ModelState()
        row._state.db, row._state.adding = connection.alias, False
        row.__dict__.update(zip(self.names, values, strict=True))
        return row


shape = cache(Shape)


def read(
    model: type[Row], tail: str, parameters: Parameters = (), *, without: tuple[str, ...] = ()
) -> list[Row]:
    """The rows of one table, called `this` in what follows FROM (`tail`: joins, conditions, order, lock)."""
    shown = shape(model, "this", without=without)
    found = read_values(f'SELECT {shown.sql} FROM "{model._meta.db_table}" AS this {tail}', parameters)
    return [shown.make(values) for values in found]


def read_joined(tail: str, parameters: Parameters = (), **shapes: Shape) -> list[tuple[Any, ...]]:
    """Rows of several tables at once: `tail` begins after FROM and calls each table by the name of its shape."""
    shown = ", ".join(one.sql for one in shapes.values())
    found = []
    for values in read_values(f"SELECT {shown} FROM {tail}", parameters):
        row, start = [], 0
        for one in shapes.values():
            row.append(one.make(values[start : start + len(one.names)]))
            start += len(one.names)
        found.append(tuple(row))
    return found


def read_values(sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
    """What a SELECT answers, as it is."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
