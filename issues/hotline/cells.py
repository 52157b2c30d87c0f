"""Cells of a sheet as text, moments and answers. Excel keeps a date as a date, a number or as typed text."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from calendars.worktime import SHANGHAI
from grids.workbook import DAY_ZERO, meant

# Excel keeps fifteen digits of a number; the rest of a longer one is lost.
EXACT_DIGITS = 10**15
FIRST_YEAR, LAST_YEAR = 2000, 2100
EXCEL_DAYS = (36526, 73415)
END_OF_DAY = time(23, 59)

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MOMENT = re.compile(
    r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?"
    r"(?:[T\s]*(?P<half>上午|下午)?\s*(?P<hour>\d{1,2})[:时点](?:(?P<minute>\d{1,2})分?)?"
    r"(?::?(?P<second>\d{1,2})秒?)?(?:\.\d+)?)?"
)
_ROUNDED = re.compile(r"\d(?:\.\d+)?[Ee]\+\d{2,}")
_COMPACT = re.compile(r"(?P<day>\d{8})(?P<time>\d{4}(?:\d{2})?)?")
# Full-width signs have become half-width ones before.
_BETWEEN = re.compile(r"[\s,;、/|]+")
_YES = {"是", "保密", "需要", "y", "yes", "true", "1"}
_NO = {"", "否", "不保密", "公开", "不需要", "n", "no", "false", "0"}


class BadCell(ValueError):
    """A cell that cannot be read; its text is the reason."""


def text_of(value: Any) -> str:
    """What a person sees in the cell, without characters that no text has. Never fails."""
    if isinstance(value, str):
        return _CONTROL.sub("", meant(value)).strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def number_of(value: Any) -> str:
    """An order's number: 1 to 40 characters without spaces."""
    text = unicodedata.normalize("NFKC", text_of(value))
    if is_cut_off(value, text):
        raise BadCell(_("Excel has cut this number off: format the column as text and enter it again."))
    if not text:
        raise BadCell(_("Every order needs its number."))
    if len(text) > 40 or re.search(r"\s", text):
        raise BadCell(_("A number has at most 40 characters and no spaces."))
    return text


def numbers_of(value: Any) -> list[str]:
    """Several orders' numbers in one cell, however they are set apart; what holds no digit (无, —) is none. A number
    that Excel has cut off is left out: it would name another order."""
    text = unicodedata.normalize("NFKC", text_of(value))
    if is_cut_off(value, text):
        return []
    parts = [part for part in _BETWEEN.split(text) if not _ROUNDED.fullmatch(part)]
    return [part for part in dict.fromkeys(parts) if len(part) <= 40 and any(sign.isdigit() for sign in part)]


def moment_of(value: Any, *, end_of_day: bool = False) -> datetime | None:
    """A moment in the platform's zone; None for an empty cell. A date alone is its first minute, or its last."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = _plain_moment(value, END_OF_DAY if end_of_day else time.min)
    if found is None or not FIRST_YEAR <= found.year < LAST_YEAR:
        raise BadCell(_("Not a date and time like 2026-03-10 17:30."))
    return found.replace(tzinfo=SHANGHAI)


def flag_of(value: Any) -> bool:
    """Yes or no; an empty cell is no."""
    text = unicodedata.normalize("NFKC", text_of(value)).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise BadCell(_("Yes or no, as %(yes)s or %(no)s.") % {"yes": "是", "no": "否"})


def is_cut_off(value: Any, text: str) -> bool:
    """Has a spreadsheet kept the beginning of a long number alone? In a CSV it says so itself: 2.02603E+13."""
    return bool(_ROUNDED.fullmatch(text)) or (isinstance(value, int | float) and abs(value) >= EXACT_DIGITS)


def _plain_moment(value: Any, alone: time) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, alone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _serial(float(value), alone) or _typed(text_of(value), alone)
    return _typed(unicodedata.normalize("NFKC", text_of(value)), alone)


def _serial(value: float, alone: time) -> datetime | None:
    """Days since Excel's day zero, the time as a fraction of a day."""
    if not EXCEL_DAYS[0] <= value < EXCEL_DAYS[1]:
        return None
    at = DAY_ZERO + timedelta(seconds=round(value * 86400))
    return datetime.combine(at.date(), alone) if value.is_integer() else at


def _typed(text: str, alone: time) -> datetime | None:
    try:
        if match := _COMPACT.fullmatch(text):
            day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
            digits = match["time"]
            return datetime.combine(day, _time(*(digits[n : n + 2] for n in (0, 2, 4))) if digits else alone)
        if match := _MOMENT.fullmatch(text):
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
            if match["hour"] is None:
                return datetime.combine(day, alone)
            hour = int(match["hour"])
            hour += 12 if match["half"] == "下午" and hour < 12 else 0
            return datetime.combine(day, _time(str(hour), match["minute"], match["second"]))
    except ValueError:
        return None
    return None


def _time(hour: str, minute: str | None, second: str | None) -> time:
    return time(int(hour), int(minute or 0), int(second or 0))
