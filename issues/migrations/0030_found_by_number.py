"""Issues are found by the number that the hotline or a list knows them by."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# Whoever builds an index or reads all rows waits for older transactions as long as they last.
PATIENT = "SET lock_timeout = 0; SET statement_timeout = 0"
USUAL = "RESET lock_timeout; RESET statement_timeout"


class Migration(migrations.Migration):
    # Indexes are built beside the work that goes on.
    atomic = False

    dependencies = [("issues", "0029_listed")]

    operations = [
        migrations.RunSQL(PATIENT, migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="hotlineorder", index=models.Index(fields=["number"], name="hotline_number")
        ),
        AddIndexConcurrently(
            model_name="listedissue",
            index=models.Index(
                condition=models.Q(("number", ""), _negated=True), fields=["number"], name="listed_number"
            ),
        ),
        migrations.RunSQL(USUAL, migrations.RunSQL.noop),
    ]
