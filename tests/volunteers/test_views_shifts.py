"""Shifts on the phone of whoever runs an activity: called off, moved, the rest called off; what others see of it; and hours
for which a day has no room."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.faces import hidden, signed_in, stop_clock, visitor
from tests.volunteers.hours_builders import (
    AHEAD,
    a_shift,
    after,
    held,
    join,
    opened,
    some_team,
    some_volunteer,
)
from tests.volunteers.test_views_activities import main_of, page_of, text
from volunteers.actions.activities import move_by_clock
from volunteers.actions.hours import propose_hours, propose_service
from volunteers.actions.shifts import cancel_shift
from volunteers.actions.sign_ups import cancel_sign_up, sign_up
from volunteers.models import Activity, Service, Shift, SignUp

START, WHY = "/volunteers/", "演示:暴雪预警"
ONE, REST = ("call-off/", "times/", "places/"), "call-off-rest/"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def led(town) -> Activity:
    """Of "leader"'s team, with shifts at 9, 13 and 17 o'clock; "one" has a place in the second."""
    team = some_team(town, some_volunteer(town, "leader"))
    activity = opened(town, *(a_shift(town, timedelta(hours=4 * step)) for step in range(3)), team=team)
    who = some_volunteer(town, "one")
    sign_up(shift_of(activity, 1), volunteer=who, by=who.user, now=town.now)
    return activity


def shift_of(activity: Activity, number: int) -> Shift:
    return activity.shifts.all()[number]


def of_shift(shift: Shift, more: str) -> str:
    return f"{START}shifts/{shift.pk}/{more}"


def run_page(activity: Activity, more: str = "") -> str:
    return f"{START}run/{activity.pk}/{more}"


def answered(client, address: str, **told: object):
    """The form of this page, filled in and sent."""
    return client.post(address, hidden(client.get(address).context["form"]) | told)


def begun(town, monkeypatch) -> None:
    """The first shift has."""
    now = town.now + AHEAD
    while move_by_clock(now=now):
        pass
    stop_clock(monkeypatch, now)


class TestWho:
    def test_the_leader_and_nobody_else(self, town, led) -> None:
        pages = [of_shift(shift_of(led, 1), more) for more in ONE] + [run_page(led, REST)]
        for address in pages:
            assert signed_in(town, "leader").get(address).status_code == 200
            for name in ("one", "far_secretary", "grid_worker"):
                client = signed_in(town, name)
                assert client.get(address).status_code == client.post(address).status_code == 404, address
            assert visitor().get(address).url.startswith("/accounts/login/")
        other = opened(town, a_shift(town, timedelta(days=3)))
        for more in ONE:
            for address in (of_shift(shift_of(other, 0), more), f"{START}shifts/999999999/{more}"):
                assert signed_in(town, "leader").get(address).status_code == 404
                assert signed_in(town, "leader").post(address).status_code == 404
        assert not Shift.objects.exclude(cancelled_at=None).exists()


class TestCallingOff:
    def test_one_shift_and_everybody_reads_why(self, town, led) -> None:
        client, shift = signed_in(town, "leader"), shift_of(led, 1)
        address = of_shift(shift, "call-off/")
        assert address in main_of(client.get(run_page(led)))
        refused = answered(client, address, reason="x")
        assert refused.status_code == 422 and refused.context["form"].errors["reason"]
        assert answered(client, address, reason=WHY).url == run_page(led)
        for reader in (client, signed_in(town, "one"), visitor()):
            shown = main_of(reader.get(page_of(led)))
            assert WHY in shown and of_shift(shift, "") not in shown
        page = main_of(client.get(run_page(led)))
        assert WHY in page and not any(of_shift(shift, more) in page for more in ONE)
        assert "<form" not in main_of(client.get(address))
        assert client.post(address, {"reason": WHY}).status_code == 409
        assert SignUp.objects.get().state == "cancelled"
        # Whoever still has its page open, and the calendar.
        assert "<form" not in main_of(signed_in(town, "one").get(of_shift(shift, "")))
        feed = visitor().get(f"{START}at/{town.community.code}/activities.ics").content.decode()
        assert f"shift-{shift.pk}@" not in feed and f"shift-{shift_of(led, 0).pk}@" in feed

    def test_the_only_one_left_is_called_off_with_the_activity(self, town, led) -> None:
        leader = led.team.leader.user
        for number in (0, 1):
            cancel_shift(shift_of(led, number), reason=WHY, by=leader, now=town.now)
        client, address = signed_in(town, "leader"), of_shift(shift_of(led, 2), "call-off/")
        assert address not in main_of(client.get(run_page(led)))
        assert answered(client, address, reason=WHY).status_code == 409

    def test_the_rest_once_it_is_under_way(self, town, led, monkeypatch) -> None:
        client, address = signed_in(town, "leader"), run_page(led, REST)
        assert address not in main_of(client.get(run_page(led)))
        assert "<form" not in main_of(client.get(address))
        begun(town, monkeypatch)
        assert address in main_of(client.get(run_page(led)))
        assert answered(client, address, reason=WHY).url == run_page(led)
        assert [bool(one.cancelled_at) for one in led.shifts.all()] == [False, True, True]
        page = main_of(client.get(run_page(led)))
        assert address not in page and page.count(WHY) == 2
        assert "<form" not in main_of(client.get(address))

    def test_nobody_is_put_on_its_list(self, town, led) -> None:
        shift = shift_of(led, 1)
        cancel_shift(shift, reason=WHY, by=led.team.leader.user, now=town.now)
        choices = signed_in(town, "leader").get(run_page(led, "add/")).context["form"].fields["shift"].choices
        assert str(shift.pk) not in dict(choices) and len(choices) == 2


class TestMoving:
    def test_other_times_of_the_day(self, town, led, monkeypatch) -> None:
        begun(town, monkeypatch)
        client, shift = signed_in(town, "leader"), shift_of(led, 1)
        address = of_shift(shift, "times/")
        assert 'value="13:00"' in main_of(client.get(address))
        wrong = answered(client, address, begins="08:00", ends="10:00")
        assert wrong.status_code == 409 and wrong.context["form"].errors["begins"]
        assert answered(client, address, begins="14:30", ends="16:00").url == run_page(led)
        shift.refresh_from_db()
        assert f"{timezone.localtime(shift.starts_at):%d %H:%M}" == "11 14:30"
        assert SignUp.objects.get().state == "in"

    def test_beyond_midnight(self, town, led) -> None:
        client, shift = signed_in(town, "leader"), shift_of(led, 2)
        assert answered(client, of_shift(shift, "times/"), begins="22:00", ends="02:00").status_code == 302
        shift.refresh_from_db()
        assert shift.ends_at - shift.starts_at == timedelta(hours=4)

    def test_what_has_begun_stays(self, town, led, monkeypatch) -> None:
        begun(town, monkeypatch)
        client, first = signed_in(town, "leader"), shift_of(led, 0)
        page = main_of(client.get(run_page(led)))
        for more in ONE:
            address = of_shift(first, more)
            assert address not in page and "<form" not in main_of(client.get(address))
        told = {"begins": "10:00", "ends": "12:00"}
        assert client.post(of_shift(first, "times/"), told).status_code == 409
        assert run_page(led, "change/") in page
        words = {
            "title": "演示:清雪",
            "what": "演示:自带手套",
            "place": "演示:东门",
            "free_cancel_hours": "12",
        }
        assert answered(client, run_page(led, "change/"), **words).status_code == 302
        led.refresh_from_db()
        assert led.place == "演示:东门"


class TestCancelling:
    def test_who_has_moved_up_late_is_told_that_nothing_is_noted(self, town, monkeypatch) -> None:
        activity = opened(town, a_shift(town, places=1), free_cancel_hours=12)
        one, two = (join(town, activity, some_volunteer(town, name)) for name in ("one", "two"))
        late = town.now + AHEAD - timedelta(hours=2)
        cancel_sign_up(one, by=one.volunteer.user, now=late)
        stop_clock(monkeypatch, late)
        client, address = signed_in(town, "two"), f"{START}sign-ups/{two.pk}/cancel/"
        page = client.get(address)
        assert page.context["excused"] and not page.context["late"]
        assert client.post(address, hidden(page.context["form"])).status_code == 302
        two.refresh_from_db()
        assert two.state == "cancelled"


class TestHours:
    def test_who_is_left_out_is_named_with_the_reason(self, town, monkeypatch) -> None:
        full, free = some_volunteer(town, "full"), some_volunteer(town, "free")
        activity = held(town, full, free)
        stop_clock(monkeypatch, after(town))
        told = {"on": timezone.localdate(after(town)), "what": "演示:探望", "unit": town.community}
        propose_service(full, minutes=1400, by=full.user, now=after(town), **told)
        client, address = signed_in(town, "community_worker"), run_page(activity, "hours/")
        assert client.post(address, _as_asked(client.get(address))).status_code == 302
        shown = text(client.get(address))
        assert "24 hours" in shown and full.shown_name in shown
        assert Service.objects.filter(activity=activity).count() == 1
        again = client.post(address, _as_asked(client.get(address)))
        assert again.status_code == 409 and "24 hours" in main_of(again)

    def test_ones_own_beside_the_question(self, town, monkeypatch) -> None:
        who = some_volunteer(town, "full")
        (one,) = propose_hours(held(town, who), by=town.people["community_worker"], now=after(town))
        stop_clock(monkeypatch, after(town))
        client, address = signed_in(town, "full"), f"{START}mine/hours/new/"
        told = {"what": "演示:探望", "on": "2026-03-11", "hours": "23", "minutes": "0"}
        answer = answered(client, address, unit=town.community.code, **told)
        assert answer.status_code == 409 and answer.context["form"].errors["hours"]
        assert list(Service.objects.all()) == [one]


def _as_asked(page) -> dict[str, object]:
    """Handed in as reckoned."""
    form = page.context["form"]
    return hidden(form) | {field.html_name: field.value() for field in form.questions()}
