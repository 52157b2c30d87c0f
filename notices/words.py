"""What a notice says: a registry that each app fills. A notice keeps key and parameters; the words are made
in the reader's language when it is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Params = Mapping[str, Any]
LONGEST_VALUE = 200


@dataclass(frozen=True)
class Urgency:
    """How loud a notice is; `badge` is its colour word."""

    key: str
    label: "StrOrPromise"
    badge: str


URGENCIES = (
    Urgency("info", _("For information"), "info"),
    Urgency("action", _("To be done"), "primary"),
    Urgency("late", _("Late"), "warning"),
    Urgency("danger", _("Danger"), "danger"),
)
URGENCY = {row.key: row for row in URGENCIES}


def as_kept(params: Params) -> Params:
    """The parameters as they are: for words that hold nothing but names and numbers."""
    return params


@dataclass(frozen=True)
class Word:
    """`text` says what has happened, `about` names what it happened to: lazy templates over what `fill` makes
    of the parameters. `params` are the only ones that may be kept: ids, codes, numbers and names of places,
    never free text or contact data."""

    key: str
    text: "StrOrPromise"
    about: "StrOrPromise"
    params: frozenset[str]
    urgency: str
    fill: Callable[[Params], Params]


WORDS: dict[str, Word] = {}
UNKNOWN = _("Something has happened here; open it to see.")


def word(
    key: str,
    text: "StrOrPromise",
    *params: str,
    about: "StrOrPromise" = "",
    urgency: str = "info",
    fill: Callable[[Params], Params] = as_kept,
) -> Word:
    """Register what a notice of this key says. Raises KeyError for an urgency that does not exist."""
    WORDS[key] = Word(key, text, about, frozenset(params), URGENCY[urgency].key, fill)
    return WORDS[key]


def say(key: str, params: Params) -> str:
    """What has happened, in the active language; a line that fits anything for a word of another version."""
    known = WORDS.get(key)
    return _filled(known.text, known, params) if known else str(UNKNOWN)


def name(key: str, params: Params) -> str:
    """What it happened to, in the active language; "" where the word does not say."""
    known = WORDS.get(key)
    return _filled(known.about, known, params) if known and known.about else ""


def lawful(key: str, params: Params) -> dict[str, Any]:
    """The parameters, if the word may keep them.

    Raises KeyError for an unknown word, ValueError for a parameter that the word does not name or that is no
    short string or number.
    """
    strange = set(params) - WORDS[key].params
    for param, value in params.items():
        if not isinstance(value, str | int | None) or len(str(value)) > LONGEST_VALUE:
            strange.add(param)
    if strange:
        raise ValueError(f"{key} may not keep: {', '.join(sorted(strange))}")
    return dict(params)


def urgency_choices() -> list[tuple[str, "StrOrPromise"]]:
    return [(row.key, row.label) for row in URGENCIES]


def _filled(template: "StrOrPromise", known: Word, params: Params) -> str:
    return str(template) % _Lenient(known.fill(params))


class _Lenient(dict):
    """A parameter that an old notice lacks reads as a dash."""

    def __missing__(self, key: str) -> str:
        return "—"
