"""Addresses of the REST face, below /api/v1/."""

from django.urls import path

from issues.api.alerts import AlertView
from issues.api.rates import RatesView
from issues.api.steps import step_paths
from issues.api.views import AttachmentView, CategoryListView, IssueListView, IssueView

app_name = "issues_api"
urlpatterns = [
    path("alerts/", AlertView.as_view(), name="alerts"),
    path("categories/", CategoryListView.as_view(), name="categories"),
    path("issues/", IssueListView.as_view(), name="issues"),
    path("issues/<str:code>/", IssueView.as_view(), name="issue"),
    path("statistics/rates/", RatesView.as_view(), name="rates"),
    path("attachments/<int:pk>/", AttachmentView.as_view(), name="attachment"),
    *step_paths(),
]
