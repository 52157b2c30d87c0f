"""Addresses of the REST face, below /api/v1/."""

from django.urls import path

from desk.api import snapshots, statistics
from desk.api.lists import TablesView, table_paths

app_name = "desk_api"
urlpatterns = [
    path("statistics/day/", statistics.DayFiguresView.as_view(), name="day_figures"),
    path("statistics/issues/", statistics.IssueCountsView.as_view(), name="issue_counts"),
    path("statistics/whistles/", statistics.WhistleCountsView.as_view(), name="whistle_counts"),
    path("statistics/assessment/", statistics.AssessedView.as_view(), name="assessment"),
    path("lists/", TablesView.as_view(), name="lists"),
    *table_paths(),
    path("snapshots/", snapshots.SnapshotListView.as_view(), name="snapshots"),
    path("snapshots/<int:pk>/", snapshots.SnapshotView.as_view(), name="snapshot"),
    path("snapshots/<int:pk>/rows/", snapshots.SnapshotRowsView.as_view(), name="snapshot_rows"),
]
