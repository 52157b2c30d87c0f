"""Bodies over REST: adding one, correcting it, closing it; by the same actions as the staff admin."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers

from grids.actions.authority import allows, require
from grids.actions.bodies import add_body, change_body, close_body
from grids.api.fields import CodeField
from grids.api.serializers import BodySerializer
from grids.api.steps import step_view
from grids.api.versions import EventStepView, Told
from grids.body_kinds import body_kind_choices
from grids.models import Body
from trail.querysets import version_of


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


def shown_bodies(user: Any, now: datetime) -> QuerySet:
    """Bodies that this person sees, with everything an answer shows."""
    seen = Body.objects.visible_to(user, now).select_related("unit").defer("unit__boundary")
    return seen.annotate(version=version_of("body"))


def find_body(user: Any, now: datetime, code: str) -> Any:
    """A foreign one answers like one that does not exist: Http404. No code holds what cannot be printed."""
    found = shown_bodies(user, now).filter(code=code).first() if code.isprintable() else None
    if found is None:
        raise Http404
    return found


def _ask(body: Body, user: Any, now: datetime) -> None:
    require(user, "manage_units", body, now)


def _change(body: Body, data: dict[str, Any], *, by: Any, now: datetime) -> Body:
    return find_body(by, now, change_body(body, by=by, now=now, **data).code)


def _close(body: Body, data: dict[str, Any], *, by: Any, now: datetime) -> Body:
    return find_body(by, now, close_body(body, by=by, now=now).code)


class BodyStepView(EventStepView):
    subject_type = "body"

    @staticmethod
    def hold(body: Body, data: dict[str, Any]) -> None:
        list(Body.objects.select_for_update(no_key=True).filter(pk=body.pk).values_list("pk"))

    @staticmethod
    def tell(body: Body, user: Any, now: datetime) -> Told:
        current = Body.objects.get(pk=body.pk)
        if not current.is_open:
            return Told("closed", [])
        return Told("open", list(STEPS) if allows(user, "manage_units", current, now) else [])


class CloseBodyView(BodyStepView):
    @staticmethod
    def hold(body: Body, data: dict[str, Any]) -> None:
        list(Body.objects.select_for_update().filter(pk=body.pk).values_list("pk"))


STEPS = {
    "change": step_view(
        "change_body",
        "Correct a body",
        "Its name, office telephone, or whether its head approves replies.",
        find=find_body,
        ask=_ask,
        act=_change,
        takes=BodyFactsSerializer,
        gives=BodySerializer,
        base=BodyStepView,
    ),
    "close": step_view(
        "close_body",
        "Close a body",
        "It is no more: its posts end, and what it still has is covered from above. Closed already: nothing happens.",
        find=find_body,
        ask=_ask,
        act=_close,
        gives=BodySerializer,
        base=CloseBodyView,
    ),
}
