"""What was given up is found along an index of its own, built while the platform works."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("trail", "0005_districts")]

    operations = [
        AddIndexConcurrently(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("dead_at__isnull", False)), fields=["-id"], name="delivery_dead"
            ),
        ),
    ]
