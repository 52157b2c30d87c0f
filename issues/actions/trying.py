"""What an action would do, found out by doing it and taking it back: the preview says what the action says."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import transaction

from trail.refusals import Refused

Found = TypeVar("Found")


class _TakenBack(Exception):
    """Undoes what was tried, and carries what it came to."""

    def __init__(self, found: Any) -> None:
        super().__init__()
        self.found = found


def tried(act: Callable[[], Found]) -> Found | Refused:
    """What it would come to (the issue as it would be, say), or the refusal. Nothing stays written, and nobody hears of
    it."""
    try:
        with transaction.atomic():
            raise _TakenBack(act())
    except _TakenBack as taken:
        return taken.found
    except Refused as refused:
        return refused
