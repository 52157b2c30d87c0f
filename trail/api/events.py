"""The feed of events: for systems that keep a cursor and ask again."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from trail.api.fields import MomentField
from trail.api.paging import link_header
from trail.api.schema import answers
from trail.api.sparse import FIELDS, asked_fields, cut
from trail.feeds import SOURCES, event_types, find, row, tell
from trail.models import Event
from trail.numerals import read_whole
from trail.querysets import of_types
from trail.scopes import EVENTS
from trail.windows import START, Position, Window, look

PAGE, MOST, MOST_TYPES = 100, 500, 50
# An event carries the moment at which its transaction began. None lasts as long as this.
LONGEST_TRANSACTION = timedelta(hours=1)


class EventSerializer(serializers.Serializer):
    """What has happened to something, as codes and numbers; a webhook carries the same."""

    id = serializers.CharField(help_text="Its number: the same on the feed and in every webhook.")
    type = serializers.CharField(
        help_text="Kind of subject and what happened, as `issue.report`, `unit.rename`, `body.close`."
    )
    occurred_at = serializers.DateTimeField(
        help_text="When it happened, as its doer says (offline work comes late)."
    )
    recorded_at = serializers.DateTimeField(help_text="When it was recorded.")
    subject = serializers.CharField(
        help_text="Code of what it happened to: an issue's tracking code, the code of a unit or a body."
    )
    seq = serializers.IntegerField(
        help_text="Counts the events of one subject from 1. Order those of one subject by it; there may be gaps."
    )
    district = serializers.CharField(allow_null=True, help_text="Code of the district that it lies in.")
    unit = serializers.CharField(allow_null=True, help_text="Code of the smallest unit that it lies in.")
    data = serializers.DictField(
        help_text="Codes and numbers that belong to it; read the rest over REST, with your own sight."
    )


class EventPageSerializer(serializers.Serializer):
    next = serializers.CharField(help_text="Where to ask next time; never null.")
    cursor = serializers.CharField(
        help_text="The position to keep; `next` contains it. Opaque; good as long as the platform stands."
    )
    more = serializers.BooleanField(help_text="There is more already: ask at once. Else ask in a while.")
    results = EventSerializer(many=True, help_text="The oldest first. May be few or none although `more`.")


class EventQuerySerializer(serializers.Serializer):
    type = serializers.ListField(
        child=serializers.CharField(max_length=61, help_text="A type."),
        max_length=MOST_TYPES,
        required=False,
        help_text="Only of this type, as `issue.report`; may be repeated.",
    )
    subject = serializers.CharField(
        max_length=40,
        required=False,
        help_text="Only of what has this code: an issue's tracking code, the code of a unit or a body.",
    )
    since = MomentField(
        required=False, help_text="Only what was recorded at this moment or later, with its zone."
    )
    cursor = serializers.CharField(
        max_length=80, required=False, help_text="Where to go on: from `cursor` or `next`, not made up."
    )
    page_size = serializers.IntegerField(
        min_value=1, max_value=MOST, default=PAGE, help_text="At most so many at a time."
    )

    def validate_type(self, types: list[str]) -> list[str]:
        if strange := sorted(set(types) - set(event_types())):
            raise ValidationError(_("There is no such type: %(types)s.") % {"types": ", ".join(strange)})
        return types

    def validate_cursor(self, cursor: str) -> Position:
        return read_cursor(cursor)


@dataclass(frozen=True)
class _Wish:
    """What is asked for."""

    after: Position
    wanted: Q
    size: int
    about: tuple[str, int] | None = None
    # Of something that is not there, or not the caller's to see.
    nothing: bool = False


class EventListView(APIView):
    scopes = {"GET": EVENTS}

    @extend_schema(
        operation_id="list_events",
        summary="Events",
        description="What has happened to the issues, units and bodies that the caller may see, the oldest first. Keep "
        "`cursor` and ask again with it: nothing is skipped, however late it was written, and nothing comes twice. "
        "Without a cursor it begins at the first event, or at `since`.",
        tags=["events"],
        parameters=[EventQuerySerializer, FIELDS],
        responses=answers(200, EventPageSerializer, 400, 401),
    )
    def get(self, request: Request) -> Response:
        query = EventQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = asked_fields(request, EventSerializer)
        now = timezone.now()
        wish = _wish(query.validated_data, request.user, now)
        window = Window(wish.after)
        if not wish.nothing:
            window = look(wish.after, wanted=wish.wanted, about=wish.about, limit=wish.size)
        told = tell(window.rows, request.user, now)
        cursor, address = write_cursor(window.end), request.build_absolute_uri()
        links = {
            "first": remove_query_param(address, "cursor"),
            "next": replace_query_param(address, "cursor", cursor),
        }
        rows = [cut(row(event, told[event.pk]), asked) for event in window.rows if event.pk in told]
        said = {"next": links["next"], "cursor": cursor, "more": window.more, "results": rows}
        return Response(said, headers={"Link": link_header(links)})


def _wish(asked: dict[str, Any], user: Any, now: datetime) -> _Wish:
    after, wanted = asked.get("cursor", START), Q(subject_type__in=list(SOURCES))
    types = asked.get("type") or []
    if types:
        wanted &= of_types(types)
    if since := asked.get("since"):
        wanted &= Q(recorded_at__gte=since)
        after = max(after, _before(since))
    if code := asked.get("subject"):
        about = find(code, user, now, {one.partition(".")[0] for one in types})
        return _Wish(after, wanted, asked["page_size"], about, nothing=about is None)
    return _Wish(after, wanted, asked["page_size"])


def _before(moment: datetime) -> Position:
    """A position before everything that was recorded from this moment on: transactions are numbered when they first
    write, so whatever ended before it has a lower number."""
    try:
        earlier = Event.objects.filter(recorded_at__lt=moment - LONGEST_TRANSACTION)
    except OverflowError:
        return START
    found = earlier.order_by("-recorded_at").values_list("xact_id", "pk").first()
    return found or START


def write_cursor(position: Position) -> str:
    """A position as clients keep it."""
    xact, pk = position
    return base64.urlsafe_b64encode(f"{xact}.{pk}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> Position:
    """The position. Raises ValidationError for what was not written here."""
    try:
        plain = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        plain = ""
    xact, _dot, pk = plain.partition(".")
    found = read_whole(xact), read_whole(pk)
    if found[0] is None or found[1] is None:
        raise ValidationError(_("This is no cursor of this list; start at its first page."))
    return found[0], found[1]
