"""Issues in the staff admin: the queue, and one page per issue with a button for every verb allowed now."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from issues.actions import PERFORM
from issues.forms import verb_form
from issues.lifecycle import CALLEE_VERBS, OPEN_STATES, STATE, VERB
from issues.models import Callee, Category, Issue
from issues.page import issue_page, standing_due
from issues.templatetags.phone import due_text
from issues.views.phone import Tried, panels_of
from issues.views.submit import renew, submit, typed
from trail.admin import ActionAdmin

READERS = ("read_below", "handle", "report_in", "supervise")


class DueFilter(admin.SimpleListFilter):
    title = _("deadline")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Open")), ("late", _("Overdue")), ("ended", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "late":
                return queryset.overdue(timezone.now())
            case "open":
                return queryset.open()
            case "ended":
                return queryset.exclude(state__in=OPEN_STATES)
        return queryset


class MineFilter(admin.SimpleListFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("mine", _("With me now")),
            ("called", _("I am called to")),
            ("registered", _("Registered by me")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "mine":
                return queryset.open().held_by_person(request.user, timezone.now())
            case "called":
                return queryset.calling(request.user, timezone.now())
            case "registered":
                return queryset.filter(registered_by=request.user.pk)
        return queryset


@admin.register(Issue)
class IssueAdmin(ActionAdmin):
    view_with = READERS
    list_display = (
        "show_number",
        "show_state",
        "show_danger",
        "category",
        "place_label",
        "show_owner",
        "show_due",
    )
    list_filter = (MineFilter, DueFilter, "state", "source", "is_danger")
    search_fields = ("text", "place_label", "=code")
    search_help_text = _("Words, place, work-order number or tracking code")
    list_display_links = ("show_number",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return Issue.objects.visible_to(request.user, timezone.now()).shown().due_first()

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        return ()

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """A work-order number finds exactly its issue."""
        _day, dash, number = search_term.strip().partition("-")
        if dash and number.isdigit():
            return queryset.filter(pk=int(number[:12])), False
        return super().get_search_results(request, queryset, search_term)

    @display(description=_("number"))
    def show_number(self, issue: Issue) -> str:
        return issue.number

    @display(description=_("state"), label=True)
    def show_state(self, issue: Issue) -> Any:
        return STATE[issue.state].label

    @display(description=_("danger"), label={"danger": "danger"})
    def show_danger(self, issue: Issue) -> Any:
        return ("danger", _("Danger")) if issue.is_danger else None

    @display(description=_("with"))
    def show_owner(self, issue: Issue) -> str:
        return str(issue.owner or "—")

    @display(description=_("due"), ordering="due_at")
    def show_due(self, issue: Issue) -> str:
        return due_text(standing_due(issue, issue.due_at, timezone.now())) or "—"

    def get_urls(self) -> list[Any]:
        own = [
            path("<path:object_id>/do/<slug:verb>/", self._staff(self.do_view), name="issues_issue_do"),
            path(
                "<path:object_id>/callee/<int:callee>/<slug:verb>/",
                self._staff(self.do_view),
                name="issues_callee_do",
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
        """A foreign number is as unknown as one that does not exist."""
        if not object_id.isdigit() or len(object_id) > 18:
            raise Http404
        visible = Issue.objects.visible_to(request.user, timezone.now())
        queryset = visible.select_related(
            "category", "owner_unit", "owner_body__unit", "keeper_unit", "keeper_body"
        )
        return get_object_or_404(queryset, pk=int(object_id))

    def show(
        self,
        request: HttpRequest,
        issue: Issue,
        now: datetime,
        *,
        tried: Tried | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The issue's page; a refused form stands in its place and keeps what was typed."""
        page = issue_page(issue, request.user, now)
        steps = panels_of(request, page, now, tried, None)
        stranded = tried is not None and not any(step.tried for step in steps)
        context = self.admin_site.each_context(request) | {
            "title": issue.number,
            "page": page,
            "issue": issue,
            "state": STATE[issue.state],
            "keeper": issue.keeper_unit or issue.keeper_body,
            "steps": [replace(step, address=_address(issue, step.verb.key, step.callee)) for step in steps],
            "stranded": tried.form if stranded and tried else None,
            "typed": typed(tried.form) if stranded and tried else (),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/issues/issue/page.html", context, status=status)

    def do_view(
        self, request: HttpRequest, object_id: str, verb: str, callee: int | None = None
    ) -> HttpResponse:
        """Parse, call one action, show."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        issue, now = self.find(request, object_id), timezone.now()
        if verb not in VERB or (verb in CALLEE_VERBS) != (callee is not None):
            raise Http404
        called = get_object_or_404(Callee, pk=callee, issue=issue) if callee else None
        form = verb_form(verb, issue, request.user, now, request.POST, request.FILES, ask_again=True)

        def perform(arguments: dict[str, Any]) -> str:
            PERFORM[verb](called or issue, by=request.user, now=now, **arguments)
            return reverse("admin:issues_issue_change", args=[issue.pk])

        address, status = submit(request, form, perform)
        if not status:
            messages.success(request, _("Done: %(verb)s.") % {"verb": VERB[verb].label})
            return redirect(address)
        issue = self.find(request, object_id)
        renew(form, version=issue.version)
        return self.show(request, issue, now, tried=Tried(form, callee, bool(request.FILES)), status=status)


@admin.register(Category)
class CategoryAdmin(ActionAdmin):
    view_with = READERS
    list_display = (
        "name",
        "name_en",
        "parent",
        "kind",
        "handled_at",
        "is_danger",
        "for_residents",
        "is_active",
    )
    list_filter = ("handled_at", "is_danger", "kind")
    list_select_related = ("parent",)
    search_fields = ("name", "name_en", "key")


def _address(issue: Issue, verb: str, callee: Callee | None) -> str:
    if callee:
        return reverse("admin:issues_callee_do", args=[issue.pk, callee.pk, verb])
    return reverse("admin:issues_issue_do", args=[issue.pk, verb])
