"""Signing in and out for programs: a token that is stored hashed, expires and can be revoked."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework import exceptions, serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions import issue_token, revoke_token
from accounts.api.auth import TokenAuthentication
from accounts.first_passwords import change_first
from trail.api.schema import answers
from trail.scopes import NO_SCOPE

# How long a token from signing in lasts; a longer one is made on the page "API tokens".
LASTS = timedelta(days=30)
# What it is called in the list of one's tokens.
SIGNED_IN = "login"


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema describes it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token ` and the token: made under “API tokens”, by the administrator of the district "
            "for a service account, or by signing in. Each is good for some scopes; an address names the one that "
            "it needs.",
        }


class LoginSerializer(serializers.Serializer):
    username = serializers.CharField(max_length=60, help_text="Sign-in name.")
    password = serializers.CharField(
        max_length=200, trim_whitespace=False, style={"input_type": "password"}, help_text="Password."
    )


class SignedInSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Shown only now. Send it as `Authorization: Token …`.")
    expires_at = serializers.DateTimeField(help_text="When it stops working.")
    username = serializers.CharField(source="user.username", help_text="Sign-in name.")
    display_name = serializers.CharField(source="user.display_name", help_text="Name shown to others.")


class LockedOut(exceptions.Throttled):
    """Too many wrong passwords."""

    extra_detail_singular = extra_detail_plural = ""


class LoginView(APIView):
    """Sign in with name and password; the answer holds a token. Wrong passwords are counted.

    With a first password (set by an administrator) the answer is 403, code `first_password`, until its owner has
    chosen another one on the web page.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def get_authenticate_header(self, request: Request) -> str:
        """So that a wrong password is a 401."""
        return "Token"

    @extend_schema(
        operation_id="login",
        summary="Sign in",
        tags=["auth"],
        request={"application/json": LoginSerializer},
        responses=answers(200, SignedInSerializer, 400, 401, 403, 429),
        auth=[],
    )
    def post(self, request: Request) -> Response:
        serializer = LoginSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        plain = request._request
        user = authenticate(plain, **serializer.validated_data)
        if getattr(plain, "axes_locked_out", False):
            plain.axes_locked_out = False  # else its middleware puts an HTML page over this answer
            raise LockedOut(
                wait=settings.AXES_COOLOFF_TIME * 3600, detail=_("Too many wrong passwords; wait a while.")
            )
        if user is None:
            raise exceptions.AuthenticationFailed(_("Wrong name or password."))
        if user.must_change_password:
            raise change_first()
        now = timezone.now()
        token = issue_token(user, by=user, now=now, expires_at=now + LASTS, name=SIGNED_IN)
        shown = SignedInSerializer({"token": token, "expires_at": now + LASTS, "user": user})
        return Response(shown.data, headers={"Cache-Control": "no-store"})


class LogoutView(APIView):
    """Revoke the token that this request came with."""

    scopes = {"POST": NO_SCOPE}

    @extend_schema(
        operation_id="logout",
        summary="Sign out",
        tags=["auth"],
        request=None,
        responses=answers(204, None, 400, 401),
    )
    def post(self, request: Request) -> Response:
        if not isinstance(request.auth, AuthToken):
            raise exceptions.ParseError(_("This request has no token; sign out in the browser."))
        revoke_token(request.auth, by=request.user, now=timezone.now())
        return Response(status=204)
