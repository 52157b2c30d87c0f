"""Issues are found by the number that the hotline or a list knows them by."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    # Indexes are built beside the work that goes on.
    atomic = False

    dependencies = [("issues", "0029_listed")]

    operations = [
        AddIndexConcurrently(
            model_name="hotlineorder", index=models.Index(fields=["number"], name="hotline_number")
        ),
        AddIndexConcurrently(
            model_name="listedissue",
            index=models.Index(
                condition=models.Q(("number", ""), _negated=True), fields=["number"], name="listed_number"
            ),
        ),
    ]
