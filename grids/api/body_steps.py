"""Bodies over REST: adding one, correcting it, closing it; by the same actions as the staff admin."""

from datetime import datetime
from typing import Any

from django.http import Http404
from rest_framework import serializers

from grids.actions.authority import require
from grids.actions.bodies import add_body, change_body, close_body
from grids.api.fields import CodeField, find_bodies
from grids.api.serializers import BodySerializer
from grids.api.steps import step_view
from grids.body_kinds import body_kind_choices
from grids.models import Body


class BodyFactsSerializer(serializers.Serializer):
    """What is to be different; what is left out stays."""

    name = serializers.CharField(required=False, max_length=100, help_text="Its name.")
    phone = serializers.CharField(
        required=False, allow_blank=True, max_length=30, help_text="Office telephone; public."
    )
    approves_replies = serializers.BooleanField(
        required=False, help_text="What an officer writes is submitted when the head agrees."
    )


class NewBodySerializer(BodyFactsSerializer):
    unit = CodeField("unit", help_text="Code of the district or street that it belongs to.")
    kind = serializers.ChoiceField(body_kind_choices(), help_text="What kind of body it is; stays.")
    code = serializers.CharField(
        max_length=40, help_text="2 to 40 letters, digits, - and _; the id in addresses; stays."
    )
    name = serializers.CharField(max_length=100, help_text="Its name.")


def add(data: dict[str, Any], *, by: Any, now: datetime) -> Body:
    """A new body from what NewBodySerializer read."""
    return add_body(data["unit"], by=by, now=now, **{key: data[key] for key in data if key != "unit"})


def _find(user: Any, now: datetime, code: str) -> Body:
    found = find_bodies([code], user, now) if code.isprintable() else {}
    if code not in found:
        raise Http404
    return found[code]


def _ask(body: Body, user: Any, now: datetime) -> None:
    require(user, "manage_units", body, now)


def _change(body: Body, data: dict[str, Any], *, by: Any, now: datetime) -> Body:
    return change_body(body, by=by, now=now, **data)


def _close(body: Body, data: dict[str, Any], *, by: Any, now: datetime) -> Body:
    return close_body(body, by=by, now=now)


STEPS = {
    "change": step_view(
        "change_body",
        "Correct a body",
        "Its name, office telephone, or whether its head approves replies.",
        find=_find,
        ask=_ask,
        act=_change,
        takes=BodyFactsSerializer,
        gives=BodySerializer,
    ),
    "close": step_view(
        "close_body",
        "Close a body",
        "It is no more: its posts end, and what it still has is covered from above. Closed already: nothing happens.",
        find=_find,
        ask=_ask,
        act=_close,
        gives=BodySerializer,
    ),
}
