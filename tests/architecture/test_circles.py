"""Planted circles, inside one app and between two."""

from tests.architecture import circles


def test_two_modules_of_one_app(plant) -> None:
    house = plant({"issues/a.py": "from issues.b import x\n", "issues/b.py": "import os\nfrom .a import y\n"})
    (violation,) = circles.check(house)
    assert "issues.a imports issues.b (line 1), issues.b imports issues.a (line 2)" in violation.what
    assert (violation.path, violation.line) == ("issues/a.py", 1)


def test_an_import_in_a_function_counts(plant) -> None:
    house = plant({"issues/a.py": "import issues.b\n", "issues/b.py": "def f():\n    from . import a\n"})
    assert len(list(circles.check(house))) == 1


def test_an_import_by_name_counts(plant) -> None:
    house = plant({"issues/a.py": "import issues.b\n", "issues/b.py": "import_module('issues.a')\n"})
    assert len(list(circles.check(house))) == 1


def test_a_relative_import_by_name_counts(plant) -> None:
    house = plant({"issues/a.py": "import issues.b\n", "issues/b.py": "import_module('.a', __package__)\n"})
    assert len(list(circles.check(house))) == 1


def test_an_import_for_type_checkers_counts(plant) -> None:
    late = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from issues.ladder import Rung\n"
    house = plant({"issues/ladder.py": "from issues.whistles import K\n", "issues/whistles.py": late})
    assert len(list(circles.check(house))) == 1


def test_a_queryset_may_name_the_rows_it_returns(plant) -> None:
    late = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from issues.models import Issue\n"
    house = plant({"issues/models.py": "from issues.querysets import Q\n", "issues/querysets.py": late})
    assert list(circles.check(house)) == []
    house = plant({"issues/querysets.py": "def f():\n    from issues.models import Issue\n"})
    assert len(list(circles.check(house))) == 1


def test_a_long_way_round_names_every_step(plant) -> None:
    files = {f"issues/{a}.py": f"from issues import {b}\n" for a, b in ("ab", "bc", "cd", "da")}
    (violation,) = circles.check(plant(files))
    assert violation.what.count("imports") == 4


def test_a_knot_shows_its_shortest_circle_and_who_else_is_in(plant) -> None:
    house = plant(
        {
            "issues/a.py": "import issues.b\n",
            "issues/b.py": "import issues.c\nimport issues.a\n",
            "issues/c.py": "import issues.a\n",
        }
    )
    (violation,) = circles.check(house)
    assert violation.what.count("(line") == 2
    assert "Also knotted in: issues.c" in violation.what


def test_a_package_and_its_parts(plant) -> None:
    """A package that hands out its parts is no circle; a part that asks the package is one."""
    house = plant(
        {
            "issues/actions/__init__.py": "from issues.actions.report import report\n",
            "issues/actions/report.py": "from . import locks\n",
            "issues/actions/locks.py": "",
        }
    )
    assert list(circles.check(house)) == []
    house = plant({"issues/actions/locks.py": "from issues.actions import report_issue\n"})
    assert len(list(circles.check(house))) == 1


def test_a_diamond_is_no_circle(plant) -> None:
    house = plant(
        {
            "issues/a.py": "import issues.b, issues.c\n",
            "issues/b.py": "import issues.d\n",
            "issues/c.py": "import issues.d\n",
            "issues/d.py": "import os\n",
        }
    )
    assert list(circles.check(house)) == []
