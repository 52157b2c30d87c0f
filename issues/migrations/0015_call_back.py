"""A verdict has reasons and says how it was given: by the reporter, or to somebody who called back (回访).

Columns with a constant default: no row is written anew. The check is validated, and indexes are built, while the
platform works; stopped half way, what is there already has to be dropped by hand before it runs again.
"""

import django.contrib.postgres.fields
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models

import issues.kinds


def keep_one_each(apps, schema_editor):
    """Before there were two ways there was one verdict on a result: the reporter's own."""
    ratings = apps.get_model("issues", "Rating").objects
    own = ratings.filter(issue=models.OuterRef("issue"), round=models.OuterRef("round"), source="link")
    ratings.filter(models.Exists(own), source="call").delete()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("issues", "0014_complaints")]

    operations = [
        migrations.AddField(
            "rating",
            "source",
            models.CharField(
                "how it was said",
                max_length=10,
                choices=issues.kinds.rating_source_choices,
                default="link",
                db_default="link",
            ),
        ),
        migrations.AddField(
            "rating",
            "reasons",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                default=list,
                db_default=[],
                size=None,
                verbose_name="reasons",
            ),
        ),
        # The index becomes the constraint's: nothing is read again.
        migrations.RunSQL(
            [
                "CREATE UNIQUE INDEX CONCURRENTLY rated_once_each_way"
                " ON issues_rating (issue_id, round, source)",
                "ALTER TABLE issues_rating ADD CONSTRAINT rated_once_each_way"
                " UNIQUE USING INDEX rated_once_each_way",
            ],
            "ALTER TABLE issues_rating DROP CONSTRAINT rated_once_each_way",
            state_operations=[
                migrations.AddConstraint(
                    "rating",
                    models.UniqueConstraint(fields=("issue", "round", "source"), name="rated_once_each_way"),
                )
            ],
        ),
        migrations.RemoveConstraint("rating", "rated_once"),
        migrations.RunPython(migrations.RunPython.noop, keep_one_each, elidable=True),
        AddConstraintNotValid(
            "rating",
            models.CheckConstraint(
                condition=models.Q(
                    ("reasons", []),
                    ("answered", False),
                    ("solved", False),
                    ("satisfied", False),
                    _connector="OR",
                ),
                name="rating_reasons_of_a_no",
            ),
        ),
        ValidateConstraint("rating", "rating_reasons_of_a_no"),
        migrations.AddField(
            "issue",
            "call_count",
            models.PositiveSmallIntegerField("times called back about this result", default=0, db_default=0),
        ),
        *(
            AddIndexConcurrently(
                "issue",
                models.Index(
                    fields=[level, "resolved_at"],
                    name=f"issue_{level}_result",
                    condition=models.Q(("resolved_at__isnull", False)),
                ),
            )
            for level in ("district", "street", "community")
        ),
        *(
            migrations.AddField("rateday", name, models.PositiveIntegerField(label, default=0, db_default=0))
            for name, label in (
                ("called", "by call-back"),
                ("called_responded", "by call-back: answered in time"),
                ("called_solved", "by call-back: solved"),
                ("called_satisfied", "by call-back: satisfied"),
            )
        ),
        migrations.AddField("rateday", "reasons", models.JSONField("reasons", default=dict, db_default={})),
    ]
