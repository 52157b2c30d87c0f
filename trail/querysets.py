"""Words for reading the trail."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.apps import apps
from django.db import connection, models

from trail.jobs import KINDS


class EventQuerySet(models.QuerySet):
    def about(self, subject_type: str, subject_id: int) -> Self:
        """The history of one subject, oldest first."""
        return self.filter(subject_type=subject_type, subject_id=subject_id).order_by("seq")

    def settled(self) -> Self:
        """Events that no transaction still under way can come before: safe for a cursor."""
        return self.filter(xact_id__lt=settled_below()).order_by("xact_id", "id")

    def between_xacts(self, start: int, below: int) -> Self:
        """The events of the transactions from `start` up to but not including `below`, in a fixed order."""
        return self.filter(xact_id__gte=start, xact_id__lt=below).order_by("xact_id", "id")


class DeliveryQuerySet(models.QuerySet):
    def due(self, now: datetime) -> Self:
        """What a loop should take now, oldest first."""
        return self.filter(done_at=None, dead_at=None, next_try_at__lte=now).order_by("next_try_at", "id")

    def dead(self) -> Self:
        """What was given up and waits for a person."""
        return self.exclude(dead_at=None)

    def done_before(self, before: datetime) -> Self:
        """What was heard of events older than this; found along the events' own index of time."""
        return self.filter(done_at__lt=before, event_id__lte=last_event_before(before)).order_by("event_id")


class JobQuerySet(models.QuerySet):
    def due(self, now: datetime) -> Self:
        """What a worker may take up now, what waits longest first. Nobody works on it, as far as leases tell."""
        open_ = self.filter(state__in=["waiting", "running"], next_try_at__lte=now)
        free = models.Q(lease_until=None) | models.Q(lease_until__lte=now)
        return open_.filter(free).order_by("next_try_at", "pk")

    def about(self, **params: int) -> Self:
        """Those that were ordered with these ids, newest first."""
        return self.filter(params__contains=params).order_by("-pk")

    def not_begun(self, kind: str, params: dict[str, int]) -> Self:
        """The one that was ordered like this and has not begun."""
        return self.filter(kind=kind, params=params, state="waiting", started_at=None)

    def visible_to(self, user: Any) -> Self:
        """Kinds that the person's posts may look at, and what they ordered themselves."""
        if user.is_active and user.is_superuser:
            return self
        kinds = [
            key for key, kind in KINDS.items() if any(user.has_perm(f"can.{name}") for name in kind.seen_with)
        ]
        return self.filter(models.Q(kind__in=kinds) | models.Q(created_by=user.pk))


class HeartbeatQuerySet(models.QuerySet):
    def age(self, name: str, now: datetime) -> timedelta | None:
        """How long ago the loop last ran to its end; None if it never did."""
        at = self.filter(pk=name).values_list("at", flat=True).first()
        return None if at is None else now - at

    def ages(self, now: datetime) -> dict[str, timedelta]:
        """How long ago each loop last ran to its end; those that never did are left out."""
        return {name: now - at for name, at in self.values_list("pk", "at")}


def last_event_before(before: datetime) -> int:
    """The id of the newest event recorded before this moment; 0 if there is none. One look at an index."""
    events = apps.get_model("trail", "Event").objects.filter(recorded_at__lt=before)
    return events.order_by("-recorded_at").values_list("pk", flat=True).first() or 0


def settled_below() -> int:
    """The oldest transaction still under way (or the next one): all below are committed or gone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        return cursor.fetchone()[0]


def database_now() -> datetime:
    """The database's clock: the one that decides what is due, whichever machine asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
