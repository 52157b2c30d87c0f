"""What was told: to people, a row per event, recipient and channel; to other systems (webhooks); to groups."""

from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.fields import EncryptedTextField
from grids.models import Unit
from notices.addresses import LONGEST
from notices.channels import INBOX, channel_choices
from notices.groups import PAUSES as GROUP_PAUSES
from notices.groups import error_choices as group_errors
from notices.groups import mask
from notices.groups import pause_choices as group_pauses
from notices.groups import state_choices as group_states
from notices.querysets import (
    RANK,
    GroupMessageQuerySet,
    GroupQuerySet,
    MessageQuerySet,
    NoticeQuerySet,
    PreferenceQuerySet,
    SubscriptionQuerySet,
)
from notices.webhooks import PAUSES, PING, error_choices, pause_choices
from notices.webhooks import state_choices as message_states
from notices.wishes import Wishes
from notices.words import URGENCY, name, say, urgency_choices
from trail.models import Event


def state_choices() -> list[tuple[str, Any]]:
    return [
        ("queued", _("Queued")),
        ("sent", _("Sent")),
        ("spared", _("Not needed any more")),
        ("dead", _("Given up")),
    ]


class Notice(models.Model):
    """Holds a key and parameters, never words: these are made when it is read. Written by actions alone."""

    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recipient"),
        null=True,
        on_delete=models.CASCADE,
        db_index=False,
        related_name="notices",
    )
    # Else it is for somebody without an account (notices.contacts), "reporter:12" say.
    contact = models.CharField(_("for"), max_length=40, blank=True, default="", db_default="")
    channel = models.CharField(_("channel"), max_length=20, choices=channel_choices, default=INBOX)
    key = models.CharField(_("what it says"), max_length=60)
    params = models.JSONField(_("parameters"), default=dict)
    link = models.CharField(_("leads to"), max_length=200, blank=True, help_text=_("A path of this site."))
    urgency = models.CharField(_("urgency"), max_length=10, choices=urgency_choices)
    created_at = models.DateTimeField(_("told"))
    read_at = models.DateTimeField(_("read"), null=True)

    state = models.CharField(_("state"), max_length=10, choices=state_choices)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"))
    # Who sends it holds no lock meanwhile, only this promise to be done by then.
    lease_until = models.DateTimeField(_("being sent until"), null=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = (
            models.UniqueConstraint(fields=["event", "recipient", "channel"], name="notice_once"),
            models.UniqueConstraint(
                fields=["contact", "event", "channel"], condition=~Q(contact=""), name="notice_contact_once"
            ),
            models.CheckConstraint(
                condition=Q(recipient=None) & ~Q(contact="") | Q(recipient__isnull=False, contact=""),
                name="notice_for_one",
            ),
            models.CheckConstraint(
                condition=Q(lease_until=None) | Q(state="queued"), name="notice_lease_only_queued"
            ),
        )
        indexes = (
            models.Index(fields=["recipient", "-id"], condition=Q(channel=INBOX), name="notice_inbox"),
            models.Index(
                fields=["recipient"], condition=Q(channel=INBOX, read_at=None), name="notice_unread"
            ),
            models.Index(RANK, "next_try_at", "id", condition=Q(state="queued"), name="notice_next"),
            # What was given up: a handful among millions, listed newest first.
            models.Index(fields=["-id"], condition=Q(state="dead"), name="notice_dead"),
        )

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def words(self) -> str:
        """What has happened, in the active language."""
        return say(self.key, self.params)

    @property
    def about(self) -> str:
        """What it happened to, in the active language; "" where there is nothing to name."""
        return name(self.key, self.params)

    @property
    def badge(self) -> str:
        """Colour word of its urgency."""
        return URGENCY[self.urgency].badge if self.urgency in URGENCY else "info"


class Preference(models.Model):
    """What one person has chosen to hear outside the inbox; who has no row hears what is usual (notices.wishes)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="notice_preference"
    )
    # Keys of urgencies with blanks between.
    by_text = models.CharField(_("as text messages"), max_length=60, blank=True)
    quiet_from = models.TimeField(_("quiet from"))
    quiet_until = models.TimeField(_("quiet until"))
    weekly = models.BooleanField(_("once a week, what is with me"))

    objects = PreferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("choice of notices")
        verbose_name_plural = _("choices of notices")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def wishes(self) -> Wishes:
        """As the rules read them."""
        by_text = frozenset(self.by_text.split())
        return Wishes(by_text, self.quiet_from, self.quiet_until, self.weekly)


class Line:
    """What others are told over, until it is paused or ended."""

    ended_at: Any
    paused_at: Any
    failures: Any

    @property
    def state(self) -> str:
        """running, failing, paused or ended."""
        if self.ended_at:
            return "ended"
        if self.paused_at:
            return "paused"
        return "failing" if self.failures else "running"


class Subscription(Line, models.Model):
    """Another system that is told what happens in a unit and below it, as far as one account may see it.

    It follows the feed with a position of its own: who is paused stands still and misses nothing.
    """

    name = models.CharField(_("name"), max_length=60)
    address = models.CharField(_("address"), max_length=LONGEST)
    types = models.JSONField(_("events"), default=list, help_text=_("Types of events; none means all."))
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account whose sight it has"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    secret = EncryptedTextField(_("secret"))
    secret_number = models.PositiveIntegerField(_("number of the secret"), default=1)
    secret_since = models.DateTimeField(_("secret since"))
    # Until then it signs beside the new one.
    old_secret = EncryptedTextField(blank=True, default="")
    old_secret_until = models.DateTimeField(_("old secret until"), null=True)

    after_xact = models.BigIntegerField()
    after_id = models.BigIntegerField()
    paused_at = models.DateTimeField(_("paused"), null=True)
    paused_because = models.CharField(_("paused because"), max_length=10, choices=pause_choices, blank=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    rest_until = models.DateTimeField(_("next try at"), null=True)
    tried_at = models.DateTimeField(_("last tried"), null=True)
    reached_at = models.DateTimeField(_("last reached"), null=True)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("added by"),
        null=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    created_at = models.DateTimeField(_("added"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        constraints = (
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_because="")
                | Q(paused_at__isnull=False) & ~Q(paused_because=""),
                name="subscription_pause_has_reason",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def pause_words(self) -> str:
        """Why it is paused, in words; "" if it is not."""
        return str(PAUSES.get(self.paused_because, ""))


class Message(models.Model):
    """An event that one subscription is told of, or (without an event) a ping. Holds no words: what it says is
    written when it is sent."""

    subscription = models.ForeignKey(
        Subscription,
        verbose_name=_("webhook"),
        on_delete=models.PROTECT,
        db_index=False,
        related_name="messages",
    )
    event = models.ForeignKey(
        Event,
        verbose_name=_("event"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    # As the event has them: the next of a subject waits for the one before it.
    subject_type = models.CharField(_("subject"), max_length=20, blank=True)
    subject_id = models.BigIntegerField(_("subject id"), default=0)
    seq = models.PositiveIntegerField(_("number"), default=0)

    state = models.CharField(_("state"), max_length=10, choices=message_states, default="queued")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"))
    # Who sends it holds no lock meanwhile, only this promise to be done by then.
    lease_until = models.DateTimeField(_("being sent until"), null=True)
    created_at = models.DateTimeField(_("written"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("webhook message")
        verbose_name_plural = _("webhook messages")
        constraints = (
            models.UniqueConstraint(fields=["subscription", "event"], name="message_once"),
            models.CheckConstraint(
                condition=Q(lease_until=None) | Q(state="queued"), name="message_lease_only_queued"
            ),
        )
        indexes = (
            models.Index(
                fields=["subscription", "next_try_at", "id"],
                condition=Q(state="queued"),
                name="message_to_send",
            ),
            models.Index(
                fields=["next_try_at"], condition=Q(state="queued", event=None), name="message_pings"
            ),
            models.Index(
                fields=["subscription", "subject_type", "subject_id", "seq"],
                condition=Q(state="queued"),
                name="message_order",
            ),
            models.Index(fields=["subscription", "-id"], name="message_newest"),
            models.Index(
                fields=["ended_at"], condition=Q(state__in=["sent", "withheld"]), name="message_ended"
            ),
        )

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def webhook_id(self) -> str:
        """Under which the receiver knows it: the same for every attempt."""
        return f"evt_{self.event_id}_{self.subscription_id}" if self.event_id else f"{PING}_{self.pk}"


class Attempt(models.Model):
    """One request of a message, as it was sent, and what was answered."""

    message = models.ForeignKey(
        Message, verbose_name=_("webhook message"), on_delete=models.CASCADE, related_name="tries"
    )
    at = models.DateTimeField(_("at"))
    # As it was really sent, without its signature; nothing where it could not be written.
    address = models.CharField(_("address"), max_length=LONGEST, blank=True, default="", db_default="")
    headers = models.JSONField(_("headers of the request"), blank=True, default=dict, db_default={})
    body = models.TextField(_("request"), blank=True, default="", db_default="")
    # By number: 1 is its first secret.
    secrets = ArrayField(
        models.PositiveIntegerField(),
        verbose_name=_("signed with secrets"),
        blank=True,
        default=list,
        db_default=[],
    )
    status = models.PositiveSmallIntegerField(_("status"), null=True)
    error = models.CharField(_("error"), max_length=12, choices=error_choices, blank=True)
    answer = models.TextField(_("answer"), blank=True)
    milliseconds = models.PositiveIntegerField(_("milliseconds"), default=0)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.status or self.error}"


class GroupChannel(Line, models.Model):
    """A group in WeCom, DingTalk, Feishu or Lark that a district's bot writes to. Its address is a secret: whoever
    has it may write there."""

    district = models.ForeignKey(Unit, verbose_name=_("district"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=60)
    address = EncryptedTextField(_("address"), blank=True)
    sorts = models.JSONField(_("told of"), default=list)
    language = models.CharField(_("language"), max_length=10)
    paused_at = models.DateTimeField(_("paused"), null=True)
    paused_because = models.CharField(_("paused because"), max_length=10, choices=group_pauses, blank=True)
    failures = models.PositiveSmallIntegerField(_("failures in a row"), default=0)
    rest_until = models.DateTimeField(_("next try at"), null=True)
    reached_at = models.DateTimeField(_("last reached"), null=True)
    last_error = models.CharField(_("last error"), max_length=10, choices=group_errors, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("added by"),
        null=True,
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
    )
    created_at = models.DateTimeField(_("added"))
    ended_at = models.DateTimeField(_("removed"), null=True)

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("group channel")
        verbose_name_plural = _("group channels")

    def __str__(self) -> str:
        return self.name

    @property
    def masked(self) -> str:
        """All that is ever shown of its address."""
        return mask(self.address)

    @property
    def pause_words(self) -> str:
        """Why it is paused, in words; "" if it is not."""
        return str(GROUP_PAUSES.get(self.paused_because, ""))


class GroupMessage(models.Model):
    """An event that one group is told of, or (without an event) a test. Holds a key and parameters, never words."""

    group = models.ForeignKey(
        GroupChannel,
        verbose_name=_("group channel"),
        on_delete=models.PROTECT,
        db_index=False,
        related_name="messages",
    )
    event = models.ForeignKey(
        Event,
        verbose_name=_("event"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    key = models.CharField(_("what it says"), max_length=60)
    params = models.JSONField(_("parameters"), default=dict)
    link = models.CharField(_("leads to"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=group_states, default="queued")
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"))
    # Who sends it holds no lock meanwhile, only this promise to be done by then.
    lease_until = models.DateTimeField(_("being sent until"), null=True)
    last_error = models.CharField(_("last error"), max_length=10, choices=group_errors, blank=True)
    created_at = models.DateTimeField(_("written"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = GroupMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("group message")
        verbose_name_plural = _("group messages")
        constraints = (
            models.UniqueConstraint(fields=["group", "event"], name="group_message_once"),
            models.CheckConstraint(
                condition=Q(lease_until=None) | Q(state="queued"), name="group_lease_only_queued"
            ),
        )
        indexes = (
            models.Index(fields=["next_try_at"], condition=Q(state="queued"), name="group_to_send"),
            models.Index(fields=["group", "-id"], name="group_newest"),
            models.Index(fields=["ended_at"], condition=Q(state__in=["sent", "dead"]), name="group_ended"),
        )

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def words(self) -> str:
        """What has happened, in the active language."""
        return say(self.key, self.params)

    @property
    def about(self) -> str:
        """What it happened to, in the active language; "" where there is nothing to name."""
        return name(self.key, self.params)
