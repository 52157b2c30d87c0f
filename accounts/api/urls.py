"""Addresses of the REST face, below /api/v1/."""

from django.urls import path

from accounts.api.tokens import TokenListView, TokenRevokeView
from accounts.api.views import LoginView, LogoutView

app_name = "accounts_api"
urlpatterns = [
    path("auth/login/", LoginView.as_view(), name="login"),
    path("auth/logout/", LogoutView.as_view(), name="logout"),
    path("auth/tokens/", TokenListView.as_view(), name="tokens"),
    path("auth/tokens/<int:pk>/revoke/", TokenRevokeView.as_view(), name="revoke_token"),
]
