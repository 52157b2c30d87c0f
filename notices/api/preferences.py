"""One's own preferences over REST: what the page "My notices" and the switch of the text size offer."""

import re
from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.reading import SIZES
from notices.channels import texts_go_out
from notices.preference_actions import Preferences, change_preferences, preferences_of, stale
from notices.wishes import CHOOSABLE
from trail.api.schema import ETAG, IDEMPOTENCY, IF_MATCH, SEEN, answers
from trail.api.sparse import FIELDS, asked_fields, shown
from trail.conditions import Tagged, asked_tags, etag_of, holds_still
from trail.idempotency import respond_once
from trail.problems import answer_with, document_of
from trail.refusals import Stale
from trail.scopes import HANDLE, READ

TAGS = ["notices"]
_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"


@extend_schema_field({"type": "string", "pattern": f"^{_CLOCK}$"})
class ClockField(serializers.Field):
    """A time of day by the clock of the platform's zone: "22:00"."""

    def to_internal_value(self, data: Any) -> time:
        if not isinstance(data, str) or not re.fullmatch(_CLOCK, data):
            raise serializers.ValidationError(_("A time of day, as 07:30."))
        return time.fromisoformat(data)

    def to_representation(self, value: time) -> str:
        return f"{value:%H:%M}"


class PreferencesSerializer(serializers.Serializer):
    """What one has chosen, the usual where that is nothing."""

    by_text = serializers.ListField(
        child=serializers.ChoiceField(CHOOSABLE),
        help_text="What comes as a text message too, by urgency. Danger always does, mere information never.",
    )
    quiet_from = ClockField(
        source="wishes.quiet_from",
        help_text="When the quiet hours begin, by the clock of the platform. What falls into them comes at their end, "
        "danger at once.",
    )
    quiet_until = ClockField(
        source="wishes.quiet_until", help_text="When they end. The same time twice: no quiet hours."
    )
    weekly = serializers.BooleanField(
        source="wishes.weekly", help_text="Once a week a notice of how much is with one."
    )
    text_size = serializers.ChoiceField(list(SIZES), help_text="In what size the pages are shown.")
    language = serializers.ChoiceField(
        settings.LANGUAGES,
        help_text="In which language one is told: text messages, the calendar, what is found in sheets.",
    )
    text_messages = serializers.BooleanField(
        help_text="Do text messages reach this account? Not without a mobile number, and only where the platform sends "
        "any. What is chosen is kept, and holds once they do."
    )


class ChangePreferencesSerializer(serializers.Serializer):
    """What is to be otherwise."""

    by_text = serializers.ListField(
        child=serializers.ChoiceField(CHOOSABLE),
        max_length=len(CHOOSABLE),
        required=False,
        help_text="What is to come as a text message too, by urgency; all of it, an empty list for nothing.",
    )
    quiet_from = ClockField(required=False, help_text="When the quiet hours begin.")
    quiet_until = ClockField(required=False, help_text="When they end; at most 16 hours later.")
    weekly = serializers.BooleanField(
        required=False, help_text="Once a week a notice of how much is with one?"
    )
    text_size = serializers.ChoiceField(
        list(SIZES), required=False, help_text="In what size the pages are to be shown."
    )
    language = serializers.ChoiceField(
        settings.LANGUAGES, required=False, help_text="In which language one wants to be told."
    )

    def validate_by_text(self, chosen: list[str]) -> frozenset[str]:
        return frozenset(chosen)


class PreferencesView(APIView):
    scopes = {"GET": READ, "PATCH": HANDLE}

    @extend_schema(
        operation_id="get_preferences",
        summary="My preferences",
        description="What reaches one besides the inbox and when, in which language, and the size of the text. The "
        "account of another system has none: 403, code `service`.",
        tags=TAGS,
        parameters=SEEN,
        responses=answers(200, PreferencesSerializer, 401, 403),
    )
    def get(self, request: Request) -> Response:
        return Tagged(_shown(preferences_of(request.user), request), request)

    @extend_schema(
        operation_id="change_preferences",
        summary="Change my preferences",
        description="What is named is changed, the rest stays. With If-Match only if they are still what was seen: the "
        "whole tag counts, since preferences have no version.",
        tags=TAGS,
        parameters=[FIELDS, IDEMPOTENCY, IF_MATCH, ETAG],
        request={"application/json": ChangePreferencesSerializer},
        responses=answers(200, PreferencesSerializer, 400, 401, 403, 409, 412, 413, 422),
    )
    def patch(self, request: Request) -> HttpResponse:
        try:
            return respond_once(request, lambda: self.change(request, timezone.now()), conditional=True)
        except Stale as refused:
            return answer_with(document_of(refused) | {"status": 412})

    def change(self, request: Request, now: datetime) -> Response:
        before = preferences_of(request.user)
        serializer = ChangePreferencesSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        if not holds_still(request, etag_of(JSONRenderer().render(_shown(before, request)))):
            raise stale()
        seen = None if asked_tags(request) is None else before
        after = change_preferences(serializer.validated_data, by=request.user, now=now, seen=seen)
        return Tagged(_shown(after, request), request)


def _shown(preferences: Preferences, request: Request) -> Any:
    """In the fields that are asked for."""
    told = {
        "wishes": preferences.wishes,
        "by_text": sorted(preferences.wishes.by_text),
        "text_size": preferences.text_size,
        "language": preferences.language,
        "text_messages": texts_go_out() and bool(request.user.phone_hash),
    }
    return shown(PreferencesSerializer(told), asked_fields(request, PreferencesSerializer))
