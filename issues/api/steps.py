"""One address per verb, made from the table of the lifecycle: find, check, call one action, show."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import format_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from issues.actions import PERFORM
from issues.api.detail import find_issue, show_again
from issues.api.read import IssueSerializer
from issues.api.write import StepSerializer, has_photos, step_serializer
from issues.lifecycle import ISSUE_VERBS, VERB, VERBS_ON, Verb
from issues.models import PART_MODELS, Issue, Part
from trail.api.parsers import JSONParser, MultiPartParser
from trail.api.schema import IDEMPOTENCY, answers
from trail.idempotency import respond_once


class StepView(APIView):
    """One verb. Subclasses are made by `step_view`."""

    verb: str
    serializer: type[StepSerializer]

    def post(self, request: Request, **where: Any) -> HttpResponse:
        return respond_once(request, lambda: self.step(request, where, timezone.now()))

    def step(self, request: Request, where: dict[str, Any], now: datetime) -> Response:
        subject = self.find(request, now, **where)
        issue = subject if isinstance(subject, Issue) else subject.issue
        context = {"request": request, "now": now, "issue": issue}
        serializer = self.serializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        PERFORM[self.verb](subject, by=request.user, now=now, **serializer.arguments())
        return Response(show_again(issue.pk, request, now))

    def find(self, request: Request, now: datetime, **where: Any) -> Issue | Part:
        raise NotImplementedError


class IssueStepView(StepView):
    def find(self, request: Request, now: datetime, *, code: str) -> Issue:
        return find_issue(code, request.user, now)


class PartStepView(StepView):
    """By the part's id alone, or below its issue."""

    model: type[Part]

    def find(self, request: Request, now: datetime, *, pk: int, code: str | None = None) -> Part:
        seen = self.model.objects.visible_to(request.user, now).select_related("issue")
        if code is not None:
            seen = seen.filter(issue=find_issue(code, request.user, now))
        part = seen.filter(pk=pk).first()
        if part is None:
            raise Http404
        return part


PART_VIEWS = {
    kind: type(f"{model.__name__}StepView", (PartStepView,), {"model": model, "__module__": __name__})
    for kind, model in PART_MODELS.items()
}


def step_view(verb: Verb, base: type[StepView], operation: str) -> Any:
    """The view of one verb, described exactly: photos can only come as a multipart form."""
    photos = has_photos(verb)
    plain, full = step_serializer(verb, photos=False), step_serializer(verb, photos=True)
    request: dict[str, Any] = {"application/json": plain}
    if photos:
        request["multipart/form-data"] = full
    described = extend_schema_view(
        post=extend_schema(
            operation_id=operation,
            summary=verb.label,
            description=format_lazy(
                "From: {}. Answers with the issue as it is after the step.",
                ", ".join(sorted(verb.from_states)),
            ),
            tags=["steps"],
            parameters=[IDEMPOTENCY],
            request=request,
            responses=answers(200, IssueSerializer, 400, 401, 403, 404, 409, 413, 422),
        )
    )
    fields = {
        "verb": verb.key,
        "serializer": full if photos else plain,
        "parser_classes": (JSONParser, MultiPartParser) if photos else (JSONParser,),
        "__module__": __name__,
    }
    return described(type(f"{operation.title().replace('_', '')}View", (base,), fields))


def step_paths() -> Iterator[URLPattern]:
    """issues/{code}/{verb}/, and for parts both tasks/{id}/{verb}/ and the same below the issue."""
    for key in ISSUE_VERBS:
        view = step_view(VERB[key], IssueStepView, f"{key}_issue")
        yield path(f"issues/<str:code>/{key}/", view.as_view(), name=f"issue_{key}")
    for kind, base in PART_VIEWS.items():
        for key in VERBS_ON[kind]:
            view = step_view(VERB[key], base, f"{key}_{kind}")
            yield path(f"{kind}s/<int:pk>/{key}/", view.as_view(), name=f"{kind}_{key}")
            below = step_view(VERB[key], base, f"{key}_{kind}_of_issue")
            yield path(
                f"issues/<str:code>/{kind}s/<int:pk>/{key}/", below.as_view(), name=f"issue_{kind}_{key}"
            )
