"""Checks on the spot that wait are found without looking through everything that is open."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Indexes are built beside the work that goes on.
    atomic = False

    dependencies = [("issues", "0024_given_dates")]

    operations = [
        AddIndexConcurrently(
            model_name="issue",
            index=models.Index(
                condition=models.Q(
                    ("check_unit__isnull", False), ("checked_at__isnull", True), ("due_at__isnull", False)
                ),
                fields=["check_unit", "due_at"],
                name="issue_unchecked",
            ),
        ),
    ]
