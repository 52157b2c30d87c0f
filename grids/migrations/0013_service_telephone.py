from django.db import migrations, models


class Migration(migrations.Migration):
    """A column with a constant default: no row is rewritten."""

    dependencies = [("grids", "0012_index_initials")]

    operations = [
        migrations.AddField(
            model_name="unit",
            name="phone",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Public: residents see it wherever they report or follow something here.",
                max_length=30,
                verbose_name="service telephone",
            ),
        ),
    ]
