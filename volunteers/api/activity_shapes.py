"""What activities, their shifts and sign-ups, and series look like to other systems, and what is asked about them.

People are shown as they are known to others; the code of an issue that an activity helps to solve is for those who see it.
"""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers

from grids.api.fields import CodeField, PartyField
from issues.models import Issue
from trail.api.fields import MomentField, WordField
from trail.numerals import MOST_ID
from volunteers.actions.activities import NewShift
from volunteers.activities import sign_up_choices, state_choices
from volunteers.hours import MOST_MINUTES
from volunteers.models import Shift, Station, Team
from volunteers.models.activities import PLACE, RESULT, TITLE, WHAT
from volunteers.series import rhythm_choices
from volunteers.shifts import LONGEST_FREE_CANCEL, MOST_PLACES, MOST_SHIFTS

# Codes on the screen have 12; a scanner may bring blanks along.
LONGEST_CODE = 40
MOST_RECORDS = 5_000


def state_words() -> dict[str, Any]:
    return dict(state_choices())


def sign_up_words() -> dict[str, Any]:
    return dict(sign_up_choices())


def rhythm_words() -> dict[str, Any]:
    return dict(rhythm_choices())


def whole(text: str, **options: Any) -> serializers.IntegerField:
    """The number of something that is sent."""
    return serializers.IntegerField(min_value=1, max_value=MOST_ID, help_text=text, **options)


def verbs(text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(help_text="A verb."), help_text=text)


def known(rows: QuerySet, name: Any, field: str = "", **named: Any) -> Any:
    """The one that is named so among these rows, which the caller sees. Raises ValidationError (of this field): one that
    is not the caller's to see is as unknown as one that does not exist. `name`: as the caller wrote it."""
    found = rows.filter(**named).first()
    if found is None:
        message = [_("There is no %(code)s, or it is not yours to see.") % {"code": name}]
        raise serializers.ValidationError({field: message} if field else message, code="unknown")
    return found


class WhenField(MomentField):
    """A moment of this century: with others no time can be reckoned."""

    def to_internal_value(self, value: Any) -> datetime:
        moment = super().to_internal_value(value)
        if not 2000 <= moment.year < 2100:
            raise serializers.ValidationError([_("Give a time of this century.")], code="century")
        return moment


# --- activities -------------------------------------------------------------------------------------------
class ActivityShiftSerializer(serializers.Serializer):
    """A time and its places."""

    id = serializers.IntegerField(help_text="Number of the shift.")
    starts_at = serializers.DateTimeField(help_text="When it begins.")
    ends_at = serializers.DateTimeField(help_text="When it ends.")
    places = serializers.IntegerField(help_text="How many places it has.")
    taken = serializers.IntegerField(help_text="How many of them are taken.")
    free = serializers.SerializerMethodField(help_text="How many are left; without any one waits.")
    cancelled_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was called off; null: it takes place, or did."
    )
    reason = serializers.CharField(allow_blank=True, help_text="Why it was called off.")

    def get_free(self, shift: Shift) -> int:
        return 0 if shift.cancelled_at else shift.places - shift.taken


class ActivitySerializer(serializers.Serializer):
    """What volunteers do together at one place."""

    id = serializers.IntegerField(help_text="Number of the activity.")
    version = serializers.IntegerField(help_text="Number of its last event, for If-Match.")
    title = serializers.CharField(help_text="Its title.")
    what = serializers.CharField(help_text="What is done.")
    unit = PartyField(help_text="The unit that it is at.")
    place = serializers.CharField(allow_blank=True, help_text="Where one meets.")
    station = serializers.IntegerField(
        source="station_id",
        allow_null=True,
        help_text="Number of the station where one meets; null for none.",
    )
    team = serializers.IntegerField(
        source="team_id", allow_null=True, help_text="Number of the team that does it; null for none."
    )
    issue = serializers.CharField(
        source="issue_code",
        allow_null=True,
        help_text="Tracking code of the issue that it helps to solve; null for none, and to others.",
    )
    series = serializers.IntegerField(
        source="series_id",
        allow_null=True,
        help_text="Number of the series that it is one of; null for none.",
    )
    series_on = serializers.DateField(allow_null=True, help_text="Of a series: the day that it is for.")
    state = WordField(state_words, help_text="How far it is.")
    starts_at = serializers.DateTimeField(help_text="When its first shift that is not called off begins.")
    ends_at = serializers.DateTimeField(help_text="When its last such shift ends.")
    shifts = ActivityShiftSerializer(
        many=True, help_text="Its times, the earliest first, along with those that were called off."
    )
    free_cancel_hours = serializers.IntegerField(
        help_text="A place is given up freely until so many hours before the shift; then it is a late cancel, unless one "
        "has the place, or the shift its times, only since then."
    )
    result = serializers.CharField(allow_blank=True, help_text="What came of it, or why it was cancelled.")
    created_at = serializers.DateTimeField(help_text="When it was made.")
    opened_at = serializers.DateTimeField(allow_null=True, help_text="When it was opened; null for a draft.")
    settled_at = serializers.DateTimeField(allow_null=True, help_text="When it was settled.")
    allowed = verbs("What the caller may do about it now, as verbs of its addresses and of its sign-ups'.")


class LeftOutSerializer(serializers.Serializer):
    """Somebody whose hours did not go through with the others'."""

    sign_up = serializers.IntegerField(source="service.sign_up_id", help_text="Number of the sign-up.")
    service_record = serializers.IntegerField(
        source="service.pk", allow_null=True, help_text="Number of the record; null where none was made."
    )
    known_as = serializers.CharField(
        source="service.volunteer.shown_name", help_text="The alias, else the first letter of the name."
    )
    code = serializers.CharField(source="why.code", help_text="`overlap` or `day_full`.")
    reason = serializers.CharField(source="why", help_text="Why, in words.")


class SortedOutSerializer(ActivitySerializer):
    left_out = LeftOutSerializer(many=True, help_text="For whose hours the day has no room.")


class ActivityFactsSerializer(serializers.Serializer):
    """What is said of an activity in words; what is left out stays."""

    title = serializers.CharField(min_length=2, max_length=TITLE, required=False, help_text="Its title.")
    what = serializers.CharField(
        min_length=2, max_length=WHAT, required=False, help_text="What is done. Name no persons."
    )
    place = serializers.CharField(
        max_length=PLACE, required=False, allow_blank=True, help_text="Where one meets."
    )
    free_cancel_hours = serializers.IntegerField(
        min_value=0,
        max_value=LONGEST_FREE_CANCEL,
        required=False,
        help_text="A place is given up freely until so many hours before the shift.",
    )


class NewActivityShiftSerializer(serializers.Serializer):
    starts_at = WhenField(help_text="When it begins, with its zone.")
    ends_at = WhenField(help_text="When it ends, within a day.")
    places = serializers.IntegerField(
        min_value=1, max_value=MOST_PLACES, help_text="How many may take part at this time."
    )

    def validate(self, said: dict[str, Any]) -> NewShift:
        return NewShift(**said)


class NewActivitySerializer(ActivityFactsSerializer):
    """Context: `request` and `now`. Of teams, stations and issues those that the caller sees are known."""

    title = serializers.CharField(min_length=2, max_length=TITLE, help_text="Its title.")
    what = serializers.CharField(min_length=2, max_length=WHAT, help_text="What is done. Name no persons.")
    shifts = serializers.ListField(
        child=NewActivityShiftSerializer(help_text="A time."),
        min_length=1,
        max_length=MOST_SHIFTS,
        help_text="When, and how many may take part.",
    )
    unit = CodeField(
        "unit",
        required=False,
        help_text="Code of the unit that it is at; left out: the community of the team, or of the issue.",
    )
    team = whole("Number of the team that does it.", required=False)
    station = whole("Number of the station where one meets.", required=False)
    issue = serializers.CharField(
        max_length=40, required=False, help_text="Tracking code of the issue that it helps to solve."
    )

    def validate_team(self, number: int) -> Team:
        return self._seen(Team.objects.select_related("unit", "leader").in_reach, number, pk=number)

    def validate_station(self, number: int) -> Station:
        return self._seen(Station.objects.in_reach, number, pk=number)

    def validate_issue(self, code: str) -> Issue:
        return self._seen(Issue.objects.visible_to, code, code=code)

    def _seen(self, door: Any, name: Any, **named: Any) -> Any:
        return known(door(self.context["request"].user, self.context["now"]), name, **named)


class CancelSerializer(serializers.Serializer):
    reason = serializers.CharField(
        min_length=2,
        max_length=RESULT,
        help_text="Why it, or what is left of it, does not take place; everybody with a claim reads it.",
    )


class ShiftTimesSerializer(serializers.Serializer):
    starts_at = WhenField(help_text="When it begins from now on, with its zone; on the same day.")
    ends_at = WhenField(help_text="When it ends from now on, within a day.")


class PlacesSerializer(serializers.Serializer):
    places = serializers.IntegerField(
        min_value=1, max_value=MOST_PLACES, help_text="How many places it has from now on."
    )


class SettleSerializer(serializers.Serializer):
    result = serializers.CharField(
        max_length=RESULT,
        required=False,
        default="",
        allow_blank=True,
        help_text="What came of it; goes back to the issue that it helped to solve.",
    )


class MinutesOfSerializer(serializers.Serializer):
    sign_up = whole("Number of the sign-up.")
    minutes = serializers.IntegerField(min_value=0, max_value=MOST_MINUTES, help_text="Minutes of presence.")


class HandInSerializer(serializers.Serializer):
    minutes = serializers.ListField(
        child=MinutesOfSerializer(help_text="Of one who came."),
        max_length=MOST_RECORDS,
        required=False,
        default=list,
        help_text="Where check-in and check-out do not tell it; of the others these count.",
    )


class ConfirmSerializer(serializers.Serializer):
    only = serializers.ListField(
        child=whole("Number of a record."),
        max_length=MOST_RECORDS,
        required=False,
        help_text="These records alone; all that the caller may confirm if left out.",
    )


class CheckInCodeSerializer(serializers.Serializer):
    """What the screen of whoever leads shows."""

    code = serializers.CharField(help_text="Those who come send it; good for this minute and the next.")
    seconds_left = serializers.IntegerField(help_text="Until there is another one: 1 to 60.")


# --- sign-ups ---------------------------------------------------------------------------------------------
class SignUpSerializer(serializers.Serializer):
    """That a volunteer wants to come to a shift, and what became of it."""

    id = serializers.IntegerField(help_text="Number of the sign-up.")
    version = serializers.IntegerField(
        source="activity.version", help_text="Version of its activity, by which its steps go."
    )
    activity = serializers.IntegerField(source="activity_id", help_text="Number of the activity.")
    title = serializers.CharField(source="activity.title", help_text="Title of the activity.")
    shift = serializers.IntegerField(source="shift_id", help_text="Number of the shift.")
    starts_at = serializers.DateTimeField(source="shift.starts_at", help_text="When the shift begins.")
    ends_at = serializers.DateTimeField(source="shift.ends_at", help_text="When the shift ends.")
    volunteer = serializers.IntegerField(source="volunteer_id", help_text="Number of the volunteer.")
    known_as = serializers.CharField(
        source="volunteer.shown_name", help_text="The alias, else the first letter of the name."
    )
    state = WordField(sign_up_words, help_text="Has a place, waits for one, or what became of it.")
    signed_up_at = serializers.DateTimeField(help_text="When they signed up.")
    moved_up_at = serializers.DateTimeField(
        allow_null=True, help_text="When they moved up from the waiting list, if they have."
    )
    ended_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was given up, or they were missed."
    )
    checked_in_at = serializers.DateTimeField(allow_null=True, help_text="From when on they were there.")
    checked_out_at = serializers.DateTimeField(
        allow_null=True, help_text="When they left; null: the end of the shift counts."
    )
    allowed = verbs("What the caller may do about it now.")


class NewSignUpSerializer(serializers.Serializer):
    shift = whole("Number of the shift, one of this activity.")
    volunteer = whole("Number of the volunteer; oneself if left out.", required=False)
    confirmed = serializers.BooleanField(
        required=False,
        default=False,
        help_text="That another shift of theirs is less than half an hour before or after is known, and works.",
    )
    code = serializers.CharField(
        max_length=LONGEST_CODE,
        required=False,
        default="",
        allow_blank=True,
        help_text="The code on the screen at this moment, for whoever is there once the shift has begun.",
    )


class CheckSerializer(serializers.Serializer):
    code = serializers.CharField(
        max_length=LONGEST_CODE,
        required=False,
        default="",
        allow_blank=True,
        help_text="The code on the screen at this moment. Those who run it tick their list: without it.",
    )
    occurred_at = MomentField(
        required=False,
        help_text="When it was, if earlier: for those who run it. What lies before the time for checking in, or ahead, is "
        "taken as the nearest moment that can be.",
    )


# --- series -----------------------------------------------------------------------------------------------
class SeriesSerializer(serializers.Serializer):
    """An activity that comes again, as one of them was."""

    id = serializers.IntegerField(help_text="Number of the series.")
    activity = serializers.IntegerField(
        source="source_id", help_text="Number of the activity that is repeated."
    )
    title = serializers.CharField(source="source.title", help_text="Title of the activity that is repeated.")
    rhythm = WordField(rhythm_words, help_text="How often.")
    first_on = serializers.DateField(help_text="Day of that activity.")
    until = serializers.DateField(help_text="Until and with this day.")
    next_on = serializers.DateField(allow_null=True, help_text="Day of the next one to be made; null: none.")
    created_at = serializers.DateTimeField(help_text="Since when it repeats.")
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it ended, if it has.")


class RepeatSerializer(serializers.Serializer):
    rhythm = serializers.ChoiceField(rhythm_choices(), help_text="How often.")
    until = serializers.DateField(help_text="Last day on which it comes, within a year.")
