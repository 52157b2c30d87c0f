"""Are the figures of the command centre what the issues say? If not, they are afterwards."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from issues.actions.figures import recount


class Command(BaseCommand):
    help = "Count the figures of the command centre anew from the issues, while the platform works."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"counted anew; {recount(now=timezone.now())} figures were otherwise")
