"""Planted names of other apps: upward, sideways and lawful ones."""

import pytest

from tests.architecture import floors

UPWARD = {
    "at the top": "from desk import board",
    "of a module": "import desk.board",
    "under another name": "import desk.board as b",
    "in a function": "def f():\n    from desk.board import tiles",
    "for type checkers": "import typing\nif typing.TYPE_CHECKING:\n    from desk.models import Tile",
    "in a try": "try:\n    import desk\nexcept ImportError:\n    desk = None",
    "climbing out of the app": "from ..desk import board",
    "by import_module": "from importlib import import_module\nimport_module('desk.board')",
    "by importlib.import_module": "import importlib\nimportlib.import_module('desk')",
    "by __import__": "__import__('desk')",
    "by import_string": "import_string('desk.board.tiles')",
    "model label": "owner = models.ForeignKey('desk.Tile', on_delete=models.CASCADE)",
    "small model label": "owner = models.ForeignKey('desk.tile', on_delete=models.CASCADE)",
    "get_model with one string": "apps.get_model('desk.Tile')",
    "get_model with two": "apps.get_model('desk', 'Tile')",
    "get_app_config": "apps.get_app_config('desk')",
    "content type": "ContentType.objects.get(app_label='desk', model='tile')",
    "reverse": "reverse('desk:today')",
    "redirect": "redirect('desk:today', pk=1)",
    "address put together": "reverse(f'desk:{page}')",
    "address added up": "reverse('desk:' + page)",
    "admin address": "reverse('admin:desk_tile_changelist')",
    "task": "current_app.send_task('desk.tasks.refresh')",
    "dotted handler": "HANDLER = 'desk.handlers.hear'",
    "permission": "user.has_perm('desk.change_tile')",
    "template": "render(request, 'desk/today.html')",
    "table in SQL": "cursor.execute('SELECT 1 FROM desk_tile')",
}


@pytest.mark.parametrize("text", UPWARD.values(), ids=UPWARD.keys())
def test_an_upward_name_is_found(found_in, text: str) -> None:
    found = found_in(floors.check, "issues/views.py", text + "\n", desk__board="", desk__models="")
    assert found and all(
        line.startswith("issues/views.py:") and "desk (floor 8) stands above issues" in line for line in found
    )


def test_the_message_tells_file_line_and_way_out(plant) -> None:
    (violation,) = floors.check(
        plant({"grids/actions/tree.py": "import os\n\n\ndef f():\n    import issues.models\n"})
    )
    assert str(violation).startswith("grids/actions/tree.py:5\n")
    assert "imports issues.models: issues (floor 5) stands above grids (floor 3)" in str(violation)
    assert "registry" in violation.instead


def test_apps_of_one_floor_do_not_know_each_other(found_in) -> None:
    (found,) = found_in(floors.check, "accounts/actions.py", "from calendars.worktime import Span\n")
    assert "share floor 2" in found


@pytest.mark.parametrize(
    "text", ["import governance.settings", "from governance import guard", "x = 'governance.guard.refuse'"]
)
def test_nobody_imports_the_roof(found_in, text: str) -> None:
    (found,) = found_in(floors.check, "desk/views.py", text + "\n")
    assert "nobody imports governance" in found


def test_the_demo_may_start_processes_but_not_import_the_roof(found_in) -> None:
    started = """
        command = ["granian", "governance.wsgi:application"]
        environment = {"DJANGO_SETTINGS_MODULE": "governance.settings"}
    """
    assert found_in(floors.check, "demo/servers.py", started) == []
    for text in ("from governance.celery import app\n", "x = 'governance.guard.refuse_unsafe_start'\n"):
        (found,) = found_in(floors.check, "demo/servers.py", text)
        assert "nobody imports governance" in found


def test_nothing_of_the_house_imports_the_tests(found_in) -> None:
    (found,) = found_in(floors.check, "issues/actions.py", "from tests.factories import an_issue\n")
    assert "imports nothing from tests/" in found


LAWFUL = {
    "one floor down": "from notices.actions import tell",
    "the cellar": "from trail.refusals import Refused",
    "its own app": "from . import lifecycle\nfrom .models import Issue\nfrom issues.actions import report",
    "own names": "reverse('issues:list')\nForeignKey('issues.Issue')\nrender(request, 'issues/list.html')",
    "the user model": "models.ForeignKey(settings.AUTH_USER_MODEL)",
    "a lower label": "models.ForeignKey('grids.Unit')\nreverse('accounts:login')",
    "names found at run time": "import_module(name)\nimport_string(f'{app}.x')\nautodiscover_modules('desk')",
    "third parties": "import calendar\nfrom rest_framework import serializers\nimport noticesque",
    "prose": "x = 'desk: see there.'\ny = 'The desk. Nothing else'\nz = 'projects'",
    "docstring": "'''desk.board'''",
    "file names": "open('desk.csv')",
    "subjects of events": "handler('issues.inbox', 'issue.sign', 'unit.*')",
    "words that begin alike": "x = 'desktop:1'\ny = 'demography.x'",
}


@pytest.mark.parametrize("text", LAWFUL.values(), ids=LAWFUL.keys())
def test_lawful_names_pass(found_in, text: str) -> None:
    assert found_in(floors.check, "issues/views.py", text + "\n", issues__models="") == []


def test_the_roof_may_name_everybody(found_in) -> None:
    text = "from demo import seed\nimport issues.urls\nINSTALLED_APPS = ['trail.apps.TrailConfig', 'desk']\n"
    assert found_in(floors.check, "governance/settings.py", text) == []


def test_migrations_and_tests_are_left_out(plant) -> None:
    text = "dependencies = [('desk', '0001_initial')]\nimport desk.models\n"
    house = plant(
        {
            "issues/migrations/0001_initial.py": text,
            "tests/issues/test_views.py": text,
            "issues/__init__.py": "",
        }
    )
    assert list(floors.check(house)) == []


TAGS = {
    "address": "{% url 'desk:today' %}",
    "address kept in a variable": '{% url "desk:today" pk as link %}',
    "admin address": '{% url "admin:desk_tile_changelist" %}',
    "included": '{% include "desk/tile.html" with a=1 %}',
    "extended": '{% extends "desk/base.html" %}',
    "asset": "{% static 'desk/today.css' %}",
    "tag library": "{% load i18n tiles %}",
}


@pytest.mark.parametrize(
    "path", ["issues/templates/issues/a.html", "templates/issues/a.html", "templates/admin/issues/a.html"]
)
@pytest.mark.parametrize("tag", TAGS.values(), ids=TAGS.keys())
def test_upward_names_in_templates_are_found(plant, path: str, tag: str) -> None:
    house = plant({path: f"<p>\n{tag}\n", "issues/__init__.py": "", "desk/templatetags/tiles.py": ""})
    (violation,) = floors.check(house)
    assert (violation.path, violation.line) == (path, 2)
    assert "desk (floor 8) stands above issues (floor 5)" in violation.what


def test_lawful_templates_pass(plant) -> None:
    tags = """
        {% extends "base.html" %}{% load i18n %}
        {% url "issues:detail" pk %}{% url "accounts:login" %}<p>"desk:today"</p>
    """
    house = plant(
        {
            "issues/templates/issues/a.html": tags,
            "templates/base.html": "{% url 'desk:today' %}",  # the frame that all pages share
            "desk/templates/desk/a.html": "{% url 'issues:list' %}{# {% url 'projects:x' %} #}",
        }
    )
    assert [each for each in floors.check(house) if "projects" not in each.what] == []


def test_a_folder_without_a_floor_is_found(plant) -> None:
    house = plant(
        {
            "misc/things.py": "",
            "docs/pictures.py": "",
            "env/bin/x.py": "",
            "env/pyvenv.cfg": "",
            "static/a.css": "",
        }
    )
    (violation,) = floors.check(house)
    assert "misc/ holds Python but stands on no floor" in violation.what
