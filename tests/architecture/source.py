"""Reads the house as text and syntax trees: modules, templates, and what a name in them means."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.architecture.house import BESIDE, FLOORS, ROOM_OF_APP, ROOMS, SPECIAL, Room

LEFT_OUT = {"migrations", "__pycache__", "node_modules"}


@dataclass(frozen=True, order=True)
class Violation:
    """One line of red: where, what is wrong, and where it should go."""

    path: str
    line: int
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}\n    {self.what}\n    -> {self.instead}"


@dataclass(frozen=True)
class Imported:
    """One name brought in by an import statement: `from grids import models as m` is grids.models, m."""

    target: str
    local: str
    stands_for: str
    line: int
    type_only: bool


@dataclass(frozen=True)
class Reference:
    """A name of some module of ours: `target` dotted, as `issues.views`, or a label as `issues.Issue`."""

    target: str
    line: int
    how: str  # "imports", or in which words the name stands there
    type_only: bool = False  # under TYPE_CHECKING

    @property
    def app(self) -> str:
        return self.target.partition(".")[0]


class Module:
    """One Python file: its place in the house, its syntax tree, and what its names stand for."""

    def __init__(self, root: Path, path: Path) -> None:
        self.path = path.relative_to(root).as_posix()
        self.text = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text, filename=self.path)
        self.is_package = path.name == "__init__.py"
        self.name = self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.app = self.name.partition(".")[0]

    @cached_property
    def room(self) -> Room:
        """Its room by the tables of house.py; a module that no table names is PURE."""
        parts = self.name.split(".")
        if self.app in ROOM_OF_APP:
            return ROOM_OF_APP[self.app]
        if len(parts) == 1:
            return Room.PURE if self.app in FLOORS else Room.FACE  # an app's __init__, or manage.py
        return SPECIAL.get(self.name) or ROOMS.get(parts[1], Room.PURE)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def calls(self) -> list[ast.Call]:
        return [node for node in self.nodes if isinstance(node, ast.Call)]

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [node for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    @cached_property
    def classes(self) -> list[ast.ClassDef]:
        return [node for node in self.nodes if isinstance(node, ast.ClassDef)]

    @cached_property
    def docstrings(self) -> list[ast.Constant]:
        """The text nodes that stand first in a module, class or function."""
        owners = [self.tree, *self.classes, *self.functions]
        firsts = [owner.body[0] for owner in owners if owner.body]
        return [
            first.value
            for first in firsts
            if isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ]

    @cached_property
    def texts(self) -> list[tuple[int, str]]:
        """(line, text) of every string but docstrings; the holes of an f-string read as `{}`."""
        inner = {id(part) for node in self.nodes if isinstance(node, ast.JoinedStr) for part in node.values}
        skip = inner | {id(node) for node in self.docstrings}
        found = []
        for node in self.nodes:
            if isinstance(node, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
                found.append((node.lineno, "".join(parts)))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skip:
                found.append((node.lineno, node.value))
        return found

    @cached_property
    def imports(self) -> list[Imported]:
        """Every import statement's names: relative ones resolved, in-function and type-only ones too."""
        type_only = {
            id(inner)
            for node in self.nodes
            if isinstance(node, ast.If) and last_name(node.test) == "TYPE_CHECKING"
            for part in node.body
            for inner in ast.walk(part)
        }
        return [
            Imported(target, local, stands_for, node.lineno, id(node) in type_only)
            for node in self.nodes
            if isinstance(node, ast.Import | ast.ImportFrom)
            for target, local, stands_for in self._targets(node)
        ]

    def _targets(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str, str]]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                yield alias.name, alias.asname or first, alias.name if alias.asname else first
        else:
            base = self.absolute(node.module or "", node.level)
            for alias in node.names:
                target = f"{base}.{alias.name}"
                yield target, alias.asname or alias.name, target

    def absolute(self, module: str, level: int) -> str:
        if not level:
            return module
        package = self.name.split(".") if self.is_package else self.name.split(".")[:-1]
        parts = package[: len(package) - level + 1]
        return ".".join([*parts, module] if module else parts)

    @cached_property
    def names(self) -> dict[str, str]:
        """What an imported local name stands for: {"tz": "django.utils.timezone"}."""
        return {imported.local: imported.stands_for for imported in self.imports}

    def dotted(self, node: ast.AST) -> str:
        """The full name of `tz.now` or `now`, by the module's imports; "" for what is no plain name."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            before = self.dotted(node.value)
            return f"{before}.{node.attr}" if before else ""
        return ""


def last_name(node: ast.AST) -> str:
    """`save` of `self.issue.save`, `save` of `save`; "" for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@dataclass(frozen=True)
class Template:
    """A template file; `app` is whose page it is, "" for those that all share."""

    path: str
    app: str
    text: str

    def line_of(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1


class House:
    """All of the project's own code under `root`, without tests and migrations."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def apps(self) -> list[str]:
        return [name for name in FLOORS if (self.root / name).is_dir()]

    @cached_property
    def modules(self) -> list[Module]:
        files = [path for app in self.apps for path in sorted((self.root / app).rglob("*.py"))]
        files += sorted(self.root.glob("*.py"))
        return [
            Module(self.root, path) for path in files if not LEFT_OUT & set(path.relative_to(self.root).parts)
        ]

    @cached_property
    def by_name(self) -> dict[str, Module]:
        return {module.name: module for module in self.modules}

    def module_of(self, target: str) -> Module | None:
        """The module that a dotted target lies in: `issues.models.Issue` lies in `issues.models`."""
        while target and target not in self.by_name:
            target = target.rpartition(".")[0]
        return self.by_name.get(target)

    @cached_property
    def templates(self) -> list[Template]:
        """Templates inside apps, and those under templates/, which belong to the app their path names."""
        shared = self.root / "templates"
        folders = [(shared, "")] + [(self.root / app / "templates", app) for app in self.apps]
        return [
            Template(
                path.relative_to(self.root).as_posix(), app or _owner(path.relative_to(folder)), _read(path)
            )
            for folder, app in folders
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix in {".html", ".txt", ".svg", ".js", ".xml"}
        ]

    @cached_property
    def tag_libraries(self) -> dict[str, str]:
        """{name to load: app} for the templatetags modules of all apps."""
        return {
            module.name.rpartition(".")[2]: module.app
            for module in self.modules
            if ".templatetags." in module.name
        }

    @cached_property
    def strangers(self) -> list[Path]:
        """Top-level folders with Python in them that no table knows."""
        folders = [
            path for path in sorted(self.root.iterdir()) if path.is_dir() and not path.name.startswith(".")
        ]
        known = {*FLOORS, *BESIDE, *LEFT_OUT}
        return [
            folder
            for folder in folders
            if folder.name not in known
            and not (folder / "pyvenv.cfg").exists()
            and next(folder.rglob("*.py"), None)
        ]


def _owner(relative: Path) -> str:
    return next((part for part in relative.parts[:-1] if part in FLOORS), "")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
