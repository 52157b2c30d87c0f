"""What a booking moved stands on it too, so that sums of a period read one table instead of two.

Columns come without writing the table anew. What is there is filled in by steps, each a transaction of its own in which the
guard of the ledger is down and nobody else can write to it: half a second or so. Broken off, it begins anew and passes over what
is filled. The last step fills in what was booked meanwhile and puts up the guard that compares booking and entries; from
then on a program of before is refused to book, and whatever it wanted to book comes again by the tick.
"""

from typing import Any

from django.db import migrations, models, transaction

STEP = 10_000
TABLE = "volunteers_pointtransfer"
DOWN = f"ALTER TABLE {TABLE} DISABLE TRIGGER {TABLE}_append_only"
UP = f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_append_only"
# The side of the volunteer; between two accounts of the district what came in on the one.
FILL = f"""
    UPDATE {TABLE} AS transfer SET amount = side.amount, owed = side.owed FROM (
        SELECT booking.id,
            coalesce(max(entry.amount) FILTER (WHERE entry.account_id = booking.account_id), max(entry.amount)) AS amount,
            coalesce(max(entry.owed) FILTER (WHERE entry.account_id = booking.account_id), 0) AS owed
        FROM {TABLE} AS booking JOIN volunteers_pointentry AS entry ON entry.transfer_id = booking.id
        WHERE booking.id BETWEEN %s AND %s GROUP BY booking.id
    ) AS side
    WHERE side.id = transfer.id AND (transfer.amount, transfer.owed) IS DISTINCT FROM (side.amount, side.owed)
"""
# The last booking of each step.
LASTS = f"""
    SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM {TABLE}) AS booking
    WHERE place %% %s = 0 ORDER BY id
"""
BALANCED = """
CREATE OR REPLACE FUNCTION volunteers_ledger_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booking bigint;
    total bigint;
    sides integer;
    moved integer;
    owing integer;
    said volunteers_pointtransfer;
BEGIN
    IF TG_TABLE_NAME = 'volunteers_pointentry' THEN booking := NEW.transfer_id; ELSE booking := NEW.id; END IF;
    SELECT * INTO said FROM volunteers_pointtransfer WHERE id = booking;
    SELECT coalesce(sum(amount), 0), count(*),
        coalesce(max(amount) FILTER (WHERE account_id = said.account_id), max(amount), 0),
        coalesce(max(owed) FILTER (WHERE account_id = said.account_id), 0)
    INTO total, sides, moved, owing FROM volunteers_pointentry WHERE transfer_id = booking;
    IF total <> 0 OR (sides = 0) <> (said.kind = 'nothing') THEN
        RAISE EXCEPTION 'booking % does not sum to zero: % in % sides', booking, total, sides
            USING ERRCODE = 'check_violation';
    END IF;
    IF (said.amount, said.owed) <> (moved, owing) THEN
        RAISE EXCEPTION 'booking % says % and % owed, its entries % and %', booking, said.amount, said.owed, moved, owing
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""
BALANCED_BEFORE = """
CREATE OR REPLACE FUNCTION volunteers_ledger_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    booking bigint;
    total bigint;
    sides integer;
    what text;
BEGIN
    IF TG_TABLE_NAME = 'volunteers_pointentry' THEN booking := NEW.transfer_id; ELSE booking := NEW.id; END IF;
    SELECT kind INTO what FROM volunteers_pointtransfer WHERE id = booking;
    SELECT coalesce(sum(amount), 0), count(*) INTO total, sides FROM volunteers_pointentry WHERE transfer_id = booking;
    IF total <> 0 OR (sides = 0) <> (what = 'nothing') THEN
        RAISE EXCEPTION 'booking % does not sum to zero: % in % sides', booking, total, sides
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""


def fill(apps: Any, schema_editor: Any, step: int = STEP) -> None:
    """`step`: so many bookings at a time."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(LASTS, [step])
        first = 0
        for (last,) in cursor.fetchall():
            with transaction.atomic(using=connection.alias):
                cursor.execute(DOWN)
                cursor.execute(FILL, [first, last])
                cursor.execute(UP)
            first = last + 1
        with transaction.atomic(using=connection.alias):
            cursor.execute(DOWN)
            cursor.execute(FILL, [first, 2**63 - 1])
            cursor.execute(BALANCED)
            cursor.execute(UP)


def undo(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(BALANCED_BEFORE)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("volunteers", "0007_claims_of_members")]

    operations = [
        migrations.AddField(
            model_name="pointtransfer",
            name="amount",
            field=models.IntegerField(db_default=0, default=0, verbose_name="points"),
        ),
        migrations.AddField(
            model_name="pointtransfer",
            name="owed",
            field=models.IntegerField(db_default=0, default=0, verbose_name="to be settled"),
        ),
        migrations.RunPython(fill, undo),
    ]
