"""Indexes and checks of the engine's columns, built while the platform works: no long lock on a filled table."""

from django.contrib.postgres.operations import (
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models


class AddUniqueConcurrently(migrations.AddConstraint):
    """A partial unique index without locking out writers. Stopped half way, it has to be dropped by hand."""

    atomic = False

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            create = str(self.constraint.create_sql(model, schema_editor))
            schema_editor.execute(create.replace("UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY", 1), params=None)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("issues", "0009_likely"),
    ]

    operations = [
        RemoveIndexConcurrently(
            model_name="issue",
            name="issue_unit_due",
        ),
        RemoveIndexConcurrently(
            model_name="issue",
            name="issue_body_due",
        ),
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["owner_unit", "due_at"],
                name="issue_unit_due",
            ),
        ),
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)),
                fields=["owner_body", "due_at"],
                name="issue_body_due",
            ),
        ),
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(
                condition=models.Q(("main__isnull", False)), fields=["main"], name="issue_main"
            ),
        ),
        ValidateConstraint(model_name="callee", name="callee_open_has_due"),
        ValidateConstraint(model_name="issue", name="open_has_owner_and_due"),
        ValidateConstraint(model_name="issue", name="closed_has_no_due"),
        AddUniqueConcurrently(
            model_name="deadline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("callee", None), ("decision", None), ("task", None)),
                fields=("issue", "clock", "round"),
                name="issue_clock_round",
            ),
        ),
        AddUniqueConcurrently(
            model_name="deadline",
            constraint=models.UniqueConstraint(
                condition=models.Q(
                    ("cancelled_at", None),
                    ("fired_at", None),
                    ("callee", None),
                    ("decision", None),
                    ("task", None),
                ),
                fields=("issue", "clock"),
                name="issue_clock_open",
            ),
        ),
        AddUniqueConcurrently(
            model_name="deadline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("task__isnull", False)),
                fields=("task", "clock", "round"),
                name="task_clock_round",
            ),
        ),
        AddUniqueConcurrently(
            model_name="deadline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancelled_at", None), ("fired_at", None), ("task__isnull", False)),
                fields=("task", "clock"),
                name="task_clock_open",
            ),
        ),
        AddUniqueConcurrently(
            model_name="deadline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("decision__isnull", False)),
                fields=("decision", "clock", "round"),
                name="decision_clock_round",
            ),
        ),
        AddUniqueConcurrently(
            model_name="deadline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancelled_at", None), ("fired_at", None), ("decision__isnull", False)),
                fields=("decision", "clock"),
                name="decision_clock_open",
            ),
        ),
        ValidateConstraint(model_name="deadline", name="deadline_of_one"),
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(fields=["community", "due_at", "-id"], name="issue_community_due"),
        ),
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(fields=["grid", "due_at", "-id"], name="issue_grid_due"),
        ),
    ]
