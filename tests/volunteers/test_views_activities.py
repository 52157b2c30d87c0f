"""The pages of activities: what everybody finds, signing up, cancelling and checking in; without a script."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from tests.builders import add_west
from tests.faces import hidden, signed_in, stop_clock, visitor
from tests.volunteers.hours_builders import (
    LONG,
    a_shift,
    draft,
    first_shift,
    join,
    opened,
    some_team,
    some_volunteer,
)
from tests.volunteers.people_builders import station
from volunteers.actions.activities import cancel_activity, move_by_clock
from volunteers.actions.attendance import mark_no_show
from volunteers.actions.sign_ups import cancel_sign_up, sign_up
from volunteers.check_in import code_at
from volunteers.models import Activity, SignUp, Volunteer

START = "/volunteers/"
SHIFTS = f"{START}mine/shifts/"
# How others would see a volunteer of tests/volunteers/hours_builders.py.
MASKED = "演*"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


def at(town, place: str = "community", more: str = "activities/") -> str:
    return f"{START}at/{getattr(town, place).code}/{more}"


def page_of(activity: Activity, more: str = "") -> str:
    return f"{START}activities/{activity.pk}/{more}"


def shift_page(activity: Activity) -> str:
    return f"{START}shifts/{first_shift(activity).pk}/"


def text(answer) -> str:
    assert answer.status_code in {200, 409, 422}, answer
    return answer.content.decode()


def main_of(answer) -> str:
    return text(answer).partition("<main")[2].partition("</main>")[0]


def cost(client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def take(client, activity: Activity, **answers):
    """Sign up for its first shift, as the page asks."""
    page = client.get(shift_page(activity))
    return client.post(shift_page(activity), hidden(page.context["form"]) | answers)


class TestFinding:
    def test_everybody_finds_what_is_to_come_in_a_community(self, town) -> None:
        opened(town, title="演示:扫雪")
        draft(town, title="演示:草稿")
        by = town.people["far_secretary"]
        opened(town, title="演示:远处", unit=town.far_community, by=by)
        off = opened(town, title="演示:不办了")
        cancel_activity(off, reason="演示:大风", by=town.people["community_worker"], now=town.now)
        content = text(visitor().get(at(town)))
        assert "演示:扫雪" in content and "2 places free" in content
        assert not [title for title in ("演示:草稿", "演示:远处", "演示:不办了") if title in content]
        assert "演示:远处" in text(visitor().get(at(town, "far_community")))
        assert "Nothing is planned" in text(visitor().get(at(town, "other_community")))
        assert visitor().get(at(town, "street")).status_code == 404
        # The community's page and the first page lead there.
        assert at(town) in text(visitor().get(at(town, more="")))

    def above(self, town) -> dict[str, Activity]:
        """One of each level that holds some, with its title."""
        people = {
            "street": "street_leader",
            "district": "district_dispatcher",
            "community": "community_worker",
        }
        people |= {"far_community": "far_secretary", "other_street": "far_dispatcher"}
        return {
            key: opened(
                town, title=f"演示:{key}", place="演示:广场", unit=getattr(town, key), by=town.people[name]
            )
            for key, name in people.items()
        }

    def titles(self, answer) -> list[str]:
        return [one.title.removeprefix("演示:") for one in answer.context["page"]]

    def test_what_a_street_or_district_holds_is_found_in_each_of_its_communities(self, town) -> None:
        self.above(town)
        west, by = add_west(town), town.people["west_dispatcher"]
        opened(town, title="演示:another district", unit=west, by=by)
        for here, found in {
            "community": ["street", "district", "community"],
            "other_community": ["street", "district"],
            "far_community": ["district", "far_community", "other_street"],
        }.items():
            assert sorted(self.titles(visitor().get(at(town, here)))) == sorted(found), here

    def test_a_line_says_whose_it_is_where_it_is_not_the_own(self, town) -> None:
        self.above(town)
        some_volunteer(town, "one")
        for client, address in ((visitor(), at(town)), (signed_in(town, "one"), f"{START}activities/")):
            said = re.sub(r"<[^>]+>", "", text(client.get(address)))
            assert f"Held by {town.street.name}" in said and f"Held by {town.district.name}" in said
            assert f"Held by {town.community.name}" not in said
        wide = text(signed_in(town, "one").get(f"{START}activities/?around=district"))
        assert f"Held by {town.far_community.name}" in re.sub(r"<[^>]+>", "", wide)

    def test_a_volunteer_finds_it_in_the_first_tab(self, town) -> None:
        self.above(town)
        some_volunteer(town, "one")
        client, address = signed_in(town, "one"), f"{START}activities/"
        near = ["community", "district", "street"]
        assert sorted(self.titles(client.get(address))) == near
        assert sorted(self.titles(client.get(f"{address}?around=street"))) == near
        wide = sorted(self.titles(client.get(f"{address}?around=district")))
        assert wide == ["community", "district", "far_community", "other_street", "street"]

    def test_one_of_several_days_stands_there_until_the_last(self, town, monkeypatch) -> None:
        activity = opened(town, a_shift(town), a_shift(town, timedelta(days=1), places=7))
        while move_by_clock(now=activity.starts_at):
            pass
        stop_clock(monkeypatch, activity.starts_at)
        content = text(visitor().get(at(town)))
        # The places of a shift that has begun are no longer to be had.
        assert activity.title in content and "7 places free" in content
        stop_clock(monkeypatch, activity.ends_at)
        assert activity.title not in text(visitor().get(at(town)))

    def test_lists_are_paged_and_as_cheap_with_many(self, town) -> None:
        some_volunteer(town, "one")
        client = signed_in(town, "one")
        addresses = {at(town): visitor(), f"{START}activities/": client}
        opened(town)
        few = [cost(reader, address) for address, reader in addresses.items()]
        for number in range(20):
            opened(town, title=f"演示{number}", team=None)
        assert [cost(reader, address) for address, reader in addresses.items()] == few
        for address, reader in addresses.items():
            assert len(reader.get(address).context["page"]) == 20
            assert len(reader.get(f"{address}?page=2").context["page"]) == 1

    def test_a_volunteer_looks_in_the_own_community_first(self, town) -> None:
        some_volunteer(town, "one")
        opened(town, title="演示:近处")
        by = town.people["far_secretary"]
        opened(town, title="演示:远处", unit=town.far_community, by=by)
        client, address = signed_in(town, "one"), f"{START}activities/"
        near, wide = text(client.get(address)), text(client.get(f"{address}?around=district"))
        assert "演示:近处" in near and "演示:远处" not in near
        assert "演示:近处" in wide and "演示:远处" in wide
        # What nobody offers is the own community.
        assert client.get(f"{address}?around=boundary").context["around"] == "community"
        assert visitor().get(address).url.startswith("/accounts/login/")
        # Whoever is no volunteer begins at the beginning.
        assert signed_in(town, "grid_worker").get(address).url == START

    def test_a_page_says_everything_but_names(self, town) -> None:
        leader, one = some_volunteer(town, "leader"), some_volunteer(town, "one")
        here = station(town, phone="0431-0000000")
        activity = opened(
            town, team=some_team(town, leader), station=here, place="演示:西门", what="演示:自带手套"
        )
        join(town, activity, one)
        for reader in (visitor(), signed_in(town, "one"), signed_in(town, "grid_worker")):
            content = text(reader.get(page_of(activity)))
            for word in (activity.title, "演示:自带手套", "演示:西门", here.name, here.phone, "演示队"):
                assert word in content, word
            assert "1 of 2 places free" in content
            assert MASKED not in content and one.name not in content and leader.name not in content

    def test_a_draft_is_for_those_who_run_it(self, town) -> None:
        activity = draft(town)
        some_volunteer(town, "one")
        nothing = visitor().get(f"{START}activities/999999999/")
        for reader in (visitor(), signed_in(town, "one"), signed_in(town, "far_secretary")):
            assert reader.get(page_of(activity)).status_code == nothing.status_code == 404
        assert signed_in(town, "community_worker").get(page_of(activity)).status_code == 200
        assert signed_in(town, "one").get(shift_page(activity)).status_code == 404

    def test_what_is_called_off_says_why(self, town) -> None:
        activity = opened(town)
        cancel_activity(activity, reason="演示:大风", by=town.people["community_worker"], now=town.now)
        some_volunteer(town, "one")
        content = text(signed_in(town, "one").get(page_of(activity)))
        assert "演示:大风" in content and shift_page(activity) not in content


class TestCalendar:
    def test_shifts_with_time_and_place_and_nobodys_name(self, town) -> None:
        one = some_volunteer(town, "one")
        activity = opened(town, a_shift(town), a_shift(town, timedelta(days=1)), place="演示:西门")
        draft(town, title="演示:草稿")
        join(town, activity, one)
        answer = visitor().get(at(town, more="activities.ics"))
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        found = Calendar.from_ical(answer.content).walk("VEVENT")
        assert [(event["SUMMARY"], event["LOCATION"]) for event in found] == [
            (activity.title, "演示:西门")
        ] * 2
        assert found[0].start == first_shift(activity).starts_at
        assert str(found[0]["URL"]).endswith(page_of(activity))
        said = answer.content.decode().replace("\r\n ", "")
        assert MASKED not in said and one.name not in said
        assert "Set-Cookie" not in answer.headers

    def test_what_a_street_or_district_holds_is_in_it_and_says_whose_it_is(self, town) -> None:
        opened(town, title="演示:自己")
        opened(town, title="演示:街道", place="演示:东门", unit=town.street, by=town.people["street_leader"])
        opened(town, title="演示:全区", unit=town.district, by=town.people["district_dispatcher"])
        opened(town, title="演示:别处", unit=town.other_street, by=town.people["far_dispatcher"])
        answer = visitor().get(at(town, more="activities.ics"))
        found = {
            str(one["SUMMARY"]): str(one["LOCATION"])
            for one in Calendar.from_ical(answer.content).walk("VEVENT")
        }
        assert found == {
            "演示:自己": town.community.name,
            f"演示:街道 · {town.street.name}": "演示:东门",
            f"演示:全区 · {town.district.name}": town.district.name,
        }

    def test_what_is_the_same_is_not_sent_again(self, town, monkeypatch) -> None:
        activity = opened(town)
        address = at(town, more="activities.ics")
        first = visitor().get(address)
        assert visitor().get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
        cancel_activity(activity, reason="演示:大风", by=town.people["community_worker"], now=town.now)
        assert visitor().get(address, headers={"if-none-match": first["ETag"]}).status_code == 200
        assert visitor().get(at(town, "street", "activities.ics")).status_code == 404
        assert visitor().post(address).status_code == 405

    def test_as_cheap_with_many(self, town) -> None:
        address = at(town, more="activities.ics")
        opened(town)
        few = cost(visitor(), address)
        for number in range(4):
            opened(town, title=f"演示{number}")
        assert cost(visitor(), address) == few


class TestSigningUp:
    def test_only_volunteers_and_the_way_in_for_others(self, town) -> None:
        activity = opened(town)
        assert visitor().get(shift_page(activity)).url.startswith("/accounts/login/")
        worker = signed_in(town, "grid_worker")
        for answer in (worker.get(shift_page(activity)), worker.post(shift_page(activity))):
            assert answer.url == page_of(activity)
        for reader in (visitor(), worker):
            content = text(reader.get(page_of(activity)))
            assert at(town, more="join/") in content and shift_page(activity) not in content
        assert worker.get(f"{START}shifts/999999999/").status_code == 404
        assert not SignUp.objects.exists()

    def test_a_place(self, town) -> None:
        one, activity, client = some_volunteer(town, "one"), opened(town), signed_in(town, "one")
        assert shift_page(activity) in text(client.get(page_of(activity)))
        assert "You may cancel freely until" in text(client.get(shift_page(activity)))
        assert take(client, activity).url == page_of(activity)
        made = SignUp.objects.get()
        assert (made.volunteer, made.state, made.signed_up_by) == (one, "in", one.user)
        content = text(client.get(page_of(activity)))
        assert "You have a place." in content and f"{START}sign-ups/{made.pk}/cancel/" in content
        # No second time.
        assert shift_page(activity) not in content
        assert "signed up for this shift already" in text(client.get(shift_page(activity)))

    def test_a_second_tap_takes_no_second_place(self, town) -> None:
        some_volunteer(town, "one")
        activity, client = opened(town), signed_in(town, "one")
        told = hidden(client.get(shift_page(activity)).context["form"])
        answers = [client.post(shift_page(activity), told) for _tap in range(2)]
        assert [answer.url for answer in answers] == [page_of(activity)] * 2
        assert SignUp.objects.count() == 1

    def test_the_waiting_list_says_how_many_are_ahead(self, town) -> None:
        people = [some_volunteer(town, name) for name in ("one", "two", "three", "four")]
        activity = opened(town, a_shift(town, places=1))
        first, *_waiting = [join(town, activity, who) for who in people[:3]]
        client = signed_in(town, "four")
        assert "All places are taken; 2 people are ahead of you." in text(client.get(shift_page(activity)))
        assert take(client, activity).url == page_of(activity)
        assert "on the waiting list; 2 people are ahead of you" in text(client.get(page_of(activity)))
        assert "2 people are ahead of you." in text(client.get(SHIFTS))
        cancel_sign_up(first, by=people[0].user, now=town.now)
        assert "1 person is ahead of you." in text(client.get(SHIFTS))
        assert "You are the first on the list." in text(signed_in(town, "three").get(SHIFTS))
        assert "You have a place" not in text(client.get(SHIFTS))

    def test_what_is_close_by_is_confirmed(self, town) -> None:
        one, client = some_volunteer(town, "one"), signed_in(town, "one")
        join(town, opened(town, title="演示:早一点"), one)
        activity = opened(town, a_shift(town, LONG + timedelta(minutes=10)))
        page = client.get(shift_page(activity))
        assert page.context["conflict"] == "soft" and "演示:早一点" in text(page)
        refused = client.post(shift_page(activity), hidden(page.context["form"]))
        assert refused.status_code == 409 and refused.context["form"].errors["confirmed"]
        assert 'name="confirmed"' in text(refused) and SignUp.objects.count() == 1
        again = hidden(refused.context["form"]) | {"confirmed": "on"}
        assert client.post(shift_page(activity), again).url == page_of(activity)
        assert SignUp.objects.filter(activity=activity, state="in").exists()

    def test_the_same_time_says_what_to_do_first(self, town) -> None:
        one, client = some_volunteer(town, "one"), signed_in(town, "one")
        other = join(town, opened(town, title="演示:早一点"), one)
        activity = opened(town, a_shift(town, timedelta(minutes=30)))
        page = client.get(shift_page(activity))
        assert page.context["conflict"] == "hard" and "<form" not in main_of(page)
        assert f"{START}sign-ups/{other.pk}/cancel/" in text(page)
        refused = client.post(shift_page(activity), {"confirmed": "on"})
        assert refused.status_code == 409 and "cancel that one first" in text(refused)
        assert SignUp.objects.get() == other

    def test_what_has_begun_is_no_longer_to_be_had(self, town, monkeypatch) -> None:
        some_volunteer(town, "one")
        activity, client = opened(town), signed_in(town, "one")
        stop_clock(monkeypatch, activity.starts_at)
        assert "can no longer sign up" in text(client.get(shift_page(activity)))
        assert client.post(shift_page(activity)).status_code == 409
        assert shift_page(activity) not in text(client.get(page_of(activity)))
        assert not SignUp.objects.exists()

    def test_soon_before_it_says_so(self, town, monkeypatch) -> None:
        some_volunteer(town, "one")
        activity = opened(town)
        stop_clock(monkeypatch, activity.starts_at - timedelta(hours=3))
        page = text(signed_in(town, "one").get(shift_page(activity)))
        assert "Sign up only if you can come" in page and "counts as late" not in page

    def test_not_in_another_district_and_not_after_leaving(self, town) -> None:
        west = add_west(town)
        some_volunteer(town, "one", home=west)
        left = some_volunteer(town, "two")
        Volunteer.objects.filter(pk=left.pk).update(state="left", left_at=town.now)
        activity = opened(town)
        for name, word in (("one", "another district"), ("two", "You volunteer no longer")):
            client = signed_in(town, name)
            content = text(client.get(page_of(activity)))
            assert word in content and shift_page(activity) not in content
            refused = client.post(shift_page(activity))
            assert refused.status_code == 409 and refused.context["form"].non_field_errors()
        assert not SignUp.objects.exists()


class TestCancelling:
    def page(self, one: SignUp) -> str:
        return f"{START}sign-ups/{one.pk}/cancel/"

    def test_early_nothing_is_noted(self, town) -> None:
        who, activity, client = some_volunteer(town, "one"), opened(town), signed_in(town, "one")
        one = join(town, activity, who)
        page = client.get(self.page(one))
        assert "It is early enough" in text(page)
        assert client.post(self.page(one), hidden(page.context["form"])).url == SHIFTS
        one.refresh_from_db()
        assert one.state == "cancelled"
        # Once more: the same form is known, another one has nothing to cancel.
        assert client.post(self.page(one), hidden(page.context["form"])).url == SHIFTS
        assert "can no longer be cancelled" in text(client.get(self.page(one)))
        assert client.post(self.page(one)).status_code == 409

    def test_late_it_says_so_before(self, town, monkeypatch) -> None:
        who, activity, client = some_volunteer(town, "one"), opened(town), signed_in(town, "one")
        one = join(town, activity, who)
        stop_clock(monkeypatch, activity.starts_at - timedelta(hours=11))
        page = client.get(self.page(one))
        assert "counts as a late cancel" in text(page) and "less than 12 hours" in text(page)
        client.post(self.page(one), hidden(page.context["form"]))
        one.refresh_from_db()
        assert one.state == "late_cancelled"

    def test_who_only_waits_is_told_that_nothing_is_noted(self, town, monkeypatch) -> None:
        activity = opened(town, a_shift(town, places=1))
        join(town, activity, some_volunteer(town, "one"))
        waits = join(town, activity, some_volunteer(town, "two"))
        stop_clock(monkeypatch, activity.starts_at - timedelta(hours=1))
        assert "You only wait" in text(signed_in(town, "two").get(self.page(waits)))

    def test_not_after_it_has_begun(self, town, monkeypatch) -> None:
        who, activity, client = some_volunteer(town, "one"), opened(town), signed_in(town, "one")
        one = join(town, activity, who)
        form = hidden(client.get(self.page(one)).context["form"])
        stop_clock(monkeypatch, activity.starts_at)
        assert "<form" not in main_of(client.get(self.page(one)))
        assert client.post(self.page(one), form).status_code == 409
        one.refresh_from_db()
        assert one.state == "in"

    def test_only_by_oneself_or_those_who_run_it(self, town, monkeypatch) -> None:
        activity = opened(town)
        one = join(town, activity, some_volunteer(town, "one"))
        some_volunteer(town, "two")
        for name in ("two", "far_secretary", "grid_worker"):
            client = signed_in(town, name)
            assert client.get(self.page(one)).status_code == 404, name
            assert client.post(self.page(one)).status_code == 404, name
        assert visitor().get(self.page(one)).url.startswith("/accounts/login/")
        stop_clock(monkeypatch, activity.starts_at - timedelta(hours=1))
        worker = signed_in(town, "community_worker")
        page = worker.get(self.page(one))
        assert MASKED in text(page) and "never counts as late" in text(page)
        assert worker.post(self.page(one), hidden(page.context["form"])).url == f"{START}run/{activity.pk}/"
        one.refresh_from_db()
        assert one.state == "cancelled"


class TestMyShifts:
    def test_what_is_to_come_and_what_can_be_done_about_it(self, town, monkeypatch) -> None:
        who, client = some_volunteer(town, "one"), signed_in(town, "one")
        assert "signed up for nothing" in text(client.get(SHIFTS))
        activity = opened(town)
        one = join(town, activity, who)
        cancel, check = f"{START}sign-ups/{one.pk}/cancel/", page_of(activity, "check-in/")
        content = text(client.get(SHIFTS))
        assert activity.title in content and cancel in content and check not in content
        stop_clock(monkeypatch, activity.starts_at - timedelta(minutes=30))
        content = text(client.get(SHIFTS))
        assert check in content and cancel in content
        stop_clock(monkeypatch, activity.ends_at)
        assert activity.title not in text(client.get(SHIFTS))

    def test_of_nobody_else(self, town) -> None:
        activity = opened(town)
        join(town, activity, some_volunteer(town, "one"))
        some_volunteer(town, "two")
        assert activity.title not in text(signed_in(town, "two").get(SHIFTS))
        assert signed_in(town, "grid_worker").get(SHIFTS).status_code == 404
        assert visitor().get(SHIFTS).url.startswith("/accounts/login/")

    def test_as_cheap_with_many(self, town) -> None:
        who, client = some_volunteer(town, "one"), signed_in(town, "one")
        others = [some_volunteer(town) for _one in range(2)]
        join(town, opened(town), who)
        few = cost(client, SHIFTS)
        for number in range(1, 5):
            activity = opened(town, a_shift(town, timedelta(days=number)))
            for other in others:
                join(town, activity, other)
            join(town, activity, who)
        assert cost(client, SHIFTS) == few
        assert len(client.get(SHIFTS).context["rows"]) == 5


class TestCheckingIn:
    @pytest.fixture
    def soon(self, town, monkeypatch):
        """Half an hour before the shift of somebody who has a place."""
        who, activity = some_volunteer(town, "one"), opened(town)
        one = join(town, activity, who)
        now = activity.starts_at - timedelta(minutes=30)
        stop_clock(monkeypatch, now)
        return one, code_at(activity.secret, now)

    def test_scanned_it_stands_there_and_one_tap_does_it(self, town, soon, monkeypatch) -> None:
        one, code = soon
        client, address = signed_in(town, "one"), page_of(one.activity, "check-in/")
        page = client.get(f"{address}?code={code}")
        assert f'value="{code}"' in text(page)
        told = hidden(page.context["form"]) | {"code": code}
        assert client.post(address, told).url == SHIFTS
        one.refresh_from_db()
        assert one.checked_in_at and one.checked_in_by is None
        assert client.post(address, told).url == SHIFTS
        # The same address checks out again.
        later = one.shift.starts_at + timedelta(minutes=30)
        stop_clock(monkeypatch, later)
        page = client.get(address)
        assert page.context["goes"]
        told = hidden(page.context["form"]) | {"code": code_at(one.activity.secret, later)}
        assert client.post(address, told).url == SHIFTS
        one.refresh_from_db()
        assert one.checked_out_at == later

    def test_typed_with_blanks_and_great_letters(self, town, soon) -> None:
        one, code = soon
        client, address = signed_in(town, "one"), page_of(one.activity, "check-in/")
        form = hidden(client.get(address).context["form"])
        typed = " ".join(code[place : place + 4] for place in (0, 4, 8)).upper()
        assert client.post(address, form | {"code": typed}).url == SHIFTS

    @pytest.mark.parametrize(("code", "status"), [("", 422), ("0000 0000 0000", 409)])
    def test_a_wrong_code_stands_there_again_with_what_is_wrong(
        self, town, soon, code: str, status: int
    ) -> None:
        one, _right = soon
        client, address = signed_in(town, "one"), page_of(one.activity, "check-in/")
        form = hidden(client.get(address).context["form"])
        refused = client.post(address, form | {"code": code})
        assert refused.status_code == status and refused.context["form"].errors["code"]
        assert f'value="{code}"' in text(refused) or not code
        one.refresh_from_db()
        assert one.checked_in_at is None

    def test_not_for_somebody_else(self, town, soon) -> None:
        one, code = soon
        some_volunteer(town, "two")
        client, address = signed_in(town, "two"), page_of(one.activity, "check-in/")
        assert "You have not signed up for this activity." in text(client.get(address))
        told = {"sign_up": one.pk, "way": "check_in", "code": code}
        assert client.post(address, told).status_code == 404
        one.refresh_from_db()
        assert one.checked_in_at is None

    def test_too_early_says_when(self, town, soon, monkeypatch) -> None:
        one, _code = soon
        stop_clock(monkeypatch, town.now)
        content = main_of(signed_in(town, "one").get(page_of(one.activity, "check-in/")))
        assert "from an hour before the shift" in content and "<form" not in content

    def test_whoever_has_to_sign_in_first_keeps_the_code(self, town, soon) -> None:
        one, code = soon
        answer = visitor().get(f"{page_of(one.activity, 'check-in/')}?code={code}")
        assert answer.url.startswith("/accounts/login/") and code in answer.url
        # Whoever is no volunteer is shown how to become one.
        assert signed_in(town, "grid_worker").get(page_of(one.activity, "check-in/")).url == page_of(
            one.activity
        )


class TestComingWithoutASignUp:
    @pytest.fixture
    def begun(self, town, monkeypatch) -> tuple[Activity, str]:
        """An activity with a free place whose shift has begun, and the code of the moment."""
        some_volunteer(town, "one")
        activity = opened(town)
        while move_by_clock(now=activity.starts_at):
            pass
        stop_clock(monkeypatch, activity.starts_at)
        return activity, code_at(activity.secret, activity.starts_at)

    def test_one_step_signs_up_and_checks_in(self, town, begun) -> None:
        activity, code = begun
        client, address = signed_in(town, "one"), page_of(activity, "check-in/")
        assert address in text(client.get(page_of(activity)))
        page = client.get(f"{address}?code={code}")
        assert "You have not signed up for this activity." in text(page) and f'value="{code}"' in text(page)
        told = hidden(page.context["form"]) | {"shift": first_shift(activity).pk, "code": code}
        answers = [client.post(address, told) for _tap in range(2)]
        assert [answer.url for answer in answers] == [SHIFTS] * 2
        made = SignUp.objects.get()
        assert (made.volunteer.user, made.signed_up_by, made.state) == (town.people["one"],) * 2 + ("in",)
        assert (made.checked_in_at, made.checked_in_by) == (activity.starts_at, None)
        assert "signed up and checked in" in text(client.get(SHIFTS))

    @pytest.mark.parametrize(("code", "status"), [("", 422), ("0000 0000 0000", 409)])
    def test_a_wrong_code_does_neither(self, town, begun, code: str, status: int) -> None:
        activity, _right = begun
        client, address = signed_in(town, "one"), page_of(activity, "check-in/")
        told = hidden(client.get(address).context["form"]) | {"shift": first_shift(activity).pk}
        refused = client.post(address, told | {"code": code})
        assert refused.status_code == status and refused.context["form"].errors["code"]
        assert not SignUp.objects.exists()

    def test_what_is_close_by_is_confirmed(self, town, begun) -> None:
        activity, code = begun
        client, address = signed_in(town, "one"), page_of(activity, "check-in/")
        join(
            town,
            opened(town, a_shift(town, LONG + timedelta(minutes=10))),
            Volunteer.objects.get(user=town.people["one"]),
        )
        told = hidden(client.get(address).context["form"]) | {"shift": first_shift(activity).pk, "code": code}
        asked = client.post(address, told)
        assert asked.status_code == 409 and 'name="confirmed"' in text(asked)
        told |= hidden(asked.context["form"]) | {"confirmed": "on"}
        assert client.post(address, told).url == SHIFTS

    def test_a_full_one_is_not_offered_and_says_so_when_the_last_place_goes(self, town, begun) -> None:
        activity, code = begun
        client, address = signed_in(town, "one"), page_of(activity, "check-in/")
        told = hidden(client.get(address).context["form"]) | {"shift": first_shift(activity).pk, "code": code}
        activity.shifts.update(places=1, taken=1)
        refused = client.post(address, told)
        assert refused.status_code == 409 and refused.context["form"].errors["shift"]
        content = main_of(client.get(address))
        assert "<form" not in content and "they can still put you on the list" in content
        assert address not in text(client.get(page_of(activity)))

    def test_not_for_whom_it_is_not(self, town, begun, monkeypatch) -> None:
        """Of another district, or after leaving; and not before or after its time."""
        activity, code = begun
        address = page_of(activity, "check-in/")
        some_volunteer(town, "two", home=add_west(town))
        left = some_volunteer(town, "three")
        Volunteer.objects.filter(pk=left.pk).update(state="left", left_at=town.now)
        told = {"way": "come", "shift": first_shift(activity).pk, "code": code}
        for name in ("two", "three"):
            client = signed_in(town, name)
            assert "<form" not in main_of(client.get(address)), name
            assert client.post(address, told).status_code == 409, name
        for moment in (activity.ends_at, town.now):
            stop_clock(monkeypatch, moment)
            assert "<form" not in main_of(signed_in(town, "one").get(address))
        assert not SignUp.objects.exists()

    def test_whoever_was_missed_talks_to_those_who_run_it(self, town, begun) -> None:
        activity, _code = begun
        worker, who = town.people["community_worker"], Volunteer.objects.get(user=town.people["one"])
        one = sign_up(first_shift(activity), volunteer=who, by=worker, now=activity.starts_at)
        mark_no_show(one, by=worker, now=activity.starts_at)
        assert "<form" not in main_of(signed_in(town, "one").get(page_of(activity, "check-in/")))
