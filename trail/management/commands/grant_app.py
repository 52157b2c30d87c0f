"""Give the app role what serving needs and no more. Run as owner after every migration."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from psycopg2 import sql

GRANTS = """
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO {role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
    REVOKE UPDATE, DELETE, TRUNCATE ON trail_event FROM {role};
    REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON trail_seal FROM {role};
    REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {role};
"""


class Command(BaseCommand):
    help = "Grant the serving role its rights on all tables: no structure, no change of events, no seals."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("role", help="the database role that the services sign in as")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL(GRANTS).format(role=sql.Identifier(options["role"])).as_string(cursor.connection)
            )
        self.stdout.write(f"granted to {options['role']}")
