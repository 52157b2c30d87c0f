"""The words that describe an issue from outside: where it came from, what it is, how it ended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext, pgettext_lazy
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
# Categories of which everybody is told the community alone: who asks for such help is known by where it is.
ONLY_COMMUNITY = frozenset({"care", "danger_person"})
# They come by file: whoever brings them in has asked nobody, and knows no more of them than others do.
BY_FILE = frozenset({"hotline"})
# A resident's matter, whoever writes it down: it is theirs to rate.
BROUGHT = frozenset({"visit", "phone", "chat", "reception"})
# What is told by others; the rest somebody may have found themselves.
TOLD = BROUGHT | {"resident", "hotline"}
# Nobody has reported these: nobody is asked whether it is solved.
WITHOUT_REPORTER = frozenset({"schedule", "alert"})
# These come in by a way of their own (a file, the clock, the address for alerts), with what belongs to them
# alone: a number and a deadline, a rule, a severity. Nobody just says that it was so.
OWN_WAYS = frozenset({"hotline", "schedule", "alert"})
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
    Word("withdrawn", _("Withdrawn by the reporter")),
)
# What a handler may submit; a withdrawal is the reporter's.
RESULTS = tuple(word for word in OUTCOMES if word.key != "withdrawn")
CONTACT_WAYS = (
    Word("phone", _("by telephone")),
    Word("visit", _("in person")),
    Word("message", _("by message")),
)
ON_SPOT = "on_spot"
REPORT_MODES = (
    Word(ON_SPOT, _("on the spot")),
    Word("phone", _("by telephone")),
    Word("online", _("online")),
)
# Why something is parked (挂账). The sources name no causes: these are ours, for every district.
CAUSES = (
    Word("season", _("Waits for the season (weather, heating, harvest)")),
    Word("funds", _("Waits for funds")),
    Word("approval", _("Waits for an approval")),
    Word("procedure", _("Waits for a legal or administrative procedure")),
    Word("works", _("Part of works that are planned")),
    Word("other", _("Another cause")),
)
RETURN_REASONS = (
    Word("other_unit", _("It belongs to another unit")),
    Word("other_place", _("It happened in another place")),
    Word("duty_list", _("It is outside the duty list")),
    Word("unclear", _("It cannot be understood")),
)
# Whoever returns it for one of these says where it belongs.
BELONGS_ELSEWHERE = frozenset({"other_unit", "other_place"})
# Repeated returns between the same two go to the level above for a ruling (裁定), which binds these two.
RULINGS = (Word("asked", _("ruling asked")), Word("given", _("ruling given")))
CHECKS = (
    Word("category", _("the category asks for it")),
    Word("danger", pgettext_lazy("check", "it was dangerous")),
    Word("hazard", _("it was a safety hazard")),
    Word("disputed", _("the reporter had called it unsolved")),
    Word("suspended", _("it had been suspended")),
    Word("sample", _("drawn as a sample")),
)
VERDICTS = (
    Word("good", _("Good")),
    Word("fair", _("Fair")),
    Word("poor", _("Poor")),
)
# 已电话通知: who was called by telephone; functions and services, never persons.
PHONED = (
    Word("grid_duty", _("the duty post of the grid")),
    Word("community_duty", _("the duty post of the community")),
    Word("street_duty", _("the duty post of the street")),
    Word("body", _("the body in charge")),
    Word("fire", _("119 (fire)")),
    Word("police", _("110 (police)")),
    Word("ambulance", _("120 (ambulance)")),
)
# What a body confirms before it submits a reply.
REPLY_CHECKS = (
    Word("point", _("It answers the point")),
    Word("result", _("It says what came of it")),
    Word("date", _("It says when")),
    Word("contact", _("It says whom to ask")),
)
# 工单性质: what the hotline asks of this district, in the hotline's own words.
ASSISTS = "协办"
NATURES = (
    Word("主办", pgettext_lazy("hotline order", "We have the lead")),
    Word(ASSISTS, pgettext_lazy("hotline order", "We only assist")),
    Word("转办", pgettext_lazy("hotline order", "Passed on to us")),
)
# What the hotline writes otherwise when it sends an order again.
CHANGES = (
    Word("text", _("the text")),
    Word("deadline", _("the deadline")),
    Word("contact", _("the contact")),
    Word("details", _("other details")),
)
# How a reporter's verdict was said: over the follow link (or with their account), or to somebody who called (回访).
LINK, CALL = "link", "call"
RATING_SOURCES = (
    Word(LINK, _("by the reporter")),
    Word(CALL, _("by call-back")),
)
# 双向评价: what those called think of the whistle.
VALIDITIES = (
    Word("valid", _("Rightly called")),
    Word("solvable", _("The caller could have solved it")),
    Word("not_ours", _("Not our duty")),
)
# Whoever contests a whistle does not call it right.
OBJECTIONS = tuple(word for word in VALIDITIES if word.key != "valid")
# What a district makes of a task that a grid worker was given outside the duty list (S4:9).
LONGEST_OUTSIDE = 300
OUTSIDE = (
    Word("open", pgettext_lazy("outside task", "Reported")),
    Word("taken_back", pgettext_lazy("outside task", "Taken back")),
    Word("allowed", pgettext_lazy("outside task", "Allowed until a date")),
    Word("on_list", pgettext_lazy("outside task", "It stands on the duty list")),
)
# How it ends.
OUTSIDE_ENDS = OUTSIDE[1:]

# What may have happened to it since midnight.
TODAY = (
    Word("reported", _("Reported today")),
    Word("done", _("Result submitted today")),
    Word("rated", _("Rated today")),
)


def choices(words: tuple[Word, ...]) -> list[tuple[str, StrOrPromise]]:
    """(key, label) pairs for a field or form."""
    return [(word.key, word.label) for word in words]


def label(words: tuple[Word, ...], key: str) -> StrOrPromise:
    """The label of a key; the key itself when it is unknown (an old event)."""
    return next((word.label for word in words if word.key == key), key)


def labels(words: tuple[Word, ...], keys: Iterable[str]) -> str:
    """The labels of several keys, as a list in words."""
    return gettext(", ").join(str(label(words, key)) for key in keys)


# Fields take these as callables: a new row then needs no migration (the paths are frozen in migrations).
def source_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(SOURCES)


def kind_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(KINDS)


def outcome_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(OUTCOMES)


def cause_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(CAUSES)


def nature_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(NATURES)


def ruling_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(RULINGS)


def check_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(CHECKS)


def today_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(TODAY)


def outside_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(OUTSIDE)


def verdict_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(VERDICTS)


def rating_source_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(RATING_SOURCES)


def validity_choices() -> list[tuple[str, StrOrPromise]]:
    return choices(VALIDITIES)
