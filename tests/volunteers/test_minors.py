"""Under fourteen with a guardian's consent, reckoned for the very day. Pure."""

from datetime import date, timedelta

import pytest

from volunteers.minors import is_minor, may_take_part, possible

DAY = date(2026, 3, 10)


@pytest.mark.parametrize(("days", "minor"), [(-1, False), (0, False), (1, True), (400, True)])
def test_the_birthday_itself_ends_it(days: int, minor: bool) -> None:
    assert is_minor(DAY + timedelta(days=days), DAY) is minor
    assert is_minor(None, DAY) is False


@pytest.mark.parametrize(
    ("active", "of_age_on", "consented", "may"),
    [
        (True, None, False, True),
        (False, None, False, False),
        (True, DAY + timedelta(days=1), False, False),
        (True, DAY + timedelta(days=1), True, True),
        (True, DAY, False, True),
        (False, DAY + timedelta(days=1), True, False),
    ],
)
def test_who_may_take_part(active: bool, of_age_on: date | None, consented: bool, may: bool) -> None:
    asked = {"is_active": active, "of_age_on": of_age_on, "guardian_consented": consented}
    assert may_take_part(**asked, day=DAY) is may


def test_nobody_is_older_than_not_born() -> None:
    assert possible(date(2040, 12, 31), DAY)
    assert not possible(date(2041, 1, 1), DAY)
