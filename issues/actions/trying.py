"""What an action would do, found out by doing it and taking it back: the preview says what the action says."""

from collections.abc import Callable

from django.db import transaction

from issues.models import Issue
from trail.refusals import Refused


class _TakenBack(Exception):
    """Undoes what was tried, and carries what it came to."""

    def __init__(self, issue: Issue) -> None:
        super().__init__()
        self.issue = issue


def tried(act: Callable[[], Issue]) -> Issue | Refused:
    """The issue as it would be, or the refusal. Nothing stays written, and nobody hears of it."""
    try:
        with transaction.atomic():
            raise _TakenBack(act())
    except _TakenBack as taken:
        return taken.issue
    except Refused as refused:
        return refused
