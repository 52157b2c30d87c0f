"""Volunteers at a desk: masked in lists and on their pages, shown on one answer when somebody says what for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.phones import clean_phone
from accounts.secrets import keyed_hash
from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table
from grids.forms.steps import StepForm
from trail import words
from trail.refusals import Refused
from volunteers.admin.pages import (
    MOST_CHOICES,
    CommunityFilter,
    NumberFilter,
    RunAdmin,
    WithinFilter,
    days_filter,
)
from volunteers.forms.desk import TRANSFER_FORMS, VOLUNTEER_FORMS, Erase, WriteDown, moment
from volunteers.forms.desk_goods import PutAside, points_kept
from volunteers.forms.desk_points import REPORT_FORMS
from volunteers.models import Membership, Team, Transfer, Volunteer
from volunteers.querysets import keeps
from volunteers.words import AVAILABILITY, LANGUAGES, SKILLS, choices, labels

LISTED = 20


class TeamFilter(NumberFilter):
    title = _("team")
    parameter_name = "team"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        teams = Team.objects.open().run_by(request.user, timezone.now()).order_by("name", "pk")
        return [(team.pk, team.name) for team in teams[:MOST_CHOICES]]

    def narrowed(self, queryset: Any, number: int) -> Any:
        return queryset.filter(pk__in=Membership.objects.current().filter(team=number).values("volunteer"))


class SkillFilter(admin.SimpleListFilter):
    title = _("skill")
    parameter_name = "skill"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, Any]]:
        return choices(SKILLS)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(skills__contains=[self.value()]) if self.value() else queryset


@admin.register(Volunteer)
class VolunteerAdmin(AddingAdmin, RunAdmin):
    add_form, add_label = WriteDown, _("Write down a volunteer")
    forms_offered = (*VOLUNTEER_FORMS[:-2], PutAside, *REPORT_FORMS, *VOLUNTEER_FORMS[-2:])
    select_for_page = ("home", "community")
    list_display = ("show_name", "show_phone", "home", "show_skills", "state", "joined_at")
    list_filter = (
        *("state", CommunityFilter, TeamFilter, SkillFilter, WithinFilter),
        days_filter("joined_at", _("New in the period"), "joined"),
        days_filter("left_at", pgettext_lazy("figures", "Left"), "left"),
    )
    list_select_related = ("home",)
    search_fields = ("alias",)
    search_help_text = _("Alias, or the whole mobile number")
    ordering = ("-joined_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("home__boundary")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Numbers are encrypted: one is found again by its hash, so only as a whole."""
        try:
            number = clean_phone(search_term)
        except Refused:
            return super().get_search_results(request, queryset, search_term)
        found = queryset.filter(phone_hash=keyed_hash(number, purpose="phone")) if number else queryset
        return found, False

    @admin.display(description=_("known as"))
    def show_name(self, volunteer: Volunteer) -> str:
        return volunteer.shown_name

    @admin.display(description=_("mobile number"))
    def show_phone(self, volunteer: Volunteer) -> str:
        return volunteer.masked_phone or self.empty_value_display

    @admin.display(description=_("skills"))
    def show_skills(self, volunteer: Volunteer) -> str:
        return _t(", ").join(labels(SKILLS, volunteer.skills)) or self.empty_value_display

    def answer(self, request: HttpRequest, form: StepForm) -> HttpResponse | None:
        """Name and number stand on this very answer and nowhere else; of what was erased there is no page."""
        answer = super().answer(request, form)
        if answer is not None and isinstance(form, Erase):
            return redirect(self.url("changelist"))
        revealed = getattr(form, "revealed", None)
        if answer is None or revealed is None:
            return answer
        request.revealed = revealed  # type: ignore[attr-defined]  # for subject_page
        return self.show(request, revealed, timezone.now())

    def subject_page(self, request: HttpRequest, subject: Volunteer, now: datetime) -> SubjectPage:
        facts = [
            (_("Mobile number"), subject.masked_phone or "—"),
            *_in_the_clear(getattr(request, "revealed", None)),
            (_("At home in"), _home(subject)),
            (_("What they can do"), _listed(SKILLS, subject.skills)),
            (_("Languages"), _listed(LANGUAGES, subject.languages)),
            (_("When they have time"), _listed(AVAILABILITY, subject.availability)),
            (_("Signs in"), _("yes") if subject.user_id else _("no")),
            (pgettext_lazy("volunteer", "Since"), moment(subject.joined_at)),
        ]
        if subject.is_minor(timezone.localdate(now)):
            facts.append((_("Under fourteen until"), subject.of_age_on))
            facts.append((_("A guardian agreed"), moment(subject.guardian_consented_at)))
        if subject.left_at:
            facts.append((_("Left"), moment(subject.left_at)))
        if keeps(request.user, subject, now):
            facts.append((_("Points"), points_kept(subject, request.user, now)))
        crumbs = [Cell(_("Volunteers"), self.url("changelist"))]
        tables = [_teams(subject), _transfers(subject)]
        return SubjectPage(subject.shown_name, facts, tables, crumbs, subject.get_state_display())


@admin.register(Transfer)
class TransferAdmin(RunAdmin):
    forms_offered = TRANSFER_FORMS
    select_for_page = ("volunteer", "left", "home", "decided_by")
    list_display = ("show_who", "left", "home", "state", "asked_at")
    list_filter = (
        *("state", CommunityFilter, WithinFilter),
        days_filter("decided_at", _("Decided"), "decided"),
    )
    list_select_related = ("volunteer", "left", "home")
    ordering = ("-asked_at", "-pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("left__boundary", "home__boundary")

    @admin.display(description=_("volunteer"))
    def show_who(self, transfer: Transfer) -> str:
        return transfer.volunteer.shown_name

    def subject_page(self, request: HttpRequest, subject: Transfer, now: datetime) -> SubjectPage:
        facts = [
            (pgettext_lazy("transfer", "From"), subject.left),
            (_("To"), subject.home),
            (_("Asked for"), moment(subject.asked_at)),
            (_("What they can do"), _listed(SKILLS, subject.volunteer.skills)),
        ]
        if subject.decided_at:
            facts.append((_("Decided"), moment(subject.decided_at)))
            facts.append((_("Decided by"), subject.decided_by or "—"))
        crumbs = [Cell(_("Transfers"), self.url("changelist"))]
        return SubjectPage(subject.volunteer.shown_name, facts, (), crumbs, subject.get_state_display())


def _in_the_clear(volunteer: Volunteer | None) -> list[tuple[Any, Any]]:
    """What somebody has just asked to see."""
    if volunteer is None:
        return []
    shown = [
        (pgettext_lazy("volunteer", "Name"), volunteer.name),
        (_("Number in full"), volunteer.phone or "—"),
    ]
    if volunteer.guardian_name:
        shown.append((_("Guardian"), f"{volunteer.guardian_name} {volunteer.guardian_phone}"))
    return [*shown, (_("Recorded"), _("That you looked stands in the trail."))]


def _home(volunteer: Volunteer) -> str:
    places = (volunteer.community, volunteer.home)
    return " · ".join(dict.fromkeys(unit.name for unit in places if unit))


def _listed(table: Sequence[Any], chosen: list[str]) -> str:
    return _t(", ").join(labels(table, chosen)) or "—"


def _teams(volunteer: Volunteer) -> Table:
    rows = Membership.objects.filter(volunteer=volunteer).select_related("team__unit")
    rows = rows.defer("team__unit__boundary").order_by("left_at", "-joined_at", "-pk")[:LISTED]
    cells = [
        [
            Cell(one.team.name),
            Cell(one.team.unit.name),
            Cell(moment(one.joined_at)),
            Cell(moment(one.left_at)),
        ]
        for one in rows
    ]
    return Table(_("Teams"), [_("team"), _("community"), _("from"), _("until")], cells, _("In no team."))


def _transfers(volunteer: Volunteer) -> Table:
    rows = Transfer.objects.filter(volunteer=volunteer).select_related("left", "home")
    rows = rows.defer("left__boundary", "home__boundary").order_by("-asked_at", "-pk")[:LISTED]
    cells = [
        [Cell(one.left), Cell(one.home), Cell(one.get_state_display()), Cell(moment(one.asked_at))]
        for one in rows
    ]
    columns = [pgettext_lazy("transfer", "from"), _("to"), _("state"), _("asked for")]
    # To a desk that does not run the other community a link would lead nowhere.
    return Table(_("Transfers"), columns, cells, _("No transfer."))


words.call_subject(
    "volunteer",
    _("Volunteer"),
    {
        "sign_up": pgettext_lazy("volunteer", "Signed up"),
        "change": _("Data changed"),
        "leave": _("Left"),
        "return": _("Came back"),
        "erase": _("Erased"),
        "reveal": _("Name and number looked at"),
        "of_age": _("Came of age"),
        "ask_transfer": _("Transfer asked for"),
        "take_in": _("Taken in"),
        "refuse_transfer": _("Not taken in"),
        "withdraw_transfer": _("Transfer withdrawn"),
    },
)
