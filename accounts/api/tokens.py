"""One's own tokens over REST: look, make another, revoke one. None is ever shown again."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions import issue_token, revoke_token
from accounts.api.scopes import check_scope
from accounts.models import Grant
from trail.api.fields import MomentField
from trail.api.paging import Key, whole_key
from trail.api.schema import IDEMPOTENCY, SHOWN_ALREADY, answers
from trail.api.views import ListView
from trail.idempotency import respond_once, shown_once
from trail.scopes import SCOPES, TOKENS

LONGEST = timedelta(days=366)
TAG = ["auth"]


class TokenSerializer(serializers.Serializer):
    """A token, without what opens anything."""

    id = serializers.IntegerField(help_text="Its number; with it you revoke it.")
    name = serializers.CharField(allow_blank=True, help_text="What it is called.")
    begins_with = serializers.SerializerMethodField(help_text="Its first characters, to tell it by.")
    scopes = serializers.SerializerMethodField(help_text="What it is good for.")
    created_at = serializers.DateTimeField(source="token.created", help_text="When it was made.")
    expires_at = serializers.DateTimeField(
        source="token.expiry", allow_null=True, help_text="When it stops working; null: when it is revoked."
    )
    last_used_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was last used, to the minute; null: not yet."
    )

    def get_begins_with(self, grant: Grant) -> str:
        return str(grant.token.token_key[:8])

    def get_scopes(self, grant: Grant) -> list[str]:
        return sorted(grant.scope_set)


class NewTokenSerializer(serializers.Serializer):
    """A token that is wanted."""

    name = serializers.CharField(
        max_length=60, help_text="What you will know it by: the program that uses it."
    )
    scopes = serializers.MultipleChoiceField(
        choices=list(SCOPES.items()),
        allow_empty=False,
        help_text="What it is to be good for; with a token none that this one does not have.",
    )
    expires_at = MomentField(help_text="When it stops working, with its zone; at most 366 days from now.")

    def validate_expires_at(self, moment: datetime) -> datetime:
        if not self.context["now"] < moment <= self.context["now"] + LONGEST:
            raise serializers.ValidationError(_("In the future, at most 366 days from now."), code="expiry")
        return moment


class MadeTokenSerializer(TokenSerializer):
    token = serializers.CharField(
        allow_null=True,
        help_text="Shown in this answer only: send it as `Authorization: Token …`. Null when the request is repeated: "
        "nobody keeps it.",
    )
    shown_already = serializers.BooleanField(help_text=SHOWN_ALREADY)


class TokenListView(ListView):
    has_addresses = False  # a token is only in the list
    queryset = Grant.objects.none()
    serializer_class = TokenSerializer
    filter_backends = ()
    scopes = {"GET": TOKENS, "POST": TOKENS}

    def get_queryset(self) -> QuerySet:
        return Grant.objects.of(self.request.user)

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "newest", [whole_key("pk", descending=True)]

    @extend_schema(
        operation_id="list_tokens",
        summary="My tokens",
        description="Those of the account that asks, the newest first. The tokens themselves are kept by nobody.",
        tags=TAG,
        responses=answers(200, TokenSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="make_token",
        summary="Make a token",
        description="For a person; the tokens of a service account are made by the administrators of its district. "
        "Keep the token: it is in this answer only. The same request again, with its Idempotency-Key, makes no other one "
        "and says what the first is called, without it: if the answer was lost on its way, revoke that one and make "
        "another.",
        tags=TAG,
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": NewTokenSerializer},
        responses=answers(201, MadeTokenSerializer, 400, 401, 403, 409, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        """What is kept under an Idempotency-Key is without the token, of which only the digest exists."""
        tokens: list[str] = []
        kept = respond_once(request, lambda: self.make(request, tokens, timezone.now()))
        return shown_once(kept, "token", tokens[0] if tokens else None)

    def make(self, request: Request, tokens: list[str], now: datetime) -> Response:
        serializer = NewTokenSerializer(data=request.data, context={"now": now})
        serializer.is_valid(raise_exception=True)
        for scope in sorted(serializer.validated_data["scopes"]):
            check_scope(request.auth, scope)
        token = issue_token(request.user, by=request.user, now=now, **serializer.validated_data)
        grant = Grant.objects.of(request.user).filter(token__token_key=token[:15])[0]
        tokens.append(token)
        return Response(TokenSerializer(grant).data, status=201)


class TokenRevokeView(APIView):
    scopes = {"POST": TOKENS}

    @extend_schema(
        operation_id="revoke_token",
        summary="Revoke a token",
        description="One of one's own, by its number. The next request with it is a 401.",
        tags=TAG,
        parameters=[IDEMPOTENCY],
        request=None,
        responses=answers(204, None, 401, 404, 422),
    )
    def post(self, request: Request, pk: int) -> HttpResponse:
        return respond_once(request, lambda: self.revoke(request, pk, timezone.now()))

    def revoke(self, request: Request, pk: int, now: datetime) -> Response:
        grant = Grant.objects.of(request.user).filter(pk=pk).first()
        if grant is None:
            raise Http404
        revoke_token(grant.token, by=request.user, now=now)
        return Response(status=204)
