"""重办/二次派单: the hotline sends an order again that had ended here. When it does, and what becomes of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from issues.lifecycle import MOST_REDOS, OPEN_STATES

# What becomes of it; sentences, notices and remarks of the import have a row for each.
RETURNED, REDO, REVIEW = "returned", "redo", "review"
WAYS = (RETURNED, REDO, REVIEW)


class Sent(NamedTuple):
    """When the hotline dispatched an order, if it says so, and until when it is to be dealt with."""

    dispatched_at: datetime | None
    deadline_at: datetime


class Round(NamedTuple):
    """One time that the hotline sent an order, and what came of it here: `outcome` is a key, or RETURNED."""

    number: int
    dispatched_at: datetime | None
    deadline_at: datetime
    ended_at: datetime | None
    outcome: str


def rounds_of(earlier: Iterable[Mapping[str, Any]]) -> list[Round]:
    """The rounds that are over, as an order keeps them, oldest first."""
    return [
        Round(
            number,
            _moment(one.get("dispatched_at")),
            datetime.fromisoformat(one["deadline_at"]),
            _moment(one.get("ended_at")),
            one.get("outcome", ""),
        )
        for number, one in enumerate(earlier, start=1)
    ]


def is_sent_again(before: Sent, now: Sent) -> bool:
    """Does it set the order anew? With a later time of dispatch; only where a file does not say when it was
    dispatched, with a later deadline. A later deadline alone may be the extension that was asked for, other words
    alone are only a record that was put right, and the same file twice is nothing at all."""
    first, second = before.dispatched_at, now.dispatched_at
    if first is None or second is None:
        return now.deadline_at > before.deadline_at
    return second > first


def way_of(state: str, *, disputed: bool, redo_count: int) -> str:
    """What becomes of an order that is sent again while its issue stands so; "" where it is in hand anyway, by
    itself or with the main issue that it follows.

    What was returned is looked at by the level above whoever returned it, as after an objection. A result is
    redone by whoever submitted it, like any that does not hold: at most twice, then the level above decides.
    """
    if state == "rejected":
        return RETURNED
    if state == "merged" or (state in OPEN_STATES and (state != "resolved" or disputed)):
        return ""
    return REDO if redo_count < MOST_REDOS else REVIEW


def _moment(stated: str | None) -> datetime | None:
    return datetime.fromisoformat(stated) if stated else None
