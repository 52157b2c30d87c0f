"""Words for reading the trail."""

from datetime import datetime, timedelta
from typing import Self

from django.db import connection, models


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


class HeartbeatQuerySet(models.QuerySet):
    def age(self, name: str, now: datetime) -> timedelta | None:
        """How long ago the loop last ran to its end; None if it never did."""
        at = self.filter(pk=name).values_list("at", flat=True).first()
        return None if at is None else now - at


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
