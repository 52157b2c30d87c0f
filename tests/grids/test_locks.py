"""Two real processes insert into one tree at once: sound with the lock, corrupt without, mended by repair."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from grids.actions.locks import lock_tree
from grids.actions.repair import find_faults, repair_trees
from grids.actions.tree import add_unit, move_unit
from grids.models import Unit
from trail.refusals import NotAllowed, Stale

SCRIPT = Path(__file__).with_name("insert_race.py")
ROOT = Path(__file__).resolve().parents[2]
EACH = 40
ROUNDS = 5  # one is enough in practice
# What an insert with a foreign key does to the row that it refers to.
SHARE_THE_KEY = """
import psycopg2, sys
cursor = psycopg2.connect(sys.argv[1]).cursor()
cursor.execute("SET lock_timeout = '2s'")
cursor.execute("SELECT 1 FROM grids_unit WHERE id = %s FOR KEY SHARE", [int(sys.argv[2])])
print("free")
"""
pytestmark = pytest.mark.django_db(transaction=True)


def database_url() -> str:
    """The test database's address for another process."""
    known = connection.settings_dict
    host = known["HOST"] or ""
    socket = host.startswith("/")
    place = f"?host={quote(host)}" if socket else ""
    server = "" if socket else f"{host}:{known['PORT'] or 5432}"
    who = f"{quote(known['USER'])}:{quote(known['PASSWORD'] or '')}"
    return f"postgresql://{who}@{server}/{known['NAME']}{place}"


def race(target: int, *arguments: str, first: int = 101) -> None:
    """Both processes load, wait for each other, then insert as fast as they can."""
    env = os.environ | {"DATABASE_URL": database_url(), "GEZHI_ENV": "test", "PYTHONPATH": str(ROOT)}
    runs = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(target), str(start), str(EACH), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=env,
            cwd=ROOT,
        )
        for start in (first, first + EACH)
    ]
    for run in runs:
        assert run.stdout.readline().strip() == "ready"
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    for run in runs:
        out, _ = run.communicate(timeout=120)
        assert run.returncode == 0 and out.strip() == "done"


def test_two_processes_with_the_lock_leave_a_sound_tree(town) -> None:
    race(town.x.pk)
    assert Unit.objects.filter(parent=town.x).count() == 2 + 2 * EACH
    assert not find_faults()


def test_two_processes_without_the_lock_corrupt_it_and_repair_mends_it(town, now, capsys) -> None:
    """The proof that the lock is what keeps the tree sound: the same race, only the lock taken out."""
    for number in range(ROUNDS):
        race(town.x.pk, "--no-lock", first=101 + number * 2 * EACH)
        if find_faults():
            break
    assert find_faults()
    with pytest.raises(CommandError):
        call_command("check_tree")
    call_command("check_tree", repair=True)
    assert "990101" in capsys.readouterr().out
    assert not find_faults()
    move_unit(Unit.objects.filter(parent=town.x).first(), to=town.y, by=None, now=now)
    assert not find_faults()


def test_a_unit_that_left_the_district_meanwhile_is_stale(town, now) -> None:
    other = add_unit(None, code="990102", name="试二区", by=None, now=now)
    held = Unit.objects.get(pk=town.x.pk)
    move_unit(town.a, to=other, by=None, now=now)
    with pytest.raises(Stale), transaction.atomic():
        lock_tree(held)


def test_the_lock_does_not_hold_up_rows_that_refer_to_the_root(town, person, now) -> None:
    """FOR UPDATE without no_key would: every insert with a foreign key to the root waits for it."""
    with transaction.atomic():
        lock_tree(town.x)
        done = subprocess.run(
            [sys.executable, "-c", SHARE_THE_KEY, database_url(), str(town.district.pk)],
            capture_output=True,
            text=True,
        )
    assert done.stdout.strip() == "free", done.stderr


def test_repair_is_for_the_platform_and_superusers(town, post, now) -> None:
    manager = post("guan", "system_admin", town.district).user
    with pytest.raises(NotAllowed):
        repair_trees(by=manager, now=now)
