"""Rows read and written by hand are the rows that Django reads and writes."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken

from accounts.models import User
from trail.actions import insert_rows, record_event, update_row
from trail.models import Delivery, Event
from trail.rows import read, read_joined, shape

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def values(row: object) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_row_is_what_a_queryset_gives() -> None:
    record_event("thing", 1, "add", by=None, now=NOW, data={"文": [1, None]})
    (event,) = read(Event, "WHERE this.subject_id = %s", [1])
    assert values(event) == values(Event.objects.get())
    assert not event._state.adding and event == Event.objects.get()


def test_encrypted_columns_are_read_plain_and_those_left_out_when_asked_for() -> None:
    user = User.objects.create_user("one", display_name="One", phone="13800001234")
    (whole,) = read(User, "WHERE this.id = %s", [user.pk])
    assert whole.phone == "13800001234"
    (part,) = read(User, "WHERE this.id = %s", [user.pk], without=("phone",))
    with CaptureQueriesContext(connection) as asked:
        assert part.display_name == "One" and not asked.captured_queries
        assert part.phone == "13800001234"
    assert len(asked) == 1


def test_joined_tables_come_as_a_row_each() -> None:
    user = User.objects.create_user("one", display_name="One")
    token, _plain = AuthToken.objects.create(user)
    found = read_joined(
        "knox_authtoken AS token JOIN accounts_user AS person ON person.id = token.user_id",
        token=shape(AuthToken, "token"),
        person=shape(User, "person"),
    )
    assert [(one.pk, person.pk, person.username) for one, person in found] == [(token.pk, user.pk, "one")]


def test_rows_are_inserted_with_their_ids_and_updated_by_name() -> None:
    event = record_event("thing", 1, "add", by=None, now=NOW)
    rows = [Delivery(event=event, handler=key, next_try_at=NOW) for key in ("a", "b")]
    insert_rows(rows)
    assert [values(row) for row in rows] == [values(row) for row in Delivery.objects.order_by("pk")]
    rows[0].handler, rows[0].attempts = "c", 3
    update_row(rows[0], {"attempts"})
    assert Delivery.objects.values_list("handler", "attempts").get(pk=rows[0].pk) == ("a", 3)


def test_what_is_encrypted_is_written_encrypted() -> None:
    user = User.objects.create_user("one", display_name="One")
    user.phone = "13800001234"
    update_row(user, ["phone"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM accounts_user WHERE id = %s", [user.pk])
        assert "13800001234" not in cursor.fetchone()[0]
    assert User.objects.get(pk=user.pk).phone == "13800001234"
