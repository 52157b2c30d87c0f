"""The demo's database: whose it is, the two roles, what was made here and may be dropped again."""

import os
import subprocess
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

from demo.servers import Postgres
from demo.stack import Refusal

NAME, OWNER, APP = "gezhi", "gezhi_owner", "gezhi_app"
OLDEST = 150000
MARK = "CREATE TABLE demo_mark (kind text, name text, PRIMARY KEY (kind, name))"
TABLES = """
    SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
"""
# Whatever stands in the schema by itself: no sequences of columns, nothing of extensions.
OBJECTS = """
    SELECT CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
           ELSE 'TABLE' END, c.oid::regclass::text
    FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('e', 'a', 'i'))
    UNION ALL
    SELECT 'FUNCTION', p.oid::regprocedure::text FROM pg_proc p WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
"""
DROP_ORDER = ("VIEW", "MATERIALIZED VIEW", "TABLE", "SEQUENCE", "FUNCTION")


class Database:
    """A database used by the demo, seen as its owner."""

    def __init__(self, owner_url: str, app_url: str, instance: str, psql: Path | None = None) -> None:
        self.owner_url, self.app_url, self.instance, self.psql = owner_url, app_url, instance, psql

    def ask(self, query: str | sql.Composable, values: tuple = ()) -> list[tuple]:
        """Run one statement as owner; its rows, if it has any."""
        with closing(psycopg2.connect(self.owner_url, connect_timeout=5)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall() if cursor.description else []

    def claim(self) -> None:
        """Mark an empty database as ours. Raises Refusal for one with other tables or another demo's mark."""
        if self.ask("SELECT to_regclass('public.demo_mark')")[0][0]:
            marks = self.marks("instance")
            if marks != [self.instance]:
                raise Refusal(
                    "This database belongs to a demo in another directory. "
                    "Start that one, or give an empty database."
                )
            return
        if count := self.ask(TABLES)[0][0]:
            raise Refusal(
                f"This database is not the demo's: it holds {count} tables. Nothing was changed. "
                "Give an empty database in DATABASE_URL, or unset it for an embedded server."
            )
        self.ask(MARK)
        self.mark("instance", self.instance)

    def marks(self, kind: str) -> list[str]:
        """What is noted in the database under this kind."""
        return [name for (name,) in self.ask("SELECT name FROM demo_mark WHERE kind = %s", (kind,))]

    def mark(self, kind: str, name: str) -> None:
        """Note one thing; once."""
        self.ask("INSERT INTO demo_mark VALUES (%s, %s) ON CONFLICT DO NOTHING", (kind, name))

    def objects(self) -> set[tuple[str, str]]:
        """(kind, name) of all that stands in the schema, our own notes left out."""
        return {(kind, name) for kind, name in self.ask(OBJECTS) if name != "demo_mark"}

    def note_new(self, before: set[tuple[str, str]]) -> None:
        """Note what was made since `before`: that, and nothing else, may be dropped again."""
        for kind, name in self.objects() - before:
            self.mark(kind, name)

    def drop_own(self) -> None:
        """Drop what the notes name, all or nothing. No CASCADE: a stranger's object on ours stops it."""
        here, statements = self.objects(), []
        for kind in DROP_ORDER:
            # Names come from regclass and regprocedure: quoted where they must be.
            names = [name for name in self.marks(kind) if (kind, name) in here]
            statements += [f"DROP {kind} {', '.join(names)}"] if names else []
        try:
            self.ask("; ".join([*statements, "DELETE FROM demo_mark WHERE kind <> 'instance'"]))
        except psycopg2.errors.DependentObjectsStillExist as error:
            raise Refusal(
                f"Something else depends on the demo's tables; nothing was dropped.\n{error}"
            ) from error

    def read(self, file: Path) -> None:
        """What pg_dump has written of a migrated database; on our own server only, which brings psql."""
        assert self.psql is not None
        subprocess.run(reading(self.psql, file, self.owner_url), check=True)

    def analyze(self) -> None:
        """After a crash PostgreSQL has forgotten its counters. As another role: skipped silently."""
        self.ask("ANALYZE")


def reading(psql: Path, file: Path, url: str) -> list[str | Path]:
    """The command that reads a file of pg_dump into an empty database, all of it or nothing."""
    whole = ("--single-transaction", "--set", "ON_ERROR_STOP=1")
    return [psql, "--quiet", "--no-psqlrc", *whole, "--output", os.devnull, "--file", file, url]


def embedded(server: Postgres, secrets: dict[str, str], instance: str) -> Database:
    """Roles and database on our own server; made where missing."""
    owner, app = (server.url(role, secrets[key], NAME) for role, key in ((OWNER, "owner"), (APP, "app")))
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        for role, key in ((OWNER, "owner"), (APP, "app")):
            _ensure_role(cursor, role, secrets[key])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,))
        if not cursor.fetchone():
            cursor.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(NAME), sql.Identifier(OWNER))
            )
    return Database(owner, app, instance, server.bindir / "psql")


def outside(owner_url: str, secrets: dict[str, str], instance: str) -> Database:
    """A database named by DATABASE_URL. Raises Refusal naming the right that is missing."""
    role = f"{APP}_{instance[:8]}"
    database = Database(owner_url, _with_user(owner_url, role, secrets["app"]), instance)
    try:
        version, user, may_create, is_super, may_roles = database.ask(
            "SELECT current_setting('server_version_num')::int, current_user,"
            " has_schema_privilege('public', 'CREATE'), rolsuper, rolcreaterole"
            " FROM pg_roles WHERE rolname = current_user"
        )[0]
    except psycopg2.OperationalError as error:
        raise Refusal(f"DATABASE_URL does not answer: {error}") from error
    if version < OLDEST:
        raise Refusal(f"PostgreSQL 15 or newer is needed; DATABASE_URL has {version // 10000}.")
    if not may_create:
        raise Refusal(
            f'{user} may not make tables. As administrator: GRANT CREATE ON SCHEMA public TO "{user}";'
        )
    if not (is_super or may_roles):
        raise Refusal(
            f"{user} may not make the role that the services run as. As administrator: "
            f'ALTER ROLE "{user}" CREATEROLE;'
        )
    database.claim()
    with closing(psycopg2.connect(owner_url)) as connection, connection, connection.cursor() as cursor:
        _ensure_role(cursor, role, secrets["app"])
    return database


def _ensure_role(cursor: "psycopg2.extensions.cursor", role: str, password: str) -> None:
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
    verb = "ALTER" if cursor.fetchone() else "CREATE"
    cursor.execute(sql.SQL(f"{verb} ROLE {{}} LOGIN PASSWORD %s").format(sql.Identifier(role)), (password,))


def _with_user(url: str, user: str, password: str) -> str:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{place}"))


def role_of(url: str) -> str:
    """The role that an address signs in as."""
    return urlsplit(url).username or ""
