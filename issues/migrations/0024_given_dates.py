"""The date that a sub-task was given stays known while its matter ends earlier."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0023_engine_clocks")]

    operations = [migrations.AddField("deadline", "given_at", models.DateTimeField(null=True))]
