"""Words for reading the categories that a list can be narrowed by."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from issues.models import Category


def categories_offered(user: Any, now: datetime, chosen: str = "") -> list[tuple[str, str]]:
    """(key, label) of those in use that the person sees, and of the one chosen: each group before what is part of it,
    which stands a step in. One query."""
    seen: Any = Category.objects.visible_to(user, now)
    rows = list(seen.filter(Q(is_active=True) | Q(key=chosen)).order_by("order", "key"))
    known = {row.pk for row in rows}
    offered = []
    for top in (row for row in rows if row.parent_id not in known):
        offered.append((top.key, top.label))
        offered += [(row.key, f"　{row.label}") for row in rows if row.parent_id == top.pk]
    return offered
