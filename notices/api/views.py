"""Webhooks over REST: everything that the staff admin can do with them."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.actions.authority import require
from grids.api.versions import Told, compare, respond_if_unchanged
from grids.models import Unit
from notices import webhook_actions as actions
from notices.api.serializers import (
    NewWebhookSerializer,
    NothingSerializer,
    ResumeWebhookSerializer,
    TriedWebhookMessageSerializer,
    WebhookCountSerializer,
    WebhookFactsSerializer,
    WebhookMessageSerializer,
    WebhookSerializer,
    WebhookWithSecretSerializer,
)
from notices.forms import unit_with
from notices.models import Message, Subscription
from notices.querysets import CONNECTS
from notices.webhook_actions import Wanted, account_named
from trail.api.paging import Key, whole_key
from trail.api.schema import ETAG, IDEMPOTENCY, IF_MATCH, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.conditions import Tagged, asked_tags
from trail.idempotency import respond_once, shown_once
from trail.querysets import version_of
from trail.scopes import WEBHOOKS

TAG = ["webhooks"]
STEP = (400, 401, 403, 404, 409, 422)


def _seen(user: Any, now: datetime) -> QuerySet:
    rows = Subscription.objects.visible_to(user, now).select_related("unit", "account")
    shown = rows.defer("secret", "old_secret", "unit__boundary", "account__phone")
    return shown.annotate(version=version_of("webhook"))


def _find(user: Any, now: datetime, pk: int) -> Any:
    found = _seen(user, now).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _find_message(user: Any, now: datetime, pk: int, message: int) -> Message:
    rows = Message.objects.visible_to(user, now).select_related("event", "subscription__unit")
    found = rows.filter(subscription=pk, pk=message).first()
    if found is None:
        raise Http404
    return found


def _with_secret(response: HttpResponse) -> HttpResponse:
    """The answer of adding or rotating, with the secret. What is stored under an Idempotency-Key is without it: it
    is put in when the answer goes out, as long as it is still the one that was made."""
    if response.status_code >= 300:
        return response
    said = response.data if isinstance(response, Response) else json.loads(response.content)
    kept = Subscription.objects.filter(pk=said["id"]).first()
    same = kept is not None and kept.secret_number == said["secret_number"]
    return shown_once(response, "secret", kept.secret or None if kept and same else None)


def _wanted(data: dict[str, Any]) -> Wanted:
    return Wanted(data["name"], data["address"], account_named(data["account"]), data["types"])


class SubscriptionListView(ListView):
    scopes = {"GET": WEBHOOKS, "POST": WEBHOOKS}
    queryset = Subscription.objects.none()
    serializer_class = WebhookSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet:
        return _seen(self.request.user, timezone.now())

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_webhooks",
        summary="Webhooks",
        description="Those of the districts where the caller connects other systems, the newest first.",
        tags=TAG,
        responses=answers(200, WebhookSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="add_webhook",
        summary="Add a webhook",
        description="From now on the address is told what happens. Keep the secret: it is shown in this answer only.",
        tags=TAG,
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": NewWebhookSerializer},
        responses=answers(201, WebhookWithSecretSerializer, 400, 401, 403, 409, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        now = timezone.now()
        return _with_secret(
            respond_once(request, lambda: self.add(request, now), first=lambda: self.look_up(request, now))
        )

    def look_up(self, request: Request, now: datetime) -> None:
        wanted, unit = self.read(request, now)
        actions.look_up_address(wanted, unit=unit, by=request.user, now=now)

    def read(self, request: Request, now: datetime) -> tuple[Wanted, Unit]:
        serializer = NewWebhookSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        return _wanted(data), unit_with(data["unit"], request.user, now)

    def add(self, request: Request, now: datetime) -> Response:
        wanted, unit = self.read(request, now)
        made = actions.add_subscription(wanted, unit=unit, by=request.user, now=now)
        where = reverse("notices_api:webhook", args=[made.pk])
        shown = WebhookSerializer(_find(request.user, now, made.pk)).data
        return Response(shown, status=201, headers={"Location": where})


class SubscriptionView(APIView):
    scopes = {"GET": WEBHOOKS}

    @extend_schema(
        operation_id="get_webhook",
        summary="A webhook",
        tags=TAG,
        parameters=SEEN,
        responses=answers(200, WebhookSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        found = _find(request.user, timezone.now(), pk)
        return respond_with(WebhookSerializer(found), request, found.version)


class SubscriptionStepView(APIView):
    """One thing that is done to a webhook. Subclasses are made by `_step`."""

    scopes = {"POST": WEBHOOKS}
    takes: type[serializers.Serializer]
    act: Callable[..., Any]
    # What takes long, done before anything is locked.
    look_up: Callable[..., Any] | None = None
    shows_secret = False

    def post(self, request: Request, pk: int) -> HttpResponse:
        now = timezone.now()
        first = (lambda: self.first(request, pk, now)) if type(self).look_up else None
        answer = respond_if_unchanged(request, lambda: self.step(request, pk, now), first=first)
        return _with_secret(answer) if self.shows_secret else answer

    def first(self, request: Request, pk: int, now: datetime) -> None:
        subscription, data = self.read(request, pk, now)
        type(self).look_up(subscription, data, by=request.user, now=now)  # type: ignore[misc]

    def read(self, request: Request, pk: int, now: datetime) -> tuple[Any, dict[str, Any]]:
        subscription = _find(request.user, now, pk)
        serializer = self.takes(data=request.data)
        serializer.is_valid(raise_exception=True)
        return subscription, serializer.validated_data

    def step(self, request: Request, pk: int, now: datetime) -> Response:
        subscription, sent = self.read(request, pk, now)
        with transaction.atomic():
            if asked_tags(request) is not None:
                require(request.user, CONNECTS, subscription.unit, now)
                _hold(subscription)
                compare(request, "webhook", pk, lambda: _tell(request.user, now, pk))
            data = type(self).act(subscription, sent, by=request.user, now=now)
        return Tagged(data, request, data["version"]) if "version" in data else Response(data)


def _hold(subscription: Subscription) -> None:
    list(Subscription.objects.select_for_update(no_key=True).filter(pk=subscription.pk).values_list("pk"))


def _tell(user: Any, now: datetime, pk: int) -> Told:
    """What a 412 says of it besides: only whoever may do it all gets so far."""
    state = _find(user, now, pk).state
    if state == "ended":
        return Told(state, [])
    return Told(state, [key for key in STEPS if key != ("pause" if state == "paused" else "resume")])


def _step(
    name: str,
    summary: str,
    description: str,
    act: Callable[..., Any],
    *,
    look_up: Callable[..., Any] | None = None,
    takes: type[serializers.Serializer] = NothingSerializer,
    gives: type[serializers.Serializer] = WebhookSerializer,
) -> Any:
    """The view of one step, described exactly. `act(subscription, what was sent, by=, now=)` gives a row; `look_up`, with
    the same, comes before anything is locked."""

    class View(SubscriptionStepView):
        @extend_schema(
            operation_id=f"{name}_webhook",
            summary=summary,
            description=description,
            tags=TAG,
            parameters=[IDEMPOTENCY, IF_MATCH, *((ETAG,) if gives is WebhookSerializer else ())],
            request={"application/json": takes} if takes is not NothingSerializer else None,
            responses=answers(200, gives, *STEP, 412),
        )
        def post(self, request: Request, pk: int) -> HttpResponse:
            return super().post(request, pk)

    View.takes, View.shows_secret = takes, gives is WebhookWithSecretSerializer
    View.act = staticmethod(act)  # type: ignore[assignment]
    View.look_up = staticmethod(look_up) if look_up else None
    View.__name__ = f"{name.title()}WebhookView"
    return View


def _shown(subscription: Subscription, by: Any, now: datetime) -> Any:
    return WebhookSerializer(_find(by, now, subscription.pk)).data


def _look_up(subscription: Subscription, data: dict[str, Any], *, by: Any, now: datetime) -> None:
    # Of an ended one nothing is looked up: the action refuses it.
    if subscription.ended_at is None:
        actions.look_up_address(_wanted(data), unit=subscription.unit, by=by, now=now)


def _change(subscription: Subscription, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return _shown(actions.change_subscription(subscription, _wanted(data), by=by, now=now), by, now)


def _rotate(subscription: Subscription, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return _shown(actions.rotate_secret(subscription, by=by, now=now), by, now)


def _pause(subscription: Subscription, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return _shown(actions.pause_subscription(subscription, by=by, now=now), by, now)


def _resume(subscription: Subscription, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return _shown(actions.resume_subscription(subscription, by=by, now=now, **data), by, now)


def _end(subscription: Subscription, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return _shown(actions.end_subscription(subscription, by=by, now=now), by, now)


def _ping(subscription: Subscription, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return WebhookMessageSerializer(actions.ping_subscription(subscription, by=by, now=now)).data


def _resend(subscription: Subscription, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return {"count": actions.resend_dead(subscription, by=by, now=now)}


STEPS: dict[str, Any] = {
    "change": _step(
        "change",
        "Change a webhook",
        "Name, address, account and types as they are to be from now on; the unit stays.",
        _change,
        look_up=_look_up,
        takes=WebhookFactsSerializer,
    ),
    "rotate": _step(
        "rotate",
        "A new secret",
        "For 24 hours messages are signed with the former one too.",
        _rotate,
        gives=WebhookWithSecretSerializer,
    ),
    "pause": _step("pause", "Pause a webhook", "Nothing is sent, and nothing is lost.", _pause),
    "resume": _step(
        "resume", "Resume a webhook", "It goes on where it stood.", _resume, takes=ResumeWebhookSerializer
    ),
    "ping": _step(
        "ping",
        "Send a ping",
        "One message of type `ping`, tried once, even while it is paused. Answers with the message.",
        _ping,
        gives=WebhookMessageSerializer,
    ),
    "resend": _step(
        "resend",
        "Send again what was given up",
        "Up to 1,000 at a time, under their former ids.",
        _resend,
        gives=WebhookCountSerializer,
    ),
    "end": _step("end", "End a webhook", "For good; its messages stay to be read.", _end),
}


class MessageListView(ListView):
    scopes = {"GET": WEBHOOKS}
    queryset = Message.objects.none()
    serializer_class = WebhookMessageSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet:
        now = timezone.now()
        subscription = _find(self.request.user, now, self.kwargs["pk"])
        seen = Message.objects.visible_to(self.request.user, now).filter(subscription=subscription)
        return seen.select_related("event")

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_webhook_messages",
        summary="Messages of a webhook",
        description="The newest first. Sent and withheld ones are kept for 30 days.",
        tags=TAG,
        responses=answers(200, WebhookMessageSerializer(many=True), 400, 401, 404),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class MessageView(APIView):
    scopes = {"GET": WEBHOOKS}

    @extend_schema(
        operation_id="get_webhook_message",
        summary="A message with its attempts",
        tags=TAG,
        parameters=SEEN,
        responses=answers(200, TriedWebhookMessageSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int, message: int) -> Response:
        found = _find_message(request.user, timezone.now(), pk, message)
        return respond_with(TriedWebhookMessageSerializer(found), request)


class ResendView(APIView):
    scopes = {"POST": WEBHOOKS}

    @extend_schema(
        operation_id="resend_webhook_message",
        summary="Send a message again",
        description="Under the same id, whether it was sent or given up.",
        tags=TAG,
        parameters=[IDEMPOTENCY],
        request=None,
        responses=answers(200, WebhookMessageSerializer, *STEP),
    )
    def post(self, request: Request, pk: int, message: int) -> HttpResponse:
        return respond_once(request, lambda: self.resend(request, pk, message, timezone.now()))

    def resend(self, request: Request, pk: int, message: int, now: datetime) -> Response:
        found = _find_message(request.user, now, pk, message)
        return Response(
            WebhookMessageSerializer(actions.resend_message(found, by=request.user, now=now)).data
        )
