"""The duty roster: who keeps it where, who may stand on it, and shifts that come again every week."""

from datetime import date, datetime, time, timedelta

import pytest

from calendars.worktime import SHANGHAI
from grids.actions.posts import drop_shift, drop_shifts, set_shift, set_weekly_shifts
from grids.models import DutyShift, Post
from grids.roles import ON_DUTY, ROLES
from grids.rosters import MOST_WEEKS, Weekly
from tests.grids.conftest import NOW
from trail.models import Event
from trail.refusals import NotAllowed, Refused

DAY = timedelta(days=1)
FRIDAY = date(2026, 11, 20)


def weekly(*weekdays: int, begins=time(18), ends=time(8), first: date = FRIDAY, weeks: int = 2) -> Weekly:
    return Weekly(frozenset(weekdays), begins, ends, first, weeks)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI)


class TestWeekly:
    def test_every_monday_and_thursday_night(self) -> None:
        assert weekly(0, 3).times(NOW) == [
            (at("11-23 18:00"), at("11-24 08:00")),
            (at("11-26 18:00"), at("11-27 08:00")),
            (at("11-30 18:00"), at("12-01 08:00")),
            (at("12-03 18:00"), at("12-04 08:00")),
        ]

    def test_by_day_it_ends_the_same_day_and_round_the_clock_the_next(self) -> None:
        assert weekly(4, begins=time(9), ends=time(17), weeks=1).times(NOW) == [
            (at("11-20 09:00"), at("11-20 17:00"))
        ]
        assert weekly(4, begins=time(9), ends=time(9), weeks=1).times(NOW) == [
            (at("11-20 09:00"), at("11-21 09:00"))
        ]

    def test_what_is_over_is_left_out_and_what_is_under_way_is_not(self) -> None:
        # It is Friday, ten o'clock.
        assert weekly(4, begins=time(6), ends=time(10), weeks=1).times(NOW) == []
        assert weekly(4, begins=time(6), ends=time(10, 1), weeks=1).times(NOW)
        assert weekly(0, 1, 2, 3, 4, 5, 6, first=FRIDAY - 100 * DAY, weeks=MOST_WEEKS).times(NOW) == []

    @pytest.mark.parametrize("first", [date.min, date.max, FRIDAY + 367 * DAY])
    def test_the_ends_of_time_are_no_shifts(self, first: date) -> None:
        assert weekly(*range(7), first=first, weeks=MOST_WEEKS).times(NOW) == []


@pytest.mark.django_db
class TestWhoKeepsIt:
    @pytest.mark.parametrize(
        ("role", "at_place", "below", "beside"),
        [
            ("street_leader", "a", "g1", "z"),
            ("street_dispatcher", "a", "squad", "heat"),
            ("community_secretary", "x", "g2", "g3"),
            ("body_head", "office", "office", "squad"),
            ("district_dispatcher", "district", "z", None),
            ("system_admin", "district", "g1", None),
        ],
    )
    def test_at_their_place_and_below(self, town, post, role, at_place, below, beside) -> None:
        keeper = post("keeper", role, getattr(town, at_place)).user
        times = {"starts_at": NOW, "ends_at": NOW + DAY}
        for number, place in enumerate({at_place, below}):
            shift = set_shift(_held(town, post, f"one{number}", place), by=keeper, now=NOW, **times)
            drop_shift(shift, by=keeper, now=NOW)
        assert not DutyShift.objects.exists()
        if beside:
            other = _held(town, post, "other", beside)
            for call in (
                lambda: set_shift(other, by=keeper, now=NOW, **times),
                lambda: set_weekly_shifts(other, weekly=weekly(0), by=keeper, now=NOW),
                lambda: drop_shift(set_shift(other, by=None, now=NOW, **times), by=keeper, now=NOW),
            ):
                with pytest.raises(NotAllowed):
                    call()

    @pytest.mark.parametrize("role", ["community_worker", "grid_chief", "body_officer", "supervisor"])
    def test_nobody_else_does(self, town, post, role: str) -> None:
        place = {"grid_chief": town.g1, "body_officer": town.office}.get(role, town.x)
        own = post("li", role, place)
        with pytest.raises(NotAllowed):
            set_shift(own, starts_at=NOW, ends_at=NOW + DAY, by=own.user, now=NOW)


def _held(town, post, name: str, place: str) -> Post:
    """Somebody who could be on duty there."""
    where = getattr(town, place)
    kind = getattr(where, "level", None) is not None and where.kind
    roles = {
        "district": "district_dispatcher",
        "street": "street_dispatcher",
        "community": "community_worker",
        "grid": "grid_chief",
    }
    return post(name, roles.get(kind, "body_officer"), where)


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(key for key, row in ROLES.items() if not row.can & ON_DUTY))
def test_who_can_do_nothing_when_called_is_not_put_on_duty(town, post, role: str) -> None:
    place = {"building": town.h, "grid": town.g1, "district": town.district, "any": town.a}[
        min(ROLES[role].at)
    ]
    held = post("li", role, place)
    for call, how in (
        (set_shift, {"starts_at": NOW, "ends_at": NOW + DAY}),
        (set_weekly_shifts, {"weekly": weekly(0)}),
    ):
        with pytest.raises(Refused) as caught:
            call(held, by=None, now=NOW, **how)
        assert caught.value.code == "role"
    assert not DutyShift.objects.exists()


@pytest.mark.django_db
class TestWeeklyShifts:
    def test_all_at_once_with_one_line_in_the_trail(self, town, post) -> None:
        held = post("li", "grid_chief", town.g1)
        shifts = set_weekly_shifts(held, weekly=weekly(0, 3), rank=2, by=None, now=NOW)
        assert [(one.starts_at, one.ends_at) for one in shifts] == weekly(0, 3).times(NOW)
        assert list(DutyShift.objects.order_by("starts_at").values_list("rank", flat=True)) == [2] * 4
        (event,) = Event.objects.about("post", held.pk).filter(verb="set_weekly_shifts")
        assert event.data["count"] == 4

    def test_what_begins_when_another_does_takes_its_place(self, town, post) -> None:
        held = post("li", "grid_chief", town.g1)
        start, end = weekly(0).times(NOW)[0]
        kept = set_shift(held, starts_at=start, ends_at=end + DAY, by=None, now=NOW)
        set_weekly_shifts(held, weekly=weekly(0), rank=3, by=None, now=NOW)
        kept.refresh_from_db()
        assert (kept.ends_at, kept.rank, DutyShift.objects.count()) == (end, 3, 2)

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"weeks": MOST_WEEKS + 1}, "weeks"),
            ({"weeks": 0}, "weeks"),
            ({"first": FRIDAY - 90 * DAY}, "days"),
            ({"first": date.max}, "days"),
        ],
    )
    def test_what_is_refused_leaves_nothing(self, town, post, given, code: str) -> None:
        held = post("li", "grid_chief", town.g1)
        with pytest.raises(Refused) as caught:
            set_weekly_shifts(held, weekly=weekly(0, **given), by=None, now=NOW)
        assert caught.value.code == code and not DutyShift.objects.exists()

    def test_several_are_taken_off_at_once_and_only_those_of_the_post(self, town, post) -> None:
        held, other = post("li", "grid_chief", town.g1), post("gong", "grid_worker", town.g1)
        mine = set_weekly_shifts(held, weekly=weekly(0, 3), by=None, now=NOW)
        (theirs,) = set_weekly_shifts(other, weekly=weekly(0, weeks=1), by=None, now=NOW)
        drop_shifts(held, [*mine[:2], theirs], by=None, now=NOW)
        assert set(DutyShift.objects.all()) == {theirs, *mine[2:]}
