"""Seal yesterday's events. Run daily as the tables' owner."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from trail.actions import beat, seal_day


class Command(BaseCommand):
    help = "Seal everything recorded since the last seal under yesterday's date (run daily, as owner)."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        seal = seal_day(timezone.localdate(now) - timedelta(days=1))
        beat("seal", now=now)
        self.stdout.write(f"sealed {seal.events} events as {seal.digest}" if seal else "already sealed")
