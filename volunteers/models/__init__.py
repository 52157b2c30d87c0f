"""The rows of volunteering, by subject."""

from volunteers.models.activities import Activity, Series, Shift, SignUp
from volunteers.models.hours import Correction, Service
from volunteers.models.people import Membership, Station, Team, Volunteer

__all__ = [
    "Activity",
    "Correction",
    "Membership",
    "Series",
    "Service",
    "Shift",
    "SignUp",
    "Station",
    "Team",
    "Volunteer",
]
