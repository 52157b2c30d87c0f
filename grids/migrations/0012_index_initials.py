"""An index over every reading of a unit's initials, built beside the work; prefixes of a lexeme are found by it. It waits
for older transactions as long as they last; what an attempt that was broken off has left is dropped first.

The readings are a function that says what it costs: the planner takes a prefix for a fiftieth of all units, and would
rather read them all than ask the index.
"""

from django.db import migrations

PATIENT = "SET lock_timeout = 0; SET statement_timeout = 0"
USUAL = "RESET lock_timeout; RESET statement_timeout"
FUNCTION = """
    CREATE OR REPLACE FUNCTION grids_readings(initials text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 200 AS $$
    BEGIN
        RETURN array_to_tsvector(string_to_array(initials, ' '));
    END
    $$
"""
DROP = "DROP INDEX CONCURRENTLY IF EXISTS unit_initials"
INDEX = """
    CREATE INDEX CONCURRENTLY unit_initials ON grids_unit
    USING gin (grids_readings(initials))
    WHERE closed_at IS NULL
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("grids", "0011_fill_initials")]

    operations = [
        migrations.RunSQL(PATIENT, migrations.RunSQL.noop),
        migrations.RunSQL(FUNCTION, "DROP FUNCTION grids_readings(text)"),
        migrations.RunSQL(DROP, migrations.RunSQL.noop),
        migrations.RunSQL(INDEX, DROP),
        migrations.RunSQL(USUAL, migrations.RunSQL.noop),
    ]
