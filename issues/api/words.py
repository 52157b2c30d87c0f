"""Key → label of every table that answers quote. Functions, so that a row added later is never missed."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from issues import alerts, decisions, kinds, ladder, lifecycle, whistles
from issues.hotline.again import RETURNED


def _words(rows: Iterable[Any]) -> Mapping[str, Any]:
    return {row.key: row.label for row in rows}


def state_words() -> Mapping[str, Any]:
    return _words(lifecycle.STATES)


def callee_state_words() -> Mapping[str, Any]:
    return _words(lifecycle.CALLEE_STATES)


def task_state_words() -> Mapping[str, Any]:
    return _words(lifecycle.TASK_STATES)


def decision_state_words() -> Mapping[str, Any]:
    return _words(lifecycle.DECISION_STATES)


def decision_words() -> Mapping[str, Any]:
    return _words(decisions.KINDS)


def cause_words() -> Mapping[str, Any]:
    return _words(kinds.CAUSES)


def source_words() -> Mapping[str, Any]:
    return _words(kinds.SOURCES)


def kind_words() -> Mapping[str, Any]:
    return _words(kinds.KINDS)


def outcome_words() -> Mapping[str, Any]:
    return _words(kinds.OUTCOMES)


def nature_words() -> Mapping[str, Any]:
    return _words(kinds.NATURES)


def severity_words() -> Mapping[str, Any]:
    """How bad an alert is."""
    return _words(alerts.SEVERITIES)


def round_words() -> Mapping[str, Any]:
    """How a round of a hotline order ended."""
    return {**_words(kinds.OUTCOMES), RETURNED: _("Returned to the 12345 hotline")}


def mode_words() -> Mapping[str, Any]:
    return _words(kinds.REPORT_MODES)


def whistle_words() -> Mapping[str, Any]:
    return _words(whistles.KINDS)


def clock_words() -> Mapping[str, Any]:
    return _words(ladder.CLOCKS)


def verdict_words() -> Mapping[str, Any]:
    return _words(kinds.VERDICTS)


def validity_words() -> Mapping[str, Any]:
    return _words(kinds.VALIDITIES)


def outside_words() -> Mapping[str, Any]:
    return _words(kinds.OUTSIDE)
