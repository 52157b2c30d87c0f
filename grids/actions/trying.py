"""Whether an action would be refused, found out by doing it and taking it back: the preview says what the action says."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from trail.refusals import Refused


class _TakenBack(Exception):
    """Undoes what was tried."""


def refusal_of(act: Callable[[], Any]) -> Refused | None:
    """Why it would be refused now; None where it would be done. Nothing stays written, and nobody hears of it."""
    try:
        with transaction.atomic():
            act()
            raise _TakenBack
    except _TakenBack:
        return None
    except Refused as refused:
        return refused
