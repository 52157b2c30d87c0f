"""The work-order number that staff use: the day an issue was received and its running number, 20260310-000123. And
what else somebody types to find an issue."""

import re
import unicodedata
from datetime import date

from django.utils.text import smart_split, unescape_string_literal

# As `write_number` writes it: six digits of the running number or more, none of them to fill up beyond six.
_NUMBER = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})-(0[0-9]{5}|[1-9][0-9]{5,17})")
QUOTES = ("'", '"')


def write_number(day: date, pk: int) -> str:
    """`day` is the local one on which the issue was received."""
    return f"{day:%Y%m%d}-{pk:06d}"


def read_number(text: str) -> tuple[date, int] | None:
    """(day, running number), with wide digits, long dashes and blanks as people type them; None for anything
    else: 「2-301」 is a flat, not an issue."""
    bare = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("—", "-").replace("–", "-")
    match = _NUMBER.fullmatch(bare)
    if match is None:
        return None
    try:
        return date(*map(int, match.groups()[:3])), int(match[4])
    except ValueError:
        return None


def each_word(text: str) -> list[str]:
    """The words of a search, as lists of the staff admin take them apart: by blanks, but for what is quoted."""
    return [
        unescape_string_literal(word) if word[0] in QUOTES and word[0] == word[-1] else word
        for word in smart_split(text)
    ]
