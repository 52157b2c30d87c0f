"""Are the figures of the command centre what the issues say? If not, they are afterwards."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from issues.actions.figures import recount

# Issues; the platform counts some two to three thousand in a second.
TOLD_EVERY = 50_000


class Command(BaseCommand):
    help = "Count the figures of the command centre anew from the issues, while the platform works."

    def handle(self, *args: Any, **options: Any) -> None:
        mended = recount(now=timezone.now(), told=self._told)
        self.stdout.write(f"counted anew; {mended} figures were otherwise")

    def _told(self, counted: int) -> None:
        if counted % TOLD_EVERY == 0:
            self.stdout.write(f"{counted} issues")
