"""Teams and stations at a desk."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table, page_of
from trail import words
from volunteers.admin.pages import CommunityFilter, OpenFilter, RunAdmin, WithinFilter
from volunteers.forms.desk import STATION_FORMS, TEAM_FORMS, OpenStation, OpenTeam, places
from volunteers.models import Good, Membership, Station, Team

LISTED = 20
# So many a community has in the reports that the house follows (S3:47): a figure to read, not one to be reached with
# teams on paper.
OFTEN = 5


@admin.register(Team)
class TeamAdmin(AddingAdmin, RunAdmin):
    add_form, add_label = OpenTeam, _("Open a team")
    forms_offered = TEAM_FORMS
    select_for_page = ("unit", "leader")
    list_display = ("name", "topic", "unit", "show_leader", "show_members", "opened_at")
    list_filter = (OpenFilter, "topic", CommunityFilter, WithinFilter)
    list_select_related = ("unit", "leader")
    list_before_template = "admin/volunteers/team_figures.html"
    search_fields = ("name", "unit__name")
    ordering = ("name", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_members().defer("unit__boundary")

    @admin.display(description=_("leader"))
    def show_leader(self, team: Team) -> str:
        return team.leader.shown_name if team.leader else self.empty_value_display

    @admin.display(description=_("members"))
    def show_members(self, team: Any) -> int:
        return team.members

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With how many there are, and how they are spread."""
        return super().changelist_view(request, (extra_context or {}) | {"figures": _figures(request)})

    def subject_page(self, request: HttpRequest, subject: Team, now: datetime) -> SubjectPage:
        there = Team.objects.open().filter(community=subject.community_id).count()
        facts = [
            (_("Topic"), subject.get_topic_display()),
            (_("What it does"), subject.about or "—"),
            (_("Leader"), subject.leader.shown_name if subject.leader else "—"),
            (_("Since"), _day(subject.opened_at)),
            (_("Teams of this community"), there),
        ]
        if subject.closed_at:
            facts.append((_("Closed on"), _day(subject.closed_at)))
        crumbs = [
            Cell(_("Volunteer teams"), self.url("changelist")),
            Cell(subject.unit.name, self._of(subject)),
        ]
        return SubjectPage(subject.name, facts, [_members(subject)], crumbs)

    def _of(self, team: Team) -> str:
        return f"{self.url('changelist')}?community={team.community_id}"


@admin.register(Station)
class StationAdmin(AddingAdmin, RunAdmin):
    add_form, add_label = OpenStation, _("Open a station")
    forms_offered = STATION_FORMS
    select_for_page = ("unit",)
    list_display = ("name", "unit", "place", "hours", "phone")
    list_filter = (OpenFilter, CommunityFilter, WithinFilter)
    list_select_related = ("unit",)
    search_fields = ("name", "place", "unit__name")
    ordering = ("name", "pk")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("unit__boundary")

    def subject_page(self, request: HttpRequest, subject: Station, now: datetime) -> SubjectPage:
        facts = [
            (_("Community"), subject.unit),
            (_("Address"), subject.place),
            (_("Opening hours"), subject.hours or "—"),
            (_("Telephone of the station"), subject.phone or "—"),
            (_("Since"), _day(subject.opened_at)),
        ]
        if subject.closed_at:
            facts.append((_("Closed on"), _day(subject.closed_at)))
        crumbs = [Cell(_("Volunteer service stations"), self.url("changelist"))]
        return SubjectPage(subject.name, facts, [_goods(subject)], crumbs)


def _goods(station: Station) -> Table:
    """What it offers for points; the list of goods shows all of it."""
    rows = Good.objects.filter(station=station, closed_at=None).order_by("name", "pk")[:LISTED]
    cells = [[Cell(one.name, page_of(one)), Cell(one.price), Cell(one.stock)] for one in rows]
    address = f"{reverse('admin:volunteers_good_changelist')}?station={station.pk}"
    more = Cell(_("All of them in the list of goods"), address)
    columns = [_("good"), _("price in points"), _("in stock")]
    return Table(_("Goods for points"), columns, cells, _("Nothing is offered here."), link=more)


def _figures(request: HttpRequest) -> dict[str, int]:
    """Of the part of the tree where the person runs volunteering."""
    now = timezone.now()
    open_teams = Team.objects.open().run_by(request.user, now).order_by()
    per_community = list(open_teams.values("community").annotate(n=Count("pk")).values_list("n", flat=True))
    return {
        "teams": sum(per_community),
        "communities": places(request.user, now).at("community").order_by().count(),
        "often": sum(count >= OFTEN for count in per_community),
        "least": OFTEN,
    }


def _members(team: Team) -> Table:
    """The latest to join; the list of volunteers shows all of them."""
    rows = Membership.objects.current().filter(team=team).select_related("volunteer")
    cells = [
        [Cell(one.volunteer.shown_name), Cell(_day(one.joined_at))]
        for one in rows.order_by("-joined_at", "-pk")[:LISTED]
    ]
    more = Cell(_("All of them in the list of volunteers"), _all_of(team)) if cells else None
    return Table(
        _("Members"), [_("known as"), pgettext_lazy("volunteer", "since")], cells, _("Nobody yet."), link=more
    )


def _all_of(team: Team) -> str:
    return f"{reverse('admin:volunteers_volunteer_changelist')}?team={team.pk}"


def _day(at: datetime) -> str:
    return date_format(timezone.localtime(at), "Y-m-d")


words.call_subject(
    "team",
    _("Volunteer team"),
    {
        "open": _("Team opened"),
        "change": _("Team changed"),
        "close": _("Team closed"),
        "lead": _("Leader named"),
        "join": _("Joined a team"),
        "leave": _("Left a team"),
    },
)
words.call_subject(
    "station",
    _("Volunteer service station"),
    {"open": _("Station opened"), "change": _("Station changed"), "close": _("Station closed")},
)
