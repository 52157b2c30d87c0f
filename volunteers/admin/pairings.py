"""Responsibility pairing (包保) at a desk: who answers for which place, how far the five duties are, and the sheet."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from unfold.decorators import display

from grids.admin.downloads import filters_of, hand_over, kind_asked, stamped
from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table, page_of
from trail.refusals import Refused
from volunteers.admin.gaps import GapPages
from volunteers.admin.pages import MOST_CHOICES, NumberFilter, WithinFilter
from volunteers.forms.desk import moment
from volunteers.forms.desk_pairings import PAIRING_FORMS, PairPlace
from volunteers.joining import DUTIES, PAIRING_STATES, duty_choices, pairing_state_choices
from volunteers.models import Organisation, Pairing
from volunteers.pairing_export import functions_of, pairing_sheet
from volunteers.pairing_querysets import READS, places_read
from volunteers.querysets import RUNS

BADGES = {"now": "success", "to_come": "info", "ended": ""}
STATE = {word.key: word.label for word in PAIRING_STATES}
# The places that a pairing may lie at, without what is large.
PLACES = ("community", "grid", "building")
ANY = "any"


class _PlaceFilter(NumberFilter):
    kind: str

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        units = places_read(request.user, timezone.now()).at(self.kind)[:MOST_CHOICES]
        return [(unit.pk, unit.name) for unit in units]


class StreetFilter(_PlaceFilter):
    title, parameter_name, kind = _("street"), "street", "street"

    def narrowed(self, queryset: Any, number: int) -> Any:
        return queryset.filter(street=number)


class ReadCommunityFilter(_PlaceFilter):
    title, parameter_name, kind = _("community"), "community", "community"

    def narrowed(self, queryset: Any, number: int) -> Any:
        return queryset.filter(community=number)


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return pairing_state_choices()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value()
        return queryset.in_state(state, timezone.localdate()) if state in STATE else queryset


class DutyFilter(admin.SimpleListFilter):
    title = _("duty that is open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [(ANY, _("Any of the five")), *duty_choices()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        asked = self.value()
        if asked not in {ANY, *(duty.key for duty in DUTIES)}:
            return queryset
        return queryset.lacking("" if asked == ANY else asked)


class OverlapFilter(admin.SimpleListFilter):
    title = _("beside another one")
    parameter_name = "double"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [("yes", _("Two of the same level there"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.overlapping(timezone.localdate()) if self.value() == "yes" else queryset


@admin.register(Pairing)
class PairingAdmin(GapPages, AddingAdmin):
    """Whoever reads what lies below reads who answers for it; whoever runs volunteering there pairs."""

    view_with, write_with = READS, (RUNS,)
    add_form, add_label = PairPlace, _("Pair a place")
    forms_offered = PAIRING_FORMS
    select_for_page = ("organisation", "official", "made_by", *PLACES)
    list_display = ("show_place", "level", "show_who", "starts_on", "ends_on", "show_done", "show_state")
    list_filter = (
        *(StateFilter, "level", DutyFilter, OverlapFilter, StreetFilter, ReadCommunityFilter),
        WithinFilter,
    )
    list_select_related = ("organisation", "official", *PLACES)
    list_before_template = "admin/volunteers/pairing_links.html"
    search_fields = ("organisation__name", "official__display_name", *(f"{place}__name" for place in PLACES))
    ordering = ("-starts_on", "-pk")

    def get_urls(self) -> list[Any]:
        export = self.admin_site.admin_view(self.export_view)
        gaps = self.admin_site.admin_view(self.gaps_view)
        own = [
            path("export/", export, name="volunteers_pairing_export"),
            path("gaps/", gaps, name="volunteers_pairing_gaps"),
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> Any:
        large = (f"{place}__boundary" for place in PLACES)
        return super().get_queryset(request).with_done().defer(*large)

    @admin.display(description=_("place"))
    def show_place(self, pairing: Pairing) -> str:
        return _place(pairing)

    @admin.display(description=_("answers"))
    def show_who(self, pairing: Pairing) -> str:
        return str(pairing.who)

    @admin.display(description=_("duties done"))
    def show_done(self, pairing: Any) -> str:
        return f"{pairing.done} / {len(DUTIES)}"

    @display(description=_("state"), label=BADGES)
    def show_state(self, pairing: Pairing) -> tuple[str, str]:
        state = pairing.state_on(timezone.localdate())
        return state, str(STATE[state])

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the button for the file, which keeps the filters."""
        context = {"query": request.GET.urlencode()}
        return super().changelist_view(request, (extra_context or {}) | context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Led to from a gap it knows the place and the level already."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        data = request.POST if request.method == "POST" else None
        form = self.add_form(None, request.user, timezone.now(), data)
        for name in ("unit", "level"):
            if asked := request.GET.get(name):
                form.fields[name].initial = asked
        return self.add_page(request, form)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """This list as a file. Asked for by a form: that it was taken is written down."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        now = timezone.now()
        found = self.get_changelist_instance(request).get_queryset(request)
        try:
            sheet = pairing_sheet(found, now)
        except Refused as too_many:
            messages.error(request, str(too_many))
            return redirect(self.url("changelist"))
        name, filters = stamped("pairings", now), filters_of(request)
        return hand_over(request, "pairings", name, sheet, filters=filters, now=now, kind=kind_asked(request))

    def subject_page(self, request: HttpRequest, subject: Pairing, now: datetime) -> SubjectPage:
        facts = [
            (_("Place"), _place(subject)),
            (_("Level"), subject.get_level_display()),
            (_("Answers"), subject.who),
            *_more_of_who(subject, now),
            (_("From"), subject.starts_on),
            (_("Until"), subject.ends_on or "—"),
            (_("Written down"), f"{moment(subject.made_at)} · {subject.made_by or '—'}"),
        ]
        state = subject.state_on(timezone.localdate(now))
        beside = Pairing.objects.visible_to(request.user, now).beside(subject, timezone.localdate(now))
        crumbs = [Cell(_("Pairings"), self.url("changelist"))]
        title = f"{subject.place.name} · {subject.get_level_display()}"
        return SubjectPage(title, facts, [_duties(subject), _beside(beside)], crumbs, STATE[state])


def _place(pairing: Pairing) -> str:
    """From the community down."""
    return " · ".join(unit.name for unit in (pairing.community, pairing.grid, pairing.building) if unit)


def _more_of_who(pairing: Pairing, now: datetime) -> list[tuple[Any, Any]]:
    """The post of an official, the telephone of an organisation."""
    if isinstance(pairing.who, Organisation):
        return [(_("Telephone of the organisation"), pairing.who.phone or "—")]
    return [(_("Post"), functions_of([pairing.who.pk], now).get(pairing.who.pk) or "—")]


def _duties(pairing: Pairing) -> Table:
    """All five, done or not."""
    done = {one.duty: one for one in pairing.duties.select_related("noted_by")}
    cells = []
    for word in DUTIES:
        one = done.get(word.key)
        state = Cell(pgettext("duty", "Done") if one else pgettext("duty", "Open"), late=one is None)
        told = [one.done_on, one.note or "—", one.noted_by or "—"] if one else ["—"] * 3
        cells.append([Cell(word.label), state, *map(Cell, told)])
    columns = [_("duty"), _("state"), _("done on"), _("evidence"), _("noted by")]
    title = _t("The five duties: %(done)s of %(all)s done") % {"done": len(done), "all": len(DUTIES)}
    return Table(title, columns, cells, "")


def _beside(rows: Any) -> Table:
    """Others of the same level at the same place."""
    found = rows.select_related("organisation", "official").order_by("starts_on", "pk")[:MOST_CHOICES]
    cells = [[Cell(one.who, page_of(one)), Cell(one.starts_on), Cell(one.ends_on or "—")] for one in found]
    columns = [_("answers"), _("from"), _("until")]
    return Table(_("Another one of this level there"), columns, cells, _("None."))
