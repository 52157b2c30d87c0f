import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("grids", "0004_powers_as_policy"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerBoundary",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "boundary",
                    models.JSONField(
                        help_text="GeoJSON geometry, WGS-84; none where there was none.",
                        null=True,
                        verbose_name="boundary",
                    ),
                ),
                ("replaced_at", models.DateTimeField(verbose_name="replaced")),
                (
                    "replaced_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="replaced by",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="former_boundaries",
                        to="grids.unit",
                        verbose_name="unit",
                    ),
                ),
            ],
            options={
                "verbose_name": "former boundary",
                "verbose_name_plural": "former boundaries",
                "indexes": [models.Index(fields=["unit", "-id"], name="former_boundary_unit")],
            },
        ),
    ]
