"""Which accounts are whose, where there are several districts: asked here, answered by the app that knows posts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trail.districts import Districts


@dataclass(frozen=True)
class Posts:
    """What tells where people stand, each as what `pk__in` takes.

    `of(districts, now)`: people with a post there that has not ended, or whose last ones were there.
    `ever()`: people who have or had a post anywhere.
    """

    of: Callable[[Districts, datetime], Any]
    ever: Callable[[], Any]


KNOWN: list[Posts] = []


def posts_by(posts: Posts) -> None:
    """Have this asked where people stand. Call it once, at start."""
    KNOWN.append(posts)
