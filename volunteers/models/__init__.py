"""The rows of volunteering, by subject."""

from volunteers.models.people import Membership, Station, Team, Volunteer
from volunteers.models.transfers import Transfer

__all__ = ["Membership", "Station", "Team", "Transfer", "Volunteer"]
