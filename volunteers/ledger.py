"""The words and the arithmetic of the points bank: accounts, bookings, redemptions. A key never changes.

A booking moves points between two accounts, so that the sum of all accounts is zero at all times. Only a volunteer's
account has a balance that is kept, and it never goes below zero; those of a district are the sums of their entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from volunteers.words import Word, choices

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

VOLUNTEER = "volunteer"
# The one booking without sides.
NOTHING = "nothing"
# Of a district: where points come from (below zero by nature), wait, and end.
SYSTEM = ("issued", "reserved", "spent", "expired")
ACCOUNTS = (
    Word(VOLUNTEER, _("Volunteer")),
    Word("issued", pgettext_lazy("points", "Issued")),
    Word("reserved", pgettext_lazy("points", "Reserved")),
    Word("spent", pgettext_lazy("points", "Spent")),
    Word("expired", pgettext_lazy("points", "Expired")),
)


@dataclass(frozen=True)
class Booking:
    """A kind of transfer: between the volunteer's account (unless `of_system` gives it instead) and `other`."""

    key: str
    label: StrOrPromise
    other: str
    of_system: str = ""


BOOKINGS: dict[str, Booking] = {
    row.key: row
    for row in (
        Booking("earn", _("Earned"), "issued"),
        # Heard and weighed, so that hearing it again changes nothing; and the person reads why there was none.
        Booking(
            NOTHING, _("No points: too short, counted already, or the bound of the day was reached"), "issued"
        ),
        Booking("correct", pgettext_lazy("points", "Corrected"), "issued"),
        # What could not be taken back before is taken from what comes in later.
        Booking("owe", _("Settled from an earlier correction"), "issued"),
        Booking("reverse", pgettext_lazy("points", "Reversed"), "issued"),
        Booking("restore", pgettext_lazy("points", "Given back after a reversal"), "issued"),
        Booking("expire", pgettext_lazy("points", "Expired"), "expired"),
        Booking("reserve", _("Put aside for a good"), "reserved"),
        Booking("collect", pgettext_lazy("points", "Good collected"), "spent", of_system="reserved"),
        Booking("release", _("Given back, since the good was not collected"), "reserved"),
        Booking("return", _("Given back for a returned good"), "spent"),
    )
}
# What a deed was worth: these together, for one deed, are what it has brought.
EARNED = ("earn", "correct", "reverse", "restore")
# Between two accounts of the district: nothing changes in the volunteer's.
BETWEEN = tuple(row.key for row in BOOKINGS.values() if row.of_system)
# The rule of what is settled from an earlier correction; no deed has it.
OWED = "owed"
# Points that come in fresh, each with a day on which it expires.
LOTS = ("earn", "correct", "restore")

# Why a booking is taken back, by whoever runs volunteering there.
REVERSALS = (
    Word("mistake", _("It was booked by mistake")),
    Word("twice", _("The same deed was booked twice")),
    Word("not_done", _("What it was booked for was not done")),
)
REDEMPTIONS = (
    Word("reserved", pgettext_lazy("redemption", "Put aside")),
    Word("collected", pgettext_lazy("redemption", "Collected")),
    Word("released", pgettext_lazy("redemption", "Given up")),
    Word("returned", pgettext_lazy("redemption", "Returned")),
)
# What changes the stock; the person's own steps among them. `move_stock` takes those of STOCK_BY_HAND.
STOCK = (
    Word("delivery", _("Delivery")),
    Word("count", _("Counted anew")),
    Word("reserve", _("Put aside for somebody")),
    Word("release", pgettext_lazy("stock", "Back on the shelf, not collected")),
    Word("return", pgettext_lazy("stock", "Back on the shelf, returned")),
)
STOCK_BY_HAND = frozenset({"delivery", "count"})


def bookings_with(account: str) -> tuple[str, ...]:
    """The kinds of booking by which points come into this account of the district, or leave it for a volunteer."""
    return tuple(row.key for row in BOOKINGS.values() if row.other == account and row.key != NOTHING)


def expired_of(balance: int, came_in: int, too_old: int) -> int:
    """How many of the `balance` points have expired, if `too_old` of all that `came_in` are past their day.

    Whatever left the account took what expires first (first in, first out), so nobody loses a point while an older
    one is spent.
    """
    went_out = came_in - balance
    return max(0, too_old - went_out)


def next_expiry(balance: int, lots: Mapping[date | None, int]) -> tuple[date, int] | None:
    """The first day on which some of the `balance` points expire, and how many; None where none ever does.

    `lots`: day on which it expires (None: never) → all that came in with that day, spent or not.
    """
    came_in, too_old = sum(lots.values()), 0
    for day in sorted(day for day in lots if day):
        too_old += lots[day]
        if points := expired_of(balance, came_in, too_old):
            return day, points
    return None


def account_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(ACCOUNTS)


def booking_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return [(row.key, row.label) for row in BOOKINGS.values()]


def redemption_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(REDEMPTIONS)


def stock_choices() -> list[tuple[str, StrOrPromise]]:
    """For model fields."""
    return choices(STOCK)
