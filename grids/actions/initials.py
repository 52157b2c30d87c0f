"""Pinyin initials of units that were named before initials were kept."""

from collections.abc import Callable

from django.db import connection

from grids.initials import initials_of
from trail.statements import rows_of

BATCH = 2_000
WITHOUT = "SELECT id, name FROM grids_unit WHERE initials = '' AND id > %s ORDER BY id LIMIT %s"
# A name that changed meanwhile got its initials with it.
FILL = """
    UPDATE grids_unit AS u SET initials = v.initials
    FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS v(id, name, initials)
    WHERE u.id = v.id AND u.name = v.name AND u.initials = ''
"""


def fill_initials(progress: Callable[[int], None] = lambda done: None) -> int:
    """Give initials to all units that have none; how many got some. Each batch is a statement of its own, so nobody
    waits longer than for one; whoever stops it goes on later where it was."""
    last, filled = 0, 0
    while rows := rows_of(WITHOUT, [last, BATCH]):
        named = [(pk, name, initials) for pk, name in rows if (initials := initials_of(name))]
        if named:
            with connection.cursor() as cursor:
                cursor.execute(FILL, [list(column) for column in zip(*named, strict=True)])
                filled += cursor.rowcount
        last = rows[-1][0]
        progress(filled)
    return filled
