"""In what size a person reads. A column with a default of the database: nothing waits for it, and older code may go
on writing accounts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_identities"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="text_size",
            field=models.CharField(
                blank=True,
                choices=[
                    ("large", "Large text"),
                    ("larger", "Larger text"),
                    ("standard", "Standard text"),
                ],
                db_default="",
                default="",
                max_length=8,
                verbose_name="text size",
            ),
        ),
    ]
