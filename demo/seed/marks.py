"""Whose database this is: the launcher's mark, and whether somebody seeded it before."""

from django.db import connection

from accounts.models import User
from grids.models import Unit
from trail.models import Event

# The launcher's note (demo/database.py); this seed only reads it.
MARK = "demo_mark"
SUBJECT, NUMBER = "demo", 1


class NotOurs(RuntimeError):
    """The seed does not touch this database, and the text says why."""


def check_database(*, force: bool) -> None:
    """Raises NotOurs for a database that the demo's launcher did not make, or that holds anything already.

    `force` takes an empty database that nobody marked.
    """
    if Event.objects.about(SUBJECT, NUMBER).exists():
        raise NotOurs("This database has been seeded already. Start over with: make demo RESET=1")
    if Unit.objects.exists() or User.objects.exists():
        raise NotOurs(
            "This database holds units or accounts of somebody's; the seed only fills an empty one."
        )
    if not force and not _marked():
        raise NotOurs("This database is not the demo's own. An empty one is taken with --force.")


def _marked() -> bool:
    if MARK not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM demo_mark WHERE kind = 'instance')")
        return bool(cursor.fetchone()[0])
