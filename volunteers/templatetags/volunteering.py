"""Words of activities, hours and wishes on the phone pages."""

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from trail import words
from volunteers import wishes
from volunteers.activities import SIGN_UP_STATE, STATE, State
from volunteers.models import Activity, Claim
from volunteers.stars import HOURS
from volunteers.tariff import ALL, RULES, Tariff

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
def held_by(one: Activity) -> str:
    """Whose an activity is: the community's, else that of the street or district."""
    return (one.community or one.unit).name


@register.filter
def sign_up_state(one: Any) -> State:
    """The same of a sign-up."""
    return SIGN_UP_STATE[one.state]


@register.filter
def wish_state(one: Any) -> wishes.State:
    """The same of a wish."""
    return wishes.STATE[one.state]


@register.filter
def wish_verb(key: str) -> Any:
    """What has happened to a wish, in the words of the trail: "Given back"."""
    return words.SUBJECTS["wish"].verbs[key]


@register.filter
def claimer(claim: Claim) -> str:
    """Who claimed a wish, as others may know them."""
    return claim.shown_name


@register.filter
def until(at: datetime) -> str:
    """By when something is to be done: "until 16 March, 5 days left", "until today 18:00", "time ran out 16 March"."""
    local, now = timezone.localtime(at), timezone.now()
    if at <= now:
        return _("time ran out %(day)s") % {"day": date_format(local, "MONTH_DAY_FORMAT")}
    days = (local.date() - timezone.localdate(now)).days
    if not days:
        return _("until today %(time)s") % {"time": time_format(local, "H:i")}
    text = ngettext("until %(day)s, %(count)d day left", "until %(day)s, %(count)d days left", days)
    return text % {"day": date_format(local, "MONTH_DAY_FORMAT"), "count": days}


@register.filter
def in_fours(code: str) -> str:
    """A code that is read from a screen, four signs at a time."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


@register.filter
def in_threes(code: str) -> str:
    """A code of six digits, three at a time, to be read out at a counter."""
    return " ".join(code[start : start + 3] for start in range(0, len(code), 3))


@register.filter
def signed(number: int) -> str:
    """Points that came or went: "+20", "−20" with the sign that is as wide as the plus; "0"."""
    return f"{number:+d}".replace("-", "−") if number else "0"


@register.filter
def last_day(until: datetime) -> str:
    """The last day before a moment at which a day begins, in the reader's language."""
    return on_day(timezone.localdate(until - timedelta(microseconds=1)))


@register.filter
def rules(tariff: Tariff) -> list[tuple[Any, int, int]]:
    """What brings points in a district: for what, how many, and at most how many in a day (0: no bound)."""
    found = [(label, tariff.points[key], tariff.per_day.get(key, 0)) for key, label in RULES.items()]
    return [row for row in found if row[1]]


@register.filter
def in_all(tariff: Tariff) -> int:
    """At most so many points in a day by everything together; 0: no bound."""
    return tariff.per_day.get(ALL, 0)


@register.filter
def on_day(day: date) -> str:
    """A day in the reader's language."""
    return date_format(day, "DATE_FORMAT")


def _day(at: Any) -> str:
    return f"{date_format(at, 'MONTH_DAY_FORMAT')} {date_format(at, 'D')}"
