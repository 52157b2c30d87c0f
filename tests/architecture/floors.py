"""Floors: an app imports, and names in strings, only what lies on the floors below it."""

from collections.abc import Iterator

from tests.architecture import references
from tests.architecture.house import ENTRY_POINTS, FLOORS, MAY_START_PROCESSES, ROOF
from tests.architecture.source import House, Module, Reference, Violation


def check(house: House) -> Iterator[Violation]:
    """Every import and every name in a string, in modules and templates; and folders without a floor."""
    for folder in house.strangers:
        yield Violation(
            folder.name,
            1,
            f"{folder.name}/ holds Python but stands on no floor.",
            "Give it a floor (FLOORS in tests/architecture/house.py, and docs/architecture.md), move it "
            "into an app, or name it in BESIDE if it is no part of the house.",
        )
    for module in house.modules:
        for reference in (*references.imports(module), *references.strings(module)):
            yield from _judge(module.path, module.app, reference, _may_start(module, reference))
    for template in house.templates:
        for reference in references.in_template(template, house):
            yield from _judge(template.path, template.app or ROOF, reference, False)


def _may_start(module: Module, reference: Reference) -> bool:
    named = reference.how == "names in a string" and reference.target.startswith(ENTRY_POINTS)
    return named and module.app in MAY_START_PROCESSES


def _judge(path: str, app: str, reference: Reference, starts_process: bool) -> Iterator[Violation]:
    here, there = FLOORS.get(app, FLOORS[ROOF]), FLOORS.get(reference.app)
    if reference.app == app or starts_process:
        return
    if there is None:
        what, instead = f"the house imports nothing from {reference.app}/", "Move what is needed into an app."
    elif reference.app == ROOF:
        what = f"nobody imports {ROOF}"
        instead = "Read django.conf.settings, or move the helper into the lowest app that needs it."
    elif app not in FLOORS or app == ROOF or there < here:
        return
    elif there == here:
        what = f"{app} and {reference.app} share floor {here} and may not know each other"
        instead = f"Move what both need to a floor below {here}, or let an app above join the two."
    else:
        what = f"{reference.app} (floor {there}) stands above {app} (floor {here})"
        instead = (
            f"Turn it round: {app} owns a registry or records an event, and {reference.app} registers itself "
            f"or hears of it in its notices.py; or move the code up to {reference.app}."
        )
    yield Violation(path, reference.line, f"{reference.how} {reference.target}: {what}.", instead)
