"""The three lists and the supervision board: filter, page, file, snapshot, filters of one's own."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from desk import lists, rows
from desk.actions import MOST_ROWS, forget_filter, save_filter, take_snapshot
from desk.board import board, board_rows
from desk.forms import FilterForm, ListForm
from desk.lists import Asked, keeps_lists
from desk.models import SavedFilter, Snapshot
from desk.rows import Row
from desk.tables import TABLE, TABLES, Table
from issues.rate_table import stands_at
from issues.workbook import CSV_TYPE, XLSX_TYPE, csv_file, xlsx_file
from trail.idempotency import OnceForm, submit_once
from trail.refusals import Refused

PAGE = 50
# Nobody leafs further; counting on would cost more than the page.
MOST_COUNTED = 10_000
CHUNK = 1000
FILES = ("csv", "xlsx")


@dataclass(frozen=True)
class Reading:
    """How one table is read: its queryset, and what its rows show."""

    find: Callable[[Asked], QuerySet]
    show: Callable[[Iterable[Any], Asked], list[Row]]
    names: bool = True


READINGS = {
    "issues": Reading(lists.issues, rows.issue_rows),
    "duties": Reading(lists.duties, rows.duty_rows),
    "tasks": Reading(lists.tasks, rows.task_rows, names=False),
    "board": Reading(board, board_rows),
}


class BoundedPaginator(Paginator):
    """Counts no further than somebody would leaf."""

    @cached_property
    def count(self) -> int:
        return self.object_list[: MOST_COUNTED + 1].count()  # type: ignore[index,call-arg]


def reader_of(request: HttpRequest, now: datetime) -> None:
    """Raises PermissionDenied for people without a post that reads, handles or supervises, inside the house."""
    if not keeps_lists(request.user, now):
        raise PermissionDenied(_("These lists are for those who handle or supervise."))


def found_by(table: Table, asked: Asked) -> QuerySet:
    """The rows of the table, with what they show."""
    reading = READINGS[table.key]
    found = reading.find(asked)
    return rows.with_names(found) if reading.names else found


def all_rows(table: Table, asked: Asked) -> Iterator[Row]:
    """Every row, a thousand at a time. Raises Refused("too_many") beyond what a file holds."""
    found = list(found_by(table, asked)[: MOST_ROWS + 1])
    if len(found) > MOST_ROWS:
        raise Refused(_("More than 20,000 rows: narrow the filter."), code="too_many")
    for start in range(0, len(found), CHUNK):
        yield from READINGS[table.key].show(found[start : start + CHUNK], asked)


@never_cache
@require_GET
def show(request: HttpRequest, key: str) -> HttpResponse:
    """One list, page by page; `as=csv` and `as=xlsx` give all of it as a file."""
    now, table = timezone.now(), _table(key)
    reader_of(request, now)
    form = ListForm(table, request.GET, request.user, now)
    asked = form.asked() if form.is_valid() else None
    wanted = request.GET.get("as", "")
    if asked and wanted in FILES:
        try:
            return a_file(wanted, table, [row.cells for row in all_rows(table, asked)], now)
        except Refused as refused:
            messages.error(request, str(refused))
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
        "more": page.paginator.count > MOST_COUNTED,
        "query": query,
        "once": OnceForm(),
        "filter_form": FilterForm(),
        "filters": SavedFilter.objects.filter(user=request.user.pk, table=table.key),
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


@never_cache
@require_POST
def keep_filter(request: HttpRequest, key: str) -> HttpResponse:
    """Save the filter that is on under a name of one's own."""
    now, table = timezone.now(), _table(key)
    reader_of(request, now)
    form = FilterForm(request.POST)
    query = query_of(QueryDict(request.POST.get("query", "")))
    back = f"{reverse('desk:list', args=[key])}?{query}"
    try:
        if not form.is_valid():
            raise Refused(_("Give the filter a name."), code="name")
        save_filter(table.key, by=request.user, now=now, name=form.cleaned_data["name"], query=query)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The filter is saved."))
    return redirect(back)


@never_cache
@require_POST
def drop_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a filter of one's own; anybody else's does not exist."""
    kept = get_object_or_404(SavedFilter, pk=pk, user=request.user.pk)
    forget_filter(kept, by=request.user, now=timezone.now())
    return redirect(reverse("desk:list", args=[kept.table]))


def _table(key: str) -> Table:
    if key not in TABLE:
        raise Http404
    return TABLE[key]


def query_of(data: QueryDict) -> str:
    """The filter as a query: without the page, the file, and what was left open."""
    kept = data.copy()
    for name in list(kept):
        if name in {"page", "as"} or not any(kept.getlist(name)):
            del kept[name]
    return kept.urlencode()


def a_file(kind: str, table: Table, cells: list[Any], now: datetime, header: Any = None) -> HttpResponse:
    """A list as a file, named by list and moment."""
    head = header or [str(column.label) for column in table.columns]
    data = csv_file(head, cells) if kind == "csv" else xlsx_file(str(table.label), head, cells)
    name = f"{table.key}-{timezone.localtime(now):%Y%m%d-%H%M}.{kind}"
    response = HttpResponse(data, content_type=CSV_TYPE if kind == "csv" else XLSX_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def visible_snapshots(request: HttpRequest, now: datetime) -> Any:
    """Those that this person may open, newest first, with what a list of them shows."""
    found: Any = Snapshot.objects.visible_to(request.user, now)
    return found.select_related("unit", "taken_by").defer("unit__boundary").order_by("-taken_at", "-pk")
