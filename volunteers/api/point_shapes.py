"""What points, goods and redemptions look like to other systems, and what is asked about them.

Points are shown to their owner alone. A collection code is in no answer but that of its own address: idempotency keys keep
answers, and codes stand encrypted.
"""

from typing import Any

from rest_framework import serializers

from grids.api.fields import PartyField
from trail.api.fields import WordField
from volunteers import ledger, tariff
from volunteers.actions import goods
from volunteers.actions.ledger import OWED
from volunteers.api.activity_shapes import verbs, whole
from volunteers.models import PointEntry
from volunteers.models.goods import MOST_PRICE

# Digits with blanks or dashes between them.
LONGEST_CODE = 20
# Of these the number of the deed is one that other addresses know.
NUMBERED = frozenset({tariff.HOURS, tariff.ACTIVITY, tariff.WISH})


def booking_words() -> dict[str, Any]:
    return dict(ledger.booking_choices())


def rule_words() -> dict[str, Any]:
    return dict(tariff.RULES) | {OWED: ledger.BOOKINGS["owe"].label}


def redemption_words() -> dict[str, Any]:
    return dict(ledger.redemption_choices())


def stock_words() -> dict[str, Any]:
    return dict(ledger.stock_choices())


# --- one's own account ------------------------------------------------------------------------------------
class AccountSerializer(serializers.Serializer):
    """What the caller has."""

    volunteer = serializers.IntegerField(help_text="Number of the volunteer that the caller is.")
    points = serializers.IntegerField(help_text="Points that can be spent now.")
    to_settle = serializers.IntegerField(
        help_text="Points that were taken back after they had been spent: settled from what comes in."
    )
    may_expire_on = serializers.DateField(
        allow_null=True, help_text="Before this day nothing expires; null: nothing ever does."
    )
    shows_alias = serializers.BooleanField(help_text="In rankings under the alias.")


class RankingSerializer(serializers.Serializer):
    shown = serializers.BooleanField(help_text="In rankings under the alias, or not any more.")


class EntrySerializer(serializers.Serializer):
    """One line of the passbook."""

    id = serializers.IntegerField(help_text="Number of the line.")
    kind = WordField(booking_words, source="transfer.kind", help_text="What kind of booking it is.")
    rule = WordField(
        rule_words,
        source="transfer.rule",
        allow_null=True,
        help_text="What the deed is rewarded for, or `owed` for what was settled later; null where there is none.",
    )
    about = serializers.SerializerMethodField(
        help_text="Number of the service record, activity or wish; null for another deed, or none."
    )
    redemption = serializers.IntegerField(
        source="transfer.redemption_id", allow_null=True, help_text="Number of the redemption; null for none."
    )
    points = serializers.IntegerField(source="amount", help_text="What came in, or (below zero) went out.")
    to_settle = serializers.IntegerField(
        source="owed", help_text="By how much what is to be settled went up or down."
    )
    balance = serializers.IntegerField(help_text="Points afterwards.")
    on = serializers.DateField(source="transfer.day", help_text="The day for which it counts.")
    booked_at = serializers.DateTimeField(source="transfer.booked_at", help_text="When it was booked.")
    expires_on = serializers.DateField(
        source="transfer.expires_on",
        allow_null=True,
        help_text="The first day on which these points are no more; null: never, or nothing came in.",
    )

    def get_about(self, one: PointEntry) -> int | None:
        return one.transfer.about_id if one.transfer.rule in NUMBERED else None


# --- goods ------------------------------------------------------------------------------------------------
class GoodSerializer(serializers.Serializer):
    """Something that one gets for points at a station."""

    id = serializers.IntegerField(help_text="Number of the good.")
    name = serializers.CharField(help_text="Its name.")
    about = serializers.CharField(allow_blank=True, help_text="What it is, in words.")
    price = serializers.IntegerField(help_text="Points that one of it costs.")
    per_person = serializers.IntegerField(help_text="At most so many for each person; 0: no bound.")
    stock = serializers.IntegerField(help_text="How many there are, without those that are put aside.")
    station = serializers.IntegerField(source="station_id", help_text="Number of the station that has it.")
    community = PartyField(source="station.unit", help_text="The community that the station belongs to.")
    offered = serializers.BooleanField(help_text="Whether it is offered at present.")
    opened_at = serializers.DateTimeField(help_text="Since when.")
    closed_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was offered no more; its station may be closed besides."
    )
    allowed = verbs("What the caller may do about it now.")


class GoodFactsSerializer(serializers.Serializer):
    """What is left out stays."""

    name = serializers.CharField(
        required=False, min_length=2, max_length=goods.LONGEST_NAME, help_text="Its name."
    )
    about = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=goods.LONGEST_ABOUT,
        help_text="What it is, in words. Name no persons.",
    )
    price = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_PRICE,
        help_text="Points that one of it costs; for what is put aside from now on.",
    )
    per_person = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=goods.MOST_PER_PERSON,
        help_text="At most so many for each person; 0: no bound.",
    )


class NewGoodSerializer(GoodFactsSerializer):
    station = whole("Number of the station that offers it.")
    name = serializers.CharField(min_length=2, max_length=goods.LONGEST_NAME, help_text="Its name.")
    price = serializers.IntegerField(
        min_value=1, max_value=MOST_PRICE, help_text="Points that one of it costs."
    )
    stock = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=goods.MOST_AT_ONCE,
        help_text="How many are there already; none if left out.",
    )


class DeliverySerializer(serializers.Serializer):
    amount = serializers.IntegerField(min_value=1, max_value=goods.MOST_AT_ONCE, help_text="How many came.")


class CountSerializer(serializers.Serializer):
    difference = serializers.IntegerField(
        min_value=-goods.MOST_AT_ONCE,
        max_value=goods.MOST_AT_ONCE,
        help_text="So many more than the stock said or (below zero) fewer, without those that are put aside.",
    )


class StockMoveSerializer(serializers.Serializer):
    """One change of a good's stock."""

    id = serializers.IntegerField(help_text="Number of the movement.")
    good = serializers.IntegerField(source="good_id", help_text="Number of the good.")
    kind = WordField(stock_words, help_text="What happened.")
    amount = serializers.IntegerField(help_text="How many more or (below zero) fewer.")
    redemption = serializers.IntegerField(
        source="redemption_id", allow_null=True, help_text="Number of the redemption; null for none."
    )
    at = serializers.DateTimeField(help_text="When.")


# --- redemptions ------------------------------------------------------------------------------------------
class WhoseSerializer(serializers.Serializer):
    volunteer = whole(
        "Number of a volunteer without an account, by whoever runs volunteering there; oneself if left out.",
        required=False,
    )


class RedemptionSerializer(serializers.Serializer):
    """One good for one person."""

    id = serializers.IntegerField(help_text="Number of the redemption.")
    good = serializers.IntegerField(source="good_id", help_text="Number of the good.")
    name = serializers.CharField(source="good.name", help_text="Name of the good.")
    station = serializers.IntegerField(source="station_id", help_text="Number of the station where it waits.")
    volunteer = serializers.IntegerField(
        source="account.volunteer_id", help_text="Number of the volunteer whose it is."
    )
    known_as = serializers.CharField(
        source="account.volunteer.shown_name", help_text="The alias, else the first letter of the name."
    )
    price = serializers.IntegerField(help_text="Points that it costs.")
    state = WordField(redemption_words, help_text="Put aside, collected, given up, or returned.")
    reserved_at = serializers.DateTimeField(help_text="When it was put aside.")
    until = serializers.DateTimeField(help_text="From then on it is not kept any more.")
    ended_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was collected or given up; null while it waits."
    )
    returned_at = serializers.DateTimeField(allow_null=True, help_text="When it was returned, if it was.")
    allowed = verbs("What the caller may do about it now.")


class CodeToShowSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Six digits, to be shown at the station.")
    until = serializers.DateTimeField(help_text="From then on it opens nothing any more.")


class ShownCodeSerializer(serializers.Serializer):
    code = serializers.CharField(
        max_length=LONGEST_CODE, help_text="The six digits that the person shows; blanks do not matter."
    )


class TakeBackSerializer(serializers.Serializer):
    on_shelf = serializers.BooleanField(
        required=False, default=True, help_text="It goes back on the shelf; false: it is broken."
    )
