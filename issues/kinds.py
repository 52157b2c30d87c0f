"""The words that describe an issue from outside: where it came from, what it is, how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Word:
    """A key that never changes and its label."""

    key: str
    label: StrOrPromise


SOURCES = (
    Word("resident", _("Residents' feedback")),
    Word("patrol", _("Found on patrol")),
    Word("schedule", _("Scheduled task")),
    Word("alert", _("Platform alert")),
    Word("hotline", _("12345 hotline")),
    Word("visit", _("Visit")),
    Word("phone", _("Telephone call")),
    Word("chat", _("Chat group")),
    Word("reception", _("Reception day")),
    Word("spotter", _("Spotter")),
    Word("api", _("Another system")),
)
KINDS = (
    Word("help", _("Request for help")),
    Word("complaint", _("Complaint")),
    Word("suggestion", _("Suggestion")),
    Word("question", _("Question")),
    Word("hazard", _("Safety hazard")),
    Word("dispute", _("Dispute")),
    Word("enterprise", _("Enterprise request")),
)
OUTCOMES = (
    Word("solved", _("Solved")),
    Word("answered", _("Answered")),
    Word("explained", _("Explained")),
    Word("not_substantiated", _("Not substantiated")),
    Word("unreachable", _("Could not be reached")),
    Word("legal", _("Referred to legal procedure")),
)
CONTACT_WAYS = (
    Word("phone", _("by telephone")),
    Word("visit", _("in person")),
    Word("message", _("by message")),
)
REPORT_MODES = (
    Word("on_spot", _("on the spot")),
    Word("phone", _("by telephone")),
    Word("online", _("online")),
)


def choices(words: tuple[Word, ...]) -> list[tuple[str, StrOrPromise]]:
    """(key, label) pairs for a field or form."""
    return [(word.key, word.label) for word in words]


def label(words: tuple[Word, ...], key: str) -> StrOrPromise:
    """The label of a key; the key itself when it is unknown (an old event)."""
    return next((word.label for word in words if word.key == key), key)


# Fields take these as callables: a new row then needs no migration (the paths are frozen in migrations).
def source_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(SOURCES)


def kind_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(KINDS)


def outcome_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(OUTCOMES)
