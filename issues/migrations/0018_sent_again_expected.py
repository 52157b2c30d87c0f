"""The preview of a file of hotline orders says how many had ended and would be opened again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0017_own_categories_and_outside_tasks"),
    ]

    operations = [
        migrations.AddField(
            model_name="importbatch",
            name="expected_again",
            field=models.PositiveIntegerField(default=0, verbose_name="to be opened again"),
        ),
    ]
