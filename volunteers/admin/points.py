"""What the points of a district come to, as figures; and what the trail calls points, goods and redemptions."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from grids.admin.downloads import hand_over, kind_asked, stamped
from grids.admin.pages import Cell, SubjectPage, Table
from grids.models import Unit
from trail import words
from volunteers.forms.desk import places
from volunteers.points_figures import SOURCES, Month, Sums, figures_sheet, months_of, sums_of
from volunteers.tariff import KEY


def districts_of(request: HttpRequest) -> Any:
    """Where the person runs volunteering for the whole district: the figures are for them."""
    return places(request.user, timezone.now()).at("district").order_by("code")


@never_cache
@require_http_methods(["GET", "POST"])
def figures_view(request: HttpRequest) -> HttpResponse:
    """Of one's district, or of the one that is chosen (`district`: its code). Its form, a POST to the same address,
    gives the months as a file and writes down who took it."""
    now = timezone.now()
    seen = list(districts_of(request))
    if not seen:
        raise PermissionDenied
    asked = request.GET.get("district") or seen[0].code
    district = next((one for one in seen if one.code == asked), None)
    if district is None:
        raise Http404
    months = months_of(district.pk, timezone.localdate(now))
    if request.method == "POST":
        sheet, filters = figures_sheet(months), {"district": district.code}
        return hand_over(
            request,
            "points",
            stamped("points", now),
            sheet,
            filters=filters,
            now=now,
            kind=kind_asked(request),
        )
    context = admin.site.each_context(request) | {
        "title": _("Points of the district"),
        "page": _page(district, months),
        "districts": [(one, one.pk == district.pk) for one in seen] if len(seen) > 1 else (),
        "district": district,
    }
    return TemplateResponse(request, "admin/volunteers/points.html", context)


def _page(district: Unit, months: list[Month]) -> SubjectPage:
    crumbs = [Cell(_("Goods for points"), reverse("admin:volunteers_good_changelist"))]
    facts = _facts(sums_of(district.pk))
    title = _("Points of %(district)s") % {"district": district.name}
    return SubjectPage(title, facts, [_months(district, months)], crumbs)


def _facts(sums: Sums) -> list[tuple[Any, Any]]:
    labels = {
        "held": _("With volunteers"),
        "reserved": _("Reserved for goods that are put aside"),
        "spent": _("Spent on goods"),
        "expired": pgettext_lazy("points", "Expired"),
    }
    facts: list[tuple[Any, Any]] = [(_("Volunteers with points"), sums.people["held"])]
    if sums.are_shown:
        facts.append((_("Issued in all"), sums.issued))
        facts += [(labels[where], _or_dash(points)) for where, points in sums.shown.items()]
    else:
        facts = [(_("Sums"), _("Fewer than three people have points; a sum would say what one of them has."))]
    if sums.difference:
        wrong = _("They do not: by %(points)d points. Whoever keeps the server runs check_points.")
        return [*facts, (_("Do the books balance?"), wrong % {"points": sums.difference})]
    return [*facts, (_("Do the books balance?"), _("Yes: the sum of all accounts is zero."))]


def _months(district: Unit, months: list[Month]) -> Table:
    cells = [
        [Cell(f"{one.first:%Y-%m}"), *(Cell(_or_dash(n)) for n in (*one.points.values(), one.issued))]
        for one in months
    ]
    tariff = Cell(
        _("What deeds are worth: the tariff"), reverse("admin:grids_policy_kind", args=[district.code, KEY])
    )
    columns = [_("month"), *SOURCES.values(), pgettext_lazy("points", "Issued")]
    return Table(
        _("What deeds have brought"), columns, cells, _("No deed has brought points yet."), link=tariff
    )


def _or_dash(points: int | None) -> int | str:
    return "—" if points is None else points


words.call_subject(
    "points",
    _("Points"),
    {
        "reverse": pgettext_lazy("points", "Taken back by a counter-entry"),
        "restore": pgettext_lazy("points", "Given back after a reversal"),
        "expire": pgettext_lazy("points", "Expired"),
    },
)
words.call_subject(
    "good",
    pgettext_lazy("for points", "Good"),
    {
        "add": _("Offered for points"),
        "change": pgettext_lazy("good", "Changed"),
        "close": _("Not offered any more"),
        "open": _("Offered again"),
        "stock": _("Stock changed"),
    },
)
words.call_subject(
    "redemption",
    _("Redemption"),
    {
        "reserve": pgettext_lazy("redemption", "Put aside"),
        "collect": pgettext_lazy("redemption", "Collected"),
        "release": pgettext_lazy("redemption", "Given up"),
        "return": pgettext_lazy("redemption", "Returned"),
    },
)
