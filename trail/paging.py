"""Lists that grow for ever, page by page."""

from functools import cached_property
from typing import Any

from django.core.paginator import Paginator

# Nobody leafs further; counting on would cost more than the page.
MOST_COUNTED = 10_000

# Of an admin list's address: where in it one is and how it is shown, not what it is narrowed by.
PASSING = frozenset({"p", "all", "e", "_popup", "_to_field", "_facets", "_changelist_filters"})

# How many rows stand on a page of an admin list; the first number where nobody asks.
ROWS, ROWS_OFFERED = "rows", (20, 50, 100, 200)


class BoundedPaginator(Paginator):
    """Counts no further than somebody would leaf; `is_cut` when there is more."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return rows.order_by()[: MOST_COUNTED + 1].count()

    @property
    def is_cut(self) -> bool:
        return self.count > MOST_COUNTED

    @property
    def most_counted(self) -> int:
        return MOST_COUNTED
