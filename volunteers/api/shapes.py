"""What volunteers, transfers, teams and stations look like to other systems, and what is asked about them.

Names and numbers are masked, as everywhere; in the clear they are shown to a person at a desk alone, who says what for.
"""

from typing import Any

from rest_framework import serializers

from grids.api.fields import CodeField, PartyField
from trail.api.fields import WordField
from volunteers import words
from volunteers.actions.facts import LONGEST_ALIAS
from volunteers.actions.stations import LONGEST
from volunteers.actions.teams import LONGEST_ABOUT, LONGEST_NAME
from volunteers.contacts import LONGEST_PERSON
from volunteers.models import Volunteer


def state_words() -> dict[str, object]:
    return dict(words.state_choices())


def transfer_words() -> dict[str, object]:
    return dict(words.transfer_choices())


def topic_words() -> dict[str, object]:
    return dict(words.topic_choices())


def several(table: Any, text: str) -> serializers.ListField:
    """Keys of a table, shown."""
    child = serializers.ChoiceField(words.choices(table), help_text="A key.")
    return serializers.ListField(child=child, help_text=text)


class VolunteerSerializer(serializers.Serializer):
    """A volunteer, masked."""

    id = serializers.IntegerField(help_text="Number of the volunteer.")
    known_as = serializers.CharField(
        source="shown_name", help_text="The alias, else the first letter of the name."
    )
    phone = serializers.CharField(
        source="masked_phone", allow_blank=True, help_text="Masked; empty for none."
    )
    home = PartyField(help_text="Community or grid where they are at home.")
    state = WordField(state_words, help_text="Active, or left.")
    skills = several(words.SKILLS, "What they can do.")
    languages = several(words.LANGUAGES, "Languages that they speak.")
    availability = several(words.AVAILABILITY, "When they have time.")
    of_age_on = serializers.DateField(allow_null=True, help_text="Of a child: the day it becomes fourteen.")
    signs_in = serializers.SerializerMethodField(help_text="Whether they have an account of their own.")
    joined_at = serializers.DateTimeField(help_text="Since when.")
    left_at = serializers.DateTimeField(allow_null=True, help_text="When they left, if they have.")

    def get_signs_in(self, one: Volunteer) -> bool:
        return one.user_id is not None


class FactsSerializer(serializers.Serializer):
    """What a volunteer says of themselves; what is left out stays."""

    name = serializers.CharField(
        required=False,
        min_length=2,
        max_length=LONGEST_PERSON,
        help_text="Kept encrypted, shown to nobody here.",
    )
    phone = serializers.CharField(
        required=False, allow_blank=True, max_length=30, help_text="Mobile number, kept encrypted."
    )
    alias = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_ALIAS, help_text="By which others know them."
    )
    skills = serializers.MultipleChoiceField(
        choices=words.choices(words.SKILLS), required=False, help_text="What they can do."
    )
    languages = serializers.MultipleChoiceField(
        choices=words.choices(words.LANGUAGES), required=False, help_text="Languages that they speak."
    )
    availability = serializers.MultipleChoiceField(
        choices=words.choices(words.AVAILABILITY), required=False, help_text="When they have time."
    )


class ChangeVolunteerSerializer(FactsSerializer):
    home = CodeField(
        "unit", required=False, help_text="Code of the community, or of a grid within the same community."
    )


class NewVolunteerSerializer(FactsSerializer):
    """Somebody without a phone, written down by whoever runs volunteering there."""

    home = CodeField("unit", help_text="Code of the community or grid where they are at home.")
    name = serializers.CharField(
        min_length=2, max_length=LONGEST_PERSON, help_text="Kept encrypted, shown to nobody here."
    )
    agreed = serializers.BooleanField(help_text="The person knows what is kept, and agrees: true.")
    of_age_on = serializers.DateField(
        required=False, help_text="Of a child under fourteen: the day that ends it. Then a guardian agrees."
    )
    guardian_name = serializers.CharField(
        required=False, max_length=LONGEST_PERSON, help_text="Of a child: the guardian's name."
    )
    guardian_phone = serializers.CharField(
        required=False, max_length=30, help_text="Of a child: the guardian's number."
    )
    guardian_consents = serializers.BooleanField(required=False, help_text="Of a child: the guardian agrees.")

    def validate_agreed(self, agreed: bool) -> bool:
        if not agreed:
            self.fields["agreed"].fail("invalid", input=agreed)
        return agreed


class SureSerializer(serializers.Serializer):
    sure = serializers.BooleanField(help_text="That it is meant: it cannot be undone.")


class ToSerializer(serializers.Serializer):
    community = serializers.CharField(
        max_length=40, help_text="Code of the community of the same district that is asked."
    )


class TransferSerializer(serializers.Serializer):
    """From one community to another; the record stays with the person."""

    id = serializers.IntegerField(help_text="Number of the transfer.")
    volunteer = serializers.IntegerField(source="volunteer_id", help_text="Number of the volunteer.")
    left = PartyField(help_text="From where.")
    home = PartyField(help_text="To where.")
    state = WordField(transfer_words, help_text="Asked for, taken in, not taken in, or withdrawn.")
    asked_at = serializers.DateTimeField(help_text="When it was asked for.")
    decided_at = serializers.DateTimeField(allow_null=True, help_text="When it was decided.")


class TeamSerializer(serializers.Serializer):
    """People of a community who do one thing together."""

    id = serializers.IntegerField(help_text="Number of the team.")
    name = serializers.CharField(help_text="Its name.")
    topic = WordField(topic_words, help_text="What it is for.")
    about = serializers.CharField(allow_blank=True, help_text="What it does, in words.")
    community = PartyField(source="unit", help_text="The community that it belongs to.")
    leader = serializers.IntegerField(
        source="leader_id", allow_null=True, help_text="Number of the volunteer who leads it."
    )
    members = serializers.IntegerField(help_text="How many belong to it now.")
    opened_at = serializers.DateTimeField(help_text="Since when.")
    closed_at = serializers.DateTimeField(allow_null=True, help_text="When it ended, if it has.")


class TeamFactsSerializer(serializers.Serializer):
    name = serializers.CharField(min_length=2, max_length=LONGEST_NAME, help_text="Its name.")
    topic = serializers.ChoiceField(words.choices(words.TOPICS), help_text="What it is for.")
    about = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=LONGEST_ABOUT,
        help_text="What it does, in words. Name no persons.",
    )


class NewTeamSerializer(TeamFactsSerializer):
    community = CodeField("unit", help_text="Code of the community that it belongs to.")


class MemberSerializer(serializers.Serializer):
    volunteer = serializers.IntegerField(
        required=False, min_value=1, help_text="Number of the volunteer; oneself if left out."
    )


class LeaderSerializer(serializers.Serializer):
    volunteer = serializers.IntegerField(
        allow_null=True, min_value=1, help_text="Number of the volunteer who leads it; null for nobody."
    )


class StationSerializer(serializers.Serializer):
    """A place with opening hours."""

    id = serializers.IntegerField(help_text="Number of the station.")
    name = serializers.CharField(help_text="Its name.")
    place = serializers.CharField(help_text="Its address.")
    hours = serializers.CharField(allow_blank=True, help_text="When it is open, in words.")
    phone = serializers.CharField(allow_blank=True, help_text="Its telephone.")
    community = PartyField(source="unit", help_text="The community that it belongs to.")
    opened_at = serializers.DateTimeField(help_text="Since when.")
    closed_at = serializers.DateTimeField(allow_null=True, help_text="When it ended, if it has.")


class StationFactsSerializer(serializers.Serializer):
    name = serializers.CharField(min_length=2, max_length=LONGEST["name"], help_text="Its name.")
    place = serializers.CharField(min_length=2, max_length=LONGEST["place"], help_text="Its address.")
    hours = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=LONGEST["hours"],
        help_text="When it is open, in words.",
    )
    phone = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=20,
        help_text="Its telephone, not a person's.",
    )


class NewStationSerializer(StationFactsSerializer):
    community = CodeField("unit", help_text="Code of the community that it belongs to.")
