"""What happened (append-only), what is still to be told (outbox), and what has already been answered."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from trail.jobs import job_state_choices, kind_label
from trail.querysets import (
    DeliveryQuerySet,
    EventQuerySet,
    HeartbeatQuerySet,
    JobQuerySet,
    SharedQuerySet,
)
from trail.words import handler_label, subject_label


class Event(models.Model):
    """One thing that happened. Field names, ids, codes and numbers only: free text and contact data
    stand in rows that can be erased. Update, delete and truncate are refused by trigger (migration 0002)."""

    subject_type = models.CharField(_("subject"), max_length=20)
    subject_id = models.BigIntegerField(_("subject id"))
    seq = models.PositiveIntegerField(_("number"), help_text=_("Counts the events of one subject from 1."))
    verb = models.CharField(_("what happened"), max_length=40)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    actor_label = models.CharField(
        _("in which role"), max_length=120, blank=True, help_text=_("Role key and unit code, never a name.")
    )
    unit_id = models.BigIntegerField(_("unit id"), null=True)
    unit_label = models.CharField(_("unit at that time"), max_length=120, blank=True)
    # Whose trail it is: the district in which it happened, wherever the unit moves later. None: trail.districts.
    district_id = models.BigIntegerField(_("district id"), null=True)
    data = models.JSONField(_("data"), default=dict)
    occurred_at = models.DateTimeField(
        _("happened at"), help_text=_("As the caller says; offline work comes late.")
    )
    recorded_at = models.DateTimeField(_("recorded at"), db_default=Now())
    # The feed and the seal read below the snapshot's xmin, so a row that commits late is never skipped.
    xact_id = models.BigIntegerField(
        editable=False, db_default=models.Func(function="txid_current", output_field=models.BigIntegerField())
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = (
            models.UniqueConstraint(fields=["subject_type", "subject_id", "seq"], name="event_seq_unique"),
        )
        indexes = (
            models.Index(fields=["xact_id", "id"], name="event_feed"),
            models.Index(fields=["recorded_at"], name="event_recorded"),
            models.Index(fields=["district_id", "id"], name="event_district"),
        )

    def __str__(self) -> str:
        return f"{subject_label(self.subject_type)} {self.subject_id}.{self.seq}"

    @property
    def topic(self) -> str:
        """`subject.verb`, the name under which handlers hear of it."""
        return f"{self.subject_type}.{self.verb}"


class Seal(models.Model):
    """A digest over a closed range of events, chained to the one before. Tampering breaks the chain."""

    day = models.DateField(_("day"), unique=True)
    from_xact = models.BigIntegerField()
    below_xact = models.BigIntegerField()
    events = models.PositiveBigIntegerField(_("number of events"))
    previous = models.CharField(_("previous digest"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"), db_default=Now())

    objects = SharedQuerySet.as_manager()

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day} {self.digest[:12]}"


class Delivery(models.Model):
    """Outbox: one event that one handler must still hear of. Written in the event's own transaction."""

    event = models.ForeignKey(
        Event,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="deliveries",
        verbose_name=_("event"),
    )
    handler = models.CharField(_("handler"), max_length=60)
    next_try_at = models.DateTimeField(_("next try at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    done_at = models.DateTimeField(_("done at"), null=True)
    dead_at = models.DateTimeField(_("given up at"), null=True)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = (models.UniqueConstraint(fields=["event", "handler"], name="delivery_once"),)
        indexes = (
            models.Index(
                fields=["next_try_at"], condition=models.Q(done_at=None, dead_at=None), name="delivery_open"
            ),
            # What was given up: a handful among millions, listed newest first.
            models.Index(fields=["-id"], condition=models.Q(dead_at__isnull=False), name="delivery_dead"),
        )

    def __str__(self) -> str:
        return f"{handler_label(self.handler)} {self.pk}"


class IdempotencyKey(models.Model):
    """The answer to a write, kept under the key its client chose, stored in the same transaction."""

    scope = models.CharField(max_length=80, help_text=_("Who chose the key: a user, or a public form."))
    key = models.CharField(max_length=120)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("idempotency key")
        verbose_name_plural = _("idempotency keys")
        constraints = (models.UniqueConstraint(fields=["scope", "key"], name="idempotency_once"),)
        indexes = (models.Index(fields=["created_at"], name="idempotency_age"),)

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class Tally(models.Model):
    """How often something happened within one window of time: what holds a flood off, in all processes alike.
    The key tells nothing about anybody (a keyed hash)."""

    key = models.CharField(max_length=120, primary_key=True)
    number = models.PositiveIntegerField(default=1)
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("count")
        verbose_name_plural = _("counts")
        indexes = (models.Index(fields=["until"], name="tally_age"),)

    def __str__(self) -> str:
        return f"{self.key}: {self.number}"


class Heartbeat(models.Model):
    """When a loop last ran to its end. Health is the age of this row, not a ping."""

    name = models.CharField(_("loop"), max_length=40, primary_key=True)
    at = models.DateTimeField(_("last seen"))

    objects = HeartbeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name} {self.at:%Y-%m-%d %H:%M:%S}"


class Job(models.Model):
    """Work that takes longer than a task may: done in chunks, each in one transaction with the cursor's move.

    Whoever dies in the middle of a chunk has done none of it; the next one goes on where the cursor stands.
    """

    kind = models.CharField(_("kind"), max_length=60)
    params = models.JSONField(_("about"), default=dict, help_text=_("Ids only."))
    district_id = models.BigIntegerField(_("district id"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=job_state_choices, default="waiting")
    total = models.PositiveIntegerField(_("in all"), default=0)
    done = models.PositiveIntegerField(_("done"), default=0)
    cursor = models.JSONField(default=dict)
    report = models.JSONField(_("report"), default=dict)
    next_try_at = models.DateTimeField(_("next try at"))
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("started by"),
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    created_at = models.DateTimeField(_("ordered"))
    started_at = models.DateTimeField(_("began"), null=True)
    finished_at = models.DateTimeField(_("ended"), null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        constraints = (
            # What was ordered twice before it began is done once.
            models.UniqueConstraint(
                fields=["kind", "params"],
                condition=models.Q(state="waiting", started_at=None),
                name="job_waits_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(state__in=["waiting", "running"]),
                name="job_open",
            ),
        )

    def __str__(self) -> str:
        return f"{kind_label(self.kind)} {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in {"waiting", "running"}

    @property
    def percent(self) -> int:
        """How much of it is done; all of it when it has ended well."""
        if self.state == "done":
            return 100
        return min(100 * self.done // self.total, 99) if self.total else 0
