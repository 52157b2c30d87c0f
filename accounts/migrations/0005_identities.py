"""Links between accounts and an identity provider: a new table, which nothing waits for."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_calendar_addresses"),
    ]

    operations = [
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("issuer", models.CharField(max_length=300, verbose_name="identity provider")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("linked_at", models.DateTimeField(verbose_name="linked")),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identities",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "link to the identity provider",
                "verbose_name_plural": "links to the identity provider",
                "constraints": [
                    models.UniqueConstraint(fields=("user", "issuer"), name="one_identity_per_provider")
                ],
            },
        ),
    ]
