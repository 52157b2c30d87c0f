"""The feed, a window at a time: what has settled behind a position, without ever skipping what commits late.

A position is (transaction, event). One look goes over a bounded number of events, whatever it is looking for, so that
neither a rare type nor a reader who sees little makes it long.
"""

from dataclasses import dataclass, field

from django.db.models import Q

from trail.models import Event
from trail.querysets import settled_below

Position = tuple[int, int]
START: Position = (0, 0)
# Events passed over at a time.
MOST_PASSED = 5000


@dataclass(frozen=True)
class Window:
    """`rows` in the order of the feed; `end` is where to look on; `more`: something lies behind it already."""

    end: Position
    rows: list[Event] = field(default_factory=list)
    more: bool = False


def newest_settled() -> Position:
    """The position of the last event that has settled; START if there is none."""
    feed = Event.objects.feed(START, settled_below())
    return feed.reverse().values_list("xact_id", "pk").first() or START


def look(
    after: Position, *, wanted: Q | None = None, about: tuple[str, int] | None = None, limit: int
) -> Window:
    """Up to `limit` events behind this position that are wanted; `about`: of this one subject. Two statements where
    nothing is new, else four."""
    feed = Event.objects.feed(after, settled_below())
    if about:
        subject_type, subject_id = about
        feed = feed.filter(subject_type=subject_type, subject_id=subject_id)
    places = feed.values_list("xact_id", "pk")
    newest = places.reverse().first()
    if newest is None:
        return Window(after)
    end = next(iter(places[MOST_PASSED - 1 : MOST_PASSED]), newest)
    rows = list(feed.not_behind(end).filter(wanted or Q())[:limit])
    if len(rows) == limit:
        end = rows[-1].xact_id, rows[-1].pk
    return Window(end, rows, more=end != newest)
