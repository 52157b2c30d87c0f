"""Figures of volunteering: by the parts of a unit, in a period; numbers lead to the lists behind them, and a sheet of them
leaves the house by a form that writes down who took it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from grids.admin.downloads import hand_over, kind_asked
from grids.standing import standing_of
from grids.workbook import Sheet
from trail.districts import sees_all
from volunteers.figures import FIGURES, HELD, PARTS, FigureRow, figure_rows
from volunteers.forms.desk_figures import FiguresForm
from volunteers.joining import MEMBER, ORGANISATION
from volunteers.periods import FREE
from volunteers.querysets import RUNS

# Figure → the list behind it: its model, what else it is narrowed by, and by which parameter to the days.
LISTS: Mapping[str, tuple[str, dict[str, str], str]] = {
    "active": ("volunteer", {"state__exact": "active"}, ""),
    "joined": ("volunteer", {}, "joined"),
    "left": ("volunteer", {}, "left"),
    "moved_in": ("transfer", {"state__exact": "taken"}, "decided"),
    "teams": ("team", {"open": "yes"}, ""),
    "stations": ("station", {"open": "yes"}, ""),
    "held": ("activity", {"state__in": ",".join(HELD)}, "days"),
    "called_off": ("activity", {"state__exact": "cancelled", "opened_at__isnull": "False"}, "days"),
    "wishes": ("wish", {}, "made"),
    "granted": ("wish", {"state__exact": "confirmed"}, "ended"),
    "members": ("checkin", {"current": "yes", "side__exact": MEMBER}, ""),
    "organisations": ("checkin", {"current": "yes", "side__exact": ORGANISATION}, ""),
    "offers": ("offer", {"stands": "yes"}, ""),
    "pairings": ("pairing", {"state": "now"}, ""),
    "overlaps": ("pairing", {"double": "yes"}, ""),
    "minutes": ("service", {"state__exact": "confirmed"}, "days"),
}


class Number(NamedTuple):
    """A number, with the list behind it where there is one. `text`: what stands for a number that is not shown."""

    text: str
    link: str


class Line(NamedTuple):
    """A row of a section. `below`: the same page of this part."""

    label: str
    below: str
    numbers: list[Number]


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """Of the unit that one stands at, or of one below it. Its form, a POST to the same filter, gives it as a file."""
    now = timezone.now()
    if not (sees_all(request.user) or standing_of(request.user, now).can(RUNS)):
        raise PermissionDenied(_("These figures are for those who run volunteering."))
    form = FiguresForm(request.GET, request.user, now)
    rows: list[FigureRow] = []
    if form.is_valid() and form.chosen is not None:
        days = form.cleaned_data["first"], form.cleaned_data["last"]
        rows = figure_rows(form.chosen, *days, now)
        if request.method == "POST":
            return _file(request, form, rows, now)
    form.offer()
    context = admin.site.each_context(request) | {
        "title": _("Figures of volunteering"),
        "form": form,
        "unit": form.chosen,
        "above": _above(form),
        "days": form.cleaned_data if rows else None,
        "sections": [_section(key, rows, form) for key in PARTS] if rows else [],
        "query": urlencode(form.codes()) if rows else "",
    }
    status = 200 if form.is_valid() else 422
    return TemplateResponse(request, "admin/volunteers/figures.html", context, status=status)


def _file(request: HttpRequest, form: FiguresForm, rows: list[FigureRow], now: datetime) -> HttpResponse:
    asked, filters = form.cleaned_data, form.codes()
    name = f"volunteering-{filters['unit']}-{asked['first']:%Y%m%d}-{asked['last']:%Y%m%d}"
    kind = kind_asked(request)
    return hand_over(request, "volunteering", name, _sheet(rows), filters=filters, now=now, kind=kind)


def _sheet(rows: list[FigureRow]) -> Sheet:
    heads = [
        _("%(what)s: %(said)s") % {"what": PARTS[figure.part], "said": figure.label} for figure in FIGURES
    ]
    cells = [[row.code, row.label, *(row.values[figure.key] for figure in FIGURES)] for row in rows]
    return Sheet(_("Figures of volunteering"), [_("Code"), _("Name"), *heads], cells)


def _above(form: FiguresForm) -> list[tuple[str, str]]:
    """(name, address) of the units above the one shown, as far as one runs volunteering there."""
    if form.chosen is None or not form.is_valid():
        return []
    ids = [pk for pk in form.chosen.lineage().values() if pk and pk != form.chosen.pk]
    return [(unit.name, f"?{_query(form, unit.code)}") for unit in form.seen.filter(pk__in=ids)]


def _section(key: str, rows: list[FigureRow], form: FiguresForm) -> dict[str, Any]:
    figures = [figure for figure in FIGURES if figure.part == key]
    days = form.cleaned_data["first"], form.cleaned_data["last"]
    lines = []
    for row in rows:
        below = f"?{_query(form, row.code)}" if row.kind == "part" else ""
        numbers = [_number(row, figure.key, days) for figure in figures]
        lines.append(Line(row.label, below, numbers))
    return {"key": key, "title": PARTS[key], "heads": [figure.label for figure in figures], "lines": lines}


def _number(row: FigureRow, key: str, days: tuple[date, date]) -> Number:
    value = row.values[key]
    leads = value and row.pk and key in LISTS
    return Number("—" if value is None else str(value), _list_of(key, row.pk, days) if leads else "")


def _list_of(key: str, unit_id: int | None, days: tuple[date, date]) -> str:
    model, asked, by = LISTS[key]
    query = {"within": str(unit_id)} | asked
    if by:
        query[by] = "..".join(day.isoformat() for day in days)
    return f"{reverse(f'admin:volunteers_{model}_changelist')}?{urlencode(query)}"


def _query(form: FiguresForm, code: str) -> str:
    """The same period of another unit."""
    told = form.codes() | {"unit": code}
    if told["period"] != FREE.key:
        told = {name: told[name] for name in ("unit", "period")}
    return urlencode(told)
