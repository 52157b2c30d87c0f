"""Addresses of the REST face, below /api/v1/."""

from django.urls import path

from grids.api import body_steps, policies, posts, sheets, unit_steps
from grids.api.boundaries import BoundariesView, BoundaryView, SavingView
from grids.api.geo import LocateView
from grids.api.views import BodyListView, BodyView, UnitListView, UnitView

app_name = "grids_api"
urlpatterns = [
    path("units/", UnitListView.as_view(), name="units"),
    path("units/at/", LocateView.as_view(), name="locate"),
    path("units/boundaries/", BoundariesView.as_view(), name="boundaries"),
    path("units/boundaries/saving/<int:pk>/", SavingView.as_view(), name="saving"),
    path("units/<str:code>/boundary/", BoundaryView.as_view(), name="boundary"),
    path("units/<str:code>/", UnitView.as_view(), name="unit"),
    *(
        path(f"units/<str:code>/{key}/", view.as_view(), name=f"unit_{key}")
        for key, view in unit_steps.STEPS.items()
    ),
    *(
        path(f"units/<str:code>/{key}/preview/", view.as_view(), name=f"preview_{key}_unit")
        for key, view in unit_steps.PREVIEWS.items()
    ),
    path("units/<str:code>/policies/", policies.PolicyListView.as_view(), name="policies"),
    path("units/<str:code>/policies/<slug:key>/", policies.PolicyView.as_view(), name="policy"),
    path(
        "units/<str:code>/policies/<slug:key>/rehearse/",
        policies.RehearseView.as_view(),
        name="rehearse_policy",
    ),
    path("policies/<int:pk>/withdraw/", policies.WithdrawView.as_view(), name="withdraw_policy"),
    path("sheets/", sheets.SheetListView.as_view(), name="sheets"),
    path("sheets/kinds/", sheets.SheetKindsView.as_view(), name="sheet_kinds"),
    path("sheets/<int:pk>/", sheets.SheetView.as_view(), name="sheet"),
    *(
        path(f"sheets/<int:pk>/{key}/", view.as_view(), name=f"sheet_{key}")
        for key, view in sheets.STEPS.items()
    ),
    path("bodies/", BodyListView.as_view(), name="bodies"),
    path("bodies/<str:code>/", BodyView.as_view(), name="body"),
    *(
        path(f"bodies/<str:code>/{key}/", view.as_view(), name=f"body_{key}")
        for key, view in body_steps.STEPS.items()
    ),
    path("posts/", posts.PostListView.as_view(), name="posts"),
    path("posts/<int:pk>/", posts.PostView.as_view(), name="post"),
    *(
        path(f"posts/<int:pk>/{key}/", view.as_view(), name=f"post_{key}")
        for key, view in posts.STEPS.items()
    ),
]
