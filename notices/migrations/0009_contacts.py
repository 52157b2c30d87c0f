import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q

# Whoever builds an index or reads all rows waits for older transactions as long as they last.
PATIENT = "SET lock_timeout = 0; SET statement_timeout = 0"
USUAL = "RESET lock_timeout; RESET statement_timeout"


def drop_contacts(apps, schema_editor):
    """An earlier version knows only recipients with an account."""
    apps.get_model("notices", "Notice").objects.using(schema_editor.connection.alias).filter(
        recipient=None
    ).delete()


class Migration(migrations.Migration):
    """A notice may be for somebody without an account. No row is rewritten, an older version writes on; the index is
    built and rows are checked beside the work that goes on."""

    atomic = False

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("notices", "0008_requests_of_webhooks"),
    ]

    operations = [
        # By hand: the framework would drop the foreign key and check it anew, reading every notice under a lock.
        migrations.RunSQL(
            "ALTER TABLE notices_notice ALTER COLUMN recipient_id DROP NOT NULL",
            "ALTER TABLE notices_notice ALTER COLUMN recipient_id SET NOT NULL",
            state_operations=[
                migrations.AlterField(
                    model_name="notice",
                    name="recipient",
                    field=models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
            ],
        ),
        migrations.RunPython(migrations.RunPython.noop, drop_contacts),
        migrations.AddField(
            model_name="notice",
            name="contact",
            field=models.CharField(blank=True, db_default="", default="", max_length=40, verbose_name="for"),
        ),
        AddConstraintNotValid(
            "notice",
            models.CheckConstraint(
                condition=Q(recipient=None) & ~Q(contact="") | Q(recipient__isnull=False, contact=""),
                name="notice_for_one",
            ),
        ),
        migrations.RunSQL(PATIENT, migrations.RunSQL.noop),
        ValidateConstraint("notice", "notice_for_one"),
        migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS notice_contact_once", migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE UNIQUE INDEX CONCURRENTLY notice_contact_once ON notices_notice (contact, event_id, channel)"
            " WHERE NOT (contact = '')",
            "DROP INDEX CONCURRENTLY notice_contact_once",
            state_operations=[
                migrations.AddConstraint(
                    model_name="notice",
                    constraint=models.UniqueConstraint(
                        condition=~Q(contact=""),
                        fields=("contact", "event", "channel"),
                        name="notice_contact_once",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(USUAL, migrations.RunSQL.noop),
    ]
