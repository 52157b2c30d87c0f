"""Rows read and written by hand are the rows that Django reads and writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken

from accounts.models import User
from trail.actions import NewEvent, insert_rows, record_event, record_events, update_row
from trail.models import Delivery, Event
from trail.outbox import HANDLERS, handler
from trail.rows import fresh, read, read_joined, shape

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


def test_many_rows_are_inserted_as_few_are() -> None:
    """What is the same in all of them and what is not, empty and full, with characters that SQL or JSON know."""
    event = record_event("thing", 1, "add", by=None, now=NOW)
    texts = ["", "a'b", '"\\', "文\n%s", "{}", None]

    def rows(count: int, until: int) -> list[Delivery]:
        return [
            Delivery(
                event=event,
                handler=f"{until}-{number}",
                next_try_at=NOW,
                attempts=number % until,
                last_error=texts[number % len(texts)] or "",
            )
            for number in range(count)
        ]

    for until in (1, 3):
        few, many = rows(2, until), rows(9, until)
        insert_rows(few)
        Delivery.objects.all().delete()
        insert_rows(many)
        kept = list(Delivery.objects.order_by("pk"))
        assert [values(row) for row in many] == [values(row) for row in kept]
        assert [values(row) | {"id": 0} for row in many[:2]] == [values(row) | {"id": 0} for row in few]
        Delivery.objects.all().delete()


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_events_and_who_hears_of_them_are_the_same_by_one_or_by_many(count: int) -> None:
    with handlers() as key:
        new = [
            NewEvent(
                "thing",
                number,
                "add" if number % 2 else "tell",
                seq=1,
                unit_id=number or None,
                unit_label="a'b\"\\文",
                data={"文": [number, None, {"x": "'%s"}], "at": 1.5, "no": False},
            )
            for number in range(count)
        ]
        rows = record_events(new, now=NOW)
    kept = list(Event.objects.order_by("pk"))
    assert [row.pk for row in rows] == [row.pk for row in kept]
    shown = ("subject_type", "subject_id", "verb", "seq", "unit_id", "unit_label", "data", "occurred_at")
    assert [[getattr(row, name) for name in shown] for row in rows] == [
        [getattr(row, name) for name in shown] for row in kept
    ]
    told = Delivery.objects.order_by("event__subject_id").values_list("event__subject_id", "handler")
    assert list(told) == [(number, key) for number in range(count) if number % 2 == 0]
    assert all(row.attempts == 0 and row.next_try_at == NOW for row in Delivery.objects.all())


@contextmanager
def handlers() -> Iterator[str]:
    handler("test-rows", "thing.tell")(lambda event, now: None)
    try:
        yield "test-rows"
    finally:
        del HANDLERS["test-rows"]


def test_a_fresh_row_is_what_the_model_makes() -> None:
    user = User.objects.create_user("one", display_name="One")
    given = {
        "subject_type": "thing",
        "subject_id": 1,
        "seq": 1,
        "verb": "add",
        "actor": user,
        "occurred_at": NOW,
    }
    made, own = fresh(Event, **given), Event(**given)
    ours = {
        name: value for name, value in vars(own).items() if name not in ("_state", "recorded_at", "xact_id")
    }
    assert {name: vars(made)[name] for name in ours} == ours
    assert made.actor is user and made._state.adding and made._state.db is None
    assert fresh(Event).data is not fresh(Event).data
    assert fresh(Event, actor_id=user.pk).actor == user and fresh(Event, actor=None).actor is None
    made.save()
    assert Event.objects.get().recorded_at is not None
    with pytest.raises(TypeError):
        fresh(Event, nonsense=1)
