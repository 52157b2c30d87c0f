"""Dual check-in (双报到) at a desk: organisations, who has reported to the communities, and what they offer there.

Members are shown as others see them, and never with where they serve: that is theirs to say. Statements of service have no
page: the person alone makes and releases them.
"""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from unfold.decorators import display

from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table, page_of
from volunteers.admin.pages import CommunityFilter, LedToFilter, OpenFilter, RunAdmin, WithinFilter
from volunteers.forms.desk import moment
from volunteers.forms.desk_joining import (
    CHECK_IN_FORMS,
    MINUTES,
    OFFER_FORMS,
    ORGANISATION_FORMS,
    AddOrganisation,
    WriteDownCheckIn,
)
from volunteers.joining import MEMBER, ORGANISATION
from volunteers.models import CheckIn, Offer, Organisation

LISTED = 20
# Why an offer does not stand, and how that looks.
ENDED, STANDS = "ended", "stands"


class ReportedToFilter(CommunityFilter):
    """Organisations that have reported to a community and not checked out."""

    def narrowed(self, queryset: Any, number: int) -> Any:
        theirs = CheckIn.objects.current().organisations().filter(community=number)
        return queryset.filter(pk__in=theirs.values("organisation"))


@admin.register(Organisation)
class OrganisationAdmin(AddingAdmin, RunAdmin):
    add_form, add_label = AddOrganisation, _("Add an organisation")
    forms_offered = ORGANISATION_FORMS
    select_for_page = ("district", "body", "speaker")
    list_display = ("name", "kind", "show_speaks", "show_communities", "opened_at")
    list_filter = (OpenFilter, "kind", ReportedToFilter)
    list_select_related = ("speaker", "body")
    search_fields = ("name",)
    ordering = ("name", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_communities()

    @admin.display(description=_("speaks for it"))
    def show_speaks(self, organisation: Organisation) -> str:
        return _speaks(organisation) or self.empty_value_display

    @admin.display(description=_("communities"))
    def show_communities(self, organisation: Any) -> int:
        return organisation.communities

    def subject_page(self, request: HttpRequest, subject: Organisation, now: datetime) -> SubjectPage:
        reported = CheckIn.objects.current().organisations().filter(organisation=subject)
        facts = [
            (_("District"), subject.district),
            (_("Kind"), subject.get_kind_display()),
            (_("Telephone of the organisation"), subject.phone or "—"),
            (_("Speaks for it"), _speaks(subject) or _t("nobody signs in: the communities write it down")),
            (_("Communities that it has reported to"), reported.count()),
            (pgettext_lazy("organisation", "Since"), moment(subject.opened_at)),
        ]
        if subject.closed_at:
            facts.append((pgettext_lazy("organisation", "Closed"), moment(subject.closed_at)))
        crumbs = [Cell(_("Organisations"), self.url("changelist"))]
        tables = [_reported(request, subject, now), _offered_by(request, subject, now)]
        return SubjectPage(subject.name, facts, tables, crumbs)


def _speaks(organisation: Organisation) -> str:
    body = _t("everybody with a post at %(body)s") % {"body": organisation.body} if organisation.body else ""
    return _t(", ").join(filter(None, (str(organisation.speaker or ""), body)))


def _reported(request: HttpRequest, organisation: Organisation, now: datetime) -> Table:
    """Where the person runs volunteering, those who are there first."""
    rows = CheckIn.objects.organisations().filter(organisation=organisation).run_by(request.user, now)
    rows = rows.select_related("unit").defer("unit__boundary").order_by("-ended_at", "-since", "-pk")
    cells = [
        [Cell(one.unit.name, page_of(one)), Cell(moment(one.since)), Cell(moment(one.ended_at))]
        for one in rows[:LISTED]
    ]
    columns = [_("community"), pgettext_lazy("check-in", "since"), _("until")]
    return Table(_("Checked in, of your communities"), columns, cells, _("To none of your communities yet."))


def _offered_by(request: HttpRequest, organisation: Organisation, now: datetime) -> Table:
    theirs = Offer.objects.filter(checkin__side=ORGANISATION, checkin__organisation=organisation)
    rows = theirs.run_by(request.user, now).standing(timezone.localdate(now)).select_related("community")
    cells = [
        [Cell(one.words, page_of(one)), Cell(one.community.name), *_how_much(one)]
        for one in rows.defer("community__boundary").order_by("-offered_at", "-pk")[:LISTED]
    ]
    columns = [pgettext_lazy("offer", "what"), _("community"), _("how many"), _("hours a month"), _("until")]
    return Table(_("Offers that stand"), columns, cells, _("Nothing is offered now."))


def _how_much(one: Offer) -> list[Cell]:
    return [Cell(one.quantity), Cell(hours_of(one)), Cell(one.until or "—")]


def hours_of(offer: Offer) -> str:
    """Hours a month, as few digits as they need."""
    return f"{offer.minutes / MINUTES:g}" if offer.minutes else "—"


# --- check-ins --------------------------------------------------------------------------------------------------
class CurrentFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "current"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [("yes", pgettext_lazy("check-in", "Checked in now")), ("no", _("Checked out"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "yes":
                return queryset.current()
            case "no":
                return queryset.exclude(ended_at=None)
        return queryset


@admin.register(CheckIn)
class CheckInAdmin(AddingAdmin, RunAdmin):
    add_form, add_label = WriteDownCheckIn, _("Write down a check-in")
    forms_offered = CHECK_IN_FORMS
    select_for_page = ("unit", "organisation", "volunteer", "user", "made_by")
    list_display = ("show_who", "side", "unit", "since", "ended_at")
    list_filter = (CurrentFilter, "side", CommunityFilter, WithinFilter)
    list_select_related = ("unit", "organisation", "volunteer", "user")
    list_before_template = "admin/volunteers/check_in_figures.html"
    # Members have no name that one could search by.
    search_fields = ("organisation__name", "unit__name")
    search_help_text = _("Organisation or community")
    ordering = ("-since", "-pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("unit__boundary")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """A member is never found by where they serve."""
        if not (words := search_term.strip()):
            return queryset, False
        of_organisation = Q(side=ORGANISATION, organisation__name__icontains=words)
        return queryset.filter(of_organisation | Q(unit__name__icontains=words)), False

    @admin.display(description=_("known as"))
    def show_who(self, checkin: CheckIn) -> str:
        return checkin.shown_name or self.empty_value_display

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With how many there are."""
        return super().changelist_view(request, (extra_context or {}) | {"figures": _figures(request)})

    def subject_page(self, request: HttpRequest, subject: CheckIn, now: datetime) -> SubjectPage:
        facts = [
            (pgettext_lazy("check-in", "Who"), subject.get_side_display()),
            (_("Community"), subject.unit),
            (pgettext_lazy("check-in", "Since"), moment(subject.since)),
            (_("Written down by"), _written_by(subject)),
        ]
        if subject.ended_at:
            facts.append((_("Checked out"), moment(subject.ended_at)))
        crumbs = [Cell(_("Check-ins"), self.url("changelist"))]
        if subject.side == ORGANISATION and subject.organisation:
            crumbs.append(Cell(subject.organisation.name, page_of(subject.organisation)))
        title = f"{subject.shown_name or _t('Serving member')} · {subject.unit.name}"
        return SubjectPage(title, facts, [_offers_of(subject, timezone.localdate(now))], crumbs)


def _written_by(checkin: CheckIn) -> str:
    """A member who came by themselves is not named by what they wrote down."""
    own = checkin.side == MEMBER and checkin.of_whom == ("account", checkin.made_by_id)
    return _t("themselves") if own else str(checkin.made_by or "—")


def _offers_of(checkin: CheckIn, today: Any) -> Table:
    rows = Offer.objects.filter(checkin=checkin).select_related("checkin").order_by("-offered_at", "-pk")
    cells = [
        [
            Cell(one.words, page_of(one)),
            Cell(one.get_kind_display()),
            *_how_much(one),
            Cell(state_words(one, today)),
        ]
        for one in rows[:LISTED]
    ]
    more = Cell(_("All of them in the list of offers"), _offers_from(checkin)) if cells else None
    columns = [
        pgettext_lazy("offer", "what"),
        _("kind"),
        _("how many"),
        _("hours a month"),
        _("until"),
        _("state"),
    ]
    return Table(_("Offers"), columns, cells, _("Nothing is offered yet."), link=more)


def _offers_from(checkin: CheckIn) -> str:
    return f"{reverse('admin:volunteers_offer_changelist')}?checkin={checkin.pk}"


def _figures(request: HttpRequest) -> list[str]:
    """Of the part of the tree where the person runs volunteering. Two queries."""
    now = timezone.now()
    rows = CheckIn.objects.current().run_by(request.user, now).order_by().values_list("side")
    sides = {ORGANISATION: 0, MEMBER: 0} | dict(rows.annotate(all=Count("pk")))
    offers = Offer.objects.run_by(request.user, now).standing(timezone.localdate(now)).count()
    return [
        ngettext("%(n)s organisation", "%(n)s organisations", sides[ORGANISATION])
        % {"n": sides[ORGANISATION]},
        ngettext("%(n)s serving member", "%(n)s serving members", sides[MEMBER]) % {"n": sides[MEMBER]},
        ngettext("%(n)s offer stands", "%(n)s offers stand", offers) % {"n": offers},
    ]


# --- offers -----------------------------------------------------------------------------------------------------
class StandingFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return [("yes", pgettext_lazy("offer", "Stands")), ("no", pgettext_lazy("offer", "Over"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        standing = Offer.objects.standing(timezone.localdate()).order_by().values("pk")
        match self.value():
            case "yes":
                return queryset.standing(timezone.localdate())
            case "no":
                return queryset.exclude(pk__in=standing)
        return queryset


class CheckInFilter(LedToFilter):
    """Led to from the page of a check-in."""

    title = _("check-in")
    parameter_name = "checkin"

    def narrowed(self, queryset: Any, number: int) -> Any:
        return queryset.filter(checkin=number)


@admin.register(Offer)
class OfferAdmin(RunAdmin):
    forms_offered = OFFER_FORMS
    select_for_page = (
        "community",
        "checkin__unit",
        "checkin__organisation",
        "checkin__volunteer",
        "checkin__user",
    )
    list_display = ("words", "kind", "show_who", "community", "quantity", "show_hours", "until", "show_state")
    list_filter = (StandingFilter, "kind", CommunityFilter, WithinFilter, CheckInFilter)
    list_select_related = ("community", "checkin__organisation", "checkin__volunteer", "checkin__user")
    search_fields = ("words", "community__name")
    ordering = ("-offered_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("community__boundary")

    @admin.display(description=_("known as"))
    def show_who(self, offer: Offer) -> str:
        return offer.checkin.shown_name or self.empty_value_display

    @admin.display(description=_("hours a month"))
    def show_hours(self, offer: Offer) -> str:
        return hours_of(offer)

    @display(description=_("state"), label={STANDS: "success", ENDED: "info"})
    def show_state(self, offer: Offer) -> tuple[str, str]:
        today = timezone.localdate()
        return (STANDS if offer.stands_on(today) else ENDED), state_words(offer, today)

    def subject_page(self, request: HttpRequest, subject: Offer, now: datetime) -> SubjectPage:
        facts = [
            (pgettext_lazy("offer", "What"), subject.words),
            (_("Kind"), subject.get_kind_display()),
            (_("Offered by"), subject.checkin.shown_name or "—"),
            (_("Community"), subject.community),
            (_("How many"), subject.quantity),
            (_("Hours a month"), hours_of(subject)),
            (_("Until"), subject.until or "—"),
            (_("Offered"), moment(subject.offered_at)),
        ]
        if subject.withdrawn_at:
            facts.append((pgettext_lazy("offer", "Withdrawn"), moment(subject.withdrawn_at)))
        crumbs = [
            Cell(_("Offers"), self.url("changelist")),
            Cell(subject.checkin.shown_name or _t("Serving member"), page_of(subject.checkin)),
        ]
        pill = state_words(subject, timezone.localdate(now))
        return SubjectPage(subject.words, facts, (), crumbs, pill)


def state_words(offer: Offer, today: Any) -> str:
    """Whether it stands, else why not."""
    if offer.withdrawn_at:
        return str(pgettext_lazy("offer", "Withdrawn"))
    if offer.checkin.ended_at:
        return str(_("Checked out"))
    return str(pgettext_lazy("offer", "Stands") if offer.stands_on(today) else pgettext_lazy("offer", "Over"))
