"""Letters of supervision (督办) are numbered in each district by itself, those that there are keep their numbers; and
whoever has reported a matter and staff are each limited by their own last chase."""

from importlib import import_module

import django.db.models.deletion
from django.db import migrations, models

AddUniqueConcurrently = import_module("issues.migrations.0010_without_locks").AddUniqueConcurrently

FILL = (
    "UPDATE issues_decision AS letter SET district_id = issue.district_id FROM issues_issue AS issue"
    " WHERE issue.id = letter.issue_id AND letter.number <> '' AND letter.district_id IS NULL"
)


class Migration(migrations.Migration):
    # The index is built beside the work that goes on.
    atomic = False

    dependencies = [
        ("grids", "0012_index_initials"),
        ("issues", "0021_dangerous_answers"),
    ]

    operations = [
        migrations.AddField(
            model_name="issue",
            name="staff_chased_at",
            field=models.DateTimeField(null=True, verbose_name="last chased by staff"),
        ),
        migrations.AddField(
            model_name="decision",
            name="district",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="grids.unit",
                verbose_name="numbered in",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        AddUniqueConcurrently(
            model_name="decision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", ""), _negated=True),
                fields=("district", "number"),
                name="letter_once_in_district",
            ),
        ),
        migrations.RemoveConstraint(model_name="decision", name="letter_number_once"),
    ]
