"""How something is done over REST to what stands here: find it, ask whether one may, parse, call one action, show."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trail.api.schema import IDEMPOTENCY, answers
from trail.idempotency import respond_once
from trail.scopes import MANAGE

STEP = (400, 401, 403, 404, 409, 413, 422)


class NothingSerializer(serializers.Serializer):
    """Of steps that take nothing."""


class StepView(APIView):
    """One step of the subject that `find(user, now, key)` gives. Subclasses are made by `step_view`.

    `ask(subject, user, now)` refuses before anything that was sent is read: who may not do it learns nothing by
    it. `act(subject, what was sent, by=, now=)` calls the action and gives what `gives` shows.
    """

    scopes = {"POST": MANAGE}
    # What is described of all of them: headers, and what else may be answered.
    described: Sequence[Any] = (IDEMPOTENCY,)
    statuses: Sequence[int] = STEP

    find: Callable[..., Any]
    ask: Callable[..., None]
    act: Callable[..., Any]
    takes: type[serializers.Serializer]
    gives: type[serializers.Serializer]

    def post(self, request: Request, **where: Any) -> HttpResponse:
        return respond_once(request, lambda: self.step(request, timezone.now(), **where))

    def step(self, request: Request, now: datetime, **where: Any) -> Response:
        kind, user = type(self), request.user
        subject = kind.find(user, now, *where.values())
        kind.ask(subject, user, now)
        serializer = self.takes(data=request.data, context={"request": request, "now": now})
        serializer.is_valid(raise_exception=True)
        return self.answer(self.perform(subject, serializer.validated_data, request, now), request, now)

    def perform(self, subject: Any, data: dict[str, Any], request: Request, now: datetime) -> Any:
        return type(self).act(subject, data, by=request.user, now=now)

    def answer(self, done: Any, request: Request, now: datetime) -> Response:
        return Response(self.gives(done, context={"request": request, "now": now}).data)


def step_view(
    operation: str,
    summary: str,
    description: str,
    *,
    find: Callable[..., Any],
    ask: Callable[..., None],
    act: Callable[..., Any],
    gives: type[serializers.Serializer],
    takes: type[serializers.Serializer] = NothingSerializer,
    tags: tuple[str, ...] = ("units",),
    base: type[StepView] = StepView,
) -> Any:
    """The view of one step, described exactly. `base`: what steps of its kind have in common."""

    class View(base):  # type: ignore[misc, valid-type]
        @extend_schema(
            operation_id=operation,
            summary=summary,
            description=description,
            tags=list(tags),
            parameters=list(base.described),
            request={"application/json": takes} if takes is not NothingSerializer else None,
            responses=answers(200, gives, *base.statuses),
        )
        def post(self, request: Request, **where: Any) -> HttpResponse:
            return super().post(request, **where)

    View.takes, View.gives = takes, gives
    for name, function in (("find", find), ("ask", ask), ("act", act)):
        setattr(View, name, staticmethod(function))
    View.__name__ = "".join(part.title() for part in operation.split("_")) + "View"
    return View
