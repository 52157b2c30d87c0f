"""The rows of volunteering, by subject."""

from volunteers.models.activities import Activity, Shift, SignUp
from volunteers.models.goods import Good, Redemption, StockMove
from volunteers.models.hours import Correction, Service
from volunteers.models.joining import CheckIn, Offer, Organisation, Statement
from volunteers.models.pairings import DutyDone, Pairing
from volunteers.models.people import Membership, Station, Team, Volunteer
from volunteers.models.points import PointAccount, PointEntry, PointTransfer
from volunteers.models.series import Series
from volunteers.models.transfers import Transfer
from volunteers.models.wishes import Claim, Wish, Wisher, WishWords

# With lineage: they follow their unit.
OF_A_PLACE = (
    *(Volunteer, Team, Station, Transfer),
    *(Activity, Service),
    *(Good, Redemption),
    *(Wish, CheckIn, Offer, Pairing),
)

__all__ = [
    "OF_A_PLACE",
    "Activity",
    "CheckIn",
    "Claim",
    "Correction",
    "DutyDone",
    "Good",
    "Membership",
    "Offer",
    "Organisation",
    "Pairing",
    "PointAccount",
    "PointEntry",
    "PointTransfer",
    "Redemption",
    "Series",
    "Service",
    "Shift",
    "SignUp",
    "Statement",
    "Station",
    "StockMove",
    "Team",
    "Transfer",
    "Volunteer",
    "Wish",
    "WishWords",
    "Wisher",
]
