"""When the clocks of the last days would have run out: windows, those called, decisions, extensions."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from calendars.worktime import Span
from issues.ladder import CLOCK
from issues.models import Callee, Deadline, Decision
from issues.policies import DistrictRules
from issues.policies.times import IN_ORDER
from issues.rehearsal.past import Change, Past, moment, moved
from trail.models import Event

EARLIER, LATER = _("{}: due earlier"), _("{}: due later")
# What is asked for a later date, as a rule counts it.
ASKED = ("extension", "more_time")


def windows(past: Past) -> Iterator[Change]:
    """What would have been waited for longer or shorter, and returns that would have come too late."""

    def window(rules: DistrictRules, row: Deadline) -> Span:
        if row.clock == "check":
            return rules.check_within(danger=past.by_id[row.issue_id].is_danger)
        return rules.rating_window if row.clock == "rate" else rules.supply_window

    yield from _spans(past, ("rate", "supply", "check"), window)
    if past.before.return_within == past.after.return_within:
        return
    given: dict[int, list[Any]] = {}
    for row in past.rungs().filter(callee=None, task=None, decision=None):
        given.setdefault(row.issue_id, []).append(row.started_at)
    returns = Event.objects.filter(subject_type="issue", subject_id__in=given, verb="return")
    for pk, at in returns.values_list("subject_id", "occurred_at"):
        since = max((one for one in given[pk] if one < at), default=None)
        if since and past.worktime.due(since, past.after.return_within).at < at:
            yield _("Would have come too late to be returned"), past.by_id[pk], moment(at)


def whistle_times(past: Past) -> Iterator[Change]:
    """Those called, who would have had more time or less, and whistles that called too many."""

    def span(rules: DistrictRules, row: Deadline) -> Span | None:
        return getattr(rules.whistle(row.callee.whistle.kind), row.clock) if row.callee else None

    yield from _spans(past, IN_ORDER, span)
    called = Counter(
        Callee.objects.filter(issue__in=past.by_id).values_list("issue_id", "whistle_id", "whistle__kind")
    )
    for (issue, _whistle, kind), number in called.items():
        if past.before.whistle(kind).most >= number > past.after.whistle(kind).most:
            yield _("Could not have called so many"), past.by_id[issue], number


def decisions(past: Past) -> Iterator[Change]:
    """Those asked to decide, who would have had more time or less."""
    yield from _spans(
        past,
        ("decide", "letter"),
        lambda rules, row: rules.decision_span(row.decision.kind) if row.decision else None,
    )


def extensions(past: Past) -> Iterator[Change]:
    """Later dates that could not have been asked for any more: too often, or too far off. Two queries."""
    asked = Decision.objects.filter(issue__in=past.by_id, kind__in=ASKED).order_by("pk")
    limits: dict[tuple[Any, ...], list[Any]] = {}
    for row in past.rungs().filter(clock__in=("submit", "done", "finish")):
        limits.setdefault((row.issue_id, row.callee_id, row.task_id), []).append(row)
    count: Counter[tuple[Any, ...]] = Counter()
    for one in asked:
        key = (one.issue_id, one.callee_id, one.task_id)
        if count[key] >= past.after.extension.times:
            yield (
                _("More time could not have been asked for so often"),
                past.by_id[one.issue_id],
                count[key] + 1,
            )
        elif limit := _limit_then(limits.get(key, ()), one):
            longest = past.worktime.due(limit, past.after.extension.longest).at
            if one.until > longest:
                how = format_lazy("{} → {}", moment(one.until), moment(longest))
                yield _("So much time could not have been asked for"), past.by_id[one.issue_id], how
        # Only what was granted counts.
        count[key] += one.state == "granted"


def _limit_then(rows: Any, asked: Decision) -> Any:
    """The deadline that ran when more time was asked for."""
    started = [row.limit_at for row in rows if row.started_at <= asked.asked_at < row.limit_at]
    return min(started, default=None) if asked.until else None


def _spans(
    past: Past, clocks: tuple[str, ...], span: Callable[[DistrictRules, Deadline], Span | None]
) -> Iterator[Change]:
    """Clocks whose span is another one after than before."""
    for issue, row in past.clocks(clocks):
        before, after = span(past.before, row), span(past.after, row)
        if before and after and (dates := past.dates(row.started_at, before, after)):
            which = LATER if dates[1] > dates[0] else EARLIER
            yield format_lazy(which, CLOCK[row.clock].label), issue, moved(dates)
