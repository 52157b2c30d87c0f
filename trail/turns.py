"""One after the other, where there is no row yet that could be locked."""

from django.db import connection


def take_turn(what: str, whose: object = "") -> None:
    """Wait until no other transaction has this turn, and keep it until this one ends. `what` names the work
    ("app.work"), so that no two kinds of work ever wait for each other; `whose` narrows it to one district, key
    or issue."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))", [what, str(whose)])
