"""Words and looks that the phone pages share."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grids.standing import standing_of
from issues.countdown import Countdown
from issues.lifecycle import CALLEE_STATES, DECISION_STATES, STATES, TASK_STATES, State
from issues.models import Issue, Part

register = template.Library()
STATE_OF_ALL = {state.key: state for state in (*STATES, *CALLEE_STATES, *TASK_STATES, *DECISION_STATES)}


@register.filter
def can(user: Any, capability: str) -> bool:
    """Whether the person's posts include this somewhere; asks the database once per request."""
    return standing_of(user).can(capability)


@register.filter
def state_of(subject: Issue | Part) -> State:
    """The row of the state's table, with label and badge; no two tables share a key."""
    return STATE_OF_ALL[subject.state]


@register.filter
def due_text(standing: Countdown | None) -> str:
    """The deadline in words: "overdue since yesterday 17:30", "35 minutes left", "due today 17:30"."""
    if standing is None:
        return ""
    when = _when(standing)
    if standing.kind == "late":
        return _late(when, standing.amount)
    if standing.kind == "minutes":
        left = ngettext("%(count)d minute left", "%(count)d minutes left", standing.amount)
        return _("%(left)s (%(time)s)") % {
            "left": left % {"count": standing.amount},
            "time": _clock(standing.at),
        }
    if standing.kind in {"today", "tomorrow"}:
        return _("due %(when)s") % {"when": when}
    days = ngettext(
        "due %(when)s, %(count)d working day left",
        "due %(when)s, %(count)d working days left",
        standing.amount,
    )
    return days % {"when": when, "count": standing.amount}


@register.filter
def moment(at: datetime | None) -> str:
    """A date and time in the reader's language and the platform's zone; "" for none."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    return f"{date_format(local, 'MONTH_DAY_FORMAT')} {_clock(at)}"


@register.filter
def day(at: datetime | None) -> str:
    """A date in the reader's language; "" for none."""
    return "" if at is None else date_format(timezone.localtime(at), "DATE_FORMAT")


@register.filter
def answers_read(issue: Issue) -> list[tuple[str, Any]]:
    """(question, answer) of what the category asked besides, in the reader's language."""
    return issue.category.read(issue.answers)


@register.filter
def widget_kind(field: Any) -> str:
    """What the field is drawn with: checkbox, file, textarea, select, radio …"""
    name = type(field.field.widget).__name__.lower()
    return {"checkboxinput": "checkbox", "photos": "file"}.get(name, name)


def _late(when: str, days: int) -> str:
    if not days:
        return _("overdue since %(when)s") % {"when": when}
    words = ngettext(
        "overdue since %(when)s, %(count)d working day",
        "overdue since %(when)s, %(count)d working days",
        days,
    )
    return words % {"when": when, "count": days}


def _when(standing: Countdown) -> str:
    named = {-1: _("yesterday %(time)s"), 0: _("today %(time)s"), 1: _("tomorrow %(time)s")}
    if standing.nearby is None:
        return moment(standing.at)
    return named[standing.nearby] % {"time": _clock(standing.at)}


def _clock(at: datetime) -> str:
    return time_format(timezone.localtime(at), "H:i")
