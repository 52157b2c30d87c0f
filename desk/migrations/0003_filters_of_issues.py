from django.db import migrations, models

import desk.tables


class Migration(migrations.Migration):
    """Changes what Django offers, and nothing in the database."""

    dependencies = [("desk", "0002_kiosks")]

    operations = [
        migrations.AlterField(
            model_name="savedfilter",
            name="table",
            field=models.CharField(choices=desk.tables.filter_choices, max_length=20, verbose_name="list"),
        ),
    ]
