"""Addresses of the REST face, below /api/v1/."""

from django.urls import path

from notices.api.inbox import NoticeListView, ReadAllView, ReadView, UnreadView
from notices.api.preferences import PreferencesView
from notices.api.views import (
    STEPS,
    MessageListView,
    MessageView,
    ResendView,
    SubscriptionListView,
    SubscriptionView,
)

app_name = "notices_api"
urlpatterns = [
    path("notices/", NoticeListView.as_view(), name="notices"),
    path("notices/unread/", UnreadView.as_view(), name="unread_notices"),
    path("notices/read/", ReadAllView.as_view(), name="read_notices"),
    path("notices/<int:pk>/read/", ReadView.as_view(), name="read_notice"),
    path("me/preferences/", PreferencesView.as_view(), name="preferences"),
    path("webhooks/", SubscriptionListView.as_view(), name="webhooks"),
    path("webhooks/<int:pk>/", SubscriptionView.as_view(), name="webhook"),
    path("webhooks/<int:pk>/messages/", MessageListView.as_view(), name="webhook_messages"),
    path("webhooks/<int:pk>/messages/<int:message>/", MessageView.as_view(), name="webhook_message"),
    path("webhooks/<int:pk>/messages/<int:message>/resend/", ResendView.as_view(), name="resend_message"),
    *(
        path(f"webhooks/<int:pk>/{key}/", view.as_view(), name=f"webhook_{key}")
        for key, view in STEPS.items()
    ),
]
