from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0005_wishes_and_pairings")]

    operations = [
        migrations.AddField("shift", "moved_at", models.DateTimeField(null=True, verbose_name="moved")),
        migrations.AddField(
            "shift", "cancelled_at", models.DateTimeField(null=True, verbose_name="cancelled at")
        ),
        migrations.AddField(
            "shift",
            "reason",
            models.CharField(blank=True, db_default="", default="", max_length=500, verbose_name="why"),
        ),
        migrations.AddConstraint(
            "shift",
            models.CheckConstraint(
                condition=models.Q(("cancelled_at", None), ("taken", 0), _connector="OR"),
                name="shift_cancelled_is_empty",
            ),
        ),
    ]
