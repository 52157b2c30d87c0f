"""The rows of volunteering, by subject."""

from volunteers.models.joining import CheckIn, Offer, Organisation, Statement
from volunteers.models.pairings import DutyDone, Pairing
from volunteers.models.people import Membership, Station, Team, Volunteer
from volunteers.models.transfers import Transfer
from volunteers.models.wishes import Claim, Wish, Wisher, WishWords

__all__ = [
    "CheckIn",
    "Claim",
    "DutyDone",
    "Membership",
    "Offer",
    "Organisation",
    "Pairing",
    "Statement",
    "Station",
    "Team",
    "Transfer",
    "Volunteer",
    "Wish",
    "WishWords",
    "Wisher",
]
