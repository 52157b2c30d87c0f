"""The three lists and the supervision board: filter, page, file, snapshot. Filters of one's own: desk/admin/filters.py."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from desk import lists, rows
from desk.actions import take_snapshot
from desk.forms import FilterForm, ListForm
from desk.lists import Asked, keeps_lists
from desk.models import Snapshot
from desk.own_filters import filters_of, query_of
from desk.reading import READINGS, all_rows, found_by
from desk.tables import TABLE, TABLES, Table
from grids.admin.downloads import hand_over, kind_asked, stamped
from grids.workbook import Cell, Sheet
from issues.rate_table import stands_at
from trail.idempotency import OnceForm, submit_once
from trail.paging import BoundedPaginator
from trail.refusals import Refused

PAGE = 50


def reader_of(request: HttpRequest, now: datetime) -> None:
    """Raises PermissionDenied for people without a post that reads, handles or supervises, inside the house."""
    if not keeps_lists(request.user, now):
        raise PermissionDenied(_("These lists are for those who handle or supervise."))


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, key: str) -> HttpResponse:
    """One list, page by page. Its form, a POST to the same filter, gives all of it as a file and writes down who took
    it; where that is refused the page says why."""
    now, table = timezone.now(), _table(key)
    reader_of(request, now)
    form = ListForm(table, request.GET, request.user, now)
    asked = form.asked() if form.is_valid() else None
    if asked and request.method == "POST":
        try:
            cells = [row.cells for row in all_rows(table, asked)]
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            name, sheet = stamped(table.key, now), a_sheet(table, cells)
            filters, file = form.codes(), kind_asked(request)
            return hand_over(request, table.key, name, sheet, filters=filters, now=now, kind=file)
    return _page(request, table, form, asked)


def _page(request: HttpRequest, table: Table, form: ListForm, asked: Asked | None) -> HttpResponse:
    found = found_by(table, asked) if asked else lists.Issue.objects.none()
    page = BoundedPaginator(found, PAGE).get_page(request.GET.get("page"))
    shown = READINGS[table.key].show(page, asked) if asked else []
    form.offer()
    query = query_of(request.GET)
    context = admin.site.each_context(request) | {
        "title": table.label,
        "table": table,
        "tables": TABLES,
        "form": form,
        "page": page,
        "rows": [(row, zip(table.columns, row.cells, strict=True)) for row in shown],
        "more": page.paginator.is_cut,
        "query": query,
        "once": OnceForm(),
        "filter_form": FilterForm(),
        "filters": filters_of(request.user, table.key, query),
    }
    status = 200 if asked else 422
    return TemplateResponse(request, "admin/desk/list.html", context, status=status)


@never_cache
@require_POST
def snapshot(request: HttpRequest, key: str) -> HttpResponse:
    """Keep the whole list as it is now, with the filter that was on."""
    now, table = timezone.now(), _table(key)
    reader_of(request, now)
    query = request.POST.get("query", "")
    form = ListForm(table, QueryDict(query), request.user, now)
    if not form.is_valid():
        messages.error(request, _("This filter cannot be read; set it again."))
        return redirect(reverse("desk:list", args=[key]))

    def act() -> str:
        asked = form.asked()
        kept = take_snapshot(
            table.key,
            all_rows(table, asked),
            by=request.user,
            now=now,
            unit=asked.unit or stands_at(request.user, now),
            filter=form.codes(),
            filter_label=form.shown(),
        )
        return reverse("desk:snapshot", args=[kept.pk])

    try:
        address, _replayed = submit_once(request, act)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect(f"{reverse('desk:list', args=[key])}?{query}")
    messages.success(request, _("The snapshot is kept; it does not change any more."))
    return redirect(address)


def _table(key: str) -> Table:
    if key not in TABLE:
        raise Http404
    return TABLE[key]


def a_sheet(table: Table, cells: Iterable[Sequence[Any]], header: Sequence[str] = ()) -> Sheet:
    """A list as a sheet; its moments are real ones."""
    lines: list[list[Cell]] = [[rows.real(cell) for cell in row] for row in cells]
    return Sheet(str(table.label), header or [str(column.label) for column in table.columns], lines)


def visible_snapshots(request: HttpRequest, now: datetime) -> Any:
    """Those that this person may open, newest first, with what a list of them shows."""
    found: Any = Snapshot.objects.visible_to(request.user, now)
    return found.select_related("unit", "taken_by").defer("unit__boundary").order_by("-taken_at", "-pk")
