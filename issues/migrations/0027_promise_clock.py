"""The promised date gets a clock of its own where the handler's stands still. No row that is there is touched, and no
table is locked for long."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

# By the ladder: chased; in danger the level above is called, and of the district the supervisors. What has passed is
# left to the next step of the issue. An order of the hotline with its own deadline needs none.
START = """
    INSERT INTO issues_deadline (
        issue_id, clock, round, rung, started_at, due_at, limit_at, span_amount, span_unit, fixed, wait, provisional
    )
    SELECT
        issue.id, 'promise', issue.version,
        CASE
            WHEN NOT issue.is_danger THEN 'chase'
            WHEN issue.owner_unit_id = issue.district_id THEN 'board'
            ELSE 'call_above'
        END,
        now(), issue.promised_at, issue.promised_at, 1, 'working_days', true, '', false
    FROM issues_issue AS issue
    WHERE issue.submit_left IS NOT NULL
        AND issue.state = 'handling'
        AND issue.promised_at > now()
        AND NOT EXISTS (
            SELECT 1 FROM issues_hotlineorder AS orders
            WHERE orders.issue_id = issue.id AND orders.deadline_at IS NOT NULL
        )
    ON CONFLICT DO NOTHING
"""
END = "DELETE FROM issues_deadline WHERE clock = 'promise'"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("issues", "0026_chased_parts"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="deadline",
            index=models.Index(
                condition=models.Q(("cancelled_at", None), ("fired_at", None), ("clock", "promise")),
                fields=["limit_at"],
                name="deadline_promise",
            ),
        ),
        migrations.RunSQL(START, END),
    ]
