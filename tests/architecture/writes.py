"""Writes happen only in actions. What counts as a write is guessed from names; this is what the guess knows.

Always a write, whatever stands before the dot:
    bulk_create, bulk_update, get_or_create, update_or_create, create_user, save_base, save_m2m, …  (ALWAYS)
A write unless the call shows that it is something else:
    x.save(), x.save(update_fields=…)   not: form.save() of a plain form, session.save(), image.save(path, …)
    x.delete()                          not: cache.delete(key), client.delete(url), file.delete(save=False)
    x.create(a=1)                       not: with positional arguments
    x.update(a=1)                       not: update({…}) or update(bytes), nor on what is plainly a dict
    none of these                       on self or `book` where a class Book without bases defines the method
A write only on rows: behind .objects, .filter(…), …_set, a model's related name, or a local name for that:
    create, update, delete with any arguments; add, remove, set, clear (a set's or a cache's are left alone)
SQL: INSERT INTO, UPDATE … SET, DELETE FROM, MERGE INTO, TRUNCATE in any string; small letters in execute().
Classes that write by themselves: generic editing views and viewsets whose hook is not overridden, ModelForms
without a save of their own, models with a save or delete of their own, a ModelSerializer that is given data=.

It cannot see a method that is not called by its name (`getattr(row, name)()`, `on_commit(row.save)`), nor a
library call that writes under a harmless name.
A false alarm gets a Waiver with its reason in house.py.
"""

import ast
import re
from collections.abc import Callable, Iterator

from tests.architecture.house import Room
from tests.architecture.source import House, Module, Violation, last_name

ALWAYS = {
    "bulk_create", "bulk_update", "get_or_create", "update_or_create", "create_user", "create_superuser",
    "save_base", "save_m2m", "save_formset", "modelform_factory", "_raw_delete", "_raw_save", "insert_node",
    "move_node", "insert_at", "move_to", "partial_rebuild", "delay_mptt_updates", "disable_mptt_updates",
    "copy_from", "copy_expert", "execute_values",
}  # fmt: skip
ON_ROWS = {"add", "remove", "set", "clear", "create", "update", "delete", "rebuild"}
GUESSED = {"save", "delete", "create", "update"}

# Behind one of these stands a queryset or manager.
QUERY_WORDS = {
    "objects", "_default_manager", "_base_manager", "all", "filter", "exclude", "select_for_update", "using",
    "select_related", "prefetch_related", "order_by", "annotate", "get_queryset", "visible_to", "within",
}  # fmt: skip
ROW_NAMES = re.compile(r"(queryset|qs|.*_qs|manager|objects)$")
DICT_NAMES = re.compile(
    r"(context|ctx|kwargs|data|params|query|attrs|defaults|extra|headers|initial|options|payload|values|env|environ"
    r"|fields|meta|conf|config|counts|counter|body|.*_by_.*|.*_of|cache|globals|state)$"
)
MAKES_NO_ROWS = {"dict", "set", "defaultdict", "Counter", "copy", "get_context_data", "sha256"}

SQL_WRITE = re.compile(
    r"\b(INSERT\s+INTO|MERGE\s+INTO|DELETE\s+FROM|TRUNCATE\s+(TABLE\s+)?(?!ON\b)[\w\"{]+|"
    r"UPDATE\s+(ONLY\s+)?[\w\".{}%]+(\s+(AS\s+)?\w+)?\s+SET)\b"
)
SQL_WRITE_ANY_CASE = re.compile(SQL_WRITE.pattern, re.IGNORECASE)

# A base class that writes by itself -> the methods of which one must be overridden to call an action instead.
WRITING_BASES = {
    "CreateModelMixin": {"create"},
    "UpdateModelMixin": {"update"},
    "DestroyModelMixin": {"destroy"},
    "CreateView": {"form_valid"},
    "UpdateView": {"form_valid"},
    "DeleteView": {"form_valid"},
}
_API_VIEWS = {
    "ModelViewSet": "create update destroy",
    "CreateAPIView": "create",
    "UpdateAPIView": "update",
    "DestroyAPIView": "destroy",
    "ListCreateAPIView": "create",
    "RetrieveUpdateAPIView": "update",
    "RetrieveDestroyAPIView": "destroy",
    "RetrieveUpdateDestroyAPIView": "update destroy",
}

CALL_AN_ACTION = "Move it into an action ({app}/actions.py or {app}/actions/) and call that."


def check(house: House) -> Iterator[Violation]:
    """Calls, SQL and classes that write, in every module that is no action."""
    relations = {name for module in house.modules for name in related_names(module)}
    readers, own = model_serializers(house), methods_of_plain_classes(house)
    for module in house.modules:
        if module.room == Room.MODEL:
            yield from _model_tricks(module)
        if module.room != Room.ACTION:
            instead = CALL_AN_ACTION.format(app=module.app)
            for line, what in (
                *_calls(module, relations, own),
                *_sql(module),
                *_classes(module),
                *_inputs(module, readers),
            ):
                yield Violation(module.path, line, f"writes: {what}.", instead)


def related_names(module: Module) -> Iterator[str]:
    """Attributes under which the models of this module hand out related managers."""
    if module.room != Room.MODEL:
        return
    for call in module.calls:
        for keyword in call.keywords:
            if keyword.arg == "related_name" and isinstance(keyword.value, ast.Constant):
                yield str(keyword.value.value)
    for node in module.nodes:
        made = node.value if isinstance(node, ast.Assign) else None
        if isinstance(made, ast.Call) and last_name(made.func) == "ManyToManyField":
            yield from map(last_name, node.targets)  # type: ignore[attr-defined]


def methods_of_plain_classes(house: House) -> set[tuple[str, str]]:
    """(class name, method) of classes without bases: those are no rows, whatever their methods are called."""
    return {
        (_flat(node.name), part.name)
        for module in house.modules
        for node in module.classes
        if not node.bases
        for part in node.body
        if isinstance(part, ast.FunctionDef) and part.name in GUESSED
    }


def _flat(name: str) -> str:
    return name.replace("_", "").lower()


# --- calls ------------------------------------------------------------------------------------------------
def _calls(module: Module, relations: set[str], own: set[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    inside = {id(node): _flat(kind.name) for kind in module.classes for node in ast.walk(kind)}
    rows = _names_for(module, lambda value: _is_rows(value, relations, set()))
    dicts = _names_for(module, _is_dict)
    for call in module.calls:
        method = _method(call)
        if method in ALWAYS:
            yield call.lineno, _short(call)
        elif isinstance(call.func, ast.Attribute):
            behind, name = call.func.value, last_name(call.func.value)
            on_rows = method in ON_ROWS and _is_rows(behind, relations, rows)
            plain = (inside.get(id(call), "") if name == "self" else _flat(name), method) in own
            if on_rows or (method in GUESSED and not plain and _GUESS[method](call, name, dicts)):
                yield call.lineno, _short(call)


def _method(call: ast.Call) -> str:
    """The method's name; `asave` is save that waits."""
    name = last_name(call.func)
    return name[1:] if name.startswith("a") and name[1:] in ALWAYS | ON_ROWS | GUESSED else name


def _short(call: ast.Call) -> str:
    return f"{ast.unparse(call.func)}()"[-60:]


def _is_rows(node: ast.AST, relations: set[str], local: set[str]) -> bool:
    """Is this expression a queryset, a manager or a row fetched from one, as far as its names tell?"""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        if isinstance(node, ast.Attribute):
            if node.attr in QUERY_WORDS or node.attr in relations or node.attr.endswith("_set"):
                return True
            node = node.value
        else:
            node = node.func if isinstance(node, ast.Call) else node.value
    return isinstance(node, ast.Name) and (node.id in local or bool(ROW_NAMES.match(node.id)))


def _is_dict(node: ast.AST) -> bool:
    if isinstance(node, ast.Dict | ast.DictComp | ast.SetComp | ast.Set):
        return True
    return isinstance(node, ast.Call) and last_name(node.func) in MAKES_NO_ROWS


def _names_for(module: Module, wanted: Callable[[ast.AST], bool]) -> set[str]:
    """Local names that are assigned something of the wanted kind anywhere in the module."""
    found: set[str] = set()
    for node in module.nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value and wanted(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update(target.id for target in targets if isinstance(target, ast.Name))
    return found


def _positional(call: ast.Call) -> bool:
    return any(not isinstance(argument, ast.Starred) for argument in call.args)


def _saves(call: ast.Call, behind: str, dicts: set[str]) -> bool:
    keywords = {keyword.arg for keyword in call.keywords}
    if behind == "session" or behind.lower().endswith(("form", "formset")):
        return False
    if _positional(call):  # a file field's save(name, content) saves its row as well, unless told not to
        return bool(keywords & {"content", "save"}) and not _is_false(call, "save")
    return True


def _is_false(call: ast.Call, name: str) -> bool:
    values = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return any(isinstance(value, ast.Constant) and value.value is False for value in values)


def _deletes(call: ast.Call, behind: str, dicts: set[str]) -> bool:
    return not _positional(call) and behind != "session" and not _is_false(call, "save")


def _creates(call: ast.Call, behind: str, dicts: set[str]) -> bool:
    return not _positional(call)


def _updates(call: ast.Call, behind: str, dicts: set[str]) -> bool:
    named = any(keyword.arg for keyword in call.keywords)
    return named and not call.args and behind not in dicts and not DICT_NAMES.match(behind.lower())


_GUESS = {"save": _saves, "delete": _deletes, "create": _creates, "update": _updates}


# --- SQL --------------------------------------------------------------------------------------------------
def _sql(module: Module) -> Iterator[tuple[int, str]]:
    for line, text in module.texts:
        found = SQL_WRITE.search(text)
        if found:
            yield line, _shown(text, found)
    for call in module.calls:
        if last_name(call.func) in {"execute", "executemany", "raw", "callproc"} and call.args:
            text = str(call.args[0].value) if isinstance(call.args[0], ast.Constant) else ""
            found = SQL_WRITE_ANY_CASE.search(text)
            if found and not SQL_WRITE.search(text):
                yield call.lineno, _shown(text, found)


def _shown(text: str, found: re.Match[str]) -> str:
    return f"SQL «{' '.join(text[found.start() :].split())[:40]}»"


# --- classes ----------------------------------------------------------------------------------------------
def _classes(module: Module) -> Iterator[tuple[int, str]]:
    for node in module.classes:
        own = {part.name for part in node.body if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)}
        for base in map(last_name, node.bases):
            if base.endswith("ModelForm") and "save" not in own:
                yield node.lineno, f"{node.name} is a ModelForm, whose save() writes; use a plain Form"
            for hook in sorted(WRITING_BASES.get(base, set()) | set(_API_VIEWS.get(base, "").split())):
                if not {hook, f"perform_{hook}"} & own:
                    yield node.lineno, f"{node.name} inherits {base}, which writes in {hook}()"


def model_serializers(house: House) -> set[str]:
    """Names of the classes that descend from DRF's ModelSerializer, through our own classes too."""
    classes = [node for module in house.modules for node in module.classes]
    bases = {node.name: {last_name(base) for base in node.bases} for node in classes}
    found = {name for name, above in bases.items() if any(base.endswith("ModelSerializer") for base in above)}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def _inputs(module: Module, readers: set[str]) -> Iterator[tuple[int, str]]:
    for call in module.calls:
        name = last_name(call.func)
        if name in readers and any(keyword.arg == "data" for keyword in call.keywords):
            yield call.lineno, f"{name}(data=…) takes input through a ModelSerializer; use a plain Serializer"


def _model_tricks(module: Module) -> Iterator[Violation]:
    for node in module.classes:
        methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
        for method in methods:
            if method.name in {"save", "delete"} and not _only_refuses(method):
                what = f"{node.name}.{method.name}() is overridden: bulk writes and querysets go around it."
                instead = "Put the rule into a constraint, the work into the action that writes."
                yield Violation(module.path, method.lineno, what, instead)


def _only_refuses(function: ast.FunctionDef) -> bool:
    return isinstance(function.body[-1], ast.Raise) and len(function.body) <= 2
