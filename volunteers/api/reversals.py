"""Points of a deed (a record of hours, a wish, something reported) taken back and given back over REST, by whoever runs
volunteering where the person is at home. How many they are is told to nobody but their owner."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from rest_framework import serializers

from grids.actions.authority import allows, require
from grids.api.steps import step_view
from grids.standing import standing_of
from issues.api.detail import find_issue
from issues.models import Issue
from trail.api.fields import WordField
from trail.districts import sees_all
from trail.refusals import NotAllowed, Refused
from volunteers.actions.points import reverse_booking
from volunteers.api.hours import find_service
from volunteers.api.point_shapes import booking_words, rule_words
from volunteers.api.points import TAGS
from volunteers.api.wishes import find_wish
from volunteers.deeds import Deed, bookings_of, doer_of
from volunteers.ledger import REVERSALS
from volunteers.models import PointTransfer
from volunteers.querysets import RUNS
from volunteers.tariff import ACTIVITY, HOURS
from volunteers.words import choices

TAKEN = "Once. The person is told, and why; what they have spent is settled from what comes in later."
GIVEN = "Once: that they were taken back was the mistake. So many come back as the deed is worth by now."


class AnswerSerializer(serializers.Serializer):
    """What a counter-entry was booked for, and when."""

    kind = WordField(booking_words, help_text="Taken back, or given back.")
    rule = WordField(rule_words, help_text="What the deed is rewarded for.")
    on = serializers.DateField(source="day", help_text="The day for which it counts.")
    booked_at = serializers.DateTimeField(help_text="When it was booked.")


class OfServiceSerializer(serializers.Serializer):
    rule = serializers.ChoiceField(
        [HOURS, ACTIVITY],
        help_text="Points for the hours of the record, or for having taken part in its activity.",
    )


class WhySerializer(serializers.Serializer):
    why = serializers.ChoiceField(
        choices(REVERSALS), help_text="Why they are taken back; the person reads it."
    )


class TakeOfServiceSerializer(WhySerializer, OfServiceSerializer):
    """Which points of a service record are taken back, and why."""


class TakeOfIssueSerializer(WhySerializer):
    """Why the points for something reported are taken back."""


class TakeOfWishSerializer(WhySerializer):
    """Why the points for a wish are taken back."""


def ask_reverser(deed: Deed, user: Any, now: datetime) -> None:
    """Whoever runs volunteering where the doer is at home. Raises NotAllowed, or Refused("nothing") where nobody has
    points for it."""
    doer = doer_of(deed)
    if doer is None:
        raise Refused(_("Nothing is left of this booking."), code="nothing")
    require(user, RUNS, doer.home, now)
    if doer.user_id == user.pk:
        raise NotAllowed(_("Somebody else decides about your points."), code="own")


def ask_of_issue(issue: Issue, user: Any, now: datetime) -> None:
    """The same. Who reported something is in no answer: whoever runs volunteering nowhere may not ask, and of somebody who
    is at home elsewhere there is as little as of nobody."""
    if not sees_all(user) and not standing_of(user, now).can(RUNS):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")
    doer = doer_of(issue)
    if doer is not None and not allows(user, RUNS, doer.home, now):
        raise Refused(_("Nothing is left of this booking."), code="nothing")
    ask_reverser(issue, user, now)


def find_reported(user: Any, now: datetime, code: str) -> Issue:
    return find_issue(code, user, now)


def _answer(kind: str) -> Callable[..., PointTransfer]:
    """A step that answers what is booked in this way and not answered yet."""

    def act(deed: Deed, told: dict[str, Any], *, by: Any, now: datetime) -> PointTransfer:
        rows = bookings_of(deed).unanswered(kind)
        booking = (rows.filter(rule=told["rule"]) if "rule" in told else rows).first()
        if booking is None:
            raise Refused(_("Nothing is left of this booking."), code="nothing")
        return reverse_booking(booking, by=by, now=now, why=told.get("why", "mistake"))

    return act


_ALL: dict[str, Any] = {"ask": ask_reverser, "gives": AnswerSerializer, "tags": TAGS}
STEPS = {
    "service-records/<int:pk>/take_points/": step_view(
        "take_points_of_service",
        "Take back the points for a record",
        TAKEN,
        find=find_service,
        act=_answer("earn"),
        takes=TakeOfServiceSerializer,
        **_ALL,
    ),
    "service-records/<int:pk>/give_points/": step_view(
        "give_points_of_service",
        "Give back the points for a record",
        GIVEN,
        find=find_service,
        act=_answer("reverse"),
        takes=OfServiceSerializer,
        **_ALL,
    ),
    "wishes/<int:pk>/take_points/": step_view(
        "take_points_of_wish",
        "Take back the points for a wish",
        TAKEN,
        find=find_wish,
        act=_answer("earn"),
        takes=TakeOfWishSerializer,
        **_ALL,
    ),
    "wishes/<int:pk>/give_points/": step_view(
        "give_points_of_wish",
        "Give back the points for a wish",
        GIVEN,
        find=find_wish,
        act=_answer("reverse"),
        **_ALL,
    ),
    "issues/<str:code>/take_points/": step_view(
        "take_points_of_issue",
        "Take back the points for a report",
        TAKEN,
        find=find_reported,
        act=_answer("earn"),
        takes=TakeOfIssueSerializer,
        **_ALL | {"ask": ask_of_issue},
    ),
    "issues/<str:code>/give_points/": step_view(
        "give_points_of_issue",
        "Give back the points for a report",
        GIVEN,
        find=find_reported,
        act=_answer("reverse"),
        **_ALL | {"ask": ask_of_issue},
    ),
}
urlpatterns = [path(address, view.as_view()) for address, view in STEPS.items()]
