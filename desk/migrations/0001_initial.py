import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import desk.tables


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("grids", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("table", models.CharField(choices=desk.tables.table_choices, max_length=20, verbose_name="list")),
                ("filter", models.JSONField(default=dict, verbose_name="filter")),
                (
                    "filter_label",
                    models.CharField(blank=True, max_length=300, verbose_name="filter as shown"),
                ),
                ("header", models.JSONField(default=list, verbose_name="columns")),
                ("count", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("digest", models.CharField(max_length=64, verbose_name="digest")),
                ("taken_at", models.DateTimeField(verbose_name="taken")),
                (
                    "taken_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="taken by",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "snapshot",
                "verbose_name_plural": "snapshots",
                "indexes": [models.Index(fields=["unit", "-taken_at"], name="snapshot_unit")],
            },
        ),
        migrations.CreateModel(
            name="SnapshotRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("issue_id", models.BigIntegerField(verbose_name="issue")),
                ("cells", models.JSONField(verbose_name="cells")),
                (
                    "snapshot",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="desk.snapshot",
                    ),
                ),
            ],
            options={
                "verbose_name": "row of a snapshot",
                "verbose_name_plural": "rows of snapshots",
                "constraints": [
                    models.UniqueConstraint(fields=("snapshot", "number"), name="snapshot_row_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("table", models.CharField(choices=desk.tables.table_choices, max_length=20, verbose_name="list")),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("query", models.CharField(blank=True, max_length=500, verbose_name="filter")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "saved filter",
                "verbose_name_plural": "saved filters",
                "ordering": ("name",),
                "constraints": [
                    models.UniqueConstraint(fields=("user", "table", "name"), name="filter_name_once")
                ],
            },
        ),
    ]
