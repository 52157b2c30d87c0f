"""Tests that commit are cleaned up by TRUNCATE, which the append-only tables refuse even to their owner."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations

ALWAYS = """
    SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger
    WHERE tgenabled = 'A' AND NOT tgisinternal
"""


def _around(sql_flush: Callable) -> Callable:
    def lifted(self: DatabaseOperations, *args: object, **kwargs: object) -> list[str]:
        statements = sql_flush(self, *args, **kwargs)
        if not statements:
            return statements
        with connections[self.connection.alias].cursor() as cursor:
            cursor.execute(ALWAYS)
            triggers = cursor.fetchall()
        # Django runs the list in one transaction: nobody ever sees the table unguarded.
        down = [f"ALTER TABLE {table} DISABLE TRIGGER {name};" for table, name in triggers]
        up = [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};" for table, name in triggers]
        return [*down, *statements, *up]

    return lifted


@contextmanager
def triggers_lifted_for_flush() -> Iterator[None]:
    """While it lasts, Django's flush (and nothing else) gets past triggers that are ENABLE ALWAYS."""
    original = DatabaseOperations.sql_flush
    DatabaseOperations.sql_flush = _around(original)
    try:
        yield
    finally:
        DatabaseOperations.sql_flush = original
