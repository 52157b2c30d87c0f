"""Office hours: how they are written down, and what makes them valid."""

import re
from collections.abc import Sequence
from datetime import time
from itertools import pairwise

Hours = tuple[tuple[time, time], ...]

# What a district has until it says otherwise.
OFFICE_HOURS: Hours = ((time(8, 30), time(12)), (time(13, 30), time(17, 30)))

# What an input method makes of them: full-width signs, dashes of all lengths.
_PLAIN = str.maketrans("：，、；;－–—―~～至", ":,,,,-------")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def check_hours(hours: Hours) -> Hours:
    """The same hours, if there are any and they go forward through one day; else ValueError."""
    if not hours:
        raise ValueError("no office hours at all")
    clock = [moment for stretch in hours for moment in stretch]
    if any(later <= earlier for earlier, later in pairwise(clock)):
        raise ValueError("office hours must go forward through one day and may not overlap")
    return hours


def parse_hours(value: object) -> Hours:
    """Hours from their JSON form: [["08:30", "12:00"], ["13:30", "17:30"]]; ValueError if it is not that."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ValueError("office hours are a list of [opens, closes]")
    return check_hours(tuple(_stretch(item) for item in value))


def read_hours(text: str) -> Hours:
    """Hours as a person writes them: 08:30-12:00,13:30-17:30, in signs of any width; else ValueError."""
    plain = "".join(text.translate(_PLAIN).split())
    return parse_hours([stretch.split("-") for stretch in plain.split(",")])


def show_hours(hours: Hours) -> list[list[str]]:
    """The JSON form of hours: `parse_hours` the other way round."""
    return [[f"{opens:%H:%M}", f"{closes:%H:%M}"] for opens, closes in hours]


def _stretch(item: object) -> tuple[time, time]:
    if not isinstance(item, Sequence) or isinstance(item, str) or len(item) != 2:
        raise ValueError(f"not a pair [opens, closes]: {item!r}")
    opens, closes = (_time(text) for text in item)
    return opens, closes


def _time(text: object) -> time:
    if not isinstance(text, str) or not _CLOCK.fullmatch(text):
        raise ValueError(f"not a time like 08:30: {text!r}")
    return time.fromisoformat(text)
