"""What the holidays of the shipped calendar are called, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# The calendar's file names them in English; a district's own file may name others as it likes.
WORDS: dict[str, StrOrPromise] = {
    "New Year's Day": _("New Year's Day"),
    "Spring Festival": _("Spring Festival"),
    "Tomb-sweeping Day": _("Tomb-sweeping Day"),
    "Labour Day": _("Labour Day"),
    "Dragon Boat Festival": _("Dragon Boat Festival"),
    "Mid-autumn Festival": _("Mid-autumn Festival"),
    "National Day": _("National Day"),
    "Anti-Fascist 70th Day": _("70th anniversary of victory"),
    "in_lieu": _("swapped with a workday"),
}


def holiday_label(name: str) -> StrOrPromise:
    """The holiday's name, or the remark of its row; one that the table does not know stays as it is."""
    return WORDS.get(name, name)
