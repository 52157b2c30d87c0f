"""What production refuses to start with, where settings alone cannot tell: the database role."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

OWNS_TABLES = """
    SELECT rolsuper OR EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user)
    FROM pg_roles WHERE rolname = current_user
"""


def refuse_unsafe_start() -> None:
    """In production, stop if this process could change tables, triggers or events. Raises ImproperlyConfigured."""
    if not settings.PRODUCTION:
        return
    with connection.cursor() as cursor:
        cursor.execute(OWNS_TABLES)
        owner = cursor.fetchone()[0]
    connection.close()
    if owner:
        raise ImproperlyConfigured(
            "DATABASE_URL is the tables' owner. Services run as the app role (docs/deploy.md)."
        )
