"""Photos that no issue names any more."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from issues.actions.photos import sweep_photos


class Command(BaseCommand):
    help = "Delete photo files that no row names and that are older than a day. Run daily."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{sweep_photos(now=timezone.now())} files deleted")
