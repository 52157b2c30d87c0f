"""The REST face: /api/v1/, its schema and its pages."""

from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.utils.translation import get_language
from django.views.generic import TemplateView
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from trail.api.views import Nowhere
from trail.problem_types import TITLES


@lru_cache(maxsize=8)
def _rendered(language: str, renderer: type) -> bytes:
    """The schema does not change while the process lives, and making it takes a second."""
    return renderer().render(SchemaGenerator().get_schema(request=None, public=True), renderer_context={})


class SchemaView(SpectacularAPIView):
    """OpenAPI, in YAML or (Accept: application/json) JSON."""

    def _get_schema_response(self, request: HttpRequest) -> HttpResponse:
        renderer = request.accepted_renderer
        text = _rendered(get_language(), type(renderer))
        return HttpResponse(text, content_type=renderer.media_type)


class DocsView(SpectacularSwaggerSplitView):
    """Swagger without inline script or style."""

    url_name = "schema"
    template_name = "governance/api_docs.html"


class ProblemsView(TemplateView):
    """What every refusal is called, in the reader's language: where the `type` of a problem leads."""

    template_name = "governance/problems.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        return super().get_context_data(**more) | {"titles": sorted(TITLES.items())}


urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="api_docs"),
    path("docs/problems/", ProblemsView.as_view(), name="problems"),
    path("v1/", include("trail.api.urls")),
    path("v1/", include("accounts.api.urls")),
    path("v1/", include("grids.api.urls")),
    path("v1/", include("notices.api.urls")),
    path("v1/", include("issues.api.urls")),
    path("v1/", include("volunteers.api.urls")),
    path("v1/", include("desk.api.urls")),
    # Whatever it is, a line break included.
    re_path(r"[\s\S]+", Nowhere.as_view()),
]
