from django.db import migrations


class Migration(migrations.Migration):
    # Without locking out whoever writes events meanwhile.
    atomic = False
    dependencies = [("issues", "0006_hotline"), ("trail", "0001_initial")]

    operations = [
        # The few events that end a result, by day: the three rates are counted from them alone.
        migrations.RunSQL(
            "CREATE INDEX CONCURRENTLY event_ends_result ON trail_event (occurred_at)"
            " WHERE subject_type = 'issue' AND verb IN ('rate', 'close')",
            "DROP INDEX CONCURRENTLY event_ends_result",
        ),
    ]
