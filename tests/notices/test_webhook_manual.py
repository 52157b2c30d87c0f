"""docs/webhooks.md says what the tables and the code say."""

from datetime import timedelta
from pathlib import Path

from notices import wire
from notices.webhooks import ANSWER_BYTES, MOST_ATTEMPTS, MOST_FAILURES, OVERLAP, REQUEST_CHARS, WAITS
from trail.api import events
from trail.feeds import SOURCES, event_types

TEXT = " ".join((Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text("utf-8").split())
UNITS = (("h", 3600), ("min", 60), ("s", 1))


def said(wait: timedelta) -> str:
    seconds = int(wait.total_seconds())
    unit, size = next((unit, size) for unit, size in UNITS if seconds % size == 0)
    return f"{seconds // size} {unit}"


def test_times_and_sizes() -> None:
    *first, last = map(said, WAITS)
    assert f"after {', '.join(first)} and {last}" in TEXT
    assert MOST_ATTEMPTS == 10 and "after ten attempts" in TEXT
    assert MOST_FAILURES == 10 and "Ten failures in a row" in TEXT
    assert wire.SECONDS == 8 and "within 8 seconds" in TEXT
    assert f"{ANSWER_BYTES:,} bytes" in TEXT and timedelta(hours=24) == OVERLAP and "for 24 hours" in TEXT
    assert f"first {REQUEST_CHARS:,} characters" in TEXT
    assert f"is {events.PAGE} and at most {events.MOST}" in TEXT


def test_every_field_of_a_row_is_explained() -> None:
    fields = events.EventSerializer().fields
    assert [name for name in fields if f"`{name}`" not in TEXT] == []
    assert set(SOURCES) == {"issue", "unit", "body"}
    missing = [key for key in event_types() if not key.startswith("issue.") and f"`{key}`" not in TEXT]
    assert missing == []
