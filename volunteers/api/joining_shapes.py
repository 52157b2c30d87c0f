"""What organisations, check-ins, offers, statements and pairings look like to other systems, and what is asked of them.

Members are shown as they are known to others, and where they serve to themselves alone.
"""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.models import User
from grids.api.fields import CodeField, PartyField
from grids.api.post_shapes import PersonField, PersonSerializer
from grids.models import Unit
from trail.api.fields import WordField
from trail.api.schema import SHOWN_ALREADY
from trail.numerals import MOST_ID
from volunteers import joining
from volunteers.actions.statements import MOST_DAYS, USUAL_DAYS
from volunteers.api.activity_shapes import known, verbs, whole
from volunteers.joining import LONGEST_NAME, LONGEST_WORDS, MOST_MINUTES, MOST_QUANTITY
from volunteers.models import CheckIn, Organisation, Pairing
from volunteers.wish_ties import is_account


def kind_words() -> dict[str, Any]:
    return dict(joining.organisation_kind_choices())


def side_words() -> dict[str, Any]:
    return dict(joining.side_choices())


def resource_words() -> dict[str, Any]:
    return dict(joining.resource_choices())


def duty_words() -> dict[str, Any]:
    return dict(joining.duty_choices())


def pairing_words() -> dict[str, Any]:
    return dict(joining.pairing_state_choices())


class CommunityField(serializers.CharField):
    """The code of an open community: which there are is public, and one reports to any of them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        code = super().run_validation(data)
        if not isinstance(code, str) or not code:
            return None
        units = Unit.objects.open().at("community").defer("boundary")
        found = units.filter(code=code).first() if code.isprintable() else None
        if found is None:
            raise serializers.ValidationError([_("There is no such community.")], code="unknown")
        return found


class OrganisationField(serializers.IntegerField):
    """The number of an open organisation that the caller sees; becomes the row. Context: `request` and `now`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=MOST_ID, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        number = super().run_validation(data)
        if number is None:
            return None
        seen = Organisation.objects.open().in_reach(self.context["request"].user, self.context["now"])
        return known(seen, number, pk=number)


# --- organisations --------------------------------------------------------------------------------------------
class OrganisationSerializer(serializers.Serializer):
    """An authority, firm or school whose people check in."""

    id = serializers.IntegerField(help_text="Number of the organisation.")
    name = serializers.CharField(help_text="Its name.")
    kind = WordField(kind_words, help_text="What it is.")
    district = PartyField(help_text="The district that it belongs to.")
    body = PartyField(
        allow_null=True, help_text="The body that it is too; whoever has a post there speaks for it."
    )
    phone = serializers.CharField(
        source="shown_phone",
        allow_blank=True,
        help_text="Of its office; for those who run volunteering in the district or speak for it, else empty.",
    )
    speaker = serializers.CharField(
        source="shown_speaker",
        allow_null=True,
        help_text="Sign-in name of who speaks for it; for those who run volunteering in the district, else null.",
    )
    communities = serializers.IntegerField(help_text="To how many communities it has reported.")
    mine = serializers.BooleanField(help_text="The caller speaks for it.")
    opened_at = serializers.DateTimeField(help_text="Since when it is in the list.")
    closed_at = serializers.DateTimeField(allow_null=True, help_text="When it was closed, if it was.")
    allowed = verbs("What the caller may do about it now.")


class OrganisationFactsSerializer(serializers.Serializer):
    """Context: `request` and `now`."""

    phone = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=20,
        help_text="Of its office, not a person's.",
    )
    speaker = PersonField(
        required=False,
        default=None,
        allow_null=True,
        help_text="Sign-in name of who speaks for it; null or left out: nobody by name.",
    )


class NewOrganisationSerializer(OrganisationFactsSerializer):
    name = serializers.CharField(min_length=2, max_length=LONGEST_NAME, help_text="Its name.")
    kind = serializers.ChoiceField(joining.organisation_kind_choices(), help_text="What it is.")
    district = CodeField(
        "unit", required=False, help_text="Code of the district; may be left out by whoever runs but one."
    )
    body = CodeField("body", required=False, help_text="Code of the body that it is too.")

    def validate_district(self, unit: Unit) -> Unit:
        if unit.kind != "district":
            raise serializers.ValidationError([_("This is no district.")], code="unknown")
        return unit


class ToCommunitySerializer(serializers.Serializer):
    community = CommunityField(help_text="Code of the community.")


# --- check-ins --------------------------------------------------------------------------------------------------
class CheckInSerializer(serializers.Serializer):
    """An organisation or a serving member has reported to a community. Context: `request`."""

    id = serializers.IntegerField(help_text="Number of the check-in.")
    side = WordField(side_words, help_text="An organisation, or a serving member.")
    known_as = serializers.CharField(
        source="shown_name",
        allow_blank=True,
        help_text="Name of the organisation; of a member the alias, else the first letter of the name.",
    )
    organisation = serializers.SerializerMethodField(
        help_text="Number of the organisation; of a member where they serve, for themselves alone, else null."
    )
    volunteer = serializers.IntegerField(
        source="volunteer_id", allow_null=True, help_text="Of a member who is one: number of the volunteer."
    )
    community = PartyField(source="unit", help_text="Where.")
    since = serializers.DateTimeField(help_text="From when.")
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When they checked out, if they have.")
    mine = serializers.BooleanField(help_text="The caller is the member, or speaks for the organisation.")
    allowed = verbs("What the caller may do about it now.")

    def get_organisation(self, one: CheckIn) -> int | None:
        return (
            one.organisation_id if one.side == joining.ORGANISATION or is_the_member(one, self.user) else None
        )

    @property
    def user(self) -> Any:
        return self.context["request"].user


def is_the_member(one: CheckIn, user: Any) -> bool:
    """Is the member this person?"""
    account = one.volunteer.user_id if one.volunteer else one.user_id
    return one.side == joining.MEMBER and is_account(account, user)


class NewCheckInSerializer(ToCommunitySerializer):
    """Of oneself, or of somebody by whoever runs volunteering there. Context: `request` and `now`."""

    volunteer = whole("Number of the volunteer who checks in, written down for them.", required=False)
    account = PersonField(
        required=False, help_text="Instead: sign-in name of the member who checks in, written down for them."
    )
    organisation = OrganisationField(
        required=False, help_text="Of oneself: number of where one serves. It does not learn of it."
    )

    def validate(self, told: dict[str, Any]) -> dict[str, Any]:
        """Where somebody else serves is theirs to say."""
        others = [name for name in ("volunteer", "account") if told.get(name)]
        if len(others) > 1:
            raise serializers.ValidationError({"account": [_("Give one of the two.")]})
        if others and told.get("organisation"):
            raise serializers.ValidationError({"organisation": [_("Where they serve is theirs to say.")]})
        return told


class OfferFactsSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(joining.resource_choices(), help_text="What sort of thing.")
    words = serializers.CharField(
        min_length=2, max_length=LONGEST_WORDS, help_text="What it is. Name no persons."
    )
    quantity = serializers.IntegerField(
        required=False, default=1, min_value=1, max_value=MOST_QUANTITY, help_text="How many; 1 if left out."
    )
    minutes = serializers.IntegerField(
        required=False,
        default=None,
        allow_null=True,
        min_value=1,
        max_value=MOST_MINUTES,
        help_text="Of hours: minutes a month.",
    )
    until = serializers.DateField(
        required=False, default=None, allow_null=True, help_text="The last day; no end if left out."
    )


class OfferSerializer(serializers.Serializer):
    """A resource or hours that somebody who has checked in offers the community."""

    id = serializers.IntegerField(help_text="Number of the offer.")
    check_in = serializers.IntegerField(source="checkin_id", help_text="Number of the check-in.")
    known_as = serializers.CharField(
        source="checkin.shown_name", allow_blank=True, help_text="Who offers it, as in the check-in."
    )
    community = PartyField(help_text="To which community.")
    kind = WordField(resource_words, help_text="What sort of thing.")
    words = serializers.CharField(help_text="What it is.")
    quantity = serializers.IntegerField(help_text="How many.")
    minutes = serializers.IntegerField(allow_null=True, help_text="Of hours: minutes a month.")
    until = serializers.DateField(allow_null=True, help_text="The last day; null: no end is set.")
    stands = serializers.BooleanField(help_text="Neither withdrawn nor over, by somebody still checked in.")
    offered_at = serializers.DateTimeField(help_text="When it was offered.")
    withdrawn_at = serializers.DateTimeField(allow_null=True, help_text="When it was withdrawn, if it was.")
    allowed = verbs("What the caller may do about it now.")


# --- statements -------------------------------------------------------------------------------------------------
class StatementSerializer(serializers.Serializer):
    """What one lets an employer read of one's service in a period, by a link."""

    id = serializers.IntegerField(help_text="Number of the statement.")
    organisation = serializers.IntegerField(
        source="organisation_id",
        allow_null=True,
        help_text="Number of the organisation that it is meant for.",
    )
    by_name = serializers.BooleanField(help_text="Under the real name; else under the alias.")
    since = serializers.DateField(help_text="The first day.")
    until = serializers.DateField(help_text="The last day.")
    minutes = serializers.IntegerField(help_text="Confirmed minutes, as they stood when it was made.")
    activities = serializers.IntegerField(help_text="Activities, as they stood when it was made.")
    made_at = serializers.DateTimeField(help_text="When it was made.")
    expires_at = serializers.DateTimeField(help_text="Until when the link opens.")
    revoked_at = serializers.DateTimeField(allow_null=True, help_text="When it was revoked, if it was.")
    times_read = serializers.IntegerField(help_text="How often somebody has read it by the link.")
    last_read_at = serializers.DateTimeField(allow_null=True, help_text="When last, if ever.")
    allowed = verbs("What the caller may do about it now.")


class StatementWithSecretSerializer(StatementSerializer):
    secret = serializers.CharField(
        allow_null=True,
        help_text="Of the link; in this answer only. Null when the request is repeated: nobody keeps it.",
    )
    shown_already = serializers.BooleanField(help_text=SHOWN_ALREADY)


class NewStatementSerializer(serializers.Serializer):
    """Context: `request` and `now`."""

    since = serializers.DateField(help_text="The first day.")
    until = serializers.DateField(help_text="The last day, today or earlier.")
    by_name = serializers.BooleanField(
        required=False, default=False, help_text="Under the real name; else under the alias."
    )
    days = serializers.IntegerField(
        required=False,
        default=USUAL_DAYS,
        min_value=1,
        max_value=MOST_DAYS,
        help_text=f"For how many days the link opens; {USUAL_DAYS} if left out.",
    )
    organisation = OrganisationField(
        required=False,
        default=None,
        allow_null=True,
        help_text="Number of the organisation that it is meant for.",
    )


# --- pairings ---------------------------------------------------------------------------------------------------
class DutySerializer(serializers.Serializer):
    duty = WordField(duty_words, help_text="Which of the five.")
    done_on = serializers.DateField(allow_null=True, help_text="When it was done; null while it is open.")
    note = serializers.CharField(allow_blank=True, help_text="What there is to show for it.")


class PairingSerializer(serializers.Serializer):
    """An organisation or an official answers for a place in these days."""

    id = serializers.IntegerField(help_text="Number of the pairing.")
    level = serializers.IntegerField(help_text="1 to 4.")
    place = PartyField(help_text="The community, grid or building.")
    community = PartyField(help_text="The community that it lies in.")
    organisation = serializers.IntegerField(
        source="organisation_id", allow_null=True, help_text="Number of the organisation that answers."
    )
    official = PersonSerializer(allow_null=True, help_text="The official who answers.")
    name = serializers.SerializerMethodField(help_text="What the organisation or the official is called.")
    starts_on = serializers.DateField(help_text="The first day.")
    ends_on = serializers.DateField(
        allow_null=True, help_text="The first day without it; null: no end is set."
    )
    state = WordField(pairing_words, help_text="To begin, in force, or ended.")
    duties = serializers.SerializerMethodField(help_text="The five duties, done or not, in their order.")
    done = serializers.SerializerMethodField(help_text="How many of the five are done.")
    mine = serializers.BooleanField(help_text="The caller is the official, or speaks for the organisation.")
    allowed = verbs("What the caller may do about it now.")

    def get_name(self, one: Pairing) -> str:
        return str(one.who)

    def get_done(self, one: Pairing) -> int:
        return len(one.duties.all())

    def get_duties(self, one: Pairing) -> DutySerializer(many=True):  # type: ignore[valid-type]
        done = {row.duty: row for row in one.duties.all()}
        rows = [
            {
                "duty": word.key,
                "done_on": done[word.key].done_on if word.key in done else None,
                "note": done[word.key].note if word.key in done else "",
            }
            for word in joining.DUTIES
        ]
        return DutySerializer(rows, many=True).data


class NewPairingSerializer(serializers.Serializer):
    """Context: `request` and `now`."""

    unit = CodeField(
        "unit",
        help_text="Code of the community, grid or building; a compound is the grid of its name, or several of them.",
    )
    level = serializers.ChoiceField(joining.level_choices(), help_text="1 to 4.")
    organisation = OrganisationField(required=False, help_text="Number of the organisation that answers.")
    official = PersonField(required=False, help_text="Instead: sign-in name of the official who answers.")
    starts_on = serializers.DateField(required=False, help_text="The first day; today if left out.")
    ends_on = serializers.DateField(
        required=False, allow_null=True, help_text="The first day without it; no end if left out."
    )


class EndPairingSerializer(serializers.Serializer):
    ends_on = serializers.DateField(required=False, help_text="The first day without it; today if left out.")


class DutyKeySerializer(serializers.Serializer):
    duty = serializers.ChoiceField(joining.duty_choices(), help_text="Which of the five.")


class NoteDutySerializer(DutyKeySerializer):
    done_on = serializers.DateField(help_text="When it was done, today or earlier.")
    note = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=LONGEST_WORDS,
        help_text="What there is to show for it. Name no residents.",
    )


class GapSerializer(serializers.Serializer):
    """A building for which nobody answers."""

    building = PartyField(source="itself", help_text="The building.")
    grid = PartyField(
        allow_null=True, help_text="Its grid: who answers for that answers for the building too."
    )
    community = PartyField(help_text="Its community.")


def named(user: User | None) -> str | None:
    """The sign-in name, if there is somebody."""
    return user.username if user else None
