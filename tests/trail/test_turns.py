"""One kind of work waits for itself and for nothing else."""

from threading import Event as Signal

import pytest
from django.db import connection, transaction

from tests.parallel import at_once, eventually
from trail.turns import take_turn

pytestmark = pytest.mark.django_db(transaction=True)
WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
)


def waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("other", "waits"),
    [(("a.work", 1), True), (("a.work", 2), False), (("b.work", 1), False), (("a.work", "key"), False)],
)
def test_the_same_turn_is_waited_for(other: tuple, waits: bool) -> None:
    taken, done, order = Signal(), Signal(), []

    def first() -> None:
        with transaction.atomic():
            take_turn("a.work", 1)
            taken.set()
            if waits:
                assert eventually(waiting)
            else:
                assert done.wait(60)
            order.append("first")

    def second() -> None:
        assert taken.wait(60)
        with transaction.atomic():
            take_turn(*other)
            order.append("second")
        done.set()

    results = at_once([first, second])
    assert results == [None, None], results
    assert order == (["first", "second"] if waits else ["second", "first"])
