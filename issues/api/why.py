"""Why did this go there: what decided, as a key, a sentence and the version of the rule."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.models import Policy
from issues.api.detail import find_issue
from issues.sights import reads_inside
from issues.why import REASONS, why
from trail.api.schema import SEEN, answers
from trail.api.views import respond_with
from trail.scopes import READ

NOTHING = {"reason": None, "sentence": "", "policy": None, "moved": False}


class DecidedBySerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk", help_text="Number of the version.")
    unit = serializers.CharField(source="unit.code", help_text="Code of the unit whose rule it is.")
    key = serializers.CharField(help_text="Key of the kind of rule.")
    effective_from = serializers.DateTimeField(help_text="Since when it held.")


class WhySerializer(serializers.Serializer):
    """All null or empty where no rule decided, or for those who do not read it as staff."""

    reason = serializers.ChoiceField(
        sorted(REASONS), allow_null=True, help_text="What decided. Never changes."
    )
    sentence = serializers.CharField(
        allow_blank=True, help_text="The same in the reader's language, with names."
    )
    policy = DecidedBySerializer(
        allow_null=True, help_text="The version that decided; null where no district's rule did."
    )
    moved = serializers.BooleanField(help_text="Others have moved it on since.")


class WhyView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="explain_issue",
        summary="Why did this go there?",
        description="The last time that a rule said to whom the issue belongs. For staff, as on its page.",
        tags=["issues"],
        parameters=SEEN,
        responses=answers(200, WhySerializer, 401, 404),
    )
    def get(self, request: Request, code: str) -> Response:
        now = timezone.now()
        issue = find_issue(code, request.user, now)
        found = why(issue) if reads_inside(issue, request.user, now) else None
        told: dict[str, Any] = NOTHING
        if found:
            policy = Policy.objects.select_related("unit").filter(pk=found.policy).first()
            told = {
                "reason": found.reason,
                "sentence": found.sentence,
                "policy": policy,
                "moved": found.moved,
            }
        return respond_with(WhySerializer(told), request)
