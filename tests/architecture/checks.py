"""The checks that need only the text of the house, by the name under which they appear in the test report."""

from collections.abc import Callable, Iterable

from tests.architecture import budget, circles, documents, floors, habits, leaving, purity, repository, writes
from tests.architecture.house import WAIVERS, Waiver
from tests.architecture.source import House, Violation

Check = Callable[[House], Iterable[Violation]]

RULES = "The rules stand in docs/architecture.md, their tables in tests/architecture/house.py."

CHECKS: dict[str, Check] = {
    "floors": floors.check,
    "rooms": purity.check_rooms,
    "circles": circles.check,
    "writes": writes.check,
    "clock": purity.check_clock,
    "purity": purity.check_purity,
    "tasks": habits.check_tasks,
    "signals": habits.check_signals,
    "drawers": habits.check_drawers,
    "sentences": habits.check_sentences,
    "files": leaving.check,
    "size": budget.check,
    "annotations": budget.check_annotations,
    "documents": documents.check,
    "repository": lambda house: repository.check(house.root),
}


def waived(name: str, violation: Violation) -> Waiver | None:
    """The waiver of house.py that lets this violation of the check `name` pass, if there is one."""
    for waiver in WAIVERS:
        if (waiver.check, waiver.path) == (name, violation.path) and waiver.text in violation.what:
            return waiver
    return None


def report(name: str, violations: Iterable[Violation]) -> str:
    """The page for a red test: every violation, sorted, with where it should go; "" when all is lawful."""
    red = sorted({violation for violation in violations if not waived(name, violation)})
    if not red:
        return ""
    head = f"{len(red)} against the architecture: {name}. {RULES}"
    return "\n".join([head, "", *map(str, red)])
