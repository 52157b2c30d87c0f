"""What some verbs have to remember. Columns come without writing a table anew, indexes while the platform works;
stopped half way, what is there already has to be dropped by hand before it runs again."""

import django.db.models.deletion
from django.db import migrations, models

ASKED = "WHERE callee_id IS NULL AND state = 'open' AND task_id IS NULL AND whistle_id IS NULL"


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("issues", "0011_wide_round")]

    operations = [
        # Columns with a constant default: no table is written anew.
        migrations.AddField(
            model_name="issue",
            name="question_count",
            field=models.PositiveSmallIntegerField(default=0, verbose_name="times the reporter was asked"),
        ),
        *(
            migrations.AddField(
                model_name="issue",
                name=f"proposed_{kind}",
                field=models.ForeignKey(
                    db_constraint=False,
                    db_index=False,
                    null=True,
                    on_delete=django.db.models.deletion.DO_NOTHING,
                    related_name="+",
                    to=f"grids.{kind}",
                    verbose_name=f"proposed ({kind})",
                ),
            )
            for kind in ("unit", "body")
        ),
        migrations.AddField(
            model_name="decision",
            name="category",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="issues.category",
                verbose_name="category",
            ),
        ),
        *(
            migrations.AddField(
                model_name=name,
                name="extension_count",
                field=models.PositiveSmallIntegerField(default=0, verbose_name="times extended"),
            )
            for name in ("callee", "task")
        ),
        migrations.AddField(
            model_name="decision",
            name="task",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="decisions",
                to="issues.task",
            ),
        ),
        # Each of several sub-tasks may ask for more time at once.
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY decision_asked_once ON issues_decision (issue_id, kind)"
            f" {ASKED} AND NOT (kind = 'supervision')",
            "DROP INDEX CONCURRENTLY decision_asked_once",
            state_operations=[
                migrations.AddConstraint(
                    model_name="decision",
                    constraint=models.UniqueConstraint(
                        condition=models.Q(
                            ("callee", None),
                            ("state", "open"),
                            ("task", None),
                            ("whistle", None),
                            models.Q(("kind", "supervision"), _negated=True),
                        ),
                        fields=("issue", "kind"),
                        name="decision_asked_once",
                    ),
                )
            ],
        ),
        migrations.RemoveConstraint(model_name="decision", name="decision_open_once"),
    ]
