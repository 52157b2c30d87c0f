"""The staff admin's start page (my queue, what calls me, figures that are links) and its side menu."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from desk.lists import keeps_lists
from desk.querysets import Day
from desk.tables import TABLES
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
                (
                    _("Hotline orders"),
                    "support_agent",
                    "admin:issues_hotlineorder_changelist",
                    "issues.HotlineOrder",
                ),
                (
                    _("Scheduled tasks"),
                    "event_repeat",
                    "admin:issues_schedule_changelist",
                    "issues.Schedule",
                ),
                (_("Phone pages"), "smartphone", "desk:today", None),
                (_("Inbox"), "inbox", "notices:inbox", None),
            ),
        ),
        *([_lists()] if keeps_lists(request.user, timezone.now()) else []),
        (
            _("Organisation"),
            (
                (_("Units"), "account_tree", "admin:grids_unit_changelist", "grids.Unit"),
                (_("Bodies"), "apartment", "admin:grids_body_changelist", "grids.Body"),
                (_("Posts"), "badge", "admin:grids_post_changelist", "grids.Post"),
                (_("Rules of the district"), "rule", "admin:grids_policy_changelist", "grids.Policy"),
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
                (
                    _("Days off and make-up days"),
                    "event",
                    "admin:calendars_calendarday_changelist",
                    "calendars.CalendarDay",
                ),
                (_("Jobs"), "hourglass_top", "admin:trail_job_changelist", "trail.Job"),
                (_("Accounts"), "group", "admin:accounts_user_changelist", "accounts.User"),
                (_("Trail"), "history", "admin:trail_event_changelist", "trail.Event"),
                (_("Seals"), "verified", "admin:trail_seal_changelist", "trail.Seal"),
                (_("Deliveries"), "outbox", "admin:trail_delivery_changelist", "trail.Delivery"),
            ),
        ),
    )
    return [{"title": title, "items": _items(request, rows)} for title, rows in groups]


def _lists() -> tuple[Any, tuple[tuple[Any, str, str, str | None], ...]]:
    """The three lists, the board and the rates."""
    icons = {"issues": "format_list_bulleted", "duties": "assignment_ind", "tasks": "task", "board": "gavel"}
    tables = [(table.label, icons[table.key], f"desk:list_{table.key}", None) for table in TABLES]
    rates = (_("Three rates"), "percent", "desk:rates", None)
    return _("Lists"), (*tables, rates, (_("Snapshots"), "photo_camera", "desk:snapshots", None))


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
