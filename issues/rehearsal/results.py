"""Which results would have been looked at on the spot."""

from collections.abc import Iterator
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from issues.checking import reason_to_check
from issues.kinds import CHECKS, label
from issues.rehearsal.past import Change, Past

MORE, LESS = _("Would have been checked on the spot"), _("Would not have been checked on the spot")
OTHER = _("Checked on the spot for another reason")


def checks(past: Past) -> Iterator[Change]:
    """Results that would have been checked, or would not. Nothing is asked of the database."""
    for issue in past.issues:
        key = issue.category.key
        before, after = (reason_to_check(issue, key, rules) for rules in (past.before, past.after))
        if before != after:
            which = OTHER if before and after else MORE if after else LESS
            yield which, issue, format_lazy("{} → {}", _why(before), _why(after))


def _why(reason: str) -> Any:
    return label(CHECKS, reason) if reason else _("no check")
