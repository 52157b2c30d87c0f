"""Sums of which one could tell whose they are. Pure.

Points are for their owner alone: a sum over fewer people than `FEWEST` says what one of them has, and so does the sum
of all less those of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

FEWEST = 3
Group = TypeVar("Group")
Street = TypeVar("Street")
Community = TypeVar("Community")


def too_few(people: Mapping[Group, int], fewest: int = FEWEST, *, apart: bool = True) -> frozenset[Group]:
    """Of groups that together are a sum that is shown: those whose own sum may not be. Whoever is too few; and where
    those together are, too, the next smallest as well. A group of nobody hides nothing. `apart`: nobody is in two of
    them; else together they may be no more people than the largest of them."""
    hidden = {group for group, number in people.items() if 0 < number < fewest}
    others = [group for group, number in people.items() if number >= fewest]
    # By name where they are as many, so that every page hides the same.
    others.sort(key=lambda group: (people[group], str(group)))
    together = sum if apart else max
    while hidden and others and together(people[group] for group in hidden) < fewest:
        hidden.add(others.pop(0))
    return frozenset(hidden)


def hidden_places(
    people: Mapping[tuple[Street, Community], int],
) -> tuple[frozenset[Street], frozenset[tuple[Street, Community]]]:
    """Of a district, told by street and community: the streets and the communities whose sums may not be shown. Of a
    street that is hidden everything is, since its communities would say it."""
    by_street: dict[Street, dict[tuple[Street, Community], int]] = {}
    for place, number in people.items():
        by_street.setdefault(place[0], {})[place] = number
    streets = too_few({street: sum(rows.values()) for street, rows in by_street.items()})
    communities = {
        place
        for street, rows in by_street.items()
        for place in (rows if street in streets else too_few(rows))
    }
    return streets, frozenset(communities)
