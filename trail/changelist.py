"""Lists of the admin: as many rows to a page as one asks for, and a filter of many values as a select."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from trail.numerals import read_whole
from trail.paging import ROWS, ROWS_OFFERED


class PagedList(ChangeList):
    """How many rows stand on a page is part of the address: page, order and filters keep it."""

    def get_filters_params(self, params: Any = None) -> dict[str, Any]:
        """Neither the number of rows narrows the list nor what was left open."""
        given = super().get_filters_params(params)
        return {name: values for name, values in given.items() if name != ROWS and any(values)}

    def get_results(self, request: HttpRequest) -> None:
        asked = read_whole(request.GET.get(ROWS, ""))
        if asked in ROWS_OFFERED:
            self.list_per_page = asked
        super().get_results(request)

    @property
    def rows_offered(self) -> list[tuple[int, str]]:
        """(number of rows to a page, link); none where all rows stand on the shortest page."""
        if self.result_count <= ROWS_OFFERED[0]:
            return []
        return [(number, self.get_query_string({ROWS: number})) for number in ROWS_OFFERED]


class SelectFilter(admin.SimpleListFilter):
    """Of too many values for a list of links: a form of its own, which works without script and keeps the rest."""

    template = "admin/trail/select_filter.html"
    everything: Any = _("all")
    kept: list[tuple[str, str]] = []

    def has_output(self) -> bool:
        """Else the list would not ask it, and a value that is not offered would be passed over."""
        return bool(self.lookup_choices or self.value())

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        asked = changelist.filter_params.items()
        self.kept = [(name, one) for name, values in asked for one in values if self.keeps(name) and one]
        for key, label in [("", self.everything), *self.lookup_choices]:
            yield {"key": key, "label": label, "selected": key == (self.value() or "")}

    def keeps(self, name: str) -> bool:
        """Does its form hand on what the list is asked for by this name?"""
        return name != self.parameter_name
