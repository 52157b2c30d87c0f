"""When somebody who was called, or who has a sub-task, was last chased."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0025_unchecked")]

    operations = [
        migrations.AddField(
            "callee", "chased_at", models.DateTimeField(null=True, verbose_name="last chased")
        ),
        migrations.AddField("task", "chased_at", models.DateTimeField(null=True, verbose_name="last chased")),
    ]
