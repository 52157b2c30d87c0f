"""The three whistles: their times, and who may call whom."""

import pytest

from grids.body_kinds import BODY_KINDS
from grids.levels import LEVELS
from issues.policies import SHIPPED
from issues.whistles import BY_KEY

TIMES = {
    "quick": ((2, "working_hours"), (1, "working_days"), (3, "working_days")),
    "tough": ((4, "working_hours"), (3, "working_days"), (15, "working_days")),
    "emergency": ((5, "minutes"), (30, "minutes"), (24, "hours")),
}


@pytest.mark.parametrize("kind", TIMES)
def test_times(kind: str) -> None:
    whistle = SHIPPED.whistle(kind)
    spans = (whistle.acknowledge, whistle.arrive, whistle.done)
    assert tuple((span.amount, span.unit) for span in spans) == TIMES[kind]


def test_only_the_emergency_whistle_is_urgent_and_only_the_quick_one_calls_a_single_body() -> None:
    assert [key for key, kind in BY_KEY.items() if kind.urgent] == ["emergency"]
    assert [key for key, kind in BY_KEY.items() if kind.most == 1] == ["quick"]


# caller → kind → callees, one letter each, in the order of CALLEES
CALLEES = (
    "district", "street", "community", "department", "office", "centre", "posted", "utility", "property",
    "owners", "grid",
)  # fmt: skip
#                                 d s c D o c p u P O g
MATRIX = {
    ("grid", "quick"):           ". . x . . . x . x x .",
    ("grid", "tough"):           ". . x . . . x . x x .",
    ("community", "quick"):      ". x . x x x x x x x .",
    ("community", "tough"):      ". x . . x x x x x x .",
    ("street", "quick"):         "x x . x x x x x x x .",
    ("street", "tough"):         "x x . x x x x x x x .",
    ("district", "quick"):       ". x . x x x x x x x .",
    ("district", "tough"):       ". x . x x x x x x x .",
    ("grid", "emergency"):       "x x x x x x x x x x x",
    ("community", "emergency"):  "x x x x x x x x x x x",
    ("street", "emergency"):     "x x x x x x x x x x x",
    ("district", "emergency"):   "x x x x x x x x x x x",
}  # fmt: skip


def test_the_matrix_is_whole() -> None:
    assert set(CALLEES) == (set(LEVELS) - {"building"}) | set(BODY_KINDS)
    assert set(MATRIX) == {(level, kind) for level in set(LEVELS) - {"building"} for kind in TIMES}


@pytest.mark.parametrize(("caller", "kind"), MATRIX)
def test_caller_and_callee(caller: str, kind: str) -> None:
    marks = MATRIX[caller, kind].split()
    wanted = {callee for callee, mark in zip(CALLEES, marks, strict=True) if mark == "x"}
    assert SHIPPED.callable_by(caller, kind) == wanted


@pytest.mark.parametrize(
    ("caller", "kind"), [("building", "quick"), ("grid", "soft"), ("", "emergency"), ("nobody", "")]
)
def test_nobody_else_calls_anybody(caller: str, kind: str) -> None:
    assert not SHIPPED.callable_by(caller, kind)


def test_a_grid_is_called_in_an_emergency_alone_and_a_building_never() -> None:
    for caller, kind in MATRIX:
        called = SHIPPED.callable_by(caller, kind) & {"grid", "building"}
        assert called == ({"grid"} if kind == "emergency" else set())
