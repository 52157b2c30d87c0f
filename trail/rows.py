"""Rows read by SQL of one's own. For the paths that every request takes: there Django's query builder costs
several times what the database does. Everything else stays with querysets.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model
from django.db.models.base import ModelState

from trail.statements import Parameters, rows_of

Row = TypeVar("Row", bound=Model)


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


def fresh(model: type[Row], **values: Any) -> Row:
    """A new row as `model(**values)` makes it, at a tenth of the cost: for what comes in by the hundreds.

    Fields by name or attribute, rows of other tables as objects that are written already or None.
    """
    constant, made, relations = _blank(model)
    row = model.__new__(model)
    row._state = ModelState()
    own = row.__dict__
    own.update(constant)
    for name, make in made:
        if name not in values:
            own[name] = make()
    for name, value in values.items():
        if name in relations:
            own[relations[name]] = None if value is None else value.pk
            row._state.fields_cache[name] = value
        else:
            own[name] = value
    if len(own) > len(constant) + len(made) + 1:
        raise TypeError(f"{model.__name__} has not all of these fields: {', '.join(values)}")
    return row


@cache
def _blank(model: type[Model]) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]], dict[str, str]]:
    """Attributes that are always the same in a new row, those that are made anew each time, and the attribute of each
    relation."""
    constant: dict[str, Any] = {}
    made: list[tuple[str, Callable[[], Any]]] = []
    for field in model._meta.concrete_fields:
        if field.has_default() and callable(field.default):
            made.append((field.attname, field.get_default))
        else:
            constant[field.attname] = field.get_default()
    relations = {field.name: field.attname for field in model._meta.concrete_fields if field.is_relation}
    return constant, made, relations


def read(
    model: type[Row], tail: str, parameters: Parameters = (), *, without: tuple[str, ...] = ()
) -> list[Row]:
    """The rows of one table, called `this` in what follows FROM (`tail`: joins, conditions, order, lock)."""
    shown = shape(model, "this", without=without)
    found = rows_of(f'SELECT {shown.sql} FROM "{model._meta.db_table}" AS this {tail}', parameters)
    return [shown.make(values) for values in found]


def read_joined(tail: str, parameters: Parameters = (), **shapes: Shape) -> list[tuple[Any, ...]]:
    """Rows of several tables at once: `tail` begins after FROM and calls each table by the name of its shape."""
    shown = ", ".join(one.sql for one in shapes.values())
    found = []
    for values in rows_of(f"SELECT {shown} FROM {tail}", parameters):
        row, start = [], 0
        for one in shapes.values():
            row.append(one.make(values[start : start + len(one.names)]))
            start += len(one.names)
        found.append(tuple(row))
    return found
