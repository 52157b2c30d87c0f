"""Addresses of the REST face, below /api/v1/."""

from volunteers.api import (
    activities,
    activity_steps,
    checkins,
    hours,
    organisations,
    pairings,
    people,
    series,
    sign_ups,
    stars,
    statements,
    teams,
)

app_name = "volunteers_api"
urlpatterns = [
    *people.urlpatterns,
    *teams.urlpatterns,
    *activities.urlpatterns,
    *activity_steps.urlpatterns,
    *sign_ups.urlpatterns,
    *series.urlpatterns,
    *hours.urlpatterns,
    *stars.urlpatterns,
    *organisations.urlpatterns,
    *checkins.urlpatterns,
    *statements.urlpatterns,
    *pairings.urlpatterns,
]
