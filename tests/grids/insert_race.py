"""One of two processes that insert into one tree at once: `PARENT_ID FIRST_NUMBER COUNT [--no-lock]`.

Started by test_locks.py with DATABASE_URL pointing at the test database; begins when it reads a line.
"""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "governance.settings"

import django

django.setup()

from django.db import OperationalError, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from grids.actions import tree  # noqa: E402
from grids.models import Unit  # noqa: E402

parent_id, first, count = map(int, sys.argv[1:4])
if "--no-lock" in sys.argv:
    tree.lock_tree = lambda *units: [Unit.objects.get(pk=unit.pk) for unit in units]

parent = Unit.objects.get(pk=parent_id)
print("ready", flush=True)
sys.stdin.readline()
for number in range(first, first + count):
    try:
        with transaction.atomic():
            tree.add_unit(parent, code=f"{parent.code}{number:03d}", name="x", by=None, now=timezone.now())
    except OperationalError:  # without the lock some deadlock; the damage is done by those that do not
        continue
print("done", flush=True)
