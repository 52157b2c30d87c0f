"""What micro-wishes look like to other systems: under their alias, with as much as the caller is to know."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from grids.api.fields import CodeField, PartyField
from trail.api.fields import WordField
from volunteers import wishes
from volunteers.api.activity_shapes import known, verbs, whole
from volunteers.contacts import LONGEST_PERSON, shown_name
from volunteers.models import Claim, Organisation, Volunteer, Wisher
from volunteers.wishes import LEAST_DAYS, LONGEST_ALIAS, LONGEST_TEXT, LONGEST_WORDS, MOST_DAYS

LONGEST_PHONE = 30


def state_words() -> dict[str, Any]:
    return dict(wishes.state_choices())


def verb_words() -> dict[str, Any]:
    return {verb.key: verb.label for verb in wishes.VERBS}


class WishClaimSerializer(serializers.Serializer):
    """Who has the wish, or has fulfilled it: a volunteer, an organisation, a body; none of the three of a member who has
    checked in and is no volunteer."""

    volunteer = serializers.IntegerField(
        source="volunteer_id", allow_null=True, help_text="Number of the volunteer, if it is one."
    )
    organisation = serializers.IntegerField(
        source="organisation_id", allow_null=True, help_text="Number of the organisation, if it is one."
    )
    body = PartyField(allow_null=True, help_text="The body, if it is one.")
    known_as = serializers.SerializerMethodField(
        help_text="Alias or first letter of the name of a volunteer or member, else the name."
    )
    claimed_at = serializers.DateTimeField(help_text="Since when.")

    def get_known_as(self, claim: Claim) -> str:
        return claim.shown_name


class WisherContactSerializer(serializers.Serializer):
    """Masked: in the clear it is shown at a desk alone, where every look is recorded."""

    name = serializers.SerializerMethodField(help_text="First letter of the name; empty without one.")
    phone = serializers.CharField(
        source="masked_phone", help_text="Number with its middle hidden; empty without one."
    )

    def get_name(self, contact: Wisher) -> str:
        return shown_name(contact.name, "")


class WishWordsSerializer(serializers.Serializer):
    """Why, or thanks."""

    verb = WordField(verb_words, help_text="At which step it was said.")
    text = serializers.CharField(help_text="What was said.")
    written_at = serializers.DateTimeField(help_text="When.")


class WishSerializer(serializers.Serializer):
    """A small wish that somebody nearby can fulfil (微心愿)."""

    id = serializers.IntegerField(help_text="Number of the wish.")
    version = serializers.IntegerField(help_text="Number of its last event, for If-Match.")
    alias = serializers.CharField(help_text="Name that the wisher has chosen for it.")
    text = serializers.CharField(help_text="What is wished for.")
    unit = PartyField(help_text="The community or grid where the wisher lives.")
    state = WordField(state_words, help_text="How far it is.")
    days = serializers.IntegerField(help_text="Days that whoever claims it has.")
    due_at = serializers.DateTimeField(
        allow_null=True, help_text="While it is claimed: when the claim runs out."
    )
    is_mine = serializers.BooleanField(help_text="The caller made it for themselves.")
    claim = WishClaimSerializer(
        allow_null=True,
        source="shown_claim",
        help_text="Who has it now or has fulfilled it; null for nobody, and to those whom it does not concern.",
    )
    contact = WisherContactSerializer(
        allow_null=True,
        source="shown_contact",
        help_text="Of the wisher, masked; null for none, and to all who may not look at it.",
    )
    said = WishWordsSerializer(
        many=True,
        source="shown_words",
        help_text="What was said about it, as far as it is for the caller, in order.",
    )
    made_at = serializers.DateTimeField(help_text="When it was made.")
    reviewed_at = serializers.DateTimeField(
        allow_null=True, help_text="When the community accepted or refused it."
    )
    fulfilled_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was said to be fulfilled, if it still is."
    )
    thanked_at = serializers.DateTimeField(allow_null=True, help_text="When thanks were said.")
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it ended.")
    allowed = verbs("What the caller may do about it now, as verbs of its addresses.")


class NewWishSerializer(serializers.Serializer):
    """Context: `request` and `now`."""

    alias = serializers.CharField(
        max_length=LONGEST_ALIAS, help_text="Under which others read it; not the real name."
    )
    text = serializers.CharField(
        min_length=2,
        max_length=LONGEST_TEXT,
        help_text="What is wished for. Everybody reads it: no names, no numbers.",
    )
    consent = serializers.BooleanField(help_text="The wisher agrees that others read it: true.")
    unit = CodeField(
        "unit",
        required=False,
        help_text="Code of the community, grid or building where the wisher lives; left out: where the caller is at home "
        "as a volunteer.",
    )
    on_behalf = serializers.BooleanField(
        required=False, default=False, help_text="It is somebody else's, and the caller is on duty there."
    )
    name = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_PERSON,
        help_text="Of the wisher, for the community alone; kept encrypted.",
    )
    phone = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_PHONE,
        help_text="Mobile number of the wisher, for the community alone; kept encrypted.",
    )

    def validate_consent(self, consent: bool) -> bool:
        if not consent:
            self.fields["consent"].fail("invalid", input=consent)
        return consent


class AcceptWishSerializer(serializers.Serializer):
    days = serializers.IntegerField(
        min_value=LEAST_DAYS,
        max_value=MOST_DAYS,
        required=False,
        help_text="Days for whoever claims it, where the usual number does not fit.",
    )


class ClaimWishSerializer(serializers.Serializer):
    """For whom: one of the three; oneself as a volunteer, or as a member who has checked in, if all are left out. Context:
    `request` and `now`."""

    volunteer = whole("Number of a volunteer who does not sign in.", required=False)
    organisation = whole("Number of the organisation that one speaks for.", required=False)
    body = CodeField("body", required=False, help_text="Code of the body where one has a post.")

    def validate_volunteer(self, number: int) -> Volunteer:
        return self._seen(Volunteer, number)

    def validate_organisation(self, number: int) -> Organisation:
        return self._seen(Organisation, number)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if len(said) > 1:
            message = _("Name one of the three: a volunteer, an organisation or a body.")
            raise serializers.ValidationError([message], code="one_only")
        return said

    def _seen(self, model: Any, number: int) -> Any:
        rows = model.objects.visible_to(self.context["request"].user, self.context["now"])
        return known(rows, number, pk=number)


class WhyWishSerializer(serializers.Serializer):
    text = serializers.CharField(min_length=2, max_length=LONGEST_WORDS, help_text="Why.")


class FulfilWishSerializer(serializers.Serializer):
    text = serializers.CharField(
        max_length=LONGEST_WORDS, required=False, allow_blank=True, help_text="What was done."
    )


class ThankWishSerializer(serializers.Serializer):
    text = serializers.CharField(
        min_length=2, max_length=LONGEST_WORDS, help_text="Thanks to whoever fulfilled it; no names."
    )
