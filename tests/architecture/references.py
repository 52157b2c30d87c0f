"""Finds every name of one of our modules: in imports, in strings, in template tags."""

import ast
import re
from collections.abc import Iterator

from tests.architecture.house import BESIDE, FLOORS
from tests.architecture.source import House, Module, Reference, Template, last_name

OURS = (*FLOORS, *BESIDE)
_APP = "|".join(FLOORS)
# "issues.Issue", "issues.tasks.sweep", "issues:detail", and their beginnings in f-strings ("issues:{}").
_NAME = re.compile(rf"(?P<app>{_APP})(?P<mark>[.:])(?P<rest>[\w{{][\w.:*{{}}-]*|(?<=:)$)")
# "issues/detail.html", "desk/today.css": a template or asset of an app.
_FILE = re.compile(rf"(?P<app>{_APP})/[\w/.{{}}-]+\.(html|txt|svg|css|js|xml)")
# "admin:issues_issue_change": the admin page of an app's model.
_ADMIN = re.compile(rf"admin:(?P<app>{_APP})_[\w{{}}]+")
# SELECT … FROM issues_issue: a table of an app.
_TABLE = re.compile(
    rf"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|ONLY)\s+\"?(?P<table>(?P<app>{_APP})_\w+)", re.IGNORECASE
)
# "issues.csv" is a file, no name.
_FILE_ENDINGS = {
    "csv",
    "json",
    "html",
    "txt",
    "md",
    "log",
    "png",
    "svg",
    "jpg",
    "css",
    "js",
    "pid",
    "xlsx",
    "sock",
    "po",
    "toml",
}

# Calls whose argument is an app label that stands alone: get_model("issues", "Issue").
_TAKES_LABEL = {
    "get_model",
    "get_app_config",
    "is_installed",
    "get_by_natural_key",
    "import_module",
    "__import__",
}
_IMPORTS_BY_NAME = {"import_module", "__import__", "import_string"}

_TAG = re.compile(r"\{[%{](?!#)(.*?)[%}]\}", re.DOTALL)
_QUOTED = re.compile(r"""(["'])(.*?)\1""")
_LOAD = re.compile(r"^\s*load\s+(.+)$", re.DOTALL)


def imports(module: Module) -> Iterator[Reference]:
    """Imports of our own modules: statements at any depth, and import_module("x") with a fixed name."""
    for imported in module.imports:
        if imported.target.partition(".")[0] in OURS:
            yield Reference(imported.target, imported.line, "imports", imported.type_only)
    for call in module.calls:
        target = _imported_by_name(module, call)
        if target.partition(".")[0] in OURS:
            yield Reference(target, call.lineno, "imports by name")


def _imported_by_name(module: Module, call: ast.Call) -> str:
    first = call.args[0] if call.args else None
    if last_name(call.func) not in _IMPORTS_BY_NAME or not isinstance(first, ast.Constant):
        return ""
    target = str(first.value)
    return module.absolute(target.lstrip("."), len(target) - len(target.lstrip(".")))


def strings(module: Module) -> Iterator[Reference]:
    """Names in strings: model labels, URL names, dotted paths, templates, and app labels that stand alone."""
    for line, text in module.texts:
        name = name_in(text)
        if name:
            yield Reference(name, line, "names in a string")
        for table in _TABLE.finditer(text):
            yield Reference(f"{table['app']}.{table['table']}", line, "names in SQL")
    for call in module.calls:
        for text in _labels(call):
            if text in OURS:
                yield Reference(text, call.lineno, "names in a string")


def _labels(call: ast.Call) -> Iterator[str]:
    if last_name(call.func) in _TAKES_LABEL and call.args and isinstance(call.args[0], ast.Constant):
        yield str(call.args[0].value)
    for keyword in call.keywords:
        if keyword.arg in {"app_label", "app_name"} and isinstance(keyword.value, ast.Constant):
            yield str(keyword.value.value)


def name_in(text: str) -> str:
    """The name that a whole string is, as `app.rest`; "" where the string is something else."""
    found = _NAME.fullmatch(text)
    if found and found["rest"].rpartition(".")[2].lower() not in _FILE_ENDINGS:
        return text.replace(":", ".", 1)
    found = _FILE.fullmatch(text) or _ADMIN.fullmatch(text)
    return f"{found['app']}.{text}" if found else ""


def in_template(template: Template, house: House) -> Iterator[Reference]:
    """Names in the tags of a template: {% url %}, {% include %}, {% extends %}, {% static %}, {% load %}."""
    for tag in _TAG.finditer(template.text):
        line = template.line_of(tag.start())
        for quoted in _QUOTED.finditer(tag[1]):
            name = name_in(quoted[2])
            if name:
                yield Reference(name, line, "names in a tag")
        load = _LOAD.match(tag[1])
        for library in load[1].split() if load else ():
            if library in house.tag_libraries:
                yield Reference(f"{house.tag_libraries[library]}.templatetags.{library}", line, "loads")
