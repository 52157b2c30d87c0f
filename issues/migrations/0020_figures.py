"""The figures of the command centre: what they are, as what each issue counts, and how far the events are folded."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# A row of figures is written again and again: room beside it, and cleaned early.
EAGER = (
    "ALTER TABLE issues_{} SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02,"
    " autovacuum_analyze_scale_factor = 0.02)"
)
CALM = "ALTER TABLE issues_{} RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)"
# Issues that count elsewhere than where they lie; as it is asked in issues/counted.py.
MOVED = (
    "CREATE INDEX counted_moved ON issues_counted (issue_id)"
    " WHERE units <> array_remove(ARRAY[district_id, street_id, community_id, grid_id], NULL)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0009_sheets"),
        ("issues", "0019_rating_newest"),
    ]

    operations = [
        migrations.CreateModel(
            name="Folded",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("xact_id", models.BigIntegerField(default=0)),
                ("event_id", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "folded up to",
                "verbose_name_plural": "folded up to",
            },
        ),
        migrations.CreateModel(
            name="Counted",
            fields=[
                (
                    "issue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="issues.issue",
                    ),
                ),
                (
                    "units",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("marks", models.JSONField(default=list)),
                ("late_from", models.DateTimeField(null=True)),
                ("call_due_at", models.DateTimeField(null=True)),
                ("letter_due_at", models.DateTimeField(null=True)),
                (
                    "category",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="issues.category",
                    ),
                ),
                (
                    "community",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="community",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="district",
                    ),
                ),
                (
                    "grid",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="grid",
                    ),
                ),
                (
                    "street",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="street",
                    ),
                ),
            ],
            options={
                "verbose_name": "counted issue",
                "verbose_name_plural": "counted issues",
                "indexes": [
                    models.Index(fields=["street"], name="counted_street"),
                    models.Index(fields=["community"], name="counted_community"),
                    models.Index(fields=["grid"], name="counted_grid"),
                    models.Index(
                        condition=models.Q(("late_from__isnull", False)),
                        fields=["late_from"],
                        name="counted_late",
                    ),
                    models.Index(
                        condition=models.Q(("call_due_at__isnull", False)),
                        fields=["district", "call_due_at", "issue"],
                        name="counted_district_call",
                    ),
                    models.Index(
                        condition=models.Q(("letter_due_at__isnull", False)),
                        fields=["district", "letter_due_at", "issue"],
                        name="counted_district_letter",
                    ),
                    models.Index(
                        condition=models.Q(("call_due_at__isnull", False)),
                        fields=["street", "call_due_at", "issue"],
                        name="counted_street_call",
                    ),
                    models.Index(
                        condition=models.Q(("letter_due_at__isnull", False)),
                        fields=["street", "letter_due_at", "issue"],
                        name="counted_street_letter",
                    ),
                    models.Index(
                        condition=models.Q(("call_due_at__isnull", False)),
                        fields=["community", "call_due_at", "issue"],
                        name="counted_community_call",
                    ),
                    models.Index(
                        condition=models.Q(("letter_due_at__isnull", False)),
                        fields=["community", "letter_due_at", "issue"],
                        name="counted_community_letter",
                    ),
                    models.Index(
                        condition=models.Q(("call_due_at__isnull", False)),
                        fields=["grid", "call_due_at", "issue"],
                        name="counted_grid_call",
                    ),
                    models.Index(
                        condition=models.Q(("letter_due_at__isnull", False)),
                        fields=["grid", "letter_due_at", "issue"],
                        name="counted_grid_letter",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Figure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("what", models.CharField(max_length=20, verbose_name="what")),
                ("hour", models.DateTimeField(null=True, verbose_name="hour")),
                ("number", models.IntegerField(default=0, verbose_name="number")),
                (
                    "category",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="issues.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="grids.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "figure",
                "verbose_name_plural": "figures",
                "indexes": [
                    models.Index(
                        condition=models.Q(("hour__isnull", False)), fields=["hour"], name="figure_age"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("unit", "what", "hour", "category"), name="figure_once", nulls_distinct=False
                    )
                ],
            },
        ),
        *(migrations.RunSQL(EAGER.format(table), CALM.format(table)) for table in ("figure", "counted")),
        migrations.RunSQL(MOVED, "DROP INDEX counted_moved"),
    ]
