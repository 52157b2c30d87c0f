"""A district adds categories of its own, and hears of what grid workers were given outside the duty list."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import issues.kinds


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0004_powers_as_policy"),
        ("issues", "0016_hotline"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="category",
            name="district",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="The district that has added it; empty for the list that all share.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
                verbose_name="added by",
            ),
        ),
        migrations.CreateModel(
            name="OutsideTask",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("given_on", models.DateField(verbose_name="given on")),
                ("text", models.CharField(max_length=300, verbose_name="task")),
                (
                    "state",
                    models.CharField(
                        choices=issues.kinds.outside_choices,
                        default="open",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                ("reported_at", models.DateTimeField(verbose_name="reported")),
                ("settled_at", models.DateTimeField(null=True, verbose_name="decided")),
                ("until", models.DateField(null=True, verbose_name="until")),
                ("note", models.CharField(blank=True, max_length=300, verbose_name="note")),
                (
                    "district",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="district",
                    ),
                ),
                (
                    "given_body",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.body",
                        verbose_name="given by (body)",
                    ),
                ),
                (
                    "given_unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="given by",
                    ),
                ),
                (
                    "grid",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="grid",
                    ),
                ),
                (
                    "issue",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="issues.issue",
                        verbose_name="issue",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="reported by",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "task outside the duty list",
                "verbose_name_plural": "tasks outside the duty list",
                "indexes": [
                    models.Index(fields=["district", "-reported_at"], name="outside_of_district"),
                    models.Index(fields=["reported_by", "-reported_at"], name="outside_of_reporter"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("given_body__isnull", True), ("given_unit__isnull", False)),
                            models.Q(("given_body__isnull", False), ("given_unit__isnull", True)),
                            _connector="OR",
                        ),
                        name="outside_given_by_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("settled_at", None), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True), ("settled_at__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="outside_open_or_settled",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("issue__isnull", False)),
                        fields=("issue", "grid"),
                        name="outside_issue_once",
                    ),
                ],
            },
        ),
    ]
