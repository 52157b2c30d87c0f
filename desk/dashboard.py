"""The staff admin's start page (my queue, what calls me, figures that are links) and its side menu."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from desk.querysets import Day
from issues.lifecycle import STATE
from issues.models import Callee, Issue
from issues.page import standing_due
from notices.models import Notice

QUEUE_LENGTH = 20
ISSUES = "admin:issues_issue_changelist"


def admin_dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """My queue, due first; what I am called to; and figures, each a link to the list behind it."""
    now = timezone.now()
    seen = Issue.objects.visible_to(request.user, now)
    day = Day(request.user, now)
    mine, called = day.mine(), day.calls()
    lists = reverse(ISSUES)
    context |= {
        "title": _("Desk"),
        "queue": [_row(issue, now) for issue in mine.shown()[:QUEUE_LENGTH]],
        "called": [_row(callee.issue, now, callee) for callee in called[:QUEUE_LENGTH]],
        "figures": [
            (_("With me now"), mine.count(), f"{lists}?whose=mine"),
            (_("I am called to"), called.count(), f"{lists}?whose=called"),
            (_("Overdue in my area"), seen.overdue(now).count(), f"{lists}?due=late"),
            (_("Open in my area"), seen.open().count(), f"{lists}?due=open"),
        ],
        "unread": Notice.objects.unread_count(request.user),
        "whole_queue": f"{lists}?whose=mine",
    }
    return context


def _row(issue: Issue, now: datetime, callee: Callee | None = None) -> dict[str, Any]:
    due = standing_due(issue, callee.due_at if callee else issue.due_at, now)
    return {
        "issue": issue,
        "callee": callee,
        "link": reverse("admin:issues_issue_change", args=[issue.pk]),
        "state": STATE[issue.state],
        "due": due,
        "late": due is not None and due.late,
    }


def admin_navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """What this person may open, in the words of the work."""
    groups = (
        (
            _("Work"),
            (
                (_("Desk"), "space_dashboard", "admin:index", None),
                (_("Issues"), "assignment", ISSUES, "issues.Issue"),
                (_("Phone pages"), "smartphone", "desk:today", None),
                (_("Inbox"), "inbox", "notices:inbox", None),
            ),
        ),
        (
            _("Organisation"),
            (
                (_("Units"), "account_tree", "admin:grids_unit_changelist", "grids.Unit"),
                (_("Bodies"), "apartment", "admin:grids_body_changelist", "grids.Body"),
                (_("Posts"), "badge", "admin:grids_post_changelist", "grids.Post"),
            ),
        ),
        (
            _("Set-up"),
            (
                (_("Categories"), "category", "admin:issues_category_changelist", "issues.Category"),
                (
                    _("Calendars"),
                    "calendar_month",
                    "admin:calendars_calendar_changelist",
                    "calendars.Calendar",
                ),
                (_("Accounts"), "group", "admin:accounts_user_changelist", "accounts.User"),
                (_("Trail"), "history", "admin:trail_event_changelist", "trail.Event"),
                (_("Seals"), "verified", "admin:trail_seal_changelist", "trail.Seal"),
            ),
        ),
    )
    return [{"title": title, "items": _items(request, rows)} for title, rows in groups]


def _items(request: HttpRequest, rows: tuple[tuple[Any, str, str, str | None], ...]) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "icon": icon,
            "link": reverse(address),
            "active": _is_here(request, reverse(address)),
        }
        for title, icon, address, model in rows
        if model is None or _opens(request, model)
    ]


def _is_here(request: HttpRequest, link: str) -> bool:
    """A list stays lit on the pages below it; a start page not, since every path begins like it."""
    return request.path == link or (link.count("/") > 2 and request.path.startswith(link))


def _opens(request: HttpRequest, model: str) -> bool:
    pages = {f"{kind._meta.app_label}.{kind.__name__}": page for kind, page in admin.site._registry.items()}
    return model in pages and pages[model].has_view_permission(request)
