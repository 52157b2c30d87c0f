"""Addresses of the REST face, below /api/v1/."""

from django.urls import path

from grids.api.views import BodyListView, BodyView, UnitListView, UnitView

app_name = "grids_api"
urlpatterns = [
    path("units/", UnitListView.as_view(), name="units"),
    path("units/<str:code>/", UnitView.as_view(), name="unit"),
    path("bodies/", BodyListView.as_view(), name="bodies"),
    path("bodies/<str:code>/", BodyView.as_view(), name="body"),
]
