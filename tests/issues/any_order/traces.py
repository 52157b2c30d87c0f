"""Whether anything at all has changed: one query over every table that a step may write."""

from django.db import connection

from issues import models
from trail.models import Event

TABLES = tuple(
    model._meta.db_table
    for model in (
        *(models.Issue, models.Deadline, models.Whistle, models.Callee, models.Stage, models.Task),
        *(models.Decision, models.Concern, models.Note, models.Rating, models.Attachment, Event),
    )
)
_EACH = "SELECT '{0}', count(*), md5(string_agg(row::text, ',' ORDER BY row::text)) FROM {0} AS row"


def traces() -> list[tuple[str, int, str]]:
    """Table, number of rows, and a digest of what stands there."""
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(_EACH.format(table) for table in TABLES))
        return sorted(cursor.fetchall())
