"""Addresses of the REST face, below /api/v1/."""

from django.urls import path

from accounts.api.views import LoginView, LogoutView

app_name = "accounts_api"
urlpatterns = [
    path("auth/login/", LoginView.as_view(), name="login"),
    path("auth/logout/", LogoutView.as_view(), name="logout"),
]
