"""即办 over REST: found and settled on the spot; reported, signed for and submitted in one go."""

from datetime import datetime

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from issues.actions.report import LONGEST_TEXT
from issues.actions.settle import settle_at_once
from issues.api.read import IssueRowSerializer
from issues.api.write import PhotosField, ReportSerializer, ReportWithPhotosSerializer
from trail.api.schema import IDEMPOTENCY, answers
from trail.idempotency import respond_once
from trail.scopes import HANDLE


class SettledSerializer(ReportSerializer):
    """A report, and what was done about it at once."""

    result = serializers.CharField(max_length=LONGEST_TEXT, help_text="What was done on the spot.")


class SettledWithPhotosSerializer(ReportWithPhotosSerializer):
    result = serializers.CharField(max_length=LONGEST_TEXT, help_text="What was done on the spot.")
    result_photos = PhotosField(required=False, help_text="Pictures of the result.")


class SettleView(APIView):
    scopes = {"POST": HANDLE}

    @extend_schema(
        operation_id="settle_at_once",
        summary="Report what was settled at once",
        description="By whoever handles at the place that gets it by rule; it is closed at once, or with the check on "
        "the spot where the rules ask for one (state `resolved` until then), and stays outside the three rates. 409 "
        "`settle_danger` for a danger, `settle_on_behalf` for what somebody else must rate or has told (by telephone, "
        "on a visit, in a chat, at a reception; the hotline, residents' feedback), "
        "`settle_not_own` for what goes to others by rule. Location is the address of the issue.",
        tags=["issues"],
        parameters=[IDEMPOTENCY],
        request={"application/json": SettledSerializer, "multipart/form-data": SettledWithPhotosSerializer},
        responses=answers(201, IssueRowSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.settle(request, timezone.now()))

    def settle(self, request: Request, now: datetime) -> Response:
        context = {"request": request, "now": now}
        serializer = SettledWithPhotosSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        issue = settle_at_once(by=request.user, now=now, **serializer.validated_data)
        where = reverse("issues_api:issue", args=[issue.code])
        said = IssueRowSerializer(issue, context=context).data
        return Response(said, status=201, headers={"Location": where})
