"""How long a handler has: the table of the sources, by hand."""

import pytest

from issues.policies import SHIPPED

# place: (screen or sign within, submit within)
TIMES = {
    "grid": ((2, "working_hours"), (1, "working_days")),
    "community": ((2, "working_hours"), (3, "working_days")),
    "street": ((4, "working_hours"), (7, "working_days")),
    "district": ((1, "working_days"), (15, "working_days")),
    "department": ((1, "working_days"), (15, "working_days")),
    "office": ((4, "working_hours"), (7, "working_days")),
    "centre": ((4, "working_hours"), (7, "working_days")),
    "posted": ((4, "working_hours"), (7, "working_days")),
    "utility": ((2, "working_hours"), (24, "hours")),
    "property": ((2, "working_hours"), (3, "working_days")),
    "owners": ((2, "working_hours"), (3, "working_days")),
}


@pytest.mark.parametrize("place", TIMES)
def test_ordinary(place: str) -> None:
    limits = SHIPPED.limits_for(place, danger=False)
    assert ((limits.answer.amount, limits.answer.unit), (limits.submit.amount, limits.submit.unit)) == TIMES[
        place
    ]


@pytest.mark.parametrize("place", TIMES)
def test_danger_is_the_same_everywhere_and_round_the_clock(place: str) -> None:
    limits = SHIPPED.limits_for(place, danger=True)
    assert limits.answer.round_the_clock
    assert limits.submit.round_the_clock
    assert (limits.answer.amount, limits.answer.unit) == (5, "minutes")
    assert (limits.submit.amount, limits.submit.unit) == (2, "hours")


def test_rating_window() -> None:
    assert (SHIPPED.rating_window.amount, SHIPPED.rating_window.unit) == (5, "working_days")
