"""Group channels in the staff admin: which groups hear of what, how it goes, and what one may do about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.decorators import display

from grids.admin.pages import AddingAdmin, Cell, SubjectPage, Table
from notices.group_forms import GROUP_FORMS, AddGroup
from notices.group_line import installed
from notices.groups import ERRORS, SORTS, STATES
from notices.models import GroupChannel, GroupMessage
from notices.querysets import CONNECTS
from trail import words
from trail.admin import as_code

PER_PAGE = 20
# state → what it is called, and its colour word.
RUNS = {
    "running": (pgettext_lazy("group", "running"), "success"),
    "failing": (pgettext_lazy("group", "it fails"), "warning"),
    "paused": (pgettext_lazy("group", "paused"), "danger"),
    "ended": (pgettext_lazy("group", "removed"), "secondary"),
}

words.call_subject(
    "group",
    _("Group channel"),
    {
        "add": _("Group channel added"),
        "pause": _("Paused"),
        "pause_itself": _("Paused by itself"),
        "resume": pgettext_lazy("sending", "Resumed"),
        "test": _("Test message sent"),
        "end": _("Group channel removed"),
    },
)
words.HANDLERS["notices.groups"] = _("Tell of a paused group channel")


@admin.register(GroupChannel)
class GroupChannelAdmin(AddingAdmin):
    """Seen and written by who connects systems in the district."""

    write_with = (CONNECTS,)
    add_label = _("Add a group channel")
    add_form = AddGroup
    forms_offered = GROUP_FORMS
    select_for_page = ("district", "created_by")
    list_display = ("name", "district", "show_sorts", "show_state", "reached_at")
    list_select_related = ("district",)
    ordering = ("ended_at", "name")
    search_fields = ("name",)
    search_help_text = _("Name")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("address")

    @admin.display(description=_("told of"))
    def show_sorts(self, group: GroupChannel) -> str:
        return _sorts(group)

    @display(description=_("state"), label={key: badge for key, (_label, badge) in RUNS.items()})
    def show_state(self, group: GroupChannel) -> Any:
        return group.state, RUNS[group.state][0]

    def add_facts(self) -> Sequence[tuple[Any, Any]]:
        """Where the library is missing, the page says so."""
        return () if installed() else [(_("Not possible yet"), ERRORS["missing"])]

    def subject_page(self, request: HttpRequest, subject: GroupChannel, now: datetime) -> SubjectPage:
        facts: list[tuple[Any, Any]] = [
            (_("Address"), as_code(subject.masked) if subject.address else "—"),
            (_("District"), subject.district),
            (_("Told of"), _sorts(subject)),
            (_("Language"), subject.language),
        ]
        if subject.state == "paused":
            facts.append((_("Paused because"), subject.pause_words))
        if subject.state == "failing":
            facts += [(_("Failures in a row"), subject.failures), (_("Next try at"), subject.rest_until)]
        facts += [
            (_("Last reached"), subject.reached_at or "—"),
            (_("Last answer"), ERRORS.get(subject.last_error) or (_("taken") if subject.reached_at else "—")),
            (_("Added by"), subject.created_by or "—"),
            (_("Added"), subject.created_at),
        ]
        crumbs = [Cell(_("Group channels"), self.url("changelist"))]
        pill = "" if subject.state == "running" else RUNS[subject.state][0]
        return SubjectPage(subject.name, facts, [_messages(request, subject, now)], crumbs, pill)


def _sorts(group: GroupChannel) -> str:
    return _("; ").join(str(SORTS[sort]) for sort in group.sorts if sort in SORTS)


def _messages(request: HttpRequest, group: GroupChannel, now: datetime) -> Table:
    seen = GroupMessage.objects.visible_to(request.user, now).filter(group=group).order_by("-pk")
    page = Paginator(seen, PER_PAGE).get_page(request.GET.get("p"))
    rows = [
        [
            Cell(" · ".join(part for part in (message.about, message.words) if part)),
            Cell(message.created_at),
            Cell(STATES[message.state], late=message.state == "dead"),
            Cell(message.attempts),
            Cell(ERRORS.get(message.last_error) or (_("taken") if message.state == "sent" else "—")),
        ]
        for message in page
    ]
    columns = [_("what it says"), pgettext_lazy("message", "written"), _("state"), _("attempts"), _("answer")]
    return Table(_("Messages"), columns, rows, _("No message yet."), page)
