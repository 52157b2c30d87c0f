"""GeoReport v2, below /open311/v2/: every resource as .xml, as .json, and without a suffix by Accept."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path, re_path

from open311.api.base import FORMATS, Nowhere
from open311.api.reading import DiscoveryView, RequestView, ServicesView, ServiceView, TokenView
from open311.api.updating import UpdatesWriteView
from open311.api.writing import RequestsWriteView


def resource(route: str, view: Any, name: str) -> Iterator[URLPattern]:
    """Its three addresses; the bare one comes last, since it takes whatever a code may hold."""
    for suffix in FORMATS:
        yield path(f"{route}.{suffix}", view, {"format": suffix}, name=f"{name}_{suffix}")
    yield path(route, view, name=name)


app_name = "open311"
urlpatterns = [
    path("", DiscoveryView.as_view(), name="root"),
    *resource("discovery", DiscoveryView.as_view(), "discovery"),
    *resource("services", ServicesView.as_view(), "services"),
    *resource("services/<str:code>", ServiceView.as_view(), "service"),
    *resource("requests", RequestsWriteView.as_view(), "requests"),
    *resource("requests/<str:code>", RequestView.as_view(), "request"),
    *resource("tokens/<str:token>", TokenView.as_view(), "token"),
    *resource("servicerequestupdates", UpdatesWriteView.as_view(), "updates"),
    # Whatever it is, a line break included.
    re_path(r"[\s\S]+", Nowhere.as_view()),
]
