"""For container health checks: is the loop alive?"""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from trail.models import Heartbeat


class Command(BaseCommand):
    help = "Exit 1 when the heartbeat of a loop is older than --seconds."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--name",
            default="worker",
            help="worker (through the broker), ticks (run_ticks), or a loop: sweep, fanout, deliver",
        )
        parser.add_argument("--seconds", type=int, default=30)

    def handle(self, *args: Any, **options: Any) -> None:
        age = Heartbeat.objects.age(options["name"], timezone.now())
        if age is None or age > timedelta(seconds=options["seconds"]):
            raise CommandError(f"heartbeat {options['name']}: {'never' if age is None else age}")
        self.stdout.write(f"heartbeat {options['name']}: {age.total_seconds():.1f} s")
