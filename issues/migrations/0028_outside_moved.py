"""Where an issue went that was taken back from a grid."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("grids", "0013_service_telephone"), ("issues", "0027_promise_clock")]

    operations = [
        migrations.AddField(
            "outsidetask",
            "moved_body",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.body",
                verbose_name="issue went to (body)",
            ),
        ),
        migrations.AddField(
            "outsidetask",
            "moved_unit",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="grids.unit",
                verbose_name="issue went to",
            ),
        ),
        migrations.AddConstraint(
            "outsidetask",
            models.CheckConstraint(
                condition=models.Q(
                    ("moved_body", None),
                    ("moved_unit", None),
                )
                | models.Q(
                    models.Q(("moved_unit", None), ("moved_body", None), _connector="OR"),
                    ("issue__isnull", False),
                    ("state", "taken_back"),
                ),
                name="outside_moved_to_one",
            ),
        ),
    ]
