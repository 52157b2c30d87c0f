"""Pinyin initials of units: a column with a default of the database, which rewrites nothing; filled batch by batch; an
index over every reading, built beside the work. Prefixes of a lexeme are found by it."""

from typing import Any

from django.db import migrations, models

INDEX = """
    CREATE INDEX CONCURRENTLY unit_initials ON grids_unit
    USING gin (array_to_tsvector(string_to_array(initials, ' ')))
    WHERE closed_at IS NULL
"""


def fill(apps: Any, schema_editor: Any) -> None:
    """Those that there are; `fill_initials` later finds any that an older program added meanwhile."""
    from grids.actions.initials import fill_initials

    fill_initials()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("grids", "0009_sheets")]

    operations = [
        migrations.AddField(
            "unit",
            "initials",
            models.TextField(blank=True, db_default="", editable=False, verbose_name="pinyin initials"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL(INDEX, "DROP INDEX CONCURRENTLY unit_initials"),
    ]
