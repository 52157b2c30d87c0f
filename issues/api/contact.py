"""A reporter's name and number in the clear over REST, as on the pages: on an occasion, which the trail keeps."""

from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from issues.actions.reveal import reveal_contact
from issues.api.detail import find_issue
from issues.contacts import OCCASIONS
from issues.kinds import choices
from issues.models import Reporter
from trail.api.schema import IDEMPOTENCY, answers
from trail.idempotency import respond_once, with_unkept
from trail.scopes import HANDLE

KEPT_NOWHERE = (
    "Null where the request is repeated with its key: what is in the clear is kept nowhere, look again."
)


class OccasionSerializer(serializers.Serializer):
    """Why one looks."""

    occasion = serializers.ChoiceField(choices(OCCASIONS), help_text="On what occasion; the trail keeps it.")


class ContactSerializer(serializers.Serializer):
    """What the reporter has left."""

    occasion = serializers.CharField(help_text="On what occasion it was looked at.")
    name = serializers.CharField(
        allow_null=True, allow_blank=True, help_text=f"As it was given. {KEPT_NOWHERE}"
    )
    phone = serializers.CharField(
        allow_null=True, allow_blank=True, help_text=f"The whole number. {KEPT_NOWHERE}"
    )


class RevealView(APIView):
    scopes = {"POST": HANDLE}

    @extend_schema(
        operation_id="reveal_contact",
        summary="Look at the contact data",
        description="The reporter's name and number, for those whose post includes contact data and stands at this very "
        "issue. Every look is in the trail: who, when, on what occasion. 409 (no_contact) where none was left, or it was "
        "erased after its time.",
        tags=["issues"],
        parameters=[IDEMPOTENCY],
        request={"application/json": OccasionSerializer},
        responses=answers(200, ContactSerializer, 400, 401, 403, 404, 409, 413, 422),
    )
    def post(self, request: Request, code: str) -> HttpResponse:
        seen: dict[str, str] = {}

        def look() -> Response:
            reporter, occasion = self.look(request, code, timezone.now())
            seen.update(name=reporter.name, phone=reporter.phone)
            return Response({"occasion": occasion, "name": None, "phone": None})

        return with_unkept(respond_once(request, look), seen)

    def look(self, request: Request, code: str, now: datetime) -> tuple[Reporter, str]:
        issue = find_issue(code, request.user, now)
        serializer = OccasionSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        occasion = serializer.validated_data["occasion"]
        return reveal_contact(issue, by=request.user, now=now, occasion=occasion), occasion
