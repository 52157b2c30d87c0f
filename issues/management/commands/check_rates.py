"""Are the three rates what the events say?"""

from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from issues.actions.rates import count_rates
from issues.models import RateDay
from issues.verdicts import STRETCH, differences

SHOWN = 50


class Command(BaseCommand):
    help = (
        "Recompute the figures of the three rates from the events and compare them with the stored days and "
        "with the rating rows. Fails and names every difference."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, help="first day, YYYY-MM-DD")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, help="last day; without: yesterday")
        parser.add_argument("--repair", action="store_true", help="count the days anew before comparing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        last = options["last"] or timezone.localdate(now) - timedelta(days=1)
        first = options["first"] or last - timedelta(days=365)
        if first > last:
            raise CommandError("--from is after --to")
        if options["repair"]:
            self._repair(first, last, now)
        found = list(differences(first, last, RateDay.objects.all()))
        for difference in found[:SHOWN]:
            self.stdout.write(str(difference))
        if found:
            raise CommandError(f"{len(found)} differences from {first} to {last}")
        self.stdout.write(f"{first} to {last}: events, stored days and ratings agree")

    def _repair(self, first: date, last: date, now: Any) -> None:
        """A month at a time, as it is compared."""
        while first <= last:
            until = min(last, first + STRETCH)
            count_rates(first, until, now=now)
            first = until + timedelta(days=1)
