"""Addresses of the REST face, below /api/v1/."""

from django.urls import path

from trail.api.events import EventListView

app_name = "trail_api"
urlpatterns = [path("events/", EventListView.as_view(), name="events")]
