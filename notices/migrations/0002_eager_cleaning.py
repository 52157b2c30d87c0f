"""The deliver loop asks this table every second: clean it before the planner loses sight of it."""

from django.db import migrations

EAGER = (
    "ALTER TABLE notices_notice SET "
    "(autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)"
)
CALM = "ALTER TABLE notices_notice RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)"


class Migration(migrations.Migration):
    dependencies = [("notices", "0001_initial")]
    operations = [migrations.RunSQL(EAGER, CALM)]
