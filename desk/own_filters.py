"""Filters of one's own as the pages show them: links by name. Kept and renamed in desk/admin/filters.py.

A kept filter is the query of a link. What it asks for and a list does not know any more is said by that list.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from django.http import QueryDict
from django.urls import reverse

from desk.dashboard import ISSUES
from desk.models import SavedFilter
from desk.tables import ISSUE_LIST
from trail.paging import PASSING as OF_ADMIN_LISTS

LONGEST_NAME = SavedFilter._meta.get_field("name").max_length
# What says where in a list one is, or how it is given.
PASSING = OF_ADMIN_LISTS | {"page", "as", "what"}


@dataclass(frozen=True)
class Kept:
    """One of them, as a link. `here`: the list is shown by it now."""

    pk: int
    name: str
    link: str
    here: bool


def query_of(data: QueryDict) -> str:
    """The filter as a query: without the page, the file, and what was left open."""
    kept = data.copy()
    for name in list(kept):
        if name in PASSING or not any(kept.getlist(name)):
            del kept[name]
    return kept.urlencode()


def address_of(table: str) -> str:
    """Where the list stands."""
    return reverse(ISSUES) if table == ISSUE_LIST else reverse("desk:list", args=[table])


def filters_of(user: Any, table: str, query: str = "") -> list[Kept]:
    """The person's own of this list by name, with the one that the list is shown by. One query."""
    found = SavedFilter.objects.filter(user=user.pk, table=table)
    address, now = address_of(table), sorted(parse_qsl(query))
    return [
        Kept(one.pk, one.name, f"{address}?{one.query}", bool(now) and sorted(parse_qsl(one.query)) == now)
        for one in found
    ]
