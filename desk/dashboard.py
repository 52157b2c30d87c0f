"""The staff admin's start page (my queue, what calls me, figures that are links) and its side menu."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from desk.counts import figures_of, today_of
from desk.lists import keeps_lists
from desk.querysets import Day
from desk.screen import READS
from desk.tables import TABLES
from grids.standing import standing_of
from issues.lifecycle import STATE
from issues.models import Callee, Issue
from issues.page import standing_due
from volunteers.waiting import PILES, waiting_for

# A heading and, below it: label, icon, address, the model whose pages it opens.
Group = tuple[Any, tuple[tuple[Any, str, str, str | None], ...]]
QUEUE_LENGTH = 20
# To what one can jump from every page (desk/admin/jump.py).
GOALS = ("issues.Issue", "grids.Unit", "grids.Body")
ISSUES = "admin:issues_issue_changelist"
# Pages that have no line of their own in the menu → whose line is lit there.
BELONGS = {
    "admin:issues_hotlineorder_changelist": ("admin:issues_importbatch_changelist",),
    "admin:notices_subscription_changelist": ("admin:notices_message_changelist",),
}


def admin_dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """My queue, due first; what I am called to; and figures, each a link to the list behind it. Who reads no
    issues finds there what else to open."""
    context |= {"title": _("Desk")}
    if not opens(request, "issues.Issue"):
        return context | {"groups": [group for group in admin_navigation(request) if group["items"]]}
    now = timezone.now()
    day = Day(request.user, now)
    mine, called = day.mine(), day.calls()
    lists, figures, today = reverse(ISSUES), figures_of(day), today_of(day)
    return context | {
        "queue": [_row(issue, now) for issue in mine.shown()[:QUEUE_LENGTH]],
        "called": [_row(callee.issue, now, callee) for callee in called[:QUEUE_LENGTH]],
        "figures": [
            (_("With me now"), figures.mine, f"{lists}?whose=mine"),
            (_("I am called to"), figures.called, f"{lists}?whose=called"),
            (_("Asked of me"), figures.asked, f"{lists}?whose=asked"),
            (_("Overdue in my area"), figures.overdue, f"{lists}?due=late"),
            (_("Supervised by letter"), today.supervised, f"{lists}?due=letter"),
            (_("Open in my area"), figures.open, f"{lists}?due=open"),
        ],
        "today": [
            (_("Reported today"), today.reported, f"{lists}?today=reported"),
            (_("Result submitted today"), today.done, f"{lists}?today=done"),
            (_("Rated today"), today.rated, f"{lists}?today=rated"),
        ],
        "volunteering": _volunteering_waits(request.user, now),
        "unread": figures.unread,
        "whole_queue": f"{lists}?whose=mine",
    }


def _volunteering_waits(user: Any, now: datetime) -> list[tuple[Any, int, str]]:
    """What waits for whoever runs volunteering; nothing for all others."""
    waits = waiting_for(user, now)
    if waits is None:
        return []
    lists = {one.key: f"admin:volunteers_{one.model._meta.model_name}_changelist" for one in PILES}
    return [(one.label, waits[one.key], f"{reverse(lists[one.key])}?{one.query}") for one in PILES]


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
        _work(request),
        *([_lists()] if keeps_lists(request.user, timezone.now()) else []),
        _volunteering(),
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
                (_("Webhooks"), "webhook", "admin:notices_subscription_changelist", "notices.Subscription"),
                (
                    _("Group channels"),
                    "forum",
                    "admin:notices_groupchannel_changelist",
                    "notices.GroupChannel",
                ),
                (
                    _("Service accounts"),
                    "cable",
                    "admin:accounts_serviceaccount_changelist",
                    "accounts.ServiceAccount",
                ),
                (_("Wall links"), "tv", "admin:desk_kiosk_changelist", "desk.Kiosk"),
                (_("Accounts"), "group", "admin:accounts_user_changelist", "accounts.User"),
                (_("Trail"), "history", "admin:trail_event_changelist", "trail.Event"),
                (_("Seals"), "verified", "admin:trail_seal_changelist", "trail.Seal"),
                (_("Deliveries"), "outbox", "admin:trail_delivery_changelist", "trail.Delivery"),
            ),
        ),
    )
    return [{"title": title, "items": _items(request, rows)} for title, rows in groups]


def _work(request: HttpRequest) -> Group:
    """What one works with."""
    screen = (_("Command centre"), "monitoring", "desk:screen", None)
    looks = standing_of(request.user, timezone.now()).can(READS)
    return (
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
            (
                _("Tasks outside the duty list"),
                "block",
                "admin:issues_outsidetask_changelist",
                "issues.OutsideTask",
            ),
            *((screen,) if looks else ()),
            (_("Phone pages"), "smartphone", "desk:today", None),
            (_("Inbox"), "inbox", "notices:inbox", None),
        ),
    )


def _volunteering() -> Group:
    """Who helps, with whom, from where."""
    rows = (
        (_("Volunteers"), "volunteer_activism", "volunteer", "Volunteer"),
        (_("Transfers of volunteers"), "move_up", "transfer", "Transfer"),
        (_("Activities"), "event", "activity", "Activity"),
        (_("Hours"), "timer", "service", "Service"),
        (_("Micro-wishes"), "favorite", "wish", "Wish"),
        (_("Volunteer teams"), "diversity_3", "team", "Team"),
        (_("Volunteer service stations"), "storefront", "station", "Station"),
        (_("Goods for points"), "redeem", "good", "Good"),
        (_("Redemptions"), "shopping_bag", "redemption", "Redemption"),
        (_("Organisations that check in"), "corporate_fare", "organisation", "Organisation"),
        (_("Check-ins"), "how_to_reg", "checkin", "CheckIn"),
        (_("Offers"), "redeem", "offer", "Offer"),
        (_("Responsibility pairing"), "handshake", "pairing", "Pairing"),
    )
    figures = (_("Figures of volunteering"), "bar_chart", "volunteers_desk:figures", "volunteers.Volunteer")
    lists = (
        (title, icon, f"admin:volunteers_{name}_changelist", f"volunteers.{model}")
        for title, icon, name, model in rows
    )
    return _("Volunteering"), (*lists, figures)


def _lists() -> Group:
    """The three lists, the board and the rates."""
    icons = {"issues": "format_list_bulleted", "duties": "assignment_ind", "tasks": "task", "board": "gavel"}
    icons |= {"calls": "phone_callback"}
    tables = [(table.label, icons[table.key], f"desk:list_{table.key}", None) for table in TABLES]
    rates = (_("Three rates"), "percent", "desk:rates", None)
    assessed = (_("Two-way assessment"), "thumbs_up_down", "desk:assessed", None)
    return _("Lists"), (*tables, rates, assessed, (_("Snapshots"), "photo_camera", "desk:snapshots", None))


def _items(request: HttpRequest, rows: tuple[tuple[Any, str, str, str | None], ...]) -> list[dict[str, Any]]:
    return [
        {
            "title": title,
            "icon": icon,
            "link": reverse(address),
            "active": any(_is_here(request, reverse(one)) for one in (address, *BELONGS.get(address, ()))),
        }
        for title, icon, address, model in rows
        if model is None or opens(request, model)
    ]


def _is_here(request: HttpRequest, link: str) -> bool:
    """A list stays lit on the pages below it; a start page not, since every path begins like it."""
    return request.path == link or (link.count("/") > 2 and request.path.startswith(link))


def opens(request: HttpRequest, model: str) -> bool:
    """May this person open the pages of this model?"""
    pages = {f"{kind._meta.app_label}.{kind.__name__}": page for kind, page in admin.site._registry.items()}
    return model in pages and pages[model].has_view_permission(request)


def may_jump(request: HttpRequest) -> bool:
    """Is there anything that this person could jump to?"""
    return any(opens(request, goal) for goal in GOALS)
