"""Addresses of the REST face, below /api/v1/."""

from volunteers.api import people, teams

app_name = "volunteers_api"
urlpatterns = [*people.urlpatterns, *teams.urlpatterns]
