"""Who must hear of which event: a registry that each app fills from its own notices.py."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trail.models import Event

Hear = Callable[["Event", datetime], None]
# Of a verb and its event's data: is this worth hearing at all?
Worth = Callable[[str, Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Handler:
    """`topics` are "subject.verb" names, or "subject.*" for all of a subject's."""

    key: str
    topics: frozenset[str]
    hear: Hear
    worth: Worth | None = None


HANDLERS: dict[str, Handler] = {}
_muted: ContextVar[bool] = ContextVar("muted", default=False)


def handler(key: str, *topics: str, worth: Worth | None = None) -> Callable[[Hear], Hear]:
    """Register a function that hears events of these topics, at least once each, in its own transaction.

    Of what is not `worth` hearing no row is written that somebody would only have to take away again.
    """

    def register(hear: Hear) -> Hear:
        HANDLERS[key] = Handler(key, frozenset(topics), hear, worth)
        return hear

    return register


@contextmanager
def muted() -> Iterator[None]:
    """Nobody is told of what is recorded inside: for bringing in what is long past."""
    token = _muted.set(True)
    try:
        yield
    finally:
        _muted.reset(token)


def handlers_of(subject_type: str, verb: str, data: Mapping[str, Any] | None = None) -> list[str]:
    """Keys of the handlers that want to hear of this; none while muted."""
    if _muted.get():
        return []
    wanted = {f"{subject_type}.{verb}", f"{subject_type}.*"}
    return [
        key
        for key, known in HANDLERS.items()
        if known.topics & wanted and (known.worth is None or known.worth(verb, data or {}))
    ]
