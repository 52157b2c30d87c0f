"""The categories that a district adds by a rule of its own: a row each, which stays when the rule lets go of it."""

from datetime import datetime
from typing import Any

from grids.models import Policy
from issues.models import Category
from issues.policies.asking import own_key
from issues.policies.matters import NOBODY
from trail.actions import record_event

# They stand behind those that are shipped.
ORDER = 1000


def keep_categories(policy: Policy, by: Any, now: datetime) -> None:
    """Have a row for each category that this version names; runs inside the transaction that sets it.

    A row alone offers nothing: that the version in force names it does (DistrictRules.offers).
    """
    groups = {row.key: row for row in Category.objects.filter(parent=None, district=None)}
    keys = {own_key(policy.unit_id, row): cells for row, cells in policy.value.items()}
    known = {row.key: row for row in Category.objects.filter(key__in=keys)}
    for key, cells in keys.items():
        values = _values(cells) | {"parent": groups.get(cells.get("part_of", ""))}
        row = known.get(key) or Category(key=key, district=policy.unit, order=ORDER)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if row.pk and not changed:
            continue
        verb = "change" if row.pk else "add"
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=changed if row.pk else None)
        record_event("category", row.pk, verb, by=by, now=now, district_id=policy.unit_id, data={"key": key})


def _values(cells: dict[str, Any]) -> dict[str, Any]:
    """A row of the rule as columns of a category."""
    handled_at = cells["handled_at"]
    texts = {name: cells.get(name, "") for name in ("name", "name_en", "hint", "hint_en", "kind")}
    return texts | {
        "handled_at": "" if handled_at == NOBODY else handled_at,
        "for_residents": cells["for_residents"] == "yes",
    }
