"""One address per verb, made from the table of the lifecycle: find, check, call one action, show."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.geo import CRS, crs_of, in_system
from issues.actions import PERFORM
from issues.actions.step import stale
from issues.api.detail import find_issue, is_seen, show_again, what_changed
from issues.api.read import IssueSerializer
from issues.api.write import StepSerializer, has_photos, step_serializer
from issues.lifecycle import ISSUE_VERBS, VERB, VERBS_ON, Verb
from issues.models import PART_MODELS, Issue, Part
from issues.sights import overtaken
from trail.api.parsers import JSONParser, MultiPartParser
from trail.api.schema import ETAG, IDEMPOTENCY, IF_MATCH, answers
from trail.conditions import Tagged, expected_version
from trail.idempotency import respond_once
from trail.problems import answer_with, document_of, refusal_problem
from trail.refusals import NotAllowed, Refused
from trail.scopes import HANDLE

OUT_OF_SIGHT = OpenApiResponse(description="Done, and not the caller's to see any more.")


class StepView(APIView):
    """One verb. Subclasses are made by `step_view`."""

    scopes = {"POST": HANDLE}
    verb: str
    serializer: type[StepSerializer]
    # The version that the client saw, if it says so.
    seen: int | None = None

    def post(self, request: Request, **where: Any) -> HttpResponse:
        now = timezone.now()
        try:
            return respond_once(request, lambda: self.step(request, where, now), conditional=True)
        except Refused as refused:
            return self.explain(refused, request, where, now)

    def step(self, request: Request, where: dict[str, Any], now: datetime) -> Response:
        system, subject = crs_of(request), self.find(request, now, **where)
        issue = subject if isinstance(subject, Issue) else subject.issue
        context = {"request": request, "now": now, "issue": issue}
        serializer = self.serializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        arguments = serializer.arguments() | self._expected(request, issue, serializer.validated_data)
        self.seen = arguments.get("version")
        PERFORM[self.verb](subject, by=request.user, now=now, **arguments)
        if VERB[self.verb].hides and not is_seen(issue, request.user, now):
            return Response(status=204)
        again = show_again(issue.pk, request, now)
        in_system([again["place"]], system)
        return Tagged(again, request, again["version"])

    def _expected(self, request: Request, issue: Issue, data: Mapping[str, Any]) -> dict[str, int]:
        """The version of If-Match, which the action then asks for."""
        version = expected_version(request, issue.version)
        if version is None:
            return {}
        if data.get("version", version) != version:
            raise ValidationError({"version": [_("This is another version than that of If-Match.")]})
        return {"version": version}

    def explain(
        self, refused: Refused, request: Request, where: dict[str, Any], now: datetime
    ) -> HttpResponse:
        """A refusal because of what has happened since is 412 where If-Match came along, and says what that was.

        Whoever comes second is usually refused by the rule before anybody compares versions.
        """
        if self.seen is None or isinstance(refused, NotAllowed):
            return refusal_problem(refused)
        subject = self.find(request, now, **where)
        issue = subject if isinstance(subject, Issue) else subject.issue
        conditional = expected_version(request, issue.version) is not None
        if conditional and overtaken(issue, self.seen):
            refused = stale()
        elif refused.code != "stale":
            return refusal_problem(refused)
        told = document_of(refused) | what_changed(subject, issue, self.seen, request.user, now)
        return answer_with(told | {"status": 412} if conditional else told)

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
            parameters=[IDEMPOTENCY, IF_MATCH, ETAG, CRS],
            request=request,
            responses=answers(200, IssueSerializer, 400, 401, 403, 404, 409, 412, 413, 422)
            | ({204: OUT_OF_SIGHT} if verb.hides else {}),
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
