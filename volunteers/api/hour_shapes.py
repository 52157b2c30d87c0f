"""What hours look like to other systems: records, corrections, stars, certificates.

A record has the columns that registries of volunteer service take, but for the name: that leaves by a person's hand alone.
"""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from grids.api.fields import CodeField, PartyField
from trail.api.fields import WordField
from volunteers import hours, stars
from volunteers.api.activity_shapes import verbs, whole
from volunteers.certificate_codes import LONGEST
from volunteers.export import deed_of, meeting_place_of, organiser_of
from volunteers.hours import MOST_MINUTES
from volunteers.models import Service
from volunteers.models.hours import REASON, WHAT


def state_words() -> dict[str, Any]:
    return dict(hours.state_choices())


def source_words() -> dict[str, Any]:
    return dict(hours.source_choices())


def correction_words() -> dict[str, Any]:
    return dict(hours.correction_choices())


def basis_words() -> dict[str, Any]:
    return dict(stars.BASES)


class ServiceRecordSerializer(serializers.Serializer):
    """Minutes of one volunteer on one day."""

    id = serializers.IntegerField(help_text="Number of the record.")
    version = serializers.IntegerField(help_text="Number of its last event, for If-Match.")
    volunteer = serializers.IntegerField(source="volunteer_id", help_text="Number of the volunteer.")
    known_as = serializers.CharField(
        source="volunteer.shown_name", help_text="The alias, else the first letter of the name."
    )
    activity = serializers.IntegerField(
        source="activity_id", allow_null=True, help_text="Number of the activity; null for beside any."
    )
    sign_up = serializers.IntegerField(
        source="sign_up_id", allow_null=True, help_text="Number of the sign-up; null for beside any activity."
    )
    title = serializers.SerializerMethodField(help_text="Title of the activity, or what was done beside any.")
    organiser = serializers.SerializerMethodField(help_text="The team whose activity it was, else the unit.")
    unit = PartyField(help_text="The unit that it was at.")
    place = serializers.SerializerMethodField(help_text="Where one met, else the unit.")
    on = serializers.DateField(help_text="The day, in Shanghai; that of the shift's beginning.")
    came_at = serializers.DateTimeField(
        allow_null=True, help_text="From when on they were there, within the shift; null beside any activity."
    )
    went_at = serializers.DateTimeField(
        allow_null=True, help_text="Until when they were there, within the shift; null beside any activity."
    )
    minutes = serializers.IntegerField(help_text="How many minutes it is.")
    source = WordField(source_words, help_text="Where the minutes come from.")
    state = WordField(state_words, help_text="To be confirmed, confirmed, or not accepted.")
    reason = serializers.CharField(allow_blank=True, help_text="Why it was not accepted.")
    proposed_at = serializers.DateTimeField(help_text="When it was handed in.")
    decided_at = serializers.DateTimeField(
        allow_null=True, help_text="When somebody else confirmed it, or did not accept it."
    )
    allowed = verbs("What the caller may do about it now.")

    def get_title(self, one: Service) -> str:
        return deed_of(one)

    def get_organiser(self, one: Service) -> str:
        return organiser_of(one)

    def get_place(self, one: Service) -> str:
        return meeting_place_of(one)


class NewServiceSerializer(serializers.Serializer):
    """Context: `request` and `now`."""

    volunteer = whole("Number of the volunteer; oneself if left out.", required=False)
    on = serializers.DateField(help_text="The day, one of the last year.")
    minutes = serializers.IntegerField(min_value=1, max_value=MOST_MINUTES, help_text="How many minutes.")
    what = serializers.CharField(
        min_length=2, max_length=WHAT, help_text="What was done. Name no other persons."
    )
    unit = CodeField(
        "unit",
        required=False,
        help_text="Code of the unit where it was done; left out: where they are at home.",
    )


class WhyNotSerializer(serializers.Serializer):
    reason = serializers.CharField(min_length=2, max_length=REASON, help_text="Why; the person reads it.")


class HandInAgainSerializer(serializers.Serializer):
    minutes = serializers.IntegerField(min_value=0, max_value=MOST_MINUTES, help_text="Minutes of presence.")


class CorrectionSerializer(serializers.Serializer):
    """What confirmed minutes were and what they should be: both stay, whatever is decided."""

    id = serializers.IntegerField(help_text="Number of the correction.")
    version = serializers.IntegerField(
        source="service.version", help_text="Version of its record, by which its steps go."
    )
    service_record = serializers.IntegerField(source="service_id", help_text="Number of the record.")
    volunteer = serializers.IntegerField(source="service.volunteer_id", help_text="Number of the volunteer.")
    was = serializers.IntegerField(help_text="Minutes before.")
    minutes = serializers.IntegerField(help_text="Minutes that are asked for.")
    reason = serializers.CharField(help_text="Why.")
    state = WordField(correction_words, help_text="To be decided, granted, or not granted.")
    asked_at = serializers.DateTimeField(help_text="When it was asked for.")
    decided_at = serializers.DateTimeField(allow_null=True, help_text="When it was decided.")
    allowed = verbs("What the caller may do about it now.")


class AskCorrectionSerializer(serializers.Serializer):
    minutes = serializers.IntegerField(
        min_value=0, max_value=MOST_MINUTES, help_text="How many minutes are right; 0 for none at all."
    )
    reason = serializers.CharField(min_length=2, max_length=REASON, help_text="Why.")


class StarsSerializer(serializers.Serializer):
    """Stars for hours, by the rule of the district as it is now."""

    minutes = serializers.IntegerField(help_text="Confirmed minutes of a lifetime.")
    counted = serializers.IntegerField(help_text="Confirmed minutes that count by the rule.")
    stars = serializers.IntegerField(help_text="How many stars these are: 0 to 5.")
    missing = serializers.IntegerField(
        allow_null=True, help_text="Minutes up to the next star; null for whoever has all."
    )
    basis = WordField(basis_words, source="rule.basis", help_text="Which hours count.")
    hours = serializers.ListField(
        source="rule.hours",
        child=serializers.IntegerField(help_text="Hours."),
        help_text="Hours for one star, two stars and so on.",
    )


class YearSerializer(serializers.Serializer):
    year = serializers.IntegerField(help_text="Calendar year of the days of service.")
    minutes = serializers.IntegerField(help_text="Confirmed minutes in it.")


class CertificateSerializer(serializers.Serializer):
    """What stands on the certificate of service, but for the name: the person knows it."""

    volunteer = serializers.IntegerField(source="volunteer_id", help_text="Number of the volunteer.")
    on = serializers.DateField(help_text="As it stands on this day, the day itself counted.")
    minutes = serializers.IntegerField(help_text="Confirmed minutes.")
    records = serializers.IntegerField(help_text="n: how many records these are.")
    first_on = serializers.DateField(allow_null=True, help_text="Day of the first one.")
    last_on = serializers.DateField(allow_null=True, help_text="Day of the last one.")
    by_year = serializers.SerializerMethodField(help_text="Minutes by year, the first year first.")
    stars = serializers.IntegerField(help_text="Stars by the rule of the district.")
    code = serializers.CharField(help_text="By which whoever holds the paper asks whether it is true.")

    def get_by_year(self, one: Any) -> YearSerializer(many=True):  # type: ignore[valid-type]
        return years(one.by_year)


def years(by_year: Mapping[int, int]) -> list[dict[str, int]]:
    return [{"year": year, "minutes": minutes} for year, minutes in sorted(by_year.items())]


class CodeQuerySerializer(serializers.Serializer):
    code = serializers.CharField(max_length=4 * LONGEST, help_text="As it stands on the paper.")


class ClaimSerializer(serializers.Serializer):
    """What a code vouches for, and whether it still stands."""

    volunteer = serializers.IntegerField(help_text="Number of the volunteer, as on the paper.")
    on = serializers.DateField(help_text="Up to and with this day.")
    minutes = serializers.IntegerField(help_text="Minutes as they were certified.")
    minutes_now = serializers.IntegerField(
        help_text="Minutes up to that day as they stand now: a correction may have changed them."
    )
