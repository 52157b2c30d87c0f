"""Hearing of many events at once: for a handler that can ask the database once instead of once per event."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trail.models import Event

HearMany = Callable[[Sequence["Event"], datetime], None]
HEAR_MANY: dict[str, HearMany] = {}


def hears_many(key: str) -> Callable[[HearMany], HearMany]:
    """Register a function that does for many events what the outbox handler of this key does for each.

    It runs in one transaction for all of them; when it fails, they are heard one by one.
    """

    def register(hear: HearMany) -> HearMany:
        HEAR_MANY[key] = hear
        return hear

    return register
