"""Planted clocks, ORM and settings in pure modules; rooms that reach up; and what is lawful."""

import pytest

from tests.architecture import purity
from tests.architecture.house import Room

CLOCKS = {
    "timezone.now": "from django.utils import timezone\n\n\ndef f():\n    return timezone.now()",
    "renamed": "from django.utils import timezone as tz\nx = tz.now()",
    "imported alone": "from django.utils.timezone import now\nx = now()",
    "handed on": "from django.utils import timezone\nx = field(default_factory=timezone.now)",
    "datetime.now": "from datetime import datetime\nx = datetime.now()",
    "with a zone": "import datetime as dt\nx = dt.datetime.now(tz=dt.UTC)",
    "utcnow": "import datetime\nx = datetime.datetime.utcnow()",
    "today": "from datetime import date\nx = date.today()",
    "time.time": "import time\nx = time.time()",
    "time alone": "from time import time\nx = time()",
    "localdate": "from django.utils import timezone\nx = timezone.localdate()",
    "localtime": "from django.utils.timezone import localtime\nx = localtime()",
    "database clock": "from django.db.models.functions import Now\nx = Now()",
    "SQL": "x = 'SELECT 1 WHERE due_at <= now()'",
}
NO_CLOCK = [
    "issues/actions/sign.py",
    "issues/actions.py",
    "issues/querysets.py",
    "issues/models.py",
    "issues/ladder.py",
]
HAS_CLOCK = [
    "issues/views.py",
    "issues/api/views.py",
    "issues/tasks.py",
    "issues/admin.py",
    "issues/management/commands/x.py",
]


@pytest.mark.parametrize("path", NO_CLOCK)
@pytest.mark.parametrize("text", CLOCKS.values(), ids=CLOCKS.keys())
def test_a_clock_below_the_faces_is_found(plant, path: str, text: str) -> None:
    found = list(purity.check_clock(plant({path: text + "\n"})))
    assert found and found[0].path == path and "clock" in found[0].what
    assert "`now` as a parameter" in found[0].instead


@pytest.mark.parametrize("path", HAS_CLOCK)
@pytest.mark.parametrize("text", CLOCKS.values(), ids=CLOCKS.keys())
def test_faces_read_the_clock(plant, path: str, text: str) -> None:
    assert list(purity.check_clock(plant({path: text + "\n"}))) == []


@pytest.mark.parametrize(
    "field",
    [
        "models.DateTimeField(default=timezone.now)",
        "models.DateTimeField(auto_now_add=True)",
        "models.DateField(auto_now=True)",
    ],
)
def test_a_field_that_stamps_itself_is_found(found_in, field: str) -> None:
    (found,) = found_in(
        purity.check_clock, "issues/models.py", f"from django.utils import timezone\nx = {field}\n"
    )
    assert "issues/models.py:2 reads the clock" in found


def test_time_as_a_value_is_no_clock(plant) -> None:
    text = """
        from datetime import date, datetime, time, timedelta
        from django.db.models.functions import Now
        from django.utils import timezone

        recorded_at = DateTimeField(db_default=Now())
        OPENS = time(8, 30)


        def due(now: datetime, today: date) -> datetime:
            '''Later than now(); SELECT now() is for tasks.'''
            local = timezone.localtime(now)
            return datetime.combine(timezone.localdate(now), OPENS) + timedelta(days=1) + (now - local)
    """
    assert list(purity.check_clock(plant({"issues/models.py": text}))) == []


def test_a_stopwatch_is_impure_only_in_rules(found_in) -> None:
    text = "import time\nstarted = time.monotonic()\n"
    assert found_in(purity.check_clock, "issues/actions.py", text) == []
    assert len(found_in(purity.check_clock, "issues/deadlines.py", text)) == 1


IMPURE = {
    "django.db": "from django.db import models",
    "in a function": "def f():\n    from django.db import transaction",
    "settings": "from django.conf import settings",
    "all of conf": "import django.conf",
    "registry of models": "from django.apps import apps",
    "user model": "from django.contrib.auth import get_user_model",
    "cache": "from django.core.cache import cache",
    "REST": "from rest_framework import serializers",
    "tasks": "from celery import shared_task",
    "tree": "import mptt.models",
    "manager": "def f(model):\n    return model.objects.all()",
    "fields of a model": "def f(row):\n    return row._meta.fields",
    "environment": "import os\nx = os.environ['A']",
    "getenv": "from os import getenv\nx = getenv('A')",
}


@pytest.mark.parametrize("text", IMPURE.values(), ids=IMPURE.keys())
def test_a_rule_that_reaches_outside_is_found(plant, text: str) -> None:
    found = list(purity.check_purity(plant({"issues/ladder.py": text + "\n"})))
    assert len(found) == 1 and found[0].what.startswith("a pure table or rule ")
    assert "name its room" in found[0].instead


PURE = {
    "standard library": "import enum, json\nfrom dataclasses import dataclass\nfrom datetime import datetime",
    "labels": "from django.utils.translation import gettext_lazy as _\nLABEL = _('sign')",
    "other rules": "from grids.levels import LEVELS\nfrom trail.refusals import Refused",
    "a type": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from django.db.models import Model",
    "libraries of arithmetic": "from shapely.geometry import shape\nimport celery_free",
}


@pytest.mark.parametrize("text", PURE.values(), ids=PURE.keys())
def test_a_pure_rule_passes(plant, text: str) -> None:
    house = plant({"issues/ladder.py": text + "\n", "grids/levels.py": "", "trail/refusals.py": ""})
    assert list(purity.check_purity(house)) == []


def test_all_that_is_impure_in_one_module_is_one_entry(plant) -> None:
    text = "from django.db import models\nfrom django.conf import settings\n\nx = settings.A, M.objects\n"
    (violation,) = purity.check_purity(plant({"issues/ladder.py": text}))
    assert [f"(line {line})" in violation.what for line in (1, 2, 3, 4)] == [True, True, False, True]
    assert violation.line == 1


def test_other_rooms_may_use_orm_and_settings(plant) -> None:
    text = "from django.conf import settings\nfrom django.db import models\nx = A.objects.all()\n"
    rooms = ("models", "querysets", "actions", "views", "tasks", "api/views")
    assert list(purity.check_purity(plant({f"issues/{room}.py": text for room in rooms}))) == []


UPWARD = [
    ("issues/ladder.py", "from issues.models import Issue"),
    ("issues/ladder.py", "from issues.querysets import IssueQuerySet"),
    ("issues/ladder.py", "from grids.actions import tree"),
    ("issues/models.py", "from issues.actions import sign"),
    ("issues/querysets.py", "def f():\n    from issues.actions import sign"),
    ("issues/actions/sign.py", "from issues.tasks import sweep"),
    ("issues/actions/sign.py", "from issues.forms import SignForm"),
    ("issues/actions/sign.py", "from notices.api import serializers"),
]
BUILT = {
    "issues/tasks.py": "",
    "issues/forms.py": "",
    "issues/views.py": "",
    "issues/querysets.py": "",
    "issues/models.py": "",
    "issues/lifecycle.py": "",
    "issues/actions/__init__.py": "",
    "issues/actions/sign.py": "",
    "grids/actions/tree.py": "",
    "grids/querysets.py": "",
    "notices/api/serializers.py": "",
}


@pytest.mark.parametrize(("path", "text"), UPWARD)
def test_a_room_that_imports_a_room_above_is_found(plant, path: str, text: str) -> None:
    house = plant(BUILT | {path: text + "\n"})
    (violation,) = [*purity.check_rooms(house), *purity.check_purity(house)]
    assert violation.path == path and " imports " in violation.what
    assert ("name its room" in violation.instead) == (path == "issues/ladder.py")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "issues/views.py",
            "from issues.actions.sign import sign\nfrom issues import models\nfrom issues.lifecycle import V",
        ),
        (
            "issues/actions/report.py",
            "from issues.actions import sign\nfrom issues.querysets import Q\nfrom grids.actions import tree",
        ),
        ("issues/models.py", "from issues.querysets import Q\nfrom issues.lifecycle import STATES"),
        ("issues/querysets.py", "from grids.querysets import Q\nfrom issues.lifecycle import STATES"),
        ("issues/querysets.py", "from issues.models import Issue"),
        ("grids/standing.py", "from issues.models import Issue"),
        ("issues/urls.py", "from issues import views"),
        ("issues/apps.py", "def ready():\n    from issues import tasks"),
        ("issues/tasks.py", "from issues.actions.sign import sign"),
    ],
)
def test_a_room_may_use_what_lies_below(plant, path: str, text: str) -> None:
    assert list(purity.check_rooms(plant(BUILT | {path: text + "\n"}))) == []


@pytest.mark.parametrize(
    ("path", "room"),
    [
        ("issues/actions/whistle/call.py", Room.ACTION),
        ("issues/api/views.py", Room.FACE),
        ("issues/management/commands/tidy.py", Room.FACE),
        ("issues/models/__init__.py", Room.MODEL),
        ("issues/anything_new.py", Room.PURE),
        ("issues/__init__.py", Room.PURE),
        ("issues/urls.py", Room.WIRING),
        ("grids/standing.py", Room.READ),
        ("issues/standing.py", Room.PURE),
        ("governance/settings.py", Room.WIRING),
        ("demo/seed.py", Room.FACE),
        ("manage.py", Room.FACE),
    ],
)
def test_the_room_of_a_module(plant, path: str, room: Room) -> None:
    (module,) = plant({path: ""}).modules
    assert module.room is room
