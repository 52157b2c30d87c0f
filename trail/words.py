"""What the trail's codes are called: each app says it for its own subjects in its admin.py, this app only looks up."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trail.numerals import read_whole

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Names = Callable[[Collection[int]], Mapping[int, str]]


@dataclass(frozen=True)
class Subject:
    """A kind of subject and what may happen to it: verb → words. `of_all`: what happens to one concerns every
    district, unless the event says which."""

    label: "StrOrPromise"
    verbs: "Mapping[str, StrOrPromise]"
    of_all: bool = False


SUBJECTS: dict[str, Subject] = {}
HANDLERS: "dict[str, StrOrPromise]" = {}
ROLES: "dict[str, StrOrPromise]" = {}
PLACES: dict[str, Names] = {}
# Subjects whose numbers are those of one thing (an issue, its contact data) → what its name is looked up by.
FINDERS: dict[tuple[str, ...], Callable[[str], Collection[int]]] = {}


def call_subject(
    key: str, label: "StrOrPromise", verbs: "Mapping[str, StrOrPromise]", *, of_all: bool = False
) -> None:
    """Name a subject type and its verbs."""
    SUBJECTS[key] = Subject(label, verbs, of_all)


def subjects_of_all() -> list[str]:
    """Keys of the subjects that concern every district."""
    return [key for key, subject in SUBJECTS.items() if subject.of_all]


def subject_label(key: str) -> str:
    """Its name; one that a later version brought shows its key."""
    return str(SUBJECTS[key].label) if key in SUBJECTS else key


def verb_label(subject: str, verb: str) -> str:
    """What happened, in words; an unknown verb shows its key."""
    return str(SUBJECTS[subject].verbs.get(verb, verb)) if subject in SUBJECTS else verb


def handler_label(key: str) -> str:
    """Who is told; an unknown handler shows its key."""
    return str(HANDLERS.get(key, key))


Place = tuple[str, int]


def place_of(actor_label: str) -> Place | None:
    """The ("unit" or "body", id) in "role@unit:12"; None where there is none."""
    kind, _colon, pk = actor_label.partition("@")[2].partition(":")
    number = read_whole(pk)
    return (kind, number) if kind in PLACES and number is not None else None


def place_names(labels: Collection[str]) -> dict[Place, str]:
    """The names of all places that these actor labels mention: one question per kind of place."""
    wanted = {place for label in labels if (place := place_of(label))}
    return {
        (kind, pk): name
        for kind, ask in PLACES.items()
        if (ids := {pk for one, pk in wanted if one == kind})
        for pk, name in ask(ids).items()
    }


def role_words(actor_label: str, names: Mapping[Place, str]) -> str:
    """ "grid_worker@unit:12" as "full-time grid worker · 1st grid"; what is unknown shows as it is recorded."""
    role, _at, where = actor_label.partition("@")
    place = place_of(actor_label)
    known = names.get(place, where) if place else where
    return " · ".join(part for part in (str(ROLES.get(role, role)), known) if part)
