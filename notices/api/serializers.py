"""What webhooks look like to other systems, and what they are made from."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from grids.api.serializers import VERSION_HELP
from notices.addresses import LONGEST
from notices.models import Attempt, Message
from notices.webhooks import ERRORS, PAUSES, RUNS, STATES
from trail.api.fields import WordField
from trail.api.schema import SHOWN_ALREADY

MOST_TYPES = 200
MOST_TRIES = 50


class WebhookSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="Its number.")
    name = serializers.CharField(help_text="Name of the other system.")
    address = serializers.CharField(help_text="Where it receives.")
    types = serializers.ListField(
        child=serializers.CharField(help_text="A type, as `issue.report`."),
        help_text="Types of the events that it is told of; empty for all.",
    )
    unit = serializers.CharField(
        source="unit.code", help_text="Code of the unit; it hears of what is below too."
    )
    account = serializers.CharField(
        source="account.username", help_text="Sign-in name of the account whose sight it has."
    )
    state = WordField(
        lambda: RUNS,
        help_text="`failing`: its last message was not taken, and it is tried again later.",
    )
    paused_because = WordField(
        lambda: PAUSES, allow_null=True, help_text="Why it is paused; null if it is not."
    )
    paused_at = serializers.DateTimeField(allow_null=True, help_text="Since when it is paused.")
    failures = serializers.IntegerField(help_text="Failures in a row.")
    rest_until = serializers.DateTimeField(allow_null=True, help_text="After a failure: not tried before.")
    reached_at = serializers.DateTimeField(allow_null=True, help_text="When it last took a message.")
    secret_number = serializers.IntegerField(help_text="Counts its secrets from 1.")
    secret_since = serializers.DateTimeField(help_text="Since when it has its present secret.")
    old_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when messages are signed with the former secret too."
    )
    created_at = serializers.DateTimeField(help_text="When it was added.")
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it was ended.")
    version = serializers.IntegerField(help_text=VERSION_HELP)


class WebhookWithSecretSerializer(WebhookSerializer):
    """Of adding and rotating alone."""

    secret = serializers.CharField(
        allow_null=True,
        help_text="`whsec_…`, shown in this answer only. Null when the request is repeated after the secret was "
        "changed again.",
    )
    shown_already = serializers.BooleanField(help_text=SHOWN_ALREADY)


class WebhookFactsSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=60, help_text="Name of the other system.")
    address = serializers.CharField(
        max_length=LONGEST, help_text="Where it receives: https, a public address, no redirect."
    )
    account = serializers.CharField(
        max_length=60,
        help_text="Sign-in name of the account whose sight it has: with posts in this district alone.",
    )
    types = serializers.ListField(
        child=serializers.CharField(max_length=61, help_text="A type, as `issue.report`."),
        max_length=MOST_TYPES,
        default=list,
        help_text="Types of events; left out or empty: all.",
    )


class NewWebhookSerializer(WebhookFactsSerializer):
    unit = serializers.CharField(max_length=40, help_text="Code of the unit; below it counts too.")


class NothingSerializer(serializers.Serializer):
    """A request without a body."""


class ResumeWebhookSerializer(serializers.Serializer):
    from_now = serializers.BooleanField(
        default=False, help_text="Leave out what has happened meanwhile, waiting messages included."
    )


class WebhookMessageSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="Its number.")
    webhook_id = serializers.CharField(help_text="The header `webhook-id` of every attempt.")
    event = serializers.SerializerMethodField(help_text="Number of its event; null for a ping.")
    type = serializers.SerializerMethodField(help_text="Type of its event, or `ping`.")
    seq = serializers.IntegerField(help_text="Number of the event among those of its subject; 0 for a ping.")
    state = WordField(lambda: STATES, help_text="What became of it.")
    attempts = serializers.IntegerField(
        help_text="How often it was tried since it was last put into the queue."
    )
    next_try_at = serializers.DateTimeField(help_text="Of a queued one: when it is tried, at the earliest.")
    created_at = serializers.DateTimeField(help_text="When it was written.")
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it was sent, withheld or given up.")

    def get_event(self, message: Message) -> str | None:
        return str(message.event_id) if message.event_id else None

    def get_type(self, message: Message) -> str:
        return message.event.topic if message.event else "ping"


class WebhookAttemptSerializer(serializers.Serializer):
    at = serializers.DateTimeField(help_text="When.")
    status = serializers.IntegerField(allow_null=True, help_text="The HTTP status; null without an answer.")
    error = WordField(lambda: ERRORS, allow_null=True, help_text="Why it did not succeed; null if it did.")
    answer = serializers.CharField(
        allow_blank=True, help_text="The first 1024 bytes of the answer, long numbers masked."
    )
    milliseconds = serializers.IntegerField(help_text="How long it took.")
    address = serializers.CharField(
        allow_blank=True,
        help_text="Where it was sent. Empty, as what follows is, where nothing could be written, and of attempts before "
        "this was kept.",
    )
    headers = serializers.DictField(
        child=serializers.CharField(help_text="As it was sent."),
        help_text="The headers of the request, `webhook-signature` left out.",
    )
    body = serializers.CharField(allow_blank=True, help_text="The request: its first 4096 characters.")
    secrets = serializers.ListField(
        child=serializers.IntegerField(help_text="A `secret_number`."),
        help_text="With which secrets it was signed: the newest, and while they change the former one.",
    )


class TriedWebhookMessageSerializer(WebhookMessageSerializer):
    tries = serializers.SerializerMethodField(help_text="Its attempts, the newest first, 50 at most.")

    @extend_schema_field(WebhookAttemptSerializer(many=True))
    def get_tries(self, message: Message) -> Any:
        rows = Attempt.objects.filter(message=message).order_by("-pk")
        return WebhookAttemptSerializer(rows[:MOST_TRIES], many=True).data


class WebhookCountSerializer(serializers.Serializer):
    count = serializers.IntegerField(help_text="How many are sent again.")
