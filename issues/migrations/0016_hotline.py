"""Orders of the hotline: their deadline runs while they wait (those that wait already get its row), their earlier
rounds are kept, and the numbers of related orders stand by themselves.
"""

import re
import unicodedata

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models, transaction

# The handler's own clock for the result, as it was when it was stopped.
OF_ISSUE = "callee_id IS NULL AND task_id IS NULL AND decision_id IS NULL"
OWN = f"d.issue_id = i.id AND d.clock = 'submit' AND {OF_ISSUE}"
OPEN = "d.fired_at IS NULL AND d.cancelled_at IS NULL"
WAITING = f"""
    i.state IN ('handling', 'suspended') AND NOT EXISTS (SELECT FROM issues_deadline d WHERE {OWN} AND {OPEN})
"""
START = f"""
    INSERT INTO issues_deadline
        (issue_id, clock, round, rung, started_at, due_at, limit_at, span_amount, span_unit, fixed, wait,
         provisional)
    SELECT i.id, 'submit', i.version,
           CASE WHEN NOT i.is_danger THEN 'chase' WHEN i.owner_unit_id = i.district_id THEN 'board'
                ELSE 'call_above' END,
           now(), o.deadline_at, o.deadline_at, s.span_amount, s.span_unit, true, '', false
    FROM issues_hotlineorder o JOIN issues_issue i ON i.id = o.issue_id
    JOIN LATERAL (
        SELECT d.span_amount, d.span_unit FROM issues_deadline d WHERE {OWN} ORDER BY d.id DESC LIMIT 1
    ) s ON true
    WHERE {WAITING}
    ON CONFLICT (issue_id, clock, round) WHERE {OF_ISSUE}
    DO UPDATE SET cancelled_at = NULL WHERE issues_deadline.fired_at IS NULL
    RETURNING issue_id, limit_at
"""
SHOW = f"""
    WITH started AS ({START})
    UPDATE issues_issue i SET due_at = least(i.due_at, started.limit_at) FROM started
    WHERE i.id = started.issue_id
"""
STOP = f"""
    UPDATE issues_deadline d SET cancelled_at = now()
    FROM issues_hotlineorder o JOIN issues_issue i ON i.id = o.issue_id
    WHERE {OWN} AND {OPEN} AND i.submit_left IS NOT NULL
"""


def _run(statement):
    def run(apps, schema_editor):
        with (
            transaction.atomic(using=schema_editor.connection.alias),
            schema_editor.connection.cursor() as cursor,
        ):
            cursor.execute(statement)

    return run


def take_apart(apps, schema_editor):
    """As issues.hotline.cells reads them from now on."""
    orders = apps.get_model("issues", "HotlineOrder").objects.using(schema_editor.connection.alias)
    for order in orders.filter(given__has_key="related").iterator(chunk_size=500):
        said = unicodedata.normalize("NFKC", str(order.given["related"]))
        parts = (
            part for part in re.split(r"[\s,;、/|]+", said) if len(part) <= 40 and re.search(r"\d", part)
        )
        order.related = [part for part in dict.fromkeys(parts) if part != order.number]
        order.save(update_fields=["related"])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("issues", "0015_call_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="hotlineorder",
            name="earlier",
            field=models.JSONField(
                blank=True,
                db_default=models.Value([], models.JSONField()),
                default=list,
                verbose_name="rounds before",
            ),
        ),
        migrations.AddField(
            model_name="hotlineorder",
            name="related",
            field=ArrayField(
                base_field=models.CharField(max_length=40),
                blank=True,
                db_default=models.Value(
                    [], ArrayField(base_field=models.CharField(max_length=40), size=None)
                ),
                default=list,
                size=None,
                verbose_name="related orders",
            ),
        ),
        migrations.RunPython(_run(SHOW), _run(STOP), elidable=True),
        migrations.RunPython(take_apart, migrations.RunPython.noop, elidable=True),
        AddIndexConcurrently(
            model_name="hotlineorder",
            index=GinIndex(fastupdate=False, fields=["related"], name="hotline_related"),
        ),
    ]
