"""The words of dual check-in (双报到, S3:25) and of responsibility pairing (包保, S0:13, S3:27). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from volunteers.words import Word, choices

if TYPE_CHECKING:
    from datetime import date

    from django_stubs_ext import StrOrPromise

ORGANISATION, MEMBER = "organisation", "member"
# Who checks in to a community: organisations, and those who serve in one.
SIDES = (
    Word(ORGANISATION, pgettext_lazy("check-in", "Organisation")),
    Word(MEMBER, pgettext_lazy("check-in", "Serving member")),
)
ORGANISATION_KINDS = (
    Word("agency", _("Party or government body")),
    Word("institution", _("Public institution")),
    Word("state_firm", _("State-owned enterprise")),
    Word("two_new", _("New economic or social organisation")),
    Word("school", _("School or college")),
    Word("hospital", _("Hospital")),
    Word("other", _("Other organisation")),
)
# What somebody offers a community.
RESOURCES = (
    Word("venue", _("Rooms and grounds")),
    Word("people", pgettext_lazy("resource", "People who help")),
    Word("goods", pgettext_lazy("resource", "Goods")),
    Word("skill", _("Professional advice")),
    Word("vehicle", _("Vehicles and tools")),
    Word("parking", _("Parking places")),
    Word("other", pgettext_lazy("resource", "Something else")),
)
LONGEST_NAME, LONGEST_WORDS = 60, 200
MOST_QUANTITY = 100_000
# Hours that are offered, in minutes a month.
MOST_MINUTES = 31 * 24 * 60

# 四级包保: S0:13 has four levels and does not say whose each is, so they have numbers here.
PAIRING_LEVELS = (1, 2, 3, 4)
# 五包, in the order of S3:27.
DUTIES = (
    Word("committee", _("Owners' committee set up")),
    Word("firm", _("Property firm brought in")),
    Word("standard", _("Fee standard set")),
    Word("fee", _("Fee collected")),
    Word("routine", _("Routine running")),
)
DUTY = {word.key: word for word in DUTIES}
# By its days, seen from one of them.
PAIRING_STATES = (
    Word("now", pgettext_lazy("pairing", "In force")),
    Word("to_come", pgettext_lazy("pairing", "To begin")),
    Word("ended", pgettext_lazy("pairing", "Ended")),
)
PAIRED_AT = frozenset({"community", "grid", "building"})


def place_of(lineage: Mapping[str, int | None]) -> tuple[str, int]:
    """The finest place that something was paired with: (lineage column, id of the unit). It stays right when units
    move or merge, since the columns follow."""
    for name in ("building_id", "grid_id", "community_id"):
        if found := lineage.get(name):
            return name, found
    raise ValueError("a pairing lies in a community")


def pairing_state(starts_on: date, ends_on: date | None, on: date) -> str:
    """The key of PAIRING_STATES on this day; `ends_on` is the first day without it."""
    if ends_on is not None and ends_on <= on:
        return "ended"
    return "now" if starts_on <= on else "to_come"


def pairing_state_choices() -> list[tuple[str, StrOrPromise]]:
    """For filters and answers."""
    return choices(PAIRING_STATES)


def side_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(SIDES)


def organisation_kind_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(ORGANISATION_KINDS)


def resource_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(RESOURCES)


def level_choices() -> list[tuple[int, StrOrPromise]]:
    """For model fields."""
    return [
        (1, _("Level 1")),
        (2, _("Level 2")),
        (3, _("Level 3")),
        (4, _("Level 4")),
    ]


def duty_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(DUTIES)
