"""The rows of volunteering, by subject."""

from volunteers.models.goods import Good, Redemption, StockMove
from volunteers.models.people import Membership, Station, Team, Volunteer
from volunteers.models.points import PointAccount, PointEntry, PointTransfer

__all__ = [
    "Good",
    "Membership",
    "PointAccount",
    "PointEntry",
    "PointTransfer",
    "Redemption",
    "Station",
    "StockMove",
    "Team",
    "Volunteer",
]
