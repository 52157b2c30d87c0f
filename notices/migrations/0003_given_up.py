"""What was given up is found along an index of its own, built while the platform works."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("notices", "0002_eager_cleaning")]

    operations = [
        AddIndexConcurrently(
            model_name="notice",
            index=models.Index(condition=models.Q(("state", "dead")), fields=["-id"], name="notice_dead"),
        ),
    ]
