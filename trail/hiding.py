"""What of the trail is kept from whom: an app says, for a kind of subject, of which ones a person reads nothing."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q

# (user, now) → queryset of the ids of those subjects.
Hidden = Callable[[Any, datetime], Any]

HIDDEN: dict[str, Hidden] = {}


def hide(subject: str, ids: Hidden) -> None:
    """Keep events of these subjects from whoever it says. Call it once, at start."""
    HIDDEN[subject] = ids


def kept_from(user: Any, now: datetime, prefix: str = "") -> Q:
    """Events that this person must not read, whatever post they hold; `prefix` as "event__" for rows about one."""
    found = Q(pk__in=[])
    for subject, ids in HIDDEN.items():
        found |= Q(**{f"{prefix}subject_type": subject, f"{prefix}subject_id__in": ids(user, now)})
    return found
