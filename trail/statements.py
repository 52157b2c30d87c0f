"""Statements that the server plans once per connection. For the paths that every request takes: there to plan a
statement cost twice what running it did.

psycopg2 cannot prepare; PostgreSQL's own PREPARE and EXECUTE can. A plan goes with its connection, so behind a
pooler that hands a connection to somebody else between transactions this has to be switched off
(PREPARE_STATEMENTS=0).
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import connection

Parameters = Sequence[Any] | Mapping[str, Any]

# Statements whose text varies (a list of any length) must not fill the server's memory: past this number per
# connection they are run as they are.
MOST_KEPT = 200
_PLACE = re.compile(r"%(?:\((\w+)\))?([s%])")
# Connection of the driver → text of a statement → its name there.
_kept: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()
_numbers = count(1)


def rows_of(sql: str, parameters: Parameters = (), *, keep: bool = True) -> list[tuple[Any, ...]]:
    """Run a statement that answers with rows; as `perform`."""
    with connection.cursor() as cursor:
        perform(cursor, sql, parameters, keep=keep)
        return cursor.fetchall()


def perform(cursor: Any, sql: str, parameters: Parameters = (), *, keep: bool = True) -> None:
    """Run a statement on a cursor of Django's, prepared from its first time on. Placeholders as the driver has
    them (%s or %(name)s), each of a type that follows from where it stands. `keep=False` where the text will
    hardly come again."""
    if not (keep and settings.PREPARE_STATEMENTS):
        cursor.execute(sql, parameters or None)
        return
    numbered, order = _numbered(sql)
    values = [parameters[key] for key in order]  # type: ignore[index,call-overload]
    call = f"({', '.join(['%s'] * len(values))})" if values else ""
    kept = _kept.setdefault(connection.connection, {})
    if name := kept.get(sql):
        cursor.execute(f"EXECUTE {name}{call}", values or None)
    elif len(kept) >= MOST_KEPT:
        cursor.execute(sql, parameters or None)
    else:
        # A name is never used twice: what a first run that failed has left there must not be in the way.
        name = f"gezhi_{next(_numbers)}"
        text = numbered.replace("%", "%%") if values else numbered
        cursor.execute(f"PREPARE {name} AS {text}; EXECUTE {name}{call}", values or None)
        kept[sql] = name


@cache
def _numbered(sql: str) -> tuple[str, tuple[str | int, ...]]:
    """The text with $1, $2 …, and which parameter each of them is."""
    order: list[str | int] = []

    def place(found: re.Match[str]) -> str:
        name, kind = found.groups()
        if kind == "%":
            return "%"
        if name is None:
            order.append(len(order))
        elif name not in order:
            order.append(name)
        return f"${order.index(name) + 1 if name else len(order)}"

    return _PLACE.sub(place, sql), tuple(order)
