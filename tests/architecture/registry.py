"""What Django holds at run time: every registered admin class and every serializer. Needs django.setup()."""

import inspect
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.architecture.house import FLOORS, FOREIGN_ADMINS
from tests.architecture.source import House, Violation

# What ActionAdmin closes; a subclass that opens one of them again writes past the actions.
CLOSED = ("save_model", "save_related", "save_formset", "delete_model", "delete_queryset")
WRITERS = ("create", "update", "save")


def import_faces(house: House) -> None:
    """Import every module that may define a serializer, so that none stays unseen."""
    for module in house.modules:
        if module.name.split(".")[1:2] in (["api"], ["views"], ["forms"], ["admin"]):
            import_module(module.name)


def check_admins(registered: dict[Any, Any], action_admin: type, request: Any) -> Iterator[Violation]:
    """`registered`: model -> admin instance of a site. `request`: of a superuser, who is refused nothing."""
    for model, page in registered.items():
        kind = type(page)
        dotted = f"{kind.__module__}.{kind.__qualname__}"
        if not isinstance(page, action_admin):
            if dotted not in FOREIGN_ADMINS:
                what = f"{dotted} for {model._meta.label} is no ActionAdmin: it writes by itself."
                yield _at(
                    kind,
                    what,
                    f"Subclass {action_admin.__module__}.{action_admin.__name__}"
                    + _or_unregister(kind, model),
                )
            continue
        yield from _open_doors(page, kind, action_admin, request)


def _or_unregister(kind: type, model: type) -> str:
    if kind.__module__.partition(".")[0] in FLOORS:
        return "; the page's write calls one action in perform_save()."
    return f", or admin.site.unregister({model.__name__}) in the admin.py of the app that owns the subject."


def _open_doors(page: Any, kind: type, action_admin: type, request: Any) -> Iterator[Violation]:
    own = [part for part in kind.__mro__ if part is not action_admin and issubclass(part, action_admin)]
    for name in CLOSED:
        if any(name in vars(part) for part in own):
            yield _at(
                kind,
                f"{kind.__name__}.{name}() is opened again.",
                "Override perform_save() and call one action there.",
            )
    writes = any("perform_save" in vars(part) for part in own)
    # A page that replaces Django's add view altogether never comes to save_model.
    adds = page.has_add_permission(request) and not any("add_view" in vars(part) for part in own)
    if not writes and (adds or page.has_change_permission(request)):
        yield _at(
            kind,
            f"{kind.__name__} allows add or change without perform_save().",
            "Override perform_save(): one action.",
        )
    if page.has_delete_permission(request) or "delete_selected" in page.get_actions(request):
        yield _at(
            kind, f"{kind.__name__} allows delete.", "End or close the row by an action; nothing is deleted."
        )
    if page.list_editable:
        yield _at(
            kind,
            f"{kind.__name__}.list_editable writes row by row.",
            "Make it an admin action that calls one of ours.",
        )
    for inline in page.get_inline_instances(request):
        deletes = inline.can_delete and inline.has_delete_permission(request)
        if deletes or inline.has_add_permission(request) or inline.has_change_permission(request):
            yield _at(
                type(inline), f"{type(inline).__name__} writes as an inline.", "Make the inline read-only."
            )


def serializers_of(base: type, apps: Iterable[str] = FLOORS) -> list[type]:
    """All subclasses of `base`, at any depth, that are defined in our apps."""
    found: dict[type, None] = {}
    waiting: list[type] = list(base.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if kind.__module__.partition(".")[0] in set(apps):
            found[kind] = None
    return sorted(found, key=lambda kind: (kind.__module__, kind.__qualname__))


def check_serializers(kinds: Iterable[type], model_serializer: type) -> Iterator[Violation]:
    """A ModelSerializer only shows: it defines no writer of its own (writes.py sees who gives it input)."""
    for kind in kinds:
        if not issubclass(kind, model_serializer):
            continue
        for name in WRITERS:
            if name in vars(kind):
                yield _at(
                    kind, f"{kind.__name__}.{name}() writes through a ModelSerializer.", _WRITE_SERIALIZER
                )


_WRITE_SERIALIZER = "Take input with a plain Serializer of its own, and let the view call an action."


def _at(kind: type, what: str, instead: str) -> Violation:
    try:
        path, line = Path(inspect.getsourcefile(kind) or "?"), inspect.getsourcelines(kind)[1]
    except (OSError, TypeError):
        return Violation(kind.__module__, 0, what, instead)
    top = kind.__module__.partition(".")[0]
    parts = path.parts
    shown = "/".join(parts[parts.index(top) :]) if top in parts else path.name
    return Violation(shown, line, what, instead)
