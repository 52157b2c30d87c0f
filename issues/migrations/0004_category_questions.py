from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("issues", "0003_engine"),
    ]

    operations = [
        migrations.AddField(
            model_name="category",
            name="questions",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="What is asked besides (issues.questions); answers are kept with the issue.",
                verbose_name="questions",
            ),
        ),
    ]
