import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Members who have checked in by their account claim micro-wishes."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("volunteers", "0006_shifts_called_off"),
    ]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="account",
            ),
        ),
        migrations.RemoveConstraint(model_name="claim", name="claim_by_one"),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("body", None), ("organisation", None), ("user", None), ("volunteer__isnull", False)
                    ),
                    models.Q(
                        ("body__isnull", False), ("organisation", None), ("user", None), ("volunteer", None)
                    ),
                    models.Q(
                        ("body", None), ("organisation__isnull", False), ("user", None), ("volunteer", None)
                    ),
                    models.Q(
                        ("body", None), ("organisation", None), ("user__isnull", False), ("volunteer", None)
                    ),
                    _connector="OR",
                ),
                name="claim_by_one",
            ),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("user__isnull", False)),
                fields=["user", "-claimed_at"],
                name="claim_account",
            ),
        ),
    ]
