"""For container health checks: is the loop alive?"""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from trail.loops import MOST_SILENCE
from trail.models import Heartbeat


class Command(BaseCommand):
    help = "Exit 1 when a loop, a driver or the sealing has been silent for too long (trail/loops.py)."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--name",
            default="worker",
            choices=sorted(MOST_SILENCE),
            help="worker (through the broker), ticks (run_ticks), seal, or a loop, whoever turns it",
        )
        parser.add_argument("--seconds", type=int, help="default: what trail/loops.py allows")

    def handle(self, *args: Any, **options: Any) -> None:
        name, seconds = options["name"], options["seconds"]
        most = MOST_SILENCE[name] if seconds is None else timedelta(seconds=seconds)
        age = Heartbeat.objects.age(name, timezone.now())
        if age is None or age > most:
            raise CommandError(f"heartbeat {name}: {'never' if age is None else age}")
        self.stdout.write(f"heartbeat {name}: {age.total_seconds():.1f} s")
