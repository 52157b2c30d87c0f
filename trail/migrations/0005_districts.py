from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Events and jobs say whose they are. What was recorded before stays as it is: nothing rewrites the trail."""

    # Without locking out whoever writes meanwhile.
    atomic = False
    dependencies = [("trail", "0004_job")]

    operations = [
        *(
            migrations.AddField(
                model_name=name,
                name="district_id",
                field=models.BigIntegerField(null=True, verbose_name="district id"),
            )
            for name in ("event", "job")
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(fields=["district_id", "id"], name="event_district"),
        ),
    ]
