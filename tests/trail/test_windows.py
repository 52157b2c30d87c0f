"""The feed read window by window: nothing is skipped, nothing comes twice, and no look is long."""

import pytest

from tests.builders import NOW
from tests.parallel import eventually
from tests.trail.test_querysets import Slow
from trail import windows
from trail.actions import record_event
from trail.querysets import of_types
from trail.windows import START, Position, Window, look, newest_settled

pytestmark = pytest.mark.django_db(transaction=True)


def named(window: Window) -> list[tuple[str, int]]:
    return [(event.subject_type, event.subject_id) for event in window.rows]


def read_on(after: Position, limit: int = 2) -> tuple[list[tuple[str, int]], Position]:
    """Everything behind a position, page by page."""
    seen: list[tuple[str, int]] = []
    while True:
        window = look(after, limit=limit)
        seen, after = seen + named(window), window.end
        if not window.more:
            return seen, after


def test_two_transactions_that_commit_out_of_order_are_both_read() -> None:
    with Slow(1):
        record_event("fast", 1, "add", by=None, now=NOW)
        record_event("fast", 2, "add", by=None, now=NOW)
        early, cursor = read_on(START)
        assert early == [] and cursor == START
    late: list[tuple[str, int]] = []

    def more() -> bool:
        nonlocal cursor
        seen, cursor = read_on(cursor)
        late.extend(seen)
        return len(late) >= 3

    assert eventually(more)
    assert late == [("slow", 1), ("fast", 1), ("fast", 2)]
    assert look(cursor, limit=5) == Window(cursor)
    assert newest_settled() == cursor


def settle(count: int) -> None:
    for number in range(count):
        record_event("a" if number % 5 else "rare", number, "add", by=None, now=NOW, seq=1)
    assert eventually(lambda: len(read_on(START, 50)[0]) == count)


def test_pages_of_any_size_give_the_same() -> None:
    settle(11)
    whole, end = read_on(START, 50)
    assert all(read_on(START, size) == (whole, end) for size in (1, 2, 3, 10, 11, 12))


def test_a_look_for_something_rare_ends_after_so_many_and_goes_on_from_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settle(11)
    monkeypatch.setattr(windows, "MOST_PASSED", 4)
    found, after, looks = [], START, 0
    while True:
        window = look(after, wanted=of_types(["rare.add"]), limit=10)
        assert len(window.rows) <= 1
        found, after, looks = found + named(window), window.end, looks + 1
        if not window.more:
            break
    assert found == [("rare", 0), ("rare", 5), ("rare", 10)] and looks == 3
    # Of one subject only its own events are passed over.
    assert named(look(START, about=("rare", 10), limit=5)) == [("rare", 10)]
    assert look(START, about=("rare", 10), limit=5).more is False


def test_no_types_find_nothing() -> None:
    settle(1)
    assert look(START, wanted=of_types([]), limit=5).rows == []
