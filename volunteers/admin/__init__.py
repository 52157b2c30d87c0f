"""Volunteering in the staff admin."""

from volunteers.admin.people import TransferAdmin, VolunteerAdmin
from volunteers.admin.teams import StationAdmin, TeamAdmin

__all__ = ["StationAdmin", "TeamAdmin", "TransferAdmin", "VolunteerAdmin"]
