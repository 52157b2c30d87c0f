"""What issues are about: bringing in a list of categories."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.rows import BadRow, read_csv
from issues.category_rows import NewCategory, check_rows
from issues.models import Category
from trail.actions import record_event
from trail.refusals import Refused
from trail.turns import take_turn

PACKAGED = Path(__file__).parent.parent / "data" / "categories.csv"
FIELDS = (
    "name",
    "name_en",
    "hint",
    "hint_en",
    "kind",
    "handled_at",
    "is_danger",
    "for_residents",
    "about_somebody",
    "order",
    "questions",
)


class BadRows(Refused):
    """A file with wrong rows; `rows` names each of them. Nothing was loaded."""

    def __init__(self, rows: list[BadRow]) -> None:
        super().__init__(
            _("%(count)d rows are wrong; nothing was loaded.") % {"count": len(rows)}, code="bad_rows"
        )
        self.rows = rows


@dataclass(frozen=True)
class Loaded:
    """How many categories were new, and how many are otherwise now."""

    added: int
    changed: int


def packaged_rows() -> list[dict[str, Any]]:
    """The rows of the list that is shipped: our own, for urban and rural life."""
    with PACKAGED.open(encoding="utf-8", newline="") as file:
        return list(read_csv(file))


@transaction.atomic
def load_categories(rows: Iterable[Mapping[str, Any]], *, by: Any, now: datetime) -> Loaded:
    """Take a list of categories in, known by their keys: all rows or none. Doing it twice changes nothing.

    What the list does not name stays; so does whether a category is in use. Raises BadRows.
    """
    wanted, bad = check_rows(rows)
    if bad:
        raise BadRows(bad)
    take_turn("issues.categories")
    known = {row.key: row for row in Category.objects.all()}
    done = [0, 0]
    for order, new in sorted(enumerate(wanted), key=lambda pair: bool(pair[1].parent)):
        verb = _write(new, order, known)
        if verb:
            done[verb == "change"] += 1
            record_event("category", known[new.key].pk, verb, by=by, now=now, data={"key": new.key})
    return Loaded(*done)


def _write(new: NewCategory, order: int, known: dict[str, Category]) -> str:
    """Make or change one row; "add", "change", or "" where it is so already. Groups come first."""
    row = known.get(new.key)
    values = {name: value for name, value in asdict(new).items() if name in FIELDS} | {"order": order}
    parent = known[new.parent] if new.parent else None
    if row is None:
        known[new.key] = Category.objects.create(key=new.key, parent=parent, **values)
        return "add"
    changed = [name for name in FIELDS if getattr(row, name) != values[name]]
    if row.parent_id != (parent and parent.pk):
        changed.append("parent")
    for name, value in (values | {"parent": parent}).items():
        setattr(row, name, value)
    if changed:
        row.save(update_fields=changed)
    return "change" if changed else ""
