"""Bodies and posts: lists to search, and a page each."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from grids.admin.exports import ExportAdmin
from grids.admin.pages import Cell, SubjectAdmin, SubjectPage, Table, link_to, with_code
from grids.admin.units import posts_table, roster_table
from grids.forms.posts import BODY_FORMS, POST_FORMS
from grids.models import Body, DutyShift, Leave, Post

LISTED = 20


@admin.register(Body)
class BodyAdmin(ExportAdmin, SubjectAdmin):
    sheet_kind = "bodies"
    export_joins = ("unit",)
    view_with = ("read_below", "report_in", "manage_posts")
    write_with = ("manage_units",)
    forms_offered = BODY_FORMS
    select_for_page = ("unit",)
    list_display = ("name", "code", "kind", "unit", "phone")
    list_filter = ("kind",)
    list_select_related = ("unit",)
    search_fields = ("name", "=code")
    search_help_text = _("Name or code")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).open().order_by("unit__code", "kind", "code")

    def subject_page(self, request: HttpRequest, subject: Body, now: datetime) -> SubjectPage:
        facts = [
            (_("Code"), subject.code),
            (_("Kind"), subject.get_kind_display()),
            (_("Belongs to"), subject.unit),
            (_("Office telephone"), subject.phone or "—"),
        ]
        crumbs = [Cell(_("Bodies"), self.url("changelist")), link_to(subject.unit)]
        pill = "" if subject.is_open else pgettext("unit or body", "closed")
        tables = [posts_table(request, subject, now), *filter(None, [roster_table(request, subject, now)])]
        return SubjectPage(subject.name, facts, tables, crumbs, pill)


@admin.register(Post)
class PostAdmin(ExportAdmin, SubjectAdmin):
    sheet_kind = "posts"
    export_joins = ("user", "deputy", "unit", "body")
    view_with = ("read_below", "report_in")
    write_with = ("manage_posts", "keep_roster")
    forms_offered = POST_FORMS
    select_for_page = ("user", "deputy", "unit", "body")
    list_display = ("role", "user", "show_place", "starts_on", "ends_on", "deputy")
    list_filter = ("role",)
    list_select_related = ("user", "deputy", "unit", "body")
    search_fields = ("user__display_name", "=user__username", "unit__name", "=unit__code", "body__name")
    search_help_text = _("Person, unit or body")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).unended(timezone.now()).order_by("role", "pk")

    @admin.display(description=_("at"))
    def show_place(self, post: Post) -> str:
        return str(post.place)

    def subject_page(self, request: HttpRequest, subject: Post, now: datetime) -> SubjectPage:
        facts = [
            (_("Person"), with_code(subject.user, subject.user.username)),
            (_("From"), subject.starts_on),
            (_("Until"), subject.ends_on or "—"),
            (_("Deputy"), with_code(subject.deputy, subject.deputy.username) if subject.deputy else "—"),
        ]
        tables = [
            _times(_("Leave"), Leave.objects.filter(post=subject), _("No leave recorded.")),
            _times(_("Duty roster"), DutyShift.objects.filter(post=subject), _("Not on the roster.")),
        ]
        crumbs = [Cell(_("Posts"), self.url("changelist")), link_to(subject.place)]
        return SubjectPage(str(subject), facts, tables, crumbs)


def _times(title: Any, rows: Any, empty: Any) -> Table:
    """The latest ones of a post, newest first."""
    cells = [[Cell(row.starts_at), Cell(row.ends_at)] for row in rows.order_by("-starts_at")[:LISTED]]
    return Table(title, [_("from"), _("until")], cells, empty)
