"""The plan of a tough whistle as its lead writes it: a line per stage, the day and what is done by then. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _

from trail.refusals import Refused

MOST_STAGES = 12
LONGEST_STAGE = 200
# 2026-03-20, 2026/3/20, 2026.3.20 or 2026年3月20日, then the words, with or without something in between.
LINE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?[\s:：,，、;；-]*(.*)")


@dataclass(frozen=True)
class PlannedStage:
    """By the close of this day this is done."""

    day: date
    text: str


def read_stages(text: str) -> tuple[PlannedStage, ...]:
    """The stages, earliest first. Raises Refused("stages"), naming the line and what is wrong with it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise Refused(_("Write at least one stage: the day and what is done by then."), code="stages")
    if len(lines) > MOST_STAGES:
        raise Refused(_("A plan has at most %(most)d stages.") % {"most": MOST_STAGES}, code="stages")
    stages = tuple(_stage(number, line) for number, line in enumerate(lines, start=1))
    for number, (before, after) in enumerate(pairwise(stages), start=2):
        if after.day <= before.day:
            raise _wrong(number, _("Its day must be later than that of the stage before."))
    return stages


def _stage(number: int, line: str) -> PlannedStage:
    found = LINE.fullmatch(line)
    if not found:
        raise _wrong(number, _("Begin with the day, for example 2026-03-20, then what is done by then."))
    year, month, day, words = found.groups()
    try:
        when = date(int(year), int(month), int(day))
    except ValueError as error:
        raise _wrong(number, _("There is no such day.")) from error
    if not words.strip():
        raise _wrong(number, _("Say what is done by then."))
    if len(words.strip()) > LONGEST_STAGE:
        raise _wrong(number, _("At most %(most)d characters.") % {"most": LONGEST_STAGE})
    return PlannedStage(when, words.strip())


def _wrong(number: int, reason: str) -> Refused:
    return Refused(_("Line %(number)d: %(reason)s") % {"number": number, "reason": reason}, code="stages")
