"""After a repair: what was given up is tried again."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count, QuerySet
from django.utils import timezone

from notices.actions import REVIVE_BATCH, revive_deliveries, revive_notices
from notices.models import Notice
from trail.models import Delivery


class Command(BaseCommand):
    help = "Let what handlers could not hear and channels could not hand over be tried again."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--list", action="store_true", help="only say what there is, by kind and error")
        parser.add_argument("--handler", help="only this handler or channel, as --list names it")

    def handle(self, *args: Any, **options: Any) -> None:
        dead: tuple[tuple[str, QuerySet, Callable[..., int]], ...] = (
            ("handler", Delivery.objects.dead(), revive_deliveries),
            ("channel", Notice.objects.dead(), revive_notices),
        )
        for name, rows, revive in dead:
            if options["handler"]:
                rows = rows.filter(**{name: options["handler"]})
            if options["list"]:
                self._list(name, rows)
            else:
                self.stdout.write(f"{name}s: {_all(rows, revive)} to be tried again")

    def _list(self, name: str, rows: QuerySet) -> None:
        counted = rows.order_by(name, "last_error").values_list(name, "last_error").annotate(Count("pk"))
        for key, error, count in counted:
            self.stdout.write(f"{name} {key}: {count} × {error or '?'}")


def _all(rows: QuerySet, revive: Callable[..., int]) -> int:
    """Batch by batch, each in a transaction of its own."""
    done = 0
    while ids := list(rows.order_by("pk").values_list("pk", flat=True)[:REVIVE_BATCH]):
        revived = revive(ids, by=None, now=timezone.now())
        done += revived
        if not revived:  # somebody else holds them
            break
    return done
