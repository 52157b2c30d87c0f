"""Planted documents that name what is not there."""

import pytest

from tests.architecture import documents

FIRST = "docs/architecture.md"
BESIDE = {
    "issues__rules.py": "MOST = 3\ndef may():\n    pass\n",
    "issues__models.py": "class Issue:\n    pass\n",
    "trail__refusals.py": "class Refused(Exception):\n    pass\n",
    "trail__management__commands__verify_trail.py": "",
    "Makefile": "demo: venv ## x\n\techo\n",
    "docs__adr__one.md": "",
}
FLOORS = "| 5 | `issues` | |\n| 1 | `trail` | |\n"


@pytest.fixture
def found(found_in):
    return lambda line, path=FIRST, floors=FLOORS: found_in(
        documents.check, path, (floors if path == FIRST else "") + line, **BESIDE
    )


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("Read `issues/lifecycle.py`.", "there is no issues/lifecycle.py."),
        ("Read `issues/lifecycle/`.", "there is no issues/lifecycle/."),
        ("See [why](adr/two.md).", "leads to adr/two.md, which is not there."),
        ("Then `make tea` and so on.", "`make tea` is no target of the Makefile."),
        ("`manage.py check_tea --now`", "`manage.py check_tea` is no command of ours."),
    ],
)
@pytest.mark.parametrize("path", [FIRST, "docs/deploy.md"])
def test_what_is_not_there(found, line: str, what: str, path: str) -> None:
    assert [one.partition(" ")[2] for one in found(line, path)] == [what]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("| who? | `issues/rules.py`, `might` |", "might is defined in none of the files beside it."),
        ("| `tables.py` | pure |", "no app has a tables.py."),
        ("| `actions/` | write |", "no app has a actions/."),
        ("It raises `trail.refusals.Denied`.", "there is no trail.refusals.Denied."),
        ("It raises `trail.denials.Refused`.", "there is no trail.denials.Refused."),
    ],
)
def test_what_the_first_page_says_of_the_house(found, line: str, what: str) -> None:
    assert [one.partition(" ")[2] for one in found(line)] == [what]


def test_other_documents_may_name_rooms_and_names_as_they_like(found_in) -> None:
    line = "| `tables.py`, `issues/rules.py`, `might` | `trail.denials.Refused` |"
    assert found_in(documents.check, "docs/deploy.md", line, **{"issues__rules.py": ""}) == []


def test_the_floors_are_those_of_the_house(found) -> None:
    told = found("", floors="| 4 | `issues` | |\n| 7 | `projects` | |\n")
    assert [one.partition(" ")[2].partition(",")[0] for one in told] == [
        "issues stands on floor 4 here",
        "projects stands on floor 7 here",
        "trail stands on floor None here",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "Read `issues/rules.py` and [why](adr/one.md), [there](https://example.com/none).",
        "| who? | `issues/rules.py`, `may`, `MOST` of an `Issue` |",
        "| `rules.py`, `models.py` | pure |",
        "`make demo PORT=1` · `manage.py verify_trail --all` · `manage.py migrate` · `trail.refusals.Refused`",
        "There is no `common/` and no `utils/`; 5 `req/s` at `/api/v1/`; `user.has_perm(x)`, `a.b.C`",
    ],
)
def test_what_is_there_passes(found, line: str) -> None:
    assert found(line) == []
