"""Words and looks that the phone pages share."""

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grids.standing import standing_of
from issues import kinds
from issues.actions.outside import grids_of
from issues.countdown import Countdown
from issues.districts import questions_of, rules_of
from issues.lifecycle import CALLEE_STATES, DECISION_STATES, STATES, TASK_STATES, State
from issues.models import Category, Issue, Part
from issues.pictures import picture_of
from notices.channels import texts_go_out

register = template.Library()
STATE_OF_ALL = {state.key: state for state in (*STATES, *CALLEE_STATES, *TASK_STATES, *DECISION_STATES)}


@register.filter
def can(user: Any, capability: str) -> bool:
    """Whether the person's posts include this somewhere; asks the database once per request."""
    return standing_of(user).can(capability)


@register.simple_tag
def sends_texts() -> bool:
    """Whether those who report without an account hear of it by text message here."""
    return texts_go_out()


@register.filter
def assisting(issue: Issue) -> list[str]:
    """The label where the hotline only asks this district to assist (协办), of issues that were read with their
    order; never a query."""
    order = issue._state.fields_cache.get("hotline")
    return [str(kinds.label(kinds.NATURES, order.nature))] if order and order.nature == kinds.ASSISTS else []


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
def picture(category: Category) -> SafeString:
    """What a tile draws beside its words: shapes of our own table, never of data."""
    return mark_safe(picture_of(category.key, category.parent.key if category.parent else ""))


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
    return issue.category.read(issue.answers, questions_of(issue, timezone.now()))


@register.filter
def given_outside(issue: Issue, user: Any) -> bool:
    """Does the reader's grid have it although it stands outside the duty list?"""
    now = timezone.now()
    if not issue.is_open or issue.owner_unit_id not in grids_of(user, now):
        return False
    rules = rules_of(issue.district_id, now)
    return rules.duty_holds and not rules.is_grids_duty(issue.category.key, timezone.localdate(now))


@register.filter
def works_in_a_grid(user: Any) -> bool:
    """May the reader say that something is outside the duty list?"""
    return bool(grids_of(user, timezone.now()))


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
