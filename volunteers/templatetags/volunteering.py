"""Words of activities and hours on the phone pages."""

from datetime import date
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import ngettext

from volunteers.activities import SIGN_UP_STATE, STATE, State
from volunteers.contacts import shown_name
from volunteers.stars import HOURS

register = template.Library()


@register.filter
def period(one: Any) -> str:
    """From when to when a shift or activity is: "11 March Wed 09:00–11:00"; the second day only where it is another."""
    start, end = timezone.localtime(one.starts_at), timezone.localtime(one.ends_at)
    until = time_format(end, "H:i")
    if start.date() != end.date():
        until = f"{_day(end)} {until}"
    return f"{_day(start)} {time_format(start, 'H:i')}–{until}"


@register.filter
def duration(minutes: int | None) -> str:
    """Minutes in words: "2 hours 5 minutes"; "" for none."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(count)d minute", "%(count)d minutes", rest) % {"count": rest})
    return " ".join(parts)


@register.filter
def stars(number: int) -> str:
    """As many full stars as somebody has, the others empty; beside it stands the number in words."""
    return "★" * number + "☆" * (len(HOURS) - number)


@register.filter
def activity_state(one: Any) -> State:
    """The row of the state's table, with label and badge."""
    return STATE[one.state]


@register.filter
def sign_up_state(one: Any) -> State:
    """The same of a sign-up."""
    return SIGN_UP_STATE[one.state]


@register.filter
def member_name(checkin: Any) -> str:
    """Who checked in as a member, as others see them: the volunteer, or somebody known by the account alone."""
    if checkin.volunteer:
        return checkin.volunteer.shown_name
    return shown_name(str(checkin.user), "")


@register.filter
def in_fours(code: str) -> str:
    """A code that is read from a screen, four signs at a time."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


@register.filter
def on_day(day: date) -> str:
    """A day in the reader's language."""
    return date_format(day, "DATE_FORMAT")


def _day(at: Any) -> str:
    return f"{date_format(at, 'MONTH_DAY_FORMAT')} {date_format(at, 'D')}"
