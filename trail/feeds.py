"""What other systems hear of what has happened: asked here, answered by the apps whose subjects these are.

The feed and the webhooks carry the same row. An app says once, at start, which of its events a person may hear of, what
the subject is called outside (its code), where it lies, and what of the event's data goes out: codes and numbers, never
words, contact data or people.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from trail.words import SUBJECTS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from trail.models import Event


@dataclass(frozen=True)
class Told:
    """An event as one reader may hear of it. `code`: what the subject is called outside. `district` and `unit`:
    codes of where it lies. `places`: ids of all units that it lies in."""

    code: str
    district: str | None = None
    unit: str | None = None
    places: frozenset[int] = frozenset()
    data: Mapping[str, Any] = field(default_factory=dict)


# (events of one kind of subject, reader, now) → id of the event → how it is told. Those left out are not the reader's.
Tell = Callable[[Sequence["Event"], Any, datetime], Mapping[int, Told]]
# (code, reader, now) → id of the subject; None if there is none or it is not the reader's to see.
Find = Callable[[str, Any, datetime], int | None]


@dataclass(frozen=True)
class Source:
    """A kind of subject that other systems may hear of: of all that happens to it, or of these verbs."""

    tell: Tell
    find: Find
    verbs: Collection[str] | None = None


SOURCES: dict[str, Source] = {}


def tell_by(subject: str, tell: Tell, find: Find, verbs: Collection[str] | None = None) -> None:
    """Let other systems hear of subjects of this type. Call it once, at start."""
    SOURCES[subject] = Source(tell, find, verbs)


def event_types() -> "dict[str, StrOrPromise]":
    """Every type that other systems may hear of ("issue.report"), and what it is called."""
    return {
        f"{subject}.{verb}": label
        for subject, source in SOURCES.items()
        if subject in SUBJECTS
        for verb, label in SUBJECTS[subject].verbs.items()
        if source.verbs is None or verb in source.verbs
    }


def tell(events: Iterable["Event"], user: Any, now: datetime) -> dict[int, Told]:
    """Of these events those that the person may hear of, and how: id of the event → what is told."""
    groups: dict[str, list[Event]] = {}
    for event in events:
        if event.subject_type in SOURCES:
            groups.setdefault(event.subject_type, []).append(event)
    found: dict[int, Told] = {}
    for subject, group in groups.items():
        found |= SOURCES[subject].tell(group, user, now)
    return found


def find(code: str, user: Any, now: datetime, subjects: Collection[str] = ()) -> tuple[str, int] | None:
    """The (subject type, id) behind a code, if the person may see it; of these types, or of all."""
    for subject, source in SOURCES.items():
        if (not subjects or subject in subjects) and (pk := source.find(code, user, now)) is not None:
            return subject, pk
    return None


def row(event: "Event", told: Told) -> dict[str, Any]:
    """What goes out, the same on the feed and in a webhook. It never changes for one event, but for `unit` and
    `district` when a place is corrected or moves."""
    return {
        "id": str(event.pk),
        "type": event.topic,
        "occurred_at": written(event.occurred_at),
        "recorded_at": written(event.recorded_at),
        "subject": told.code,
        "seq": event.seq,
        "district": told.district,
        "unit": told.unit,
        "data": dict(told.data),
    }


def written(moment: datetime) -> str:
    """With its offset, as everywhere in the REST face."""
    return timezone.localtime(moment).isoformat()
