"""Accounts of other systems; and of every token what it is called, what it may do and when it was last used.

Columns with a constant default: no row is written anew. The check is validated, and the index is built, while the
platform works; stopped half way, what is there already has to be dropped by hand before it runs again.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models

# Tokens from before go on opening what they opened.
FILL = """
    INSERT INTO accounts_grant (token_id, name, scopes, last_used_at)
    SELECT digest, '', 'read report handle events webhooks tokens manage', NULL FROM knox_authtoken
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("accounts", "0002_first_passwords"),
        ("knox", "0009_extend_authtoken_field"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="is_service",
            field=models.BooleanField(
                db_default=False, default=False, verbose_name="account of another system"
            ),
        ),
        migrations.CreateModel(
            name="ServiceAccount",
            fields=[],
            options={
                "verbose_name": "service account",
                "verbose_name_plural": "service accounts",
                "ordering": ("display_name",),
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("accounts.user",),
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, default="", max_length=60, verbose_name="name")),
                ("scopes", models.CharField(max_length=200, verbose_name="may")),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="last used")),
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grant",
                        to="knox.authtoken",
                    ),
                ),
            ],
            options={"verbose_name": "token", "verbose_name_plural": "tokens"},
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop, elidable=True),
        AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_service", False),
                    models.Q(
                        ("is_staff", False),
                        ("is_superuser", False),
                        ("must_change_password", False),
                        ("phone_hash", ""),
                    ),
                    _connector="OR",
                ),
                name="service_is_no_person",
            ),
        ),
        ValidateConstraint(model_name="user", name="service_is_no_person"),
        AddIndexConcurrently(
            model_name="user",
            index=models.Index(
                condition=models.Q(("is_service", True)), fields=["display_name"], name="service_accounts"
            ),
        ),
    ]
