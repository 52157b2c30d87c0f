"""Volunteering in the staff admin, and what its subjects are called in the trail."""

from volunteers.admin import joining, points, wishes  # noqa: F401  (name their subjects)
from volunteers.admin.activities import ActivityAdmin
from volunteers.admin.goods import GoodAdmin, RedemptionAdmin
from volunteers.admin.hours import ServiceAdmin
from volunteers.admin.organisations import CheckInAdmin, OfferAdmin, OrganisationAdmin
from volunteers.admin.pairings import PairingAdmin
from volunteers.admin.people import TransferAdmin, VolunteerAdmin
from volunteers.admin.teams import StationAdmin, TeamAdmin

__all__ = [
    "ActivityAdmin",
    "CheckInAdmin",
    "GoodAdmin",
    "OfferAdmin",
    "OrganisationAdmin",
    "PairingAdmin",
    "RedemptionAdmin",
    "ServiceAdmin",
    "StationAdmin",
    "TeamAdmin",
    "TransferAdmin",
    "VolunteerAdmin",
]
