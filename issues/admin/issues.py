"""Issues in the staff admin: the queue, and one page per issue with a button for every verb allowed now."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from grids.admin.exports import ExportAdmin
from grids.admin.places import PlaceFilter, PlacesList
from issues.actions import PERFORM
from issues.actions.reveal import reveal_contact
from issues.admin.asked_of_list import ForgivingList
from issues.admin.dispatching import DispatchPages
from issues.admin.list_filters import CategoryFilter, DueFilter, MineFilter, NatureFilter, TodayFilter
from issues.admin.work_sheet import WorkSheet
from issues.forms import looked_form, verb_form
from issues.forms.reveal import RevealForm
from issues.ladder import RUNGS
from issues.lifecycle import STATE, VERB
from issues.models import PART_MODELS, Category, Issue, Part, Reporter
from issues.page import issue_page, standing_due, with_background
from issues.sections import DESK, sections_of
from issues.small_map import small_map
from issues.templatetags.phone import assisting, due_text
from issues.views.phone import (
    Doable,
    Tried,
    arranged,
    doable,
    done_words,
    find_part,
    is_hidden_by,
    panels_of,
)
from issues.views.submit import renew, submit, typed
from trail import words
from trail.admin import ActionAdmin, find_row
from trail.refusals import NotAllowed, Refused

BADGES = {key: state.badge for key, state in STATE.items()}
TEXT_SHOWN = 24
READERS = ("read_below", "handle", "report_in", "supervise")


@admin.register(Issue)
class IssueAdmin(PlacesList, ForgivingList, WorkSheet, DispatchPages, ActionAdmin):
    view_with = READERS
    actions = ("dispatch_several",)
    list_display = (
        "show_number",
        "show_state",
        "show_text",
        "category",
        "show_place",
        "show_owner",
        "show_due",
    )
    list_filter = (
        *(MineFilter, DueFilter, CategoryFilter, PlaceFilter, TodayFilter),
        *("state", "source", NatureFilter, "is_danger"),
    )
    # As Issue.objects.matching has them, which does the search.
    search_fields = ("text", "place_label", "spot", "=code")
    search_help_text = _("Words, place, work-order number or tracking code")
    list_display_links = ("show_number",)
    list_before_template = "admin/issues/issue_links.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the way to a list that comes in as a sheet, for those who report."""
        context = {"may_bring": request.user.has_perm("can.report")}
        return super().changelist_view(request, (extra_context or {}) | context)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).shown().with_order().due_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """As over REST."""
        return queryset.matching(search_term), False

    @display(description=_("number"))
    def show_number(self, issue: Issue) -> Any:
        return format_html('<span class="gz-whole">{}</span>', issue.number)

    @display(description=_("state"))
    def show_state(self, issue: Issue) -> Any:
        state = STATE[issue.state]
        shown = [(state.badge, state.label)] + [("danger", _("Danger"))] * issue.is_danger
        shown += [("info", label) for label in assisting(issue)]
        return format_html_join(" ", '<span class="gz-pill gz-pill-{}">{}</span>', shown)

    @display(description=_("what is the matter"))
    def show_text(self, issue: Issue) -> str:
        return Truncator(issue.text).chars(TEXT_SHOWN)

    @display(description=_("place"), ordering="place_label")
    def show_place(self, issue: Issue) -> str:
        return issue.place_label

    @display(description=_("with"))
    def show_owner(self, issue: Issue) -> str:
        return str(issue.owner or "—")

    @display(description=_("due"), ordering="due_at")
    def show_due(self, issue: Issue) -> Any:
        due = standing_due(issue, issue.due_at, timezone.now())
        return format_html(
            '<span class="{}">{}</span>', "gz-late" if due and due.late else "", due_text(due) or "—"
        )

    def get_urls(self) -> list[Any]:
        own = [
            path("dispatch/", self._staff(self.dispatch_view), name="issues_issue_dispatch"),
            path("<path:object_id>/do/<slug:verb>/", self._staff(self.do_view), name="issues_issue_do"),
            path("<path:object_id>/print/", self._staff(self.print_view), name="issues_issue_print"),
            path("<path:object_id>/contact/", self._staff(self.contact_view), name="issues_issue_contact"),
            *(
                path(
                    f"<path:object_id>/{on}/<int:pk>/<slug:verb>/",
                    self._staff(self.do_view),
                    {"on": on},
                    name=f"issues_{on}_do",
                )
                for on in PART_MODELS
            ),
        ]
        return own + super().get_urls()

    def _staff(self, view: Any) -> Any:
        return self.admin_site.admin_view(view)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        return self.show(request, self.find(request, object_id), timezone.now())

    def find(self, request: HttpRequest, object_id: str) -> Issue:
        visible = Issue.objects.visible_to(request.user, timezone.now())
        queryset = visible.select_related(
            "category", "owner_unit", "owner_body__unit", "keeper_unit", "keeper_body"
        )
        return find_row(queryset, object_id)

    def show(
        self,
        request: HttpRequest,
        issue: Issue,
        now: datetime,
        *,
        tried: Tried | None = None,
        opened: Doable | None = None,
        revealed: Reporter | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The issue's page; a refused form stands in its place and keeps what was typed."""
        page = with_background(issue_page(issue, request.user, now), request.user, now)
        steps = [
            replace(step, address=_address(issue, step.verb.key, step.part))
            for step in panels_of(request, page, now, tried, opened)
        ]
        stranded = tried is not None and not any(step.tried for step in steps)
        own = arranged(page, steps)
        context = self.admin_site.each_context(request) | {
            "title": issue.number,
            "object": issue,
            "page": page,
            "issue": issue,
            "state": STATE[issue.state],
            "keeper": issue.keeper_unit or issue.keeper_body,
            "steps": [step for step in steps if step not in own["more"]],
            "more": own["more"],
            "stranded": tried.form if stranded and tried else None,
            "typed": typed(tried.form) if stranded and tried else (),
            "lost_photos": tried is not None and tried.lost_photos,
            "map": small_map(issue) if page.inside else None,
            "sections": sections_of(issue, request.user, now, DESK),
            "reveal": RevealForm(issue) if page.reporter else None,
            "revealed": revealed,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/issues/issue/page.html", context, status=status)

    def contact_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The reporter's number on this answer alone; the trail keeps who looked, each time."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        issue, now = self.find(request, object_id), timezone.now()
        form = RevealForm(issue, request.POST)
        occasion = form.cleaned_data["occasion"] if form.is_valid() else ""
        try:
            revealed = reveal_contact(issue, by=request.user, now=now, occasion=occasion)
        except Refused as refused:
            messages.error(request, str(refused))
            return self.show(request, issue, now, status=403 if isinstance(refused, NotAllowed) else 409)
        return self.show(request, issue, now, revealed=revealed)

    def do_view(
        self, request: HttpRequest, object_id: str, verb: str, on: str = "issue", pk: int = 0
    ) -> HttpResponse:
        """Parse, call one action, show. A GET opens the verb's form."""
        issue, now = self.find(request, object_id), timezone.now()
        part = find_part(issue, verb, on, pk)
        if request.method == "GET":
            return self.show(request, issue, now, opened=doable(verb, part))
        if request.method != "POST":
            return HttpResponseNotAllowed(["GET", "POST"])
        if looked := looked_form(verb, issue, request.user, now, request.POST):
            return self.show(request, issue, now, tried=Tried(looked, part, looked=True))
        form = verb_form(
            verb, issue, request.user, now, request.POST, request.FILES, part=part, ask_again=True
        )

        def perform(arguments: dict[str, Any]) -> str:
            PERFORM[verb](part or issue, by=request.user, now=now, **arguments)
            if is_hidden_by(verb, issue, request.user, now):
                return reverse("admin:issues_issue_changelist")
            return reverse("admin:issues_issue_change", args=[issue.pk])

        address, status = submit(request, form, perform)
        if not status:
            words = done_words(gettext("Done: %(verb)s."), verb, issue, request.user, now)
            messages.success(request, words)
            return redirect(address)
        issue = self.find(request, object_id)
        renew(form, version=issue.version)
        return self.show(request, issue, now, tried=Tried(form, part, bool(request.FILES)), status=status)


@admin.register(Category)
class CategoryAdmin(ExportAdmin):
    # Also of whoever adds the district's own.
    view_with = (*READERS, "manage_policies")
    sheet_kind = "categories"
    export_joins = ("parent",)
    list_display = (
        "name",
        "name_en",
        "parent",
        "kind",
        "handled_at",
        "show_danger",
        "for_residents",
        "is_active",
    )
    list_filter = ("handled_at", "is_danger", "kind")
    list_select_related = ("parent",)
    search_fields = ("name", "name_en", "key")

    @display(description=_("danger"), ordering="is_danger", label={"danger": "danger"})
    def show_danger(self, category: Category) -> Any:
        return ("danger", _("Danger")) if category.is_danger else None


def _address(issue: Issue, verb: str, part: Part | None) -> str:
    if part:
        return reverse(f"admin:issues_{part.PART}_do", args=[issue.pk, part.pk, verb])
    return reverse("admin:issues_issue_do", args=[issue.pk, verb])


words.call_subject(
    "issue",
    _("Issue"),
    {
        "report": pgettext_lazy("event", "Reported"),
        **{verb.key: verb.label for verb in VERB.values()},
        **{rung.key: rung.label for rung in RUNGS},
        "alarm": _("Duty posts called: danger"),
        "hotline_update": _("Sent again by the hotline"),
        "hotline_again": _("Opened again by the hotline"),
        "alert_again": _("Same alert again"),
        "recompute": _("Deadlines reckoned anew"),
        "propose_reply": _("Reply proposed"),
        "gain": _("Another issue merged into it"),
        "lose": _("Another issue taken out again"),
        "resolve_with": _("Solved with the main issue"),
        "follow_again": _("Follows the main issue again"),
        "reject_with": _("Not accepted with the main issue"),
        "release": _("Given on: the main issue was withdrawn"),
        "follow": _("Followed the merged unit"),
        "take_back": _("Taken back from the grid"),
        "go_on": _("Goes on without the reporter's answer"),
        "wait_for_check": _("Waits for the check on the spot"),
    },
)
words.call_subject(
    "contact", _("Contact data"), {"reveal": _("Contact data looked at"), "erase": _("Contact data erased")}
)
words.call_subject(
    "category", _("Category"), {"add": _("Added"), "change": _("Facts corrected")}, of_all=True
)
words.FINDERS["issue", "contact"] = lambda name: Issue.objects.named(name).values_list("pk", flat=True)
words.HANDLERS |= {
    "issues.notices": _("Notices to those concerned"),
    "issues.vacancies": _("Notice of a vacancy"),
}
