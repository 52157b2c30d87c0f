"""Is every point accounted for?"""

from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from volunteers.points_check import faults

SHOWN = 200


class Command(BaseCommand):
    help = (
        "Count the points bank anew: the sum of all accounts is zero, every booking sums to zero, balances and stocks "
        "are the sums of their rows, every booking has its event. Fails and names every fault."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # All statements look at the same moment, whatever is booked meanwhile.
            if not connection.savepoint_ids:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            found = list(islice(faults(), SHOWN + 1))
        for fault in found[:SHOWN]:
            self.stdout.write(fault)
        if found:
            more = "more than " if len(found) > SHOWN else ""
            raise CommandError(f"{more}{min(len(found), SHOWN)} faults in the points bank")
        self.stdout.write("the points bank is in order")
