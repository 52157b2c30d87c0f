"""What production refuses to start with, where settings alone cannot tell: the database and the role in it."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

# Whoever is a member of the owner may do what the owner may (SET ROLE); whoever makes roles, nearly so.
MAY_CHANGE = """
    SELECT rolsuper OR rolcreaterole OR EXISTS (
        SELECT FROM pg_tables WHERE schemaname = 'public' AND pg_has_role(current_user, tableowner, 'MEMBER')
    ) FROM pg_roles WHERE rolname = current_user
"""
# The note that the demo's launcher leaves in a database of its own (demo/database.py).
IS_DEMO = "SELECT to_regclass('public.demo_mark') IS NOT NULL"


def refuse_unsafe_start() -> None:
    """In production, stop if this process could change tables, triggers or events, or serves a demo's database.

    Raises ImproperlyConfigured.
    """
    if not settings.PRODUCTION:
        return
    may_change, is_demo = _ask(MAY_CHANGE), _ask(IS_DEMO)
    connection.close()
    if may_change:
        raise ImproperlyConfigured(
            "DATABASE_URL signs in as the tables' owner or as an administrator. "
            "Services run as the app role (docs/deploy.md)."
        )
    if is_demo:
        raise ImproperlyConfigured(
            "DATABASE_URL is a demo's database. Production starts on one of its own (docs/deploy.md)."
        )


def _ask(query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return bool(cursor.fetchone()[0])
