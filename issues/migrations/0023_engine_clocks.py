"""Whoever the street never agreed to call (审哨) was not called; of what came back (退单) the time counts on."""

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

ENDED = ("done", "declined", "released", "not_called")
# Whoever is called has clocks from that moment on, and clocks are kept; so whoever never had one was not called.
NEVER = """
    UPDATE issues_callee AS callee SET state = 'not_called'
    WHERE state = 'released'
    AND NOT EXISTS (SELECT FROM issues_deadline WHERE issues_deadline.callee_id = callee.id)
"""
BACK = "UPDATE issues_callee SET state = 'released' WHERE state = 'not_called'"


class Migration(migrations.Migration):
    # Rows are checked and changed beside the work that goes on.
    atomic = False

    dependencies = [("issues", "0022_letters_and_chases")]

    operations = [
        migrations.RemoveConstraint("callee", "callee_open_has_due"),
        AddConstraintNotValid(
            "callee",
            models.CheckConstraint(
                name="callee_open_has_due", condition=Q(state__in=ENDED) | Q(due_at__isnull=False)
            ),
        ),
        ValidateConstraint("callee", "callee_open_has_due"),
        migrations.RunSQL(NEVER, BACK),
        migrations.AddField(
            "issue", "counted_from", models.DateTimeField(null=True, verbose_name="time counts from")
        ),
    ]
