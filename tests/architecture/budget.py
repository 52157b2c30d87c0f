"""Size: a function that fits the eye, a module that fits the head. Counted in lines that hold code."""

import ast
import math
import statistics
from collections.abc import Iterator

from tests.architecture.house import (
    FUNCTION_MEDIAN,
    FUNCTION_MOST,
    FUNCTION_P95,
    MODULE_MOST,
    MODULE_P95,
    NESTING_MOST,
    Room,
)
from tests.architecture.source import House, Module, Violation

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def code_lines(module: Module) -> set[int]:
    """Numbers of the lines that hold code: no docstring, no comment alone, no blank line."""
    stripped = enumerate(map(str.strip, module.text.split("\n")), start=1)
    lines = {number for number, text in stripped if text and not text.startswith("#")}
    for node in module.nodes:  # inside a text that is used, blank lines and # are code
        if isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Constant) and isinstance(node.value, str)
        ):
            lines |= _span(node)
    for node in module.docstrings:
        lines -= _span(node)
    return lines


def _span(node: ast.expr | Function) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def lengths(module: Module) -> list[tuple[Function, int]]:
    """(function, its code lines from `def` to its end) for every function and method."""
    lines = code_lines(module)
    return [(node, len(lines & _span(node))) for node in module.functions]


def depth(node: ast.AST) -> int:
    """How deep blocks stand in blocks; elif is no deeper than if, and a nested def starts anew."""
    deepest = 0
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, depth(child) + (isinstance(child, BLOCKS) and not is_elif))
    return deepest


def percentile(numbers: list[int], percent: int) -> int:
    """The smallest number that at least `percent` of them do not exceed; 0 for none."""
    return sorted(numbers)[math.ceil(len(numbers) * percent / 100) - 1] if numbers else 0


def check(house: House) -> Iterator[Violation]:
    """No function, module or nesting beyond its bound; and most of them far below it."""
    functions: list[tuple[int, str, str]] = []
    modules: list[tuple[int, str]] = []
    for module in house.modules:
        modules.append((len(code_lines(module)), module.path))
        for node, length in lengths(module):
            functions.append((length, f"{module.path}:{node.lineno}", node.name))
            yield from _function(module, node, length)
        if modules[-1][0] > MODULE_MOST:
            what = f"{modules[-1][0]} lines of code, {MODULE_MOST} are the most."
            yield Violation(module.path, 1, what, "Split it by subject into a package of the same name.")
    yield from _overall(functions, modules)


def _function(module: Module, node: Function, length: int) -> Iterator[Violation]:
    if length > FUNCTION_MOST:
        what = f"{node.name}() has {length} lines of code, {FUNCTION_MOST} are the most."
        yield Violation(module.path, node.lineno, what, "Give its steps names: a function each.")
    if depth(node) > NESTING_MOST:
        what = f"{node.name}() nests {depth(node)} deep, {NESTING_MOST} is the most."
        yield Violation(module.path, node.lineno, what, "Return early, or make the inner block a function.")


def _overall(functions: list[tuple[int, str, str]], modules: list[tuple[int, str]]) -> Iterator[Violation]:
    sizes, totals = [length for length, *_ in functions], [total for total, _ in modules]
    most, biggest = sorted(functions, reverse=True)[:5], sorted(modules, reverse=True)[:5]
    longest = "; ".join(f"{where} {name}() {length}" for length, where, name in most)
    largest = "; ".join(f"{path} {total}" for total, path in biggest)
    for what, found, bound, worst in (
        ("median of functions", round(statistics.median(sizes)) if sizes else 0, FUNCTION_MEDIAN, longest),
        ("95th percentile of functions", percentile(sizes, 95), FUNCTION_P95, longest),
        ("95th percentile of modules", percentile(totals, 95), MODULE_P95, largest),
    ):
        if found > bound:
            told = f"{what}: {found} lines, budget {bound}."
            yield Violation("the whole house", 0, told, f"Shorten the longest: {worst}.")


def check_annotations(house: House) -> Iterator[Violation]:
    """Rules and actions say what goes in and what comes out."""
    for module in house.modules:
        if module.room in {Room.PURE, Room.ACTION}:
            for node in module.functions:
                missing = list(unannotated(node))
                if missing:
                    what = f"{node.name}() lacks annotations: {', '.join(missing)}."
                    instead = "Annotate every parameter and the result."
                    yield Violation(module.path, node.lineno, what, instead)


def unannotated(node: Function) -> Iterator[str]:
    """Parameters without annotation, and `return`; self and cls need none, nor does __init__'s result."""
    named = [
        *node.args.posonlyargs,
        *node.args.args,
        node.args.vararg,
        *node.args.kwonlyargs,
        node.args.kwarg,
    ]
    for argument in named:
        if argument and not argument.annotation and argument.arg not in {"self", "cls"}:
            yield argument.arg
    if node.returns is None and node.name != "__init__":
        yield "return"
