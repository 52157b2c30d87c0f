"""双向评价: how callers assess those they called, and what those think of the whistles; per unit or body and period."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from desk.admin.lists import reader_of
from desk.assessed import AssessedRow, assessed_rows
from desk.forms import AssessedForm
from desk.lists import Asked
from desk.own_filters import query_of
from desk.tables import TABLES
from grids.admin.downloads import hand_over, kind_asked
from grids.workbook import Sheet
from issues.kinds import VALIDITIES, VERDICTS


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """By those who were called, or by those who called. Its form, a POST to the same filter, gives it as a file and
    writes down who took it."""
    now = timezone.now()
    reader_of(request, now)
    form = AssessedForm(request.GET, request.user, now)
    rows: list[AssessedRow] = []
    if form.is_valid():
        kept = {name: form.cleaned_data[name] for name in ("unit", "body", "category", "first", "last")}
        rows = assessed_rows(Asked(request.user, now, **kept), form.cleaned_data["by"])
        if request.method == "POST":
            name, filters, file = _name(form.cleaned_data), form.codes(), kind_asked(request)
            return hand_over(request, "assessment", name, _sheet(rows), filters=filters, now=now, kind=file)
    form.offer()
    context = admin.site.each_context(request) | {
        "title": _("Two-way assessment"),
        "tables": TABLES,
        "form": form,
        "rows": rows,
        "columns": columns(),
        "assessed_page": True,
        "query": query_of(request.GET),
        "days": form.cleaned_data if form.is_valid() else None,
    }
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "admin/desk/assessed.html", context, status=status)


def columns() -> list[str]:
    """Headings of AssessedRow.numbers."""
    rated, judged = ([str(word.label) for word in words] for words in (VERDICTS, VALIDITIES))
    return [_("Called (n)"), *rated, _("Assessed (n)"), *judged, _("Judged (n)")]


def _name(asked: dict[str, Any]) -> str:
    return f"assessment-{asked['by']}-{asked['first']:%Y%m%d}-{asked['last']:%Y%m%d}"


def _sheet(rows: list[AssessedRow]) -> Sheet:
    header = [_("Code"), _("Name"), *columns()]
    cells = [[row.code, row.label, *row.numbers] for row in rows]
    return Sheet(_("Two-way assessment"), header, cells)
