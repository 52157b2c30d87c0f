"""Rooms: tables and rules are pure, time is a parameter, a room uses only rooms of its height or below."""

import ast
import re
from collections.abc import Iterator

from tests.architecture import references
from tests.architecture.house import Room
from tests.architecture.source import House, Module, Reference, Violation

CLOCKS = {
    "django.utils.timezone.now",
    "django.db.models.functions.Now",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "datetime.datetime.today",
    "datetime.date.today",
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
}
# These read the clock only when called with nothing.
CLOCKS_IF_BARE = {
    "django.utils.timezone.localtime",
    "django.utils.timezone.localdate",
    "time.strftime",
    "time.ctime",
}
STOPWATCHES = {"time.monotonic", "time.perf_counter", "time.process_time", "time.sleep"}
SQL_CLOCK = re.compile(
    r"\b(now\(\)|current_timestamp|current_date|(clock|statement|transaction)_timestamp\(\))", re.I
)
SQL = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|RETURNING)\b", re.I)

# What a pure module may use of what is not the standard library or another pure module.
PURE_MAY_IMPORT = (
    "django.utils.translation",
    "django.utils.functional",
    "django.utils.timezone",
    "django.utils.text",
)
IMPURE = (
    "rest_framework",
    "celery",
    "redis",
    "psycopg2",
    "mptt",
    "unfold",
    "axes",
    "knox",
    "requests",
    "urllib.request",
)
ENVIRONMENT = ("os.environ", "os.getenv")

PASS_IT = "Take `now` as a parameter; only faces (views, api, admin, tasks, commands) read the clock."
KEEP_PURE = (
    "Pass the values in, and let the action or queryset that calls it do the reading. If the module is no "
    "table and no rule, name its room in tests/architecture/house.py."
)
GO_DOWN = (
    "Upper rooms use lower ones: move what is needed down, or let the face call it and pass the result. "
    "A task is nudged by its name (trail.hints)."
)
ROOM_NAMES = {
    Room.PURE: "a pure table or rule",
    Room.READ: "a room for reading",
    Room.MODEL: "a model",
    Room.ACTION: "an action",
    Room.FACE: "a face",
    Room.WIRING: "wiring",
}


def check_clock(house: House) -> Iterator[Violation]:
    """The clock is read in faces, tasks and commands alone; a default on a model field reads it too."""
    for module in house.modules:
        if module.room < Room.FACE:
            for line, what in clock_readings(module):
                yield Violation(module.path, line, f"{what} in {ROOM_NAMES[module.room]}.", PASS_IT)


def clock_readings(module: Module) -> Iterator[tuple[int, str]]:
    """(line, what) of everything that reads a clock, called or handed on as a default."""
    bare = {id(call.func) for call in module.calls if not call.args and not call.keywords}
    by_database = _database_defaults(module)
    watched = CLOCKS | (STOPWATCHES if module.room == Room.PURE else set())
    for node in module.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in by_database:
            name = module.dotted(node)
            if name in watched or (name in CLOCKS_IF_BARE and id(node) in bare):
                yield node.lineno, f"reads the clock: {name}"
        elif isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            yield node.value.lineno, f"reads the clock: {node.arg}"
    for line, text in module.texts:
        if SQL.search(text) and SQL_CLOCK.search(text):
            yield line, f"reads the database's clock: {SQL_CLOCK.search(text)[0]}"  # type: ignore[index]


def _database_defaults(module: Module) -> set[int]:
    """Nodes inside `db_default=…`: there the database stamps the row, and no rule takes it for its now."""
    values = [
        keyword.value for call in module.calls for keyword in call.keywords if keyword.arg == "db_default"
    ]
    return {id(node) for value in values for node in ast.walk(value)}


def check_purity(house: House) -> Iterator[Violation]:
    """Tables and rules touch no ORM, no settings, no network; what they import is as pure as they are."""
    for module in house.modules:
        if module.room == Room.PURE:
            found = sorted(
                {*_impure_imports(module), *_impure_names(module), *_impure_modules(module, house)}
            )
            if found:
                told = ", ".join(f"{what} (line {line})" for line, what in found)
                yield Violation(module.path, found[0][0], f"a pure table or rule {told}.", KEEP_PURE)


def _impure_imports(module: Module) -> Iterator[tuple[int, str]]:
    for imported in module.imports:
        target = imported.target
        django = target.startswith("django.") and not target.startswith(PURE_MAY_IMPORT)
        if not imported.type_only and (
            django or f"{target}.".startswith(tuple(f"{name}." for name in IMPURE))
        ):
            yield imported.line, f"imports {target}"


def _impure_names(module: Module) -> Iterator[tuple[int, str]]:
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_meta"}:
            yield node.lineno, f"touches the ORM: .{node.attr}"
        elif isinstance(node, ast.Name | ast.Attribute) and module.dotted(node) in ENVIRONMENT:
            yield node.lineno, f"reads the environment: {module.dotted(node)}"


def _impure_modules(module: Module, house: House) -> Iterator[tuple[int, str]]:
    for room, references_there in _above(module, house).items():
        for reference in references_there:
            yield reference.line, f"imports {ROOM_NAMES[room]}, {reference.target}"


def check_rooms(house: House) -> Iterator[Violation]:
    """Faces call actions, actions ask rules: never the other way up, in one's own app or another's."""
    for module in house.modules:
        if module.room == Room.PURE:  # said by check_purity, together with the rest
            continue
        for room, found in _above(module, house).items():
            names = ", ".join(reference.target for reference in found)
            what = f"{ROOM_NAMES[module.room]} imports {ROOM_NAMES[room]}: {names}."
            yield Violation(module.path, found[0].line, what, GO_DOWN)


def _above(module: Module, house: House) -> dict[Room, list[Reference]]:
    """What the module imports at run time from rooms above its own."""
    above: dict[Room, list[Reference]] = {}
    for reference in references.imports(module):
        target = house.module_of(reference.target)
        if target and not reference.type_only and _is_above(target.room, module.room):
            above.setdefault(target.room, []).append(reference)
    return above


def _is_above(target: Room, here: Room) -> bool:
    # Models name their querysets and reading modules name models: these two may know each other.
    if {target, here} == {Room.READ, Room.MODEL}:
        return False
    return target > here
