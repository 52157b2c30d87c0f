"""The rows of volunteering, by subject."""

from volunteers.models.people import Membership, Station, Team, Volunteer

__all__ = ["Membership", "Station", "Team", "Volunteer"]
