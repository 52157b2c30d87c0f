"""What a person was told: one row per event, recipient and channel."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from notices.channels import INBOX, channel_choices
from notices.querysets import NoticeQuerySet
from notices.words import URGENCY, name, say, urgency_choices
from trail.models import Event


def state_choices() -> list[tuple[str, Any]]:
    return [("queued", _("Queued")), ("sent", _("Sent")), ("dead", _("Given up"))]


class Notice(models.Model):
    """Holds a key and parameters, never words: these are made when it is read. Written by actions alone."""

    event = models.ForeignKey(
        Event, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recipient"),
        on_delete=models.CASCADE,
        db_index=False,
        related_name="notices",
    )
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
            models.CheckConstraint(
                condition=Q(lease_until=None) | Q(state="queued"), name="notice_lease_only_queued"
            ),
        )
        indexes = (
            models.Index(fields=["recipient", "-id"], condition=Q(channel=INBOX), name="notice_inbox"),
            models.Index(
                fields=["recipient"], condition=Q(channel=INBOX, read_at=None), name="notice_unread"
            ),
            models.Index(fields=["next_try_at"], condition=Q(state="queued"), name="notice_to_deliver"),
        )

    def __str__(self) -> str:
        return f"{self.key} → {self.recipient_id}"

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
