"""Addresses of the REST face, below /api/v1/."""

from volunteers.api import (
    activities,
    activity_steps,
    checkins,
    figures,
    goods,
    hours,
    organisations,
    pairings,
    people,
    points,
    redemptions,
    series,
    sign_ups,
    stars,
    statements,
    teams,
    wishes,
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
    *figures.urlpatterns,
    *points.urlpatterns,
    *goods.urlpatterns,
    *redemptions.urlpatterns,
    *wishes.urlpatterns,
    *organisations.urlpatterns,
    *checkins.urlpatterns,
    *statements.urlpatterns,
    *pairings.urlpatterns,
]
