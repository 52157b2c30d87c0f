"""Prepared once per connection, and the same answers as if it were not."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from trail import statements
from trail.statements import perform, rows_of

pytestmark = pytest.mark.django_db
ADD = "SELECT %(one)s::int + %(two)s::int, '50%%' || %(one)s::text"


def plans() -> int:
    """How many the server keeps for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        return cursor.fetchone()[0]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: Any) -> None:
    """Nothing is known of this connection yet."""
    monkeypatch.setattr(statements, "_kept", type(statements._kept)())


@pytest.mark.parametrize("prepare", [True, False])
def test_the_answer_is_the_same(settings: Any, prepare: bool) -> None:
    settings.PREPARE_STATEMENTS = prepare
    before = plans()
    for one in (1, 2):
        assert rows_of(ADD, {"two": 3, "one": one}) == [(one + 3, f"50%{one}")]
        assert rows_of("SELECT %s::int, %s::int, '%%'", [one, 9]) == [(one, 9, "%")]
        assert rows_of("SELECT 'no %'") == [("no %",)]
        assert rows_of("SELECT code FROM grids_unit WHERE id = ANY(%s)", [[]]) == []
    assert plans() - before == (4 if prepare else 0)


def test_from_the_second_time_on_only_the_values_are_sent() -> None:
    with CaptureQueriesContext(connection) as asked:
        rows_of(ADD, {"one": 1, "two": 2})
        rows_of(ADD, {"one": 1, "two": 2})
    first, second = (one["sql"] for one in asked)
    assert "PREPARE" in first and second.startswith("EXECUTE") and "SELECT" not in second


def test_a_first_run_that_failed_is_not_in_the_way_of_the_next() -> None:
    divide = "SELECT 1 / %s::int"
    with pytest.raises(DatabaseError), transaction.atomic():
        rows_of(divide, [0])
    assert rows_of(divide, [1]) == rows_of(divide, [1]) == [(1,)]


def test_what_is_written_is_written_once() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE things (name text)")
        for name in ("a", "b"):
            perform(cursor, "INSERT INTO things (name) VALUES (%s)", [name])
        cursor.execute("SELECT name FROM things ORDER BY name")
        assert cursor.fetchall() == [("a",), ("b",)]


def test_a_server_is_not_filled_with_plans(monkeypatch: Any) -> None:
    monkeypatch.setattr(statements, "MOST_KEPT", 2)
    before = plans()
    for number in range(4):
        assert rows_of(f"SELECT {number}, %s::int", [7]) == [(number, 7)]
    assert plans() - before == 2


def test_a_new_connection_begins_anew() -> None:
    rows_of(ADD, {"one": 1, "two": 2})
    statements._kept.pop(connection.connection)
    assert rows_of(ADD, {"one": 1, "two": 2}) == [(3, "50%1")]
