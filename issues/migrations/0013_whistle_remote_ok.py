"""Whether the caller agrees that those called report in by telephone or online; of earlier whistles nobody did.

A column with a constant default: PostgreSQL writes no row for it.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0012_verbs")]
    operations = [
        migrations.AddField(
            "whistle",
            "remote_ok",
            models.BooleanField("may be answered from afar", default=False, db_default=False),
        ),
    ]
