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
from issues.ladder import RUNGS
from issues.lifecycle import OPEN_STATES, STATE, VERB
from issues.models import PART_MODELS, Category, Issue, Part
from issues.page import issue_page, standing_due
from issues.templatetags.phone import due_text
from issues.views.phone import Doable, Tried, arranged, doable, find_part, panels_of
from issues.views.submit import renew, submit, typed
from trail import words
from trail.admin import ActionAdmin

BADGES = {key: state.badge for key, state in STATE.items()}
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

    @display(description=_("state"), label=BADGES)
    def show_state(self, issue: Issue) -> Any:
        return issue.state, STATE[issue.state].label

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
        opened: Doable | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The issue's page; a refused form stands in its place and keeps what was typed."""
        page = issue_page(issue, request.user, now)
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
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/issues/issue/page.html", context, status=status)

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
        form = verb_form(
            verb, issue, request.user, now, request.POST, request.FILES, part=part, ask_again=True
        )

        def perform(arguments: dict[str, Any]) -> str:
            PERFORM[verb](part or issue, by=request.user, now=now, **arguments)
            return reverse("admin:issues_issue_change", args=[issue.pk])

        address, status = submit(request, form, perform)
        if not status:
            messages.success(request, _("Done: %(verb)s.") % {"verb": VERB[verb].label})
            return redirect(address)
        issue = self.find(request, object_id)
        renew(form, version=issue.version)
        return self.show(request, issue, now, tried=Tried(form, part, bool(request.FILES)), status=status)


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


def _address(issue: Issue, verb: str, part: Part | None) -> str:
    if part:
        return reverse(f"admin:issues_{part.PART}_do", args=[issue.pk, part.pk, verb])
    return reverse("admin:issues_issue_do", args=[issue.pk, verb])


words.call_subject(
    "issue",
    _("Issue"),
    {
        "report": _("Reported"),
        **{verb.key: verb.label for verb in VERB.values()},
        **{rung.key: rung.label for rung in RUNGS},
        "alarm": _("Duty posts called: danger"),
        "hotline_update": _("Sent again by the hotline"),
        "alert_again": _("Same alert again"),
        "recompute": _("Deadlines reckoned anew"),
    },
)
words.call_subject(
    "contact", _("Contact data"), {"reveal": _("Contact data looked at"), "erase": _("Contact data erased")}
)
words.call_subject("category", _("Category"), {"add": _("Added"), "change": _("Facts corrected")})
words.HANDLERS |= {
    "issues.notices": _("Notices to those concerned"),
    "issues.vacancies": _("Notice of a vacancy"),
}
