"""Deadlines and issues are swept every second: clean and count them before the planner loses sight of them."""

from django.db import migrations

TABLES = ("issues_deadline", "issues_issue", "issues_callee")
EAGER = "ALTER TABLE {} SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)"
CALM = "ALTER TABLE {} RESET (autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor)"


class Migration(migrations.Migration):
    dependencies = [("issues", "0001_initial")]
    operations = [migrations.RunSQL(EAGER.format(table), CALM.format(table)) for table in TABLES]
