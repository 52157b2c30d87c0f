"""Fresh planner statistics. After a crash PostgreSQL has lost its counters and autovacuum does not come."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection


class Command(BaseCommand):
    help = "ANALYZE all tables. Run as owner: for another role PostgreSQL skips them without an error."

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.stdout.write("analyzed")
