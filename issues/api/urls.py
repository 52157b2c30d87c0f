"""Addresses of the REST face, below /api/v1/."""

from django.urls import path

from issues.api import hotline, outside, schedules
from issues.api.alerts import AlertView
from issues.api.at_once import SettleView
from issues.api.batch import BatchView
from issues.api.contact import RevealView
from issues.api.deadlines import DeadlineListView
from issues.api.foreseen import ForeseenCallInView, ForeseenWhistleView
from issues.api.likely import LikelyView
from issues.api.map import IssueMapView
from issues.api.parts import part_paths
from issues.api.rates import RatesView
from issues.api.ratings import RatingListView
from issues.api.steps import step_paths
from issues.api.views import AttachmentView, CategoryListView, IssueListView, IssueView
from issues.api.whistles import WhistleListView, WhistleView
from issues.api.why import WhyView

app_name = "issues_api"
urlpatterns = [
    path("alerts/", AlertView.as_view(), name="alerts"),
    path("categories/", CategoryListView.as_view(), name="categories"),
    path("issues/", IssueListView.as_view(), name="issues"),
    path("issues/batch/", BatchView.as_view(), name="issues_batch"),
    path("issues/likely/", LikelyView.as_view(), name="likely"),
    path("issues/map/", IssueMapView.as_view(), name="map"),
    path("issues/at-once/", SettleView.as_view(), name="at_once"),
    path("issues/<str:code>/", IssueView.as_view(), name="issue"),
    path("issues/<str:code>/contact/reveal/", RevealView.as_view(), name="reveal_contact"),
    path("issues/<str:code>/why/", WhyView.as_view(), name="why"),
    path("issues/<str:code>/whistle/preview/", ForeseenWhistleView.as_view(), name="preview_whistle"),
    path("issues/<str:code>/join/preview/", ForeseenCallInView.as_view(), name="preview_join"),
    path("deadlines/", DeadlineListView.as_view(), name="deadlines"),
    path("hotline/files/", hotline.HotlineFileListView.as_view(), name="hotline_files"),
    path("hotline/files/<int:pk>/", hotline.HotlineFileView.as_view(), name="hotline_file"),
    *(
        path(f"hotline/files/<int:pk>/{key}/", view.as_view(), name=f"hotline_file_{key}")
        for key, view in hotline.STEPS.items()
    ),
    path("hotline/results/", hotline.HotlineResultListView.as_view(), name="hotline_results"),
    path("outside-tasks/", outside.OutsideTaskListView.as_view(), name="outside_tasks"),
    path("outside-tasks/<int:pk>/", outside.OutsideTaskView.as_view(), name="outside_task"),
    path("outside-tasks/<int:pk>/settle/", outside.SETTLE.as_view(), name="settle_outside_task"),
    path("ratings/", RatingListView.as_view(), name="ratings"),
    path("schedules/", schedules.ScheduleListView.as_view(), name="schedules"),
    path("schedules/<int:pk>/", schedules.ScheduleView.as_view(), name="schedule"),
    *(
        path(f"schedules/<int:pk>/{key}/", view.as_view(), name=f"schedule_{key}")
        for key, view in schedules.STEPS.items()
    ),
    path("statistics/rates/", RatesView.as_view(), name="rates"),
    path("attachments/<int:pk>/", AttachmentView.as_view(), name="attachment"),
    path("whistles/", WhistleListView.as_view(), name="whistles"),
    path("whistles/<int:pk>/", WhistleView.as_view(), name="whistle"),
    *part_paths(),
    *step_paths(),
]
