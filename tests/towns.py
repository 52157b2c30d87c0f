"""The town of builders.py, built once per process and put back in milliseconds wherever a test needs it.

It is built by the actions in a transaction that is undone, and kept as the rows that stood there. No
transaction stays open between tests: one would hold up the event feed of every database of the server.
"""

import io
from copy import deepcopy
from functools import cache

from django.apps import apps
from django.db import connection, transaction

from grids.standing import forget_standings
from issues.districts import forget_rules
from issues.worktimes import forget_worktimes
from tests.builders import Town, town

OURS = ("trail", "accounts", "calendars", "grids", "notices", "issues", "volunteers")


BEYOND = """
    SELECT setval(sequence, greatest(nextval(sequence), (SELECT max(id) FROM {table})))
    FROM pg_get_serial_sequence('{table}', 'id') AS sequence
"""


def put_town() -> Town:
    """The whole town in the current database, and its people, places and categories as fresh objects."""
    built, rows = _built()
    with connection.cursor() as cursor:
        for table, content in rows.items():
            cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(content))
        # What is added to it later gets other numbers, whatever a test that committed has reset.
        cursor.execute(";".join(BEYOND.format(table=table) for table in rows if _is_numbered(table)))
    # Nothing that was read before may be believed now.
    forget_standings()
    forget_worktimes()
    forget_rules()
    return deepcopy(built)


@cache
def _built() -> tuple[Town, dict[str, str]]:
    with transaction.atomic():
        built, rows = town(), {}
        with connection.cursor() as cursor:
            # Sums the constraints up that wait for the end, so that what is copied is known to be whole.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for model in (model for app in OURS for model in apps.get_app_config(app).get_models()):
                content = io.StringIO()
                cursor.copy_expert(f"COPY {model._meta.db_table} TO STDOUT", content)
                if content.tell():
                    rows[model._meta.db_table] = content.getvalue()
        transaction.set_rollback(True)
    return built, rows


@cache
def _is_numbered(table: str) -> bool:
    """Does the database number its rows?"""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM information_schema.columns WHERE table_name = %s AND column_name = 'id'"
            " AND (is_identity = 'YES' OR column_default LIKE 'nextval%%')",
            [table],
        )
        return bool(cursor.fetchone()[0])
