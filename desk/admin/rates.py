"""The three rates as a table: per unit, body or category, for a chosen period; every number leads to its list."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from desk.admin.lists import reader_of
from desk.forms import RatesForm
from desk.own_filters import query_of
from desk.tables import TABLES
from grids.admin.downloads import hand_over, kind_asked
from grids.workbook import Percent, Sheet
from issues.rate_table import RateRow, rate_rows, rated_figures, reasons_named, stands_at
from issues.rates import RATES, Figures

# The figures that a row shows, each with the filter of the problem list behind it.
NUMBERS = (
    ("rated", "rated"),
    ("unrated", "unrated"),
    ("solved", "solved"),
    ("satisfied", "satisfied"),
)


@dataclass(frozen=True)
class Line:
    """A row of the page: what it is of, its rates as text, its numbers with their lists."""

    row: RateRow
    rates: list[str]
    numbers: list[tuple[int, str]]
    below: str


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """By unit (the parts of one's own or of the one chosen), body or category. Its forms, POSTs to the same filter,
    give a file of the rates or (`what=reasons`) of the reasons, and write down who took it."""
    now = timezone.now()
    reader_of(request, now)
    form = RatesForm(request.GET, request.user, now)
    rows: list[RateRow] = []
    reasons: dict[str, str] = {}
    counted = None
    if form.is_valid():
        figures = rated_figures(request.user, now, **asked_of(form))
        unit = form.cleaned_data["unit"] or stands_at(request.user, now)
        rows, counted = rate_rows(figures, form.cleaned_data["by"], unit), figures.counted_at()
        reasons = reasons_named(figures, rows)
        if request.method == "POST":
            what = "reasons" if request.GET.get("what") == "reasons" else "rates"
            sheet = _reasons_sheet(rows, reasons) if what == "reasons" else _sheet(rows)
            name, filters, file = _name(what, form.cleaned_data), form.codes(), kind_asked(request)
            return hand_over(request, what, name, sheet, filters=filters, now=now, kind=file)
    form.offer()
    context = admin.site.each_context(request) | {
        "title": _("Three rates"),
        "tables": TABLES,
        "form": form,
        "lines": [_line(row, form, request) for row in rows],
        "heads": RATES,
        "reasons": reasons.values(),
        "reason_lines": [
            (row, [row.reasons[key] for key in reasons]) for row in rows if row.reasons and reasons
        ],
        "counted": counted,
        "query": query_of(request.GET),
        "days": form.cleaned_data if form.is_valid() else None,
    }
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "admin/desk/rates.html", context, status=status)


def asked_of(form: RatesForm) -> dict[str, Any]:
    """What the figures are narrowed by."""
    return {name: form.cleaned_data[name] for name in ("first", "last", "unit", "body", "category")}


def percent(figures: Figures, rate: Any) -> str:
    """A rate as text; a dash where nobody has rated."""
    found = figures.percent(rate)
    return "—" if found is None else f"{found:.1f} %"


def _line(row: RateRow, form: RatesForm, request: HttpRequest) -> Line:
    asked = form.cleaned_data
    chosen = {name: getattr(asked[name], "code", "") for name in ("unit", "body")}
    chosen |= {"category": getattr(asked["category"], "key", "")}
    if row.code:
        chosen[asked["by"]] = row.code
    days = {"first": asked["first"].isoformat(), "last": asked["last"].isoformat()}
    query = {name: value for name, value in (chosen | days).items() if value}
    address = reverse("desk:list", args=["issues"])
    numbers = [
        (getattr(row.figures, name), f"{address}?{urlencode(query | {'rated': rated})}")
        for name, rated in NUMBERS
    ]
    deeper = asked["by"] == "unit" and row.code and row.kind == "part"
    below = f"?{urlencode({**query, 'by': 'unit', 'period': 'free'})}" if deeper else ""
    return Line(row, [percent(row.figures, rate) for rate in RATES], numbers, below)


def _sheet(rows: list[RateRow]) -> Sheet:
    header = [
        *(_("Code"), _("Name"), *(str(rate.label) for rate in RATES)),
        *(_("Rated"), _("Answered in time"), _("Solved"), _("Satisfied"), _("Unrated")),
        *(_("By call-back"), _("By call-back: answered in time")),
        *(_("By call-back: solved"), _("By call-back: satisfied")),
    ]
    cells = [
        [
            *(row.code, row.label, *(_real(row.figures, rate) for rate in RATES)),
            *(row.figures.rated, row.figures.responded, row.figures.solved),
            *(row.figures.satisfied, row.figures.unrated),
            *(row.figures.called, row.figures.called_responded),
            *(row.figures.called_solved, row.figures.called_satisfied),
        ]
        for row in rows
    ]
    return Sheet(_("Three rates"), header, cells)


def _reasons_sheet(rows: list[RateRow], reasons: dict[str, str]) -> Sheet:
    header = [_("Code"), _("Name"), _("Rated"), *reasons.values()]
    cells = [[row.code, row.label, row.figures.rated, *(row.reasons[key] for key in reasons)] for row in rows]
    return Sheet(_("Reasons beside the ratings"), header, cells)


def _name(what: str, asked: dict[str, Any]) -> str:
    return f"{what}-{asked['by']}-{asked['first']:%Y%m%d}-{asked['last']:%Y%m%d}"


def _real(figures: Figures, rate: Any) -> Percent | None:
    """A rate as a number that can be reckoned with; an empty cell where nobody has rated."""
    found = figures.percent(rate)
    return None if found is None else Percent(found)
