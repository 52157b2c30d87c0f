"""Planted length, depth and missing annotations; and what is not counted."""

import ast

import pytest

from tests.architecture import budget


def _function(lines: int, name: str = "f") -> str:
    return f"def {name}() -> None:\n" + "    x = 1\n" * (lines - 1)


def test_a_long_function_is_found_at_its_line(found_in) -> None:
    found = found_in(budget.check, "issues/views.py", "import os\n\n\n" + _function(61))
    assert any("issues/views.py:4 f() has 61 lines" in line for line in found)


def test_sixty_lines_are_within_the_bound(found_in) -> None:
    assert not [
        line for line in found_in(budget.check, "issues/views.py", _function(60)) if "f() has" in line
    ]


def test_docstrings_comments_and_blank_lines_are_not_counted(plant) -> None:
    text = '''
        def f():
            """What it does.

            At length.
            """
            # why

            sql = """
                SELECT 1
            """  # a text that is used is code
            return sql
    '''
    (module,) = plant({"issues/views.py": text}).modules
    ((_node, length),) = budget.lengths(module)
    assert length == 5


def test_a_large_module_is_found(found_in) -> None:
    text = "\n".join(f"x{n} = {n}" for n in range(401)) + "\n# why\n" * 50
    found = found_in(budget.check, "issues/views.py", text)
    assert any("401 lines of code" in line for line in found)
    assert not [
        line for line in found_in(budget.check, "issues/views.py", "x = 1\n" * 400) if "lines of code" in line
    ]


def test_many_middling_functions_are_found_by_median_and_percentile(found_in) -> None:
    small, middling, big = _function(8), _function(9), _function(36)
    assert found_in(budget.check, "issues/views.py", small * 20) == []
    assert any(
        "median of functions: 9" in line for line in found_in(budget.check, "issues/views.py", middling * 20)
    )
    # one in ten is over the bound
    found = found_in(budget.check, "issues/views.py", small * 9 + big)
    assert any("95th percentile of functions: 36" in line for line in found)


def test_many_big_modules_are_found_by_percentile(plant) -> None:
    house = plant({f"issues/views{n}.py": "x = 1\n" * 301 for n in range(3)})
    assert any("95th percentile of modules: 301" in each.what for each in budget.check(house))


@pytest.mark.parametrize(("percent", "expected"), [(50, 2), (95, 4), (100, 4), (1, 1)])
def test_percentile(percent: int, expected: int) -> None:
    assert budget.percentile([4, 1, 3, 2], percent) == expected
    assert budget.percentile([], percent) == 0


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        ("x = 1", 0),
        ("if a:\n  x", 1),
        ("if a:\n  x\nelif b:\n  y\nelif c:\n  z", 1),
        ("if a:\n  x\nelse:\n  if b:\n    y\n  z", 2),
        ("for a in b:\n  if a:\n    with c:\n      x", 3),
        ("try:\n  for a in b:\n    while c:\n      if d:\n        x\nexcept E:\n  y", 4),
        ("match a:\n  case 1:\n    if b:\n      x", 2),
        ("[x for x in y if x]", 0),
        ("if a:\n  def g():\n    if b:\n      x", 1),
    ],
)
def test_depth(text: str, deep: int) -> None:
    body = "\n".join("    " + line for line in text.splitlines())
    function = ast.parse(f"def f():\n{body}\n").body[0]
    assert budget.depth(function) == deep


def test_deep_nesting_is_found(found_in) -> None:
    text = "def f():\n for a in b:\n  if a:\n   with c:\n    if d:\n     pass\n"
    lawful = "def f():\n for a in b:\n  if a:\n   with c:\n    pass\n"
    assert found_in(budget.check, "issues/views.py", lawful) == []
    assert found_in(budget.check, "issues/views.py", text) == [
        "issues/views.py:1 f() nests 4 deep, 3 is the most."
    ]


@pytest.mark.parametrize("path", ["issues/ladder.py", "issues/actions/sign.py", "issues/actions.py"])
@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("def f(a, b: int) -> int: ...", "a"),
        ("def f(a: int): ...", "return"),
        ("def f(*args, **more) -> None: ...", "args, more"),
        ("def f(*, now) -> None: ...", "now"),
        ("class A:\n    def f(self, a) -> None: ...", "a"),
        ("def f() -> None:\n    def g(x): ...", "x, return"),
    ],
)
def test_a_missing_annotation_is_found(found_in, path: str, text: str, missing: str) -> None:
    (found,) = found_in(budget.check_annotations, path, text + "\n")
    assert found.endswith(f"lacks annotations: {missing}.")


def test_annotated_rules_and_plain_faces_pass(plant) -> None:
    annotated = (
        "class A:\n    def __init__(self, a: int): ...\n    def f(self, *b: int, c: str = '') -> None: ...\n"
    )
    house = plant({"issues/ladder.py": annotated, "issues/views.py": "def f(request): ...\n"})
    assert list(budget.check_annotations(house)) == []
