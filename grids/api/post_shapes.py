"""What posts look like to other systems, and what is sent to give, change and end them. Never a telephone."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from grids.api.fields import CodeField, PartyField
from grids.api.serializers import VERSION_HELP
from grids.models import Post
from grids.querysets import person_named
from grids.roles import role_choices
from grids.rosters import MOST_WEEKS
from trail.api.fields import MomentField, WordField

# Of leaves and shifts the latest, as on the page of a post.
LISTED = 20


def role_words() -> dict[str, object]:
    return dict(role_choices())


class PersonSerializer(serializers.Serializer):
    username = serializers.CharField(help_text="Sign-in name.")
    name = serializers.CharField(source="display_name", help_text="The name that others see.")


class LeaveSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk", help_text="Its number.")
    starts_at = serializers.DateTimeField(help_text="From when.")
    ends_at = serializers.DateTimeField(help_text="Until when.")


class ShiftSerializer(LeaveSerializer):
    rank = serializers.IntegerField(help_text="Who is called first: 1 before 2.")


class PostSerializer(serializers.Serializer):
    """A person in a role at a unit or body."""

    id = serializers.IntegerField(source="pk", help_text="Its number; the id in addresses.")
    role = WordField(role_words, help_text="What the person is there.")
    place = PartyField(help_text="The unit or body.")
    person = PersonSerializer(source="user", help_text="Who has the post.")
    starts_on = serializers.DateField(help_text="First day.")
    ends_on = serializers.DateField(
        allow_null=True, help_text="First day without the post; null while it is open."
    )
    deputy = PersonSerializer(
        allow_null=True, help_text="Who stands in while the person is on leave; null for nobody."
    )
    on_leave = serializers.BooleanField(source="away", help_text="The person is on leave from this post now.")
    vacant = serializers.SerializerMethodField(
        help_text="Nobody can be reached through it now: on leave, or the account is closed, and no deputy is there."
    )

    version = serializers.IntegerField(help_text=VERSION_HELP)

    def get_vacant(self, post: Post) -> bool:
        return bool(post.unreached)  # type: ignore[attr-defined]


class PostDetailSerializer(PostSerializer):
    leaves = serializers.SerializerMethodField(help_text="Leave, the latest first, 20 at most.")
    shifts = serializers.SerializerMethodField(help_text="Duty roster, the latest first, 20 at most.")

    def get_leaves(self, post: Post) -> LeaveSerializer(many=True):  # type: ignore[valid-type]
        return LeaveSerializer(post.leaves.order_by("-starts_at")[:LISTED], many=True).data

    def get_shifts(self, post: Post) -> ShiftSerializer(many=True):  # type: ignore[valid-type]
        return ShiftSerializer(post.shifts.order_by("-starts_at")[:LISTED], many=True).data


class PersonField(serializers.CharField):
    """A sign-in name; becomes the open account. Context: `request` and `now`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=60, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        name = super().run_validation(data)
        if not name:
            return None
        found = person_named(name, self.context["request"].user, self.context["now"])
        if found is None:
            raise serializers.ValidationError([_("No open account has this sign-in name.")], code="unknown")
        return found


class AppointSerializer(serializers.Serializer):
    """Somebody for a post, at a unit or at a body."""

    person = PersonField(help_text="Sign-in name of who gets it.")
    role = serializers.ChoiceField(role_choices(), help_text="What the person is there.")
    unit = CodeField("unit", required=False, help_text="Code of the unit.")
    body = CodeField("body", required=False, help_text="Instead of `unit`: code of the body.")
    starts_on = serializers.DateField(required=False, help_text="First day; today if left out.")
    ends_on = serializers.DateField(
        required=False, allow_null=True, help_text="First day without the post; open if left out."
    )
    deputy = PersonField(
        required=False, allow_null=True, help_text="Sign-in name of who stands in during leave."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if (data.get("unit") is None) == (data.get("body") is None):
            raise serializers.ValidationError({"unit": [_("Choose either a unit or a body.")]})
        return data


class EndPostSerializer(serializers.Serializer):
    on = serializers.DateField(required=False, help_text="First day without the post; today if left out.")


class DeputySerializer(serializers.Serializer):
    deputy = PersonField(allow_null=True, help_text="Sign-in name of who stands in; null for nobody.")


class TimesSerializer(serializers.Serializer):
    """From one moment to another, with their zone."""

    starts_at = MomentField(help_text="From when.")
    ends_at = MomentField(help_text="Until when.")

    def validate_starts_at(self, moment: datetime) -> datetime:
        return _sane(moment)

    def validate_ends_at(self, moment: datetime) -> datetime:
        return _sane(moment)


def _sane(moment: datetime) -> datetime:
    """Years that a calendar has; the ends of time cannot be moved into another zone."""
    if not 1900 < moment.year < 9000:
        raise serializers.ValidationError([_("Give a date of this century.")], code="far")
    return moment


class NewShiftSerializer(TimesSerializer):
    rank = serializers.IntegerField(
        default=1, min_value=1, max_value=99, help_text="Who is called first: 1 before 2."
    )


class WeeklyShiftsSerializer(serializers.Serializer):
    """Shifts that come again every week."""

    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=6),
        min_length=1,
        max_length=7,
        help_text="On these days of the week: 0 is Monday.",
    )
    begins = serializers.TimeField(help_text="From when, local time.")
    ends = serializers.TimeField(help_text="Until when; not later than `begins`: on the next day.")
    first = serializers.DateField(required=False, help_text="First day; today if left out.")
    weeks = serializers.IntegerField(
        min_value=1, max_value=MOST_WEEKS, help_text="For so many weeks from the first day on."
    )
    rank = serializers.IntegerField(
        default=1, min_value=1, max_value=99, help_text="Who is called first: 1 before 2."
    )


class WhichLeaveSerializer(serializers.Serializer):
    leave = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Number of the leave.")


class WhichShiftSerializer(serializers.Serializer):
    shift = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Number of the shift.")
