"""Collect the msgids of code and templates into locale/zh_Hans; with --check only say what is wrong there.

With Babel, since a fresh machine may lack gettext. Packages that ship no Chinese, or an incomplete one, are
collected too, as far as their words reach our pages.
"""

import ast
import gettext
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = "zh_Hans"
CATALOGUE = ROOT / "locale" / LOCALE / "LC_MESSAGES" / "django.po"

# Nobody reads these on a page.
NOT_PAGES = {"tests", "scripts", "bench", "migrations"}
# Parts of packages whose words reach our pages, and what in them does not.
PACKAGES = {
    "unfold": {"contrib", "templates/unfold_crispy"},
    "axes": {"admin.py", "models.py"},
    "django_otp": {"plugins/otp_email", "plugins/otp_hotp", "plugins/otp_static"},
    "knox": {"models.py"},
    "django_filters": set(),
    "rest_framework": {"authtoken", "schemas", "templates"},
    "django": {"contrib", "core/management", "conf", "db/backends"},
    "django/contrib/admin": set(),
    "django/contrib/auth": {"management"},
}
# Packages that may bring their own zh_Hans.
SHIPPING = (
    *(package for package in PACKAGES if package != "django"),
    "mptt",
    "django/conf",
    "django/contrib/contenttypes",
    "django/contrib/sessions",
)

# What a call's first arguments are.
CALLS = {
    "gettext": ("singular",),
    "ngettext": ("singular", "plural"),
    "pgettext": ("context", "singular"),
    "npgettext": ("context", "singular", "plural"),
}
CALLS |= {f"{name}_lazy": slots for name, slots in CALLS.items()}
CALLS |= {"_": ("singular",), "gettext_noop": ("singular",)}
# The same for Babel, as far as a template can say it.
IN_TEMPLATES = {"_": None, "gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
IN_TEMPLATES |= {"npgettext": ((1, "c"), 2, 3)}

HEADER = f"""\
# Simplified Chinese, the first language of the platform. Collected with `make messages`.
msgid ""
msgstr ""
"Project-Id-Version: gezhi\\n"
"Language: {LOCALE}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""

PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[-#0 +]*[\d.]*([diouxXeEfFgGcrs])|\{(\w*)(?:![rs])?(?::[^{}]*)?\}")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!]")
# `yes,no` is taken apart at its comma.
FOR_A_FILTER = re.compile(r"\w,\w")


class Key(NamedTuple):
    """What gettext looks a message up by; "" for no plural and no context."""

    singular: str
    plural: str = ""
    context: str = ""


Found = dict[Key, list[str]]


# --- collecting -------------------------------------------------------------------------------------------


def messages_of(path: Path) -> list[Key]:
    """The messages of one Python module or Django template, in the order of their words."""
    source = path.read_text(encoding="utf-8")
    found = _in_python(source) if path.suffix == ".py" else _in_template(source, path)
    return sorted({key for key in found if key.singular})


def _in_python(source: str) -> Iterator[Key]:
    """Calls whose arguments are no literals have no message to collect."""
    nodes = list(ast.walk(ast.parse(source)))
    called = {
        one.asname: one.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for one in node.names
        if one.asname
    }
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", None) or getattr(node.func, "attr", "")
        slots = CALLS.get(called.get(name, name), ())
        words = [one.value for one in node.args[: len(slots)] if isinstance(one, ast.Constant)]
        if slots and len(words) == len(slots) and all(isinstance(word, str) for word in words):
            yield Key(**dict(zip(slots, words, strict=True)))


def _in_template(source: str, path: Path) -> Iterator[Key]:
    # What is left of a template is no well-indented Python.
    calls = "\n".join(line.lstrip() for line in templatize(source, origin=str(path)).split("\n"))
    for _line, words, _comments, context in extract("python", BytesIO(calls.encode()), IN_TEMPLATES):
        singular, plural = words if isinstance(words, tuple) else (words, "")
        yield Key(singular, plural, context or "")


def files_below(root: Path, without: Iterable[str] = ()) -> Iterator[Path]:
    """Python modules and templates below `root`, except the paths `without` (relative to it)."""
    skipped = [root / part for part in without]
    for path in sorted(root.rglob("*")):
        is_source = path.suffix == ".py" or (path.suffix in {".html", ".txt"} and "templates" in path.parts)
        if is_source and not any(path.is_relative_to(part) for part in skipped):
            yield path


def our_files() -> Iterator[Path]:
    """Modules of our apps, and the templates."""
    for place in sorted(ROOT.iterdir()):
        if place.name == "templates" or ((place / "__init__.py").exists() and place.name not in NOT_PAGES):
            yield from (path for path in files_below(place) if not NOT_PAGES & {*path.parts})


def package_place(name: str) -> Path:
    """Where an installed package stands ("django/contrib/admin"); it is not imported."""
    top, *rest = name.split("/")
    spec = importlib.util.find_spec(top)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"The package {top} is not installed: its words cannot be collected.")
    return Path(spec.submodule_search_locations[0], *rest)


def shipped() -> set[tuple[str, str]]:
    """(context, msgid) of all that Django and the packages say in Chinese themselves."""
    known = set()
    for name in SHIPPING:
        path = package_place(name) / "locale" / LOCALE / "LC_MESSAGES" / "django.mo"
        if path.exists():
            with path.open("rb") as file:
                known |= {_look_up(key) for key in gettext.GNUTranslations(file)._catalog}
    return known


def _look_up(key: str | tuple[str, int]) -> tuple[str, str]:
    """gettext keeps plurals as (msgid, n), and a context before the character \\x04."""
    context, _separator, singular = (key if isinstance(key, str) else key[0]).rpartition("\x04")
    return context, singular


def collect() -> Found:
    """Every message that needs a translation of ours, with the files that use it; ours come first."""
    found: Found = {}
    for path in our_files():
        for key in messages_of(path):
            _add(found, key, path.relative_to(ROOT))
    ours, known = {(key.context, key.singular) for key in found}, shipped()
    for name, without in PACKAGES.items():
        place = package_place(name)
        for path in files_below(place, without):
            for key in messages_of(path):
                if (key.context, key.singular) not in known | ours:
                    _add(found, key, Path(name) / path.relative_to(place))
    return found


def _add(found: Found, key: Key, path: Path) -> None:
    places = found.setdefault(key, [])
    if str(path) not in places:
        places.append(str(path))


# --- the catalogue ----------------------------------------------------------------------------------------


def read_catalogue(path: Path = CATALOGUE) -> Catalog:
    """The catalogue as it stands; an empty one if there is none."""
    if not path.exists():
        return Catalog(locale=LOCALE)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALE)


def merged(found: Found, old: Catalog) -> Catalog:
    """A catalogue of exactly what was found, with the translations that `old` has for it."""
    new = Catalog(locale=LOCALE)
    for key, places in found.items():
        before = old.get(key.singular, key.context or None)
        texts = [] if before is None else list(_texts(before))
        new.add(
            (key.singular, key.plural) if key.plural else key.singular,
            ((texts or [""])[0],) if key.plural else (texts or [""])[0],
            locations=[(place, 0) for place in places],
            flags={"fuzzy"} if before is not None and before.fuzzy else (),
            context=key.context or None,
        )
    return new


def rendered(catalogue: Catalog) -> bytes:
    """The text of a .po: our header without dates, no line numbers, one line per message."""
    body = BytesIO()
    write_po(body, catalogue, width=0, omit_header=True, include_lineno=False)
    return HEADER.encode() + body.getvalue().strip() + b"\n"


# --- looking over it --------------------------------------------------------------------------------------


def _texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def key_of(message: Message) -> Key:
    """The key of a catalogue's message."""
    singular, plural = message.id if isinstance(message.id, tuple) else (message.id, "")
    return Key(singular, plural, message.context or "")


def placeholders(text: str) -> set[str]:
    """What a caller fills in: names of %(x)s and {x}, and the bare %s."""
    found = PLACEHOLDER.finditer(text.replace("%%", ""))
    return {match[1] or match[3] or ("{}" if match[2] is None else "%s") for match in found}


def faults(message: Message) -> Iterator[str]:
    """What is wrong with one translation."""
    key, texts = key_of(message), _texts(message)
    if not all(texts):
        yield "untranslated"
        return
    if message.fuzzy:
        yield "fuzzy"
    if len(texts) != 1:
        yield "Chinese has one form"
    # The singular may leave the number out, so the plural says what is filled in.
    if any(placeholders(text) != placeholders(key.plural or key.singular) for text in texts):
        yield "placeholders differ"
    if key.singular.strip(",; ") and any(_edges(text) != _edges(key.singular) for text in texts):
        yield "begins or ends with another blank"
    if any(HALF_WIDTH.search(text) for text in texts) and not FOR_A_FILTER.search(key.singular):
        yield "punctuation is not Chinese"


def _edges(text: str) -> tuple[bool, bool]:
    return text[:1].isspace(), text[-1:].isspace()


def problems(found: Found, catalogue: Catalog) -> list[str]:
    """One line per fault of the catalogue, measured against what was found; empty if all is well."""
    have = {key_of(message): message for message in catalogue if message.id}
    lines = [
        f"not collected: {key.singular!r} ({places[0]})" for key, places in found.items() if key not in have
    ]
    lines += [f"obsolete: {key.singular!r}" for key in have if key not in found]
    lines += [f"{fault}: {key.singular!r}" for key, message in have.items() for fault in faults(message)]
    return lines


def main(arguments: list[str]) -> int:
    found = collect()
    if "--check" in arguments:
        wrong = problems(found, read_catalogue())
        print("\n".join(wrong or [f"{len(found)} messages, all translated"]))
        return bool(wrong)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    catalogue = merged(found, read_catalogue())
    CATALOGUE.write_bytes(rendered(catalogue))
    missing = problems(found, catalogue)
    print("\n".join([*missing, f"{len(found)} messages, {len(missing)} to look at"]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
