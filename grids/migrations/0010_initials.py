"""Pinyin initials of units: a column with a default of the database, which rewrites nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("grids", "0009_sheets")]

    operations = [
        migrations.AddField(
            "unit",
            "initials",
            models.TextField(blank=True, db_default="", editable=False, verbose_name="pinyin initials"),
        ),
    ]
