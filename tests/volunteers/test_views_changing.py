"""An activity changed and repeated on the phone, and hours handed in beside any activity."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tests.faces import hidden, press, signed_in, stop_clock, visitor
from tests.volunteers.hours_builders import (
    a_shift,
    draft,
    first_shift,
    join,
    last_event,
    opened,
    some_team,
    some_volunteer,
)
from tests.volunteers.people_builders import code_of
from tests.volunteers.test_views_activities import cost, main_of, text
from trail.models import Event
from volunteers.actions.activities import add_shift, cancel_activity
from volunteers.actions.hours import confirm_service
from volunteers.actions.people import leave
from volunteers.models import Activity, Series, Service
from volunteers.shifts import FARTHEST_AHEAD, LONGEST_BACK

START = "/volunteers/"
NEW_HOURS = f"{START}mine/hours/new/"
WORDS = {"title": "演示:扫雪", "what": "演示:自带手套", "place": "演示:东门", "free_cancel_hours": "48"}


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def led(town) -> Activity:
    """Of a team whose leader is "leader"; "one" and "two" have a place, "three" waits."""
    activity = opened(town, team=some_team(town, some_volunteer(town, "leader")))
    for name in ("one", "two", "three"):
        join(town, activity, some_volunteer(town, name))
    return activity


def run_page(activity: Activity, more: str = "") -> str:
    return f"{START}run/{activity.pk}/{more}"


def places_page(activity: Activity) -> str:
    return f"{START}shifts/{first_shift(activity).pk}/places/"


def answered(client, address: str, **told: object):
    """The form of this page, filled in and sent."""
    return client.post(address, hidden(client.get(address).context["form"]) | told)


class TestWho:
    def test_the_leader_and_those_who_run_volunteering_there(self, town, led) -> None:
        for name in ("leader", "community_worker"):
            client = signed_in(town, name)
            for address in (run_page(led, "change/"), run_page(led, "repeat/"), places_page(led)):
                assert client.get(address).status_code == 200
                assert address in text(client.get(run_page(led)))

    def test_nobody_else(self, town, led) -> None:
        pages = (run_page(led, "change/"), run_page(led, "repeat/"), places_page(led))
        for name in ("one", "far_secretary", "grid_worker"):
            client = signed_in(town, name)
            for address in pages:
                assert client.get(address).status_code == client.post(address).status_code == 404, address
            assert client.post(run_page(led, "repeat/end/")).status_code == 404
        for address in pages:
            assert visitor().get(address).url.startswith("/accounts/login/")

    def test_a_shift_of_an_activity_that_one_does_not_run_is_none(self, town, led) -> None:
        other = opened(town, a_shift(town, timedelta(days=3)))
        for address in (places_page(other), f"{START}shifts/999999999/places/"):
            assert signed_in(town, "leader").get(address).status_code == 404
            assert signed_in(town, "leader").post(address, {"places": 9}).status_code == 404


class TestWords:
    def test_changed_and_told(self, town, led) -> None:
        client, address = signed_in(town, "leader"), run_page(led, "change/")
        assert led.what in main_of(client.get(address))
        assert answered(client, address, **WORDS).url == run_page(led)
        led.refresh_from_db()
        assert (led.title, led.what, led.place, led.free_cancel_hours) == (*list(WORDS.values())[:3], 48)
        assert last_event("activity", led.pk).data["changed"] == sorted(WORDS)

    @pytest.mark.parametrize(
        ("wrong", "field"), [({"title": "x"}, "title"), ({"free_cancel_hours": "999"}, "free_cancel_hours")]
    )
    def test_what_is_wrong_is_said_and_what_was_typed_kept(self, town, led, wrong, field: str) -> None:
        refused = answered(signed_in(town, "leader"), run_page(led, "change/"), **WORDS | wrong)
        assert refused.status_code == 422 and refused.context["form"].errors[field]
        assert "演示:东门" in main_of(refused)
        led.refresh_from_db()
        assert led.title == "演示:清雪"

    def test_nothing_is_offered_once_it_is_called_off(self, town, led) -> None:
        cancel_activity(led, reason="演示:大风", by=town.people["community_worker"], now=town.now)
        client = signed_in(town, "leader")
        for address, told in ((run_page(led, "change/"), WORDS), (places_page(led), {"places": "9"})):
            assert "<form" not in main_of(client.get(address))
            assert client.post(address, told).status_code == 409
            assert address not in text(client.get(run_page(led)))


class TestPlaces:
    def test_whoever_waits_moves_up(self, town, led) -> None:
        client = signed_in(town, "leader")
        assert answered(client, places_page(led), places="3").url == run_page(led)
        assert set(led.sign_ups.values_list("state", flat=True)) == {"in"}

    def test_not_fewer_than_are_taken(self, town, led) -> None:
        refused = answered(signed_in(town, "leader"), places_page(led), places="1")
        assert refused.status_code == 409 and refused.context["form"].errors["places"]
        assert first_shift(led).places == 2


class TestRepeating:
    def test_every_week_and_no_more(self, town, led) -> None:
        client, address = signed_in(town, "leader"), run_page(led, "repeat/")
        refused = answered(client, address, rhythm="weekly", until="2036-01-01")
        assert refused.status_code == 409 and refused.context["form"].errors["until"]
        assert answered(client, address, rhythm="weekly", until="2026-05-01").url == run_page(led)
        series = Series.objects.get()
        assert (series.source, series.rhythm, series.until) == (led, "weekly", date(2026, 5, 1))
        page = client.get(address)
        assert "Every week" in main_of(page) and not page.context["is_offered"]
        assert press(client, run_page(led, "repeat/end/"), page).url == address
        series.refresh_from_db()
        assert series.ended_at == town.now
        # Ended is ended: that is said, and it may be taken up again.
        assert client.post(run_page(led, "repeat/end/")).url == address
        page = client.get(address)
        assert "It comes no more." in main_of(page) and page.context["is_offered"]
        assert answered(client, address, rhythm="monthly", until="2026-06-01").url == run_page(led)
        series.refresh_from_db()
        assert (series.ended_at, series.rhythm, Series.objects.count()) == (None, "monthly", 1)

    def test_what_does_not_repeat_cannot_end(self, town, led) -> None:
        assert signed_in(town, "leader").post(run_page(led, "repeat/end/")).status_code == 404

    def test_a_month_without_that_day_and_a_day_before_the_first(self, town, led) -> None:
        refused = answered(
            signed_in(town, "leader"), run_page(led, "repeat/"), rhythm="monthly", until="2026-03-12"
        )
        assert refused.status_code == 409 and refused.context["form"].errors["until"]
        assert not Series.objects.exists()


class TestYears:
    """A year that was mistyped is refused, on every face that has the form of a shift."""

    @pytest.mark.parametrize(("days", "fits"), [(400, True), (401, False), (-59, True), (-61, False)])
    def test_bounds(self, town, days: int, fits: bool) -> None:
        shift = a_shift(town, timedelta(days=days - 1))
        if fits:
            assert draft(town, shift).starts_at == shift.starts_at
        else:
            assert code_of(draft, town, shift) == "day" and not Activity.objects.exists()

    def test_of_one_shift_more(self, town) -> None:
        activity, by = draft(town), {"by": town.people["community_worker"], "now": town.now}
        assert code_of(add_shift, activity, a_shift(town, FARTHEST_AHEAD + timedelta(days=1)), **by) == "day"
        assert code_of(add_shift, activity, a_shift(town, -LONGEST_BACK - timedelta(days=2)), **by) == "day"
        assert activity.shifts.count() == 1

    def test_said_beside_the_day(self, town) -> None:
        address = f"{START}teams/{some_team(town, some_volunteer(town, 'leader')).pk}/activities/new/"
        times = {"day": "2062-03-14", "begins": "09:00", "ends": "11:00", "places": "10"}
        refused = answered(signed_in(town, "leader"), address, **WORDS | times)
        assert refused.status_code == 409
        assert "look at the year" in str(refused.context["form"].errors["day"])
        assert "演示:自带手套" in main_of(refused) and not Activity.objects.exists()


class TestBeside:
    told = {"what": "演示:帮邻居买菜", "on": "2026-03-09", "hours": "1", "minutes": "30"}

    def test_handed_in_and_confirmed_by_somebody_else(self, town) -> None:
        me, client = some_volunteer(town, "one"), signed_in(town, "one")
        assert NEW_HOURS in text(client.get(f"{START}mine/hours/"))
        answer = answered(client, NEW_HOURS, **self.told, unit=town.community.code)
        made = Service.objects.get()
        assert answer.url == f"{START}hours/{made.pk}/"
        assert (made.volunteer, made.minutes, made.on, made.unit) == (
            me,
            90,
            date(2026, 3, 9),
            town.community,
        )
        assert (made.state, made.source, made.proposed_by) == ("proposed", "beside", me.user)
        assert "1 hour 30 minutes more wait" in text(client.get(f"{START}mine/hours/"))
        # Not by oneself: there is no button, and no way around it.
        assert f"{START}hours/{made.pk}/confirm/" not in text(client.get(answer.url))
        assert client.post(f"{START}hours/{made.pk}/confirm/").status_code == 404
        confirm_service(made, by=town.people["community_worker"], now=town.now)
        assert "1 hour 30 minutes" in text(client.get(f"{START}mine/hours/"))

    @pytest.mark.parametrize(
        ("wrong", "field", "status"),
        [
            ({"what": "x"}, "what", 422),
            ({"on": "2026-03-11"}, "on", 409),
            ({"on": "2024-01-01"}, "on", 409),
            ({"hours": "0", "minutes": "0"}, "hours", 409),
            ({"hours": "24", "minutes": "59"}, "hours", 409),
            ({"unit": "220103999999"}, "unit", 422),
        ],
    )
    def test_what_is_wrong_is_said_and_what_was_typed_kept(
        self, town, wrong, field: str, status: int
    ) -> None:
        some_volunteer(town, "one")
        told = self.told | {"unit": town.community.code} | wrong
        refused = answered(signed_in(town, "one"), NEW_HOURS, **told)
        assert refused.status_code == status and refused.context["form"].errors[field]
        assert told["what"] in main_of(refused) and not Service.objects.exists()

    def test_sent_twice_is_one_record(self, town) -> None:
        some_volunteer(town, "one")
        client = signed_in(town, "one")
        told = hidden(client.get(NEW_HOURS).context["form"]) | self.told | {"unit": town.community.code}
        assert client.post(NEW_HOURS, told).url == client.post(NEW_HOURS, told).url
        assert Service.objects.count() == 1
        assert Event.objects.filter(subject_type="service", verb="propose").count() == 1

    def test_communities_of_ones_own_street_and_no_other(self, town) -> None:
        some_volunteer(town, "one")
        offered = dict(signed_in(town, "one").get(NEW_HOURS).context["form"].fields["unit"].choices)
        assert next(iter(offered)) == town.community.code
        assert town.far_grid.community.code not in offered

    def test_only_for_volunteers_who_take_part(self, town) -> None:
        assert visitor().get(NEW_HOURS).url.startswith("/accounts/login/")
        assert signed_in(town, "grid_worker").get(NEW_HOURS).status_code == 404
        me, client = some_volunteer(town, "one"), signed_in(town, "one")
        leave(me, by=me.user, now=town.now)
        assert client.get(NEW_HOURS).status_code == client.post(NEW_HOURS).status_code == 404
        assert NEW_HOURS not in text(client.get(f"{START}mine/hours/"))

    def test_as_cheap_as_ever(self, town) -> None:
        some_volunteer(town, "one")
        client = signed_in(town, "one")
        assert cost(client, NEW_HOURS) <= 8
        assert timezone.localdate(town.now).isoformat() in text(client.get(NEW_HOURS))
