"""Rows of lists that came in by sheet: each stands behind its issue, so that none is taken in twice."""

import django.db.models.deletion
from django.db import migrations, models

HAS_NUMBER = models.Q(("number", ""), _negated=True)


class Migration(migrations.Migration):
    dependencies = [("grids", "0013_service_telephone"), ("issues", "0028_outside_moved")]

    operations = [
        migrations.CreateModel(
            name="ListedIssue",
            fields=[
                (
                    "issue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="listed",
                        serialize=False,
                        to="issues.issue",
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
                        verbose_name="whose list (unit)",
                    ),
                ),
                (
                    "body",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.body",
                        verbose_name="whose list (body)",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=40, verbose_name="number in the list")),
                ("digest", models.CharField(max_length=64)),
                ("taken_in_at", models.DateTimeField(verbose_name="taken in")),
            ],
            options={
                "verbose_name": "row of a list",
                "verbose_name_plural": "rows of lists",
                "indexes": [models.Index(fields=["digest"], name="listed_digest")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=HAS_NUMBER, fields=("unit", "number"), name="listed_unit_once"
                    ),
                    models.UniqueConstraint(
                        condition=HAS_NUMBER, fields=("body", "number"), name="listed_body_once"
                    ),
                ],
            },
        ),
    ]
