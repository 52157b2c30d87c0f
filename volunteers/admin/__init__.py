"""Volunteering in the staff admin, and what its subjects are called in the trail."""

from volunteers.admin import activities, joining, points, wishes  # noqa: F401  (name their subjects)
from volunteers.admin.people import TransferAdmin, VolunteerAdmin
from volunteers.admin.teams import StationAdmin, TeamAdmin

__all__ = ["StationAdmin", "TeamAdmin", "TransferAdmin", "VolunteerAdmin"]
