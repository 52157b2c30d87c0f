"""Which rungs would have come earlier, later or not at all, and who would have heard of them."""

from collections.abc import Iterator

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from calendars.worktime import Span
from issues.ladder import AUDIENCES, BY_KEY, CLOCK, Ladder
from issues.models import Deadline, Issue
from issues.models.clock import as_text
from issues.rehearsal.past import Change, Past, moved

EARLIER, LATER = _("{}: earlier"), _("{}: later")
AT_ONCE, CALLED = _("{}: would not have come"), _("{}: would have come first")
HEARS, NOT_ANY_MORE = _("{}: would have heard of it too"), _("{}: would not have heard of it any more")


def numbers(past: Past) -> Iterator[Change]:
    """Reminders and waiting rungs that would have fired at another moment."""
    before, after = past.before.ladder, past.after.ladder
    issues = past.by_id
    for row in past.rungs():
        if row.rung == "remind":
            points = [
                past.worktime.point(row.started_at, row.limit_at, row.span, one.remind_percent)
                for one in (before, after)
            ]
            dates = (points[0], points[1]) if points[0] != points[1] else None
        else:
            wait = _waited(row, before, after)
            dates = past.dates(row.waits_from, *wait) if wait else None
        if dates:
            label = LATER if dates[1] > dates[0] else EARLIER
            yield format_lazy(label, BY_KEY[row.rung].label), issues[row.issue_id], moved(dates)


def _waited(row: Deadline, before: Ladder, after: Ladder) -> tuple[Span, Span] | None:
    """How long the rung waited, and would have; None for one that came at the deadline, or waited by other rules."""
    if row.waits_from is None:
        return None
    waits = [
        (one.grace(row.span), one.chase_again, one.board_again, one.danger_again) for one in (before, after)
    ]
    return next((pair for pair in zip(*waits, strict=True) if as_text(pair[0]) == row.wait), None)


def rungs(past: Past) -> Iterator[Change]:
    """Rungs that fired and would not have come, or would have come first; who hears more and who less."""
    before, after, issues = past.before.ladder, past.after.ladder, past.by_id
    for row in past.rungs().exclude(fired_at=None):
        issue, rung = issues[row.issue_id], BY_KEY[row.rung]
        clock = CLOCK[row.clock].label
        if rung.key in after.off - before.off:
            yield format_lazy(AT_ONCE, rung.label), issue, clock
        elif rung.audience:
            yield from _heard(issue, rung.key, set(before.told_of(rung.key)), set(after.told_of(rung.key)))
        if _would_call(row, issue, before, after):
            yield format_lazy(CALLED, BY_KEY["call_deputy"].label), issue, clock


def _would_call(row: Deadline, issue: Issue, before: Ladder, after: Ladder) -> bool:
    """Did it climb at the deadline itself, where the deputy would have been called first?"""
    unasked = row.rung in {"climb", "board"} and row.waits_from is None
    answer = CLOCK[row.clock].group == "answer" and not issue.is_danger
    return unasked and answer and "call_deputy" in before.off - after.off


def _heard(issue: Issue, rung: str, before: set[str], after: set[str]) -> Iterator[Change]:
    for label, people in ((HEARS, after - before), (NOT_ANY_MORE, before - after)):
        for one in sorted(people):
            yield format_lazy(label, BY_KEY[rung].label), issue, AUDIENCES[one]
