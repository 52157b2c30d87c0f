"""Pinyin initials of the units that there are, batch by batch, each a statement of its own; broken off, it goes on where it
was. `fill_initials` later finds any that an older program added meanwhile."""

from typing import Any

from django.db import migrations


def fill(apps: Any, schema_editor: Any) -> None:
    # It reads and writes by statements of its own, so later columns are nothing to it.
    from grids.actions.initials import fill_initials

    fill_initials()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("grids", "0010_initials")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
