"""Habits that cost others dear: timed tasks, signal handlers, drawers for everything, torn sentences."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.architecture.source import House, Module, Violation, last_name

# Celery's ways to send a task, and to come back to one.
SENDS = {"apply_async", "send_task", "signature", "subtask", "retry", "s", "si", "set", "apply"}
LATER = {"eta", "countdown"}
RETRIES_BY_ITSELF = {"autoretry_for", "retry_backoff", "default_retry_delay"}

SIGNALS = tuple(
    f"django.{name}" for name in ("db.models.signals", "dispatch", "contrib.auth.signals", "core.signals")
)
# Raised once by `migrate`, not by anybody's rows.
HARMLESS_SIGNALS = {"django.db.models.signals.post_migrate", "django.db.models.signals.pre_migrate"}

DRAWERS = {"common", "commons", "utils", "util", "utilities", "helpers", "misc", "services"}

GETTEXT = {f"{kind}gettext{lazy}" for kind in ("", "n", "p", "np") for lazy in ("", "_lazy", "_noop")}


def check_tasks(house: House) -> Iterator[Violation]:
    """No `eta`, `countdown`, chord, retry or result backend: a task is a hint, the hour stands in a row."""
    instead = (
        "Store the moment as a row (a deadline, next_try_at) that a loop finds; a task only says «look now»."
    )
    for module in house.modules:
        for call in module.calls:
            given = {keyword.arg for keyword in call.keywords if keyword.arg} | _unpacked_keys(call)
            name = last_name(call.func)
            for word in sorted((LATER & given if name in SENDS else set()) | (RETRIES_BY_ITSELF & given)):
                what = f"{name}(… {word}=…) keeps a time in the broker."
                yield Violation(module.path, call.lineno, what, instead)
            if name == "retry" and _is_task(module, call):
                what = "a task's retry() keeps a time in the broker."
                yield Violation(module.path, call.lineno, what, instead)
        for imported in module.imports:
            if imported.target in {"celery.chord", "celery.canvas.chord", "celery.result.AsyncResult"}:
                what = f"{imported.target} needs a result backend."
                yield Violation(module.path, imported.line, what, instead)


def _unpacked_keys(call: ast.Call) -> set[str]:
    """Keys of `**{"eta": …}`."""
    unpacked = [keyword.value for keyword in call.keywords if keyword.arg is None]
    dicts = [value for value in unpacked if isinstance(value, ast.Dict)]
    return {str(key.value) for value in dicts for key in value.keys if isinstance(key, ast.Constant)}


def _is_task(module: Module, call: ast.Call) -> bool:
    return module.name.split(".")[1:2] == ["tasks"] and isinstance(call.func, ast.Attribute)


def check_signals(house: House) -> Iterator[Violation]:
    """No Django signals: what another app does about an event stands in its notices.py, behind the outbox."""
    for module in house.modules:
        for imported in module.imports:
            if imported.target.startswith(SIGNALS) and imported.target not in HARMLESS_SIGNALS:
                yield Violation(
                    module.path,
                    imported.line,
                    f"imports {imported.target}: a signal handler writes where nobody looks.",
                    "Call the action, or hear of its event in a notices.py (trail.outbox.handler).",
                )


def check_drawers(house: House) -> Iterator[Violation]:
    """No common/, no utils/: such a drawer fills with what nobody finds again."""
    for folder in house.strangers:
        if folder.name in DRAWERS:
            yield _drawer(f"{folder.name}/", folder.name)
    for module in house.modules:
        parts = PurePosixPath(module.path).with_suffix("").parts
        for word in parts:
            if word in DRAWERS:
                yield _drawer(module.path, word)


def _drawer(path: str, word: str) -> Violation:
    what = f"«{word}» says nothing about what is inside."
    return Violation(path, 1, what, "Name it for what it knows, in the lowest app that needs it.")


def check_sentences(house: House) -> Iterator[Violation]:
    """What goes into gettext is one literal: a sentence put together first has no translation."""
    for module in house.modules:
        for call in module.calls:
            name = module.dotted(call.func).rpartition(".")[2]
            if name not in GETTEXT and last_name(call.func) != "_":
                continue
            parts = [part for argument in call.args for part in ast.walk(argument)]
            torn = next(filter(None, map(_torn, parts)), "")
            if torn:
                what = f"{torn} inside {last_name(call.func)}(): the catalogue never contains that sentence."
                instead = '_("… %(name)s …") % {"name": name}: translate first, fill in afterwards.'
                yield Violation(module.path, call.lineno, what, instead)


def _torn(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "an f-string"
    if isinstance(node, ast.Call) and last_name(node.func) in {"format", "join", "replace"}:
        return f".{last_name(node.func)}()"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        sides = (node.left, node.right)
        if any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides):
            return "% or +"
    return ""
