"""Snapshots: which there are, and one of them, page by page or as a file, as it was taken."""

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from desk.actions import digest_of
from desk.admin.lists import PAGE, a_sheet, reader_of, visible_snapshots
from desk.models import Snapshot
from desk.tables import TABLE, TABLES
from grids.admin.downloads import hand_over, kind_asked, stamped
from issues.models import Issue


@never_cache
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Those that one may open, newest first."""
    now = timezone.now()
    reader_of(request, now)
    page = Paginator(visible_snapshots(request, now), PAGE).get_page(request.GET.get("page"))
    taken = Snapshot.objects.filter(pk__in=[one.pk for one in page])
    withheld = taken.withheld_from(request.user, now)
    for one in page:
        one.shown = one.count - withheld.get(one.pk, 0)
    context = admin.site.each_context(request) | {
        "title": _("Snapshots"),
        "tables": TABLES,
        "page": page,
    }
    return TemplateResponse(request, "admin/desk/snapshots.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One snapshot, without complaints about the reader. Its form, a POST, gives a file of it and writes down who took
    it, only while its rows are those that were taken."""
    now = timezone.now()
    reader_of(request, now)
    taken = get_object_or_404(visible_snapshots(request, now), pk=pk)
    rows = taken.rows.visible_to(request.user, now).order_by("number")
    if request.method == "POST":
        if digest_of(taken.header, _cells(taken.rows.order_by("number"))) == taken.digest:
            sheet = a_sheet(TABLE[taken.table], _cells(rows), taken.header)
            about, name = {"snapshot": taken.pk, "list": taken.table}, stamped(taken.table, taken.taken_at)
            file = kind_asked(request)
            return hand_over(request, "snapshot", name, sheet, filters=about, now=now, kind=file)
        messages.error(request, _("The rows are not those that were taken: somebody changed the database."))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    ids = [row.issue_id for row in page]
    open_to_reader = Issue.objects.visible_to(request.user, now).filter(pk__in=ids).order_by()
    whole = page.paginator.count == taken.count
    context = admin.site.each_context(request) | {
        "title": str(taken),
        "tables": TABLES,
        "taken": taken,
        "page": page,
        "rows": list(enumerate(page, start=page.start_index())),
        "digest": taken.digest if whole else digest_of(taken.header, _cells(rows)),
        "linked": set(open_to_reader.values_list("pk", flat=True)),
    }
    return TemplateResponse(request, "admin/desk/snapshot.html", context)


def _cells(rows: QuerySet) -> list[list[str]]:
    return list(rows.values_list("cells", flat=True))
