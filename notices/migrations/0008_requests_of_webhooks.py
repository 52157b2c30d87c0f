from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    """What an attempt sent. Columns with constant defaults: no row is rewritten, and an older version writes on."""

    dependencies = [("notices", "0007_next_to_deliver")]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="address",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=500, verbose_name="address"
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="headers",
            field=models.JSONField(
                blank=True, db_default={}, default=dict, verbose_name="headers of the request"
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="body",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="request"),
        ),
        migrations.AddField(
            model_name="attempt",
            name="secrets",
            field=ArrayField(
                base_field=models.PositiveIntegerField(),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                verbose_name="signed with secrets",
            ),
        ),
    ]
