"""Addresses of the REST face, below /api/v1/."""

from volunteers.api import (
    activities,
    activity_steps,
    figures,
    goods,
    hours,
    people,
    points,
    redemptions,
    series,
    sign_ups,
    stars,
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
]
