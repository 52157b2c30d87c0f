"""What may be asked of lists: moments and the window between two of them, words with commas, pages. Pure: whoever asks
wrongly is told by a ValueError, whose text is for them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from trail.numerals import read_whole

LONGEST_SPAN = timedelta(days=90)
# As the specification says: the first 1000, if nothing else is asked for.
MOST_ROWS = 1000
MOST_WORDS = 1000
# Beyond this a narrower window is the better question.
DEEPEST_ROW = 1_000_000
LONGEST_NUMBER = 999_999_999
# A day, or a day and a time with or without an offset; years in which all offsets can be reckoned with.
WRITTEN = re.compile(
    r"(?:19|20|21)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
# A plus sign that nobody escaped has become a blank.
LOST_PLUS = re.compile(r"(?<!\d{4}-\d\d-\d\d) (?=\d\d:?\d\d$)")


@dataclass(frozen=True)
class Page:
    """Rows from `start` up to but not including `end`."""

    start: int
    end: int


def read_moment(text: str, name: str, zone: tzinfo) -> datetime | None:
    """A date and time in ISO 8601; one without an offset, or a bare date, is local. None for nothing."""
    if not text:
        return None
    text = LOST_PLUS.sub("+", text)
    try:
        if not WRITTEN.fullmatch(text):
            raise ValueError(text)
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(
            _("%(name)s is no date and time in ISO 8601, for example 2010-01-01T00:00:00Z.") % {"name": name}
        ) from error
    return found.replace(tzinfo=zone) if found.tzinfo is None else found.astimezone(UTC)


def read_window(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The last 90 days, unless another span of at most 90 days is asked for."""
    if start and end:
        if start > end:
            raise ValueError(_("start_date lies after end_date."))
        if end - start > LONGEST_SPAN:
            raise ValueError(_("start_date and end_date may not span more than 90 days."))
        return start, end
    if start:
        return start, start + LONGEST_SPAN
    end = end or now
    return end - LONGEST_SPAN, end


def read_words(texts: list[str], name: str) -> list[str]:
    """Words with commas between them, given once or several times."""
    words = [word for text in texts for part in text.split(",") if (word := part.strip())]
    if len(words) > MOST_WORDS:
        raise ValueError(_("%(name)s names more than %(most)d.") % {"name": name, "most": MOST_WORDS})
    return list(dict.fromkeys(words))


def read_page(page: str, page_size: str) -> Page:
    """Pages are counted from 1; more than a page holds at most is cut down to that."""
    number = read_whole(page, LONGEST_NUMBER) if page else 1
    size = read_whole(page_size, LONGEST_NUMBER) if page_size else MOST_ROWS
    if not number or not size:
        raise ValueError(_("page and page_size are whole numbers from 1 on."))
    size = min(size, MOST_ROWS)
    if number * size > DEEPEST_ROW:
        raise ValueError(_("There is nothing so far down; ask for a shorter span of time instead."))
    return Page((number - 1) * size, number * size)
