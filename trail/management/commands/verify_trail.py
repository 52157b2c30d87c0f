"""Recompute every seal and compare."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from trail.models import Event, Seal
from trail.seals import digest_of


class Command(BaseCommand):
    help = "Recompute the chain of seals over the events; exit 1 and name the first day that does not fit."

    def handle(self, *args: Any, **options: Any) -> None:
        previous, below, total = "", 0, 0
        for seal in Seal.objects.order_by("day"):
            count, digest = digest_of(Event.objects.between_xacts(seal.from_xact, seal.below_xact), previous)
            if (seal.from_xact, seal.previous) != (below, previous) or (count, digest) != (
                seal.events,
                seal.digest,
            ):
                raise CommandError(
                    f"{seal.day}: {seal.events} events were sealed, {count} found; the trail was altered."
                )
            previous, below, total = seal.digest, seal.below_xact, total + count
        self.stdout.write(f"{total} events in {Seal.objects.count()} seals, unbroken")
