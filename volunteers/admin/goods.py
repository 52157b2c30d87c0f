"""Goods for points and redemptions at a desk: what a station offers, its stock, who has put what aside, and handing out."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from calendars.midnight import start_of
from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table, link_to, page_of
from grids.forms.steps import StepForm
from trail.paging import BoundedPaginator
from volunteers.admin.hours import PeriodFilter, period_of
from volunteers.admin.pages import MOST_CHOICES, CommunityFilter, LedToFilter, NumberFilter, RunAdmin
from volunteers.admin.points import districts_of, figures_view
from volunteers.forms.desk import moment
from volunteers.forms.desk_goods import GOOD_FORMS, REDEMPTION_FORMS, HandOut, OfferGood
from volunteers.goods_querysets import OFFERED, reads_code
from volunteers.ledger import redemption_choices
from volunteers.models import Good, Redemption, Station, StockMove

# Was it collected?
ENDED = {True: pgettext_lazy("redemption", "Collected"), False: pgettext_lazy("redemption", "Given up")}
# Of redemptions in whatever state.
EVERY = "all"
# Of the movements a page; of those who wait the first.
MOVES, WAITING = 50, 20
BADGES = {"reserved": "warning", "collected": "success", "released": "info", "returned": "info"}


class StationFilter(NumberFilter):
    title = _("station")
    parameter_name = "station"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        found = Station.objects.run_by(request.user, timezone.now()).order_by("name", "pk")
        return [(one.pk, one.name) for one in found[:MOST_CHOICES]]

    def narrowed(self, queryset: Any, number: int) -> Any:
        return queryset.filter(station=number)


class OfferedFilter(admin.SimpleListFilter):
    title = pgettext_lazy("good", "offered")
    parameter_name = "offered"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [("yes", _("Offered at present")), ("no", _("Not offered"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return queryset.filter(OFFERED)
            case "no":
                return queryset.exclude(OFFERED)
        return queryset


@admin.register(Good)
class GoodAdmin(AddingAdmin, RunAdmin):
    add_form, add_label = OfferGood, _("Offer a good")
    forms_offered = GOOD_FORMS
    select_for_page = ("station__unit",)
    list_display = ("name", "station", "price", "per_person", "stock", "show_waiting", "show_offered")
    list_filter = (OfferedFilter, StationFilter, CommunityFilter)
    list_select_related = ("station",)
    search_fields = ("name", "station__name")
    ordering = ("name", "pk")
    list_before_template = "admin/volunteers/goods_links.html"

    def get_urls(self) -> list[Any]:
        figures = self.admin_site.admin_view(figures_view)
        return [path("figures/", figures, name="volunteers_good_figures"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_waiting()

    @admin.display(description=pgettext_lazy("good", "waiting"))
    def show_waiting(self, good: Any) -> int:
        return good.waiting

    @display(description=pgettext_lazy("good", "offered"), label={"yes": "success", "no": "warning"})
    def show_offered(self, good: Good) -> tuple[str, Any]:
        is_offered = good.is_open and good.station.closed_at is None
        return ("yes", _("Offered at present")) if is_offered else ("no", _("Not offered"))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the way to the figures for those whom they are for."""
        context = {"has_figures": districts_of(request).exists()}
        return super().changelist_view(request, (extra_context or {}) | context)

    def subject_page(self, request: HttpRequest, subject: Good, now: datetime) -> SubjectPage:
        station = subject.station
        facts: list[tuple[Any, Any]] = [
            (_("Volunteer service station"), f"{station.name} · {station.unit.name}"),
            (_("Description"), subject.about or "—"),
            (_("Price in points"), subject.price),
            (_("At most per person"), subject.per_person or _("no bound")),
            (_("In stock"), subject.stock),
            (pgettext_lazy("redemption", "Put aside"), subject.redemptions.waiting().count()),
            (_("Since"), moment(subject.opened_at)),
        ]
        if subject.closed_at:
            facts.append((_("Not offered since"), moment(subject.closed_at)))
        elif station.closed_at:
            facts.append((_("The station is closed since"), moment(station.closed_at)))
        crumbs = [Cell(_("Goods for points"), self.url("changelist"))]
        tables = [_waiting(subject), _moves(subject, request.GET.get("p"))]
        return SubjectPage(subject.name, facts, tables, crumbs)


def _waiting(good: Good) -> Table:
    """Who comes next; the list of redemptions shows all of them."""
    rows = Redemption.objects.waiting().filter(good=good).select_related("account__volunteer")
    cells = [
        [Cell(_who(one), page_of(one)), Cell(moment(one.reserved_at)), Cell(moment(one.until))]
        for one in rows.order_by("until", "pk")[:WAITING]
    ]
    address = f"{reverse('admin:volunteers_redemption_changelist')}?good={good.pk}&state={EVERY}"
    more = Cell(_("All of them in the list of redemptions"), address)
    columns = [_("known as"), _("put aside"), _("put aside until")]
    return Table(_("Waiting to be collected"), columns, cells, _("Nothing is put aside."), link=more)


def _moves(good: Good, asked: str | None) -> Table:
    rows = StockMove.objects.filter(good=good).select_related("by").order_by("-pk")
    page = BoundedPaginator(rows, MOVES).get_page(asked)
    cells = [
        [
            Cell(moment(one.at)),
            Cell(one.get_kind_display()),
            Cell(f"{one.amount:+d}"),
            # Who put something aside or gave it up stands on the page of that.
            Cell("—" if one.redemption_id else one.by or "—"),
        ]
        for one in page
    ]
    columns = [_("when"), _("what happened"), _("quantity"), _("by")]
    return Table(_("Movements of the stock"), columns, cells, _("Nothing came or went yet."), page)


# --- redemptions ----------------------------------------------------------------------------------------------
class StateFilter(admin.SimpleListFilter):
    """Without a choice those that wait: they are why somebody opens the list."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [*redemption_choices(), (EVERY, _("All of them"))]

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        for key, label in self.lookup_choices:
            yield {
                "selected": key == (self.value() or "reserved"),
                "query_string": changelist.get_query_string({self.parameter_name: key}),
                "display": label,
            }

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value() or "reserved"
        return queryset if state == EVERY else queryset.filter(state=state)


class PutAsideFilter(PeriodFilter):
    """By the day on which it was put aside."""

    title = pgettext_lazy("period", "put aside")

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        days = period_of(self.value(), timezone.localdate())
        if days is None:
            return queryset
        first, last = days
        return queryset.filter(
            reserved_at__gte=start_of(first), reserved_at__lt=start_of(last + timedelta(days=1))
        )


class GoodFilter(LedToFilter):
    """Led to from the good's page."""

    title = _("good")
    parameter_name = "good"

    def narrowed(self, queryset: Any, number: int) -> Any:
        return queryset.filter(good=number)


@admin.register(Redemption)
class RedemptionAdmin(AddingAdmin, RunAdmin):
    """People stand here as others know them. What anybody has is not said."""

    add_form, add_label = HandOut, _("Hand out by code")
    forms_offered = REDEMPTION_FORMS
    select_for_page = ("good", "station__unit", "account__volunteer", "ended_by")
    list_display = ("show_who", "good", "station", "show_state", "reserved_at", "until")
    list_filter = (StateFilter, StationFilter, PutAsideFilter, CommunityFilter, GoodFilter)
    list_select_related = ("good", "station", "account__volunteer")
    search_fields = ("good__name", "account__volunteer__alias")
    ordering = ("-pk",)

    @admin.display(description=_("known as"))
    def show_who(self, redemption: Redemption) -> str:
        return _who(redemption)

    @display(description=_("state"), label=BADGES)
    def show_state(self, redemption: Redemption) -> tuple[str, str]:
        return redemption.state, redemption.get_state_display()

    def answer(self, request: HttpRequest, form: StepForm) -> HttpResponse | None:
        """What was asked for by its code is handed over now: said in one line."""
        answer = super().answer(request, form)
        if answer is not None and isinstance(form, HandOut) and form.handed:
            told = {"good": form.handed.good.name, "who": _who(form.handed)}
            messages.success(request, _t("Hand over now: %(good)s, to %(who)s.") % told)
        return answer

    def subject_page(self, request: HttpRequest, subject: Redemption, now: datetime) -> SubjectPage:
        facts = [
            (pgettext_lazy("for points", "Good"), subject.good),
            (_("For whom"), _who(subject)),
            (_("Volunteer service station"), f"{subject.station.name} · {subject.station.unit.name}"),
            (_("Price in points"), subject.price),
            (_("Put aside at"), moment(subject.reserved_at)),
            *self._more(request, subject, now),
        ]
        crumbs = [Cell(_("Redemptions"), self.url("changelist")), link_to(subject.good)]
        title = f"{subject.good.name} · {_who(subject)}"
        return SubjectPage(title, facts, (), crumbs, subject.get_state_display())

    def _more(self, request: HttpRequest, subject: Redemption, now: datetime) -> Iterator[tuple[Any, Any]]:
        """What waits, and how it ended."""
        if subject.state == "reserved":
            yield _("To be collected until"), moment(subject.until)
            if reads_code(subject, request.user, now):
                yield _("Collection code"), subject.code
        if subject.ended_at:
            collected = subject.state in {"collected", "returned"}
            yield ENDED[collected], f"{moment(subject.ended_at)} · {_by(subject)}"
        if subject.returned_at:
            yield pgettext_lazy("redemption", "Returned"), moment(subject.returned_at)


def _who(redemption: Redemption) -> str:
    volunteer = redemption.account.volunteer
    return volunteer.shown_name if volunteer else "—"


def _by(redemption: Redemption) -> str:
    """By whoever was at the desk; the person is called as everywhere here."""
    volunteer, ended_by = redemption.account.volunteer, redemption.ended_by
    if ended_by and volunteer and volunteer.user_id == ended_by.pk:
        return _who(redemption)
    return str(ended_by or "—")
