"""Wider rounds of deadlines: an issue that is written to for years has more events than a small integer counts.

To change the column's type would rewrite the table under a lock. A second column is filled in portions while
the platform works, kept in step by a trigger, and takes the first one's place in an instant.
"""

from django.db import connection, migrations, models, transaction

PORTION = 20_000
KEEP_IN_STEP = """
    ALTER TABLE issues_deadline ADD COLUMN wide_round integer;
    CREATE FUNCTION issues_deadline_wide_round() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.wide_round := NEW.round; RETURN NEW; END $$;
    CREATE TRIGGER wide_round BEFORE INSERT OR UPDATE ON issues_deadline
        FOR EACH ROW EXECUTE FUNCTION issues_deadline_wide_round();
"""
FILL = "UPDATE issues_deadline SET wide_round = round WHERE id > %s AND id <= %s AND wide_round IS NULL"
CHECKED = """
    ALTER TABLE issues_deadline ADD CONSTRAINT issues_deadline_wide_round_check
        CHECK (wide_round IS NOT NULL AND wide_round >= 0) NOT VALID;
"""
VALIDATED = "ALTER TABLE issues_deadline VALIDATE CONSTRAINT issues_deadline_wide_round_check"
# Whose clock → what makes it theirs.
UNIQUE = {
    "issue": "callee_id IS NULL AND task_id IS NULL AND decision_id IS NULL",
    "callee": "callee_id IS NOT NULL",
    "task": "task_id IS NOT NULL",
    "decision": "decision_id IS NOT NULL",
}
INDEX = """
    CREATE UNIQUE INDEX CONCURRENTLY {name}_clock_wide ON issues_deadline ({name}_id, clock, wide_round)
    WHERE {condition}
"""
# The old column takes its indexes and its check along.
SWAP = """
    DROP TRIGGER wide_round ON issues_deadline;
    DROP FUNCTION issues_deadline_wide_round();
    ALTER TABLE issues_deadline ALTER COLUMN wide_round SET NOT NULL;
    ALTER TABLE issues_deadline DROP COLUMN round;
    ALTER TABLE issues_deadline RENAME COLUMN wide_round TO round;
    ALTER TABLE issues_deadline DROP CONSTRAINT issues_deadline_wide_round_check;
    ALTER TABLE issues_deadline ADD CONSTRAINT issues_deadline_round_check CHECK (round >= 0) NOT VALID;
"""


def widen(apps, schema_editor):
    run = schema_editor.execute
    with transaction.atomic():
        run(KEEP_IN_STEP)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(max(id), 0) FROM issues_deadline")
        last = cursor.fetchone()[0]
    for start in range(0, last, PORTION):
        run(FILL, [start, start + PORTION])
    run(CHECKED)
    run(VALIDATED)
    for name, condition in UNIQUE.items():
        run(INDEX.format(name=name, condition=condition))
    with transaction.atomic():
        run(SWAP)
        for name in UNIQUE:
            run(f"ALTER INDEX {name}_clock_wide RENAME TO {name}_clock_round")
    run("ALTER TABLE issues_deadline VALIDATE CONSTRAINT issues_deadline_round_check")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("issues", "0010_without_locks"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            # Backwards nothing is to be done: the old version can use the wider column.
            database_operations=[migrations.RunPython(widen, migrations.RunPython.noop, atomic=False)],
            state_operations=[
                migrations.AlterField(
                    model_name="deadline",
                    name="round",
                    field=models.PositiveIntegerField(verbose_name="round"),
                ),
            ],
        ),
    ]
