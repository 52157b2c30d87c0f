"""Ratings are listed by themselves, the newest first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Indexes are built beside the work that goes on.
    atomic = False

    dependencies = [("issues", "0018_sent_again_expected")]

    operations = [
        AddIndexConcurrently(
            model_name="rating",
            index=models.Index(fields=["-rated_at", "-id"], name="rating_newest"),
        ),
    ]
