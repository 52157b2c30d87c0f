"""A database given by DATABASE_URL: only an empty one or our own is used, only our own things are dropped."""

import shutil
from contextlib import closing

import psycopg2
import pytest

from demo import database, servers
from demo.database import Database
from demo.stack import Refusal

SECRETS = {"app": "app-password", "owner": "owner-password"}
MINE, OTHER = "a" * 32, "b" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home = servers.servers_home(tmp_path_factory.mktemp("outside") / "db")
    started = servers.Postgres(home, password="admin", log=home / "postgres.log").start()
    yield started
    started.stop()
    shutil.rmtree(home)


@pytest.fixture
def admin(server):
    """Runs statements as administrator, in a database of this test's own; `admin.url()` makes addresses."""
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("DROP DATABASE IF EXISTS given")
        for role in ("given_owner", database.APP + "_" + MINE[:8]):
            cursor.execute(f"DROP ROLE IF EXISTS {role}")
        cursor.execute("CREATE ROLE given_owner LOGIN CREATEROLE PASSWORD 'given'")
        cursor.execute("CREATE DATABASE given OWNER given_owner")

    def run(statement, url=None):
        with closing(psycopg2.connect(url or server.url(servers.SUPERUSER, "admin", "given"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall() if cursor.description else []

    run.owner_url = server.url("given_owner", "given", "given")
    return run


def tables(admin):
    return {name for (name,) in admin("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


def test_an_empty_database_is_claimed_once_and_again(admin):
    first = database.outside(admin.owner_url, SECRETS, MINE)
    again = database.outside(admin.owner_url, SECRETS, MINE)
    assert first.marks("instance") == again.marks("instance") == [MINE]
    assert admin("SELECT current_user", again.app_url) == [(f"gezhi_app_{MINE[:8]}",)]


def test_app_role_may_not_make_or_own(admin):
    given = database.outside(admin.owner_url, SECRETS, MINE)
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        admin("CREATE TABLE mine (n int)", given.app_url)


def test_a_database_with_foreign_tables_is_refused_untouched(admin):
    admin("CREATE SCHEMA books; CREATE TABLE books.ledger (n int); INSERT INTO books.ledger VALUES (1)")
    before = tables(admin)
    with pytest.raises(Refusal, match="not the demo's: it holds 1 tables"):
        database.outside(admin.owner_url, SECRETS, MINE)
    assert tables(admin) == before
    assert admin("SELECT n FROM books.ledger") == [(1,)]


def test_another_directorys_database_is_refused(admin):
    database.outside(admin.owner_url, SECRETS, MINE)
    with pytest.raises(Refusal, match="another directory"):
        database.outside(admin.owner_url, SECRETS, OTHER)


@pytest.mark.parametrize(
    ("take", "named"),
    [
        ("ALTER ROLE given_owner NOCREATEROLE", 'ALTER ROLE "given_owner" CREATEROLE;'),
        (
            "ALTER DATABASE given OWNER TO postgres; REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            'GRANT CREATE ON SCHEMA public TO "given_owner";',
        ),
    ],
)
def test_a_missing_right_is_named_and_nothing_made(admin, take, named):
    for statement in take.split(";"):
        admin(statement)
    with pytest.raises(Refusal) as refused:
        database.outside(admin.owner_url, SECRETS, MINE)
    assert named in str(refused.value)
    assert tables(admin) == set()
    admin(named)
    database.outside(admin.owner_url, SECRETS, MINE)


def test_an_address_where_nobody_answers_is_said(admin):
    with pytest.raises(Refusal, match="does not answer"):
        database.outside("postgresql://nobody:x@127.0.0.1:1/none", SECRETS, MINE)


@pytest.fixture
def made(admin):
    """A claimed database in which the demo made things, and a stranger after it."""
    given = database.outside(admin.owner_url, SECRETS, MINE)
    before = given.objects()
    given.ask(
        'CREATE TABLE "Units" (id serial PRIMARY KEY);'
        'CREATE TABLE issues (id int, unit int REFERENCES "Units");'
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
        "CREATE TRIGGER kept BEFORE DELETE ON issues FOR EACH ROW EXECUTE FUNCTION refuse();"
        "CREATE VIEW open_issues AS SELECT * FROM issues"
    )
    given.note_new(before)
    given.mark("seeded", "done")
    admin("CREATE TABLE strangers (n int); INSERT INTO strangers VALUES (5)")
    return given


def test_only_own_things_are_dropped(admin, made):
    made.drop_own()
    assert tables(admin) == {"demo_mark", "strangers"}
    assert admin("SELECT count(*) FROM pg_proc WHERE proname = 'refuse'") == [(0,)]
    assert made.marks("seeded") == []
    assert made.marks("instance") == [MINE]
    made.drop_own()
    assert admin("SELECT n FROM strangers") == [(5,)]


def test_what_others_built_on_ours_stops_the_drop(admin, made):
    admin("CREATE VIEW theirs AS SELECT * FROM issues")
    with pytest.raises(Refusal, match="nothing was dropped"):
        made.drop_own()
    assert {"Units", "issues"} <= tables(admin)
    assert made.marks("seeded") == ["done"]


def test_embedded_roles_are_apart(server):
    own = database.embedded(server, SECRETS, MINE)
    own.claim()
    assert isinstance(own, Database)
    asked = "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    assert own.ask(asked) == [(False,)]
    assert Database(own.app_url, own.app_url, MINE).ask(asked) == [(False,)]
    database.embedded(server, SECRETS, MINE).claim()
