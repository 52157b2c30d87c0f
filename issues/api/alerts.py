"""Alerts of other systems about things and places. There is no field for a person, and no category of one."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.fields import CodeField
from grids.api.geo import CRS, PositionSerializer, crs_of, in_system, unit_at
from issues.actions.alerts import raise_alert
from issues.actions.report import LONGEST_TEXT, SHORTEST_TEXT
from issues.alerts import severity_choices
from issues.api.read import IssueRowSerializer
from issues.api.write import CategoryField, OccurredAtField
from issues.models import Alert
from trail.api.schema import IDEMPOTENCY, answers
from trail.idempotency import respond_once
from trail.scopes import REPORT

# Where a thing stands.
NEAR = ("grid", "building")


class AlertSerializer(PositionSerializer):
    """An alert. The place is a unit's code, or where the position lies: a building or grid (locate_unit)."""

    severity = serializers.ChoiceField(
        severity_choices(),
        help_text="How bad it is. `critical` goes with a category of danger, and only that: its duty posts are "
        "called at once, around the clock.",
    )
    dedupe_key = serializers.CharField(
        max_length=120,
        help_text="Your key for what is wrong. Until its issue has a result, the same key is counted there and "
        "makes no second issue; after it, it makes one.",
    )
    category = CategoryField(
        max_length=40, help_text="Key of a category about things or places; others are refused (409, person)."
    )
    text = serializers.CharField(
        min_length=SHORTEST_TEXT, max_length=LONGEST_TEXT, help_text="What is wrong. Name no persons."
    )
    thing = serializers.CharField(
        required=False, allow_blank=True, max_length=120, help_text="Device or thing, by your name or number."
    )
    place = CodeField("unit", required=False, help_text="Code of the unit where it is.")
    spot = serializers.CharField(required=False, allow_blank=True, max_length=120, help_text="Where exactly.")
    occurred_at = OccurredAtField(required=False, help_text="When it was noticed; now if left out.")

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """The place, by its code or by the position."""
        data = super().validate(data)
        data["place"] = data.get("place") or unit_at(data, self.context, NEAR)
        if data["place"] is None:
            raise serializers.ValidationError({"place": [_("Give a place or a position.")]})
        return data


class AlertAnswerSerializer(serializers.Serializer):
    """What was made of it."""

    dedupe_key = serializers.CharField(help_text="Your key.")
    severity = serializers.CharField(help_text="The worst severity that was sent with this key.")
    thing = serializers.CharField(allow_blank=True, help_text="Device or thing.")
    count = serializers.IntegerField(help_text="How often this key was sent for this issue.")
    last_at = serializers.DateTimeField(help_text="When it was sent last.")
    is_new = serializers.BooleanField(help_text="Whether this alert made the issue.")
    issue = IssueRowSerializer(help_text="The issue.")


class AlertView(APIView):
    scopes = {"POST": REPORT}

    @extend_schema(
        operation_id="raise_alert",
        summary="Raise an alert",
        description="About a thing or a place, never about a person. 201 with a new issue; 200 when the key's "
        "issue has no result yet: then it is counted there. Location is the address of the issue.",
        tags=["issues"],
        parameters=[IDEMPOTENCY, CRS],
        request=AlertSerializer,
        responses=answers(201, AlertAnswerSerializer, 400, 401, 403, 409, 413, 422)
        | answers(200, AlertAnswerSerializer),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.alert(request))

    def alert(self, request: Request) -> Response:
        now, system = timezone.now(), crs_of(request)
        context = {"request": request, "now": now}
        serializer = AlertSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        alert, is_new = raise_alert(by=request.user, now=now, **serializer.validated_data)
        where = reverse("issues_api:issue", args=[alert.issue.code])
        said = AlertAnswerSerializer(_told(alert, is_new), context=context).data
        in_system([said["issue"]["place"]], system)
        return Response(said, status=201 if is_new else 200, headers={"Location": where})


def _told(alert: Alert, is_new: bool) -> dict[str, Any]:
    names = ("dedupe_key", "severity", "thing", "count", "last_at", "issue")
    return {name: getattr(alert, name) for name in names} | {"is_new": is_new}
