"""A list leaves the house as a file: who took it, which one, how many rows, by which filter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from trail.actions import record_event

LONGEST_CODE = 40
# What somebody types into a search is words, whatever it looks like.
SEARCH = "q"


@transaction.atomic
def note_export(
    what: str, *, rows: int, filters: Mapping[str, str], file: str, by: Any, now: datetime
) -> None:
    """Record it. `filters`: name → code; what somebody typed into a search is only said to have been there."""
    user = User.objects.select_for_update(no_key=True).get(pk=by.pk)
    codes = {name: value if name != SEARCH and _is_code(value) else True for name, value in filters.items()}
    data = {"list": what, "rows": rows, "filter": codes, "file": file}
    record_event("user", user.pk, "export", by=by, now=now, data=data)


def _is_code(value: str) -> bool:
    """A key, number or day rather than words."""
    return value.isascii() and len(value) <= LONGEST_CODE and " " not in value
