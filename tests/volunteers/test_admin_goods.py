"""Goods for points at a desk: offered, stocked, handed out by code, taken back; points taken back for a deed; and the
figures of the district. Nobody reads there what somebody has."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from issues.models import Issue
from tests.builders import Town
from tests.faces import stop_clock
from tests.volunteers.at_desk import add, desk, do, listed, offered, page_of
from tests.volunteers.hours_builders import after, handed_in, some_volunteer
from tests.volunteers.points_builders import (
    balance,
    earn,
    good,
    in_order,
    lines,
    owed,
    reported,
    served,
    station,
    volunteer,
    volunteers,
)
from trail.models import Event
from volunteers.actions.goods import close_good
from volunteers.actions.hours import confirm_service, propose_service
from volunteers.actions.points import book_event, book_events, reverse_booking
from volunteers.actions.redeem import collect_good, reserve_good
from volunteers.actions.stations import close_station
from volunteers.models import Good, PointTransfer, Redemption, Service, StockMove, Volunteer

FIGURES = reverse("admin:volunteers_good_figures")
NAME = "演示真名"
TOWEL = {"name": "演示毛巾", "price": 50, "per_person": 0, "about": ""}


@pytest.fixture(autouse=True)
def clock(monkeypatch, town) -> None:
    stop_clock(monkeypatch, town.now)


def named(who: Volunteer) -> Volunteer:
    """With a name of their own, which is on no page."""
    who.name = NAME
    who.save(update_fields=["name"])
    return who


@pytest.fixture
def who(town: Town) -> Volunteer:
    """Somebody with an account, an alias and 80 points."""
    made = named(volunteer(town, alias="演示小志"))
    earn(made, 80, at=town.now)
    return made


@pytest.fixture
def kept(town: Town) -> Volunteer:
    """The same without an account."""
    made = named(volunteer(town, user=None, alias="演示老张"))
    earn(made, 73, at=town.now)
    return made


@pytest.fixture
def towel(town: Town) -> Good:
    return good(town)


def put_aside(town: Town, towel: Good, who: Volunteer) -> Redemption:
    return reserve_good(towel, volunteer=who, by=who.user, now=town.now)


def content(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def found(client: Client, model: str, query: str = "") -> set[int]:
    return {row.pk for row in client.get(listed(model, query)).context["cl"].result_list}


def cost(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


class TestGoods:
    def test_offered_changed_and_offered_no_more(self, town: Town) -> None:
        there, client = station(town), desk(town)
        assert add(client, "good", station=there.pk, stock=3, **TOWEL | {"price": 0}).status_code == 422
        assert add(client, "good", station=there.pk, stock=3, **TOWEL).status_code == 302
        again = add(client, "good", station=there.pk, stock=3, **TOWEL)
        assert again.status_code == 422 and again.context["steps"][0]["form"]["name"].value() == "演示毛巾"
        one = Good.objects.get()
        assert (one.name, one.price, one.stock, one.per_person) == ("演示毛巾", 50, 3, 0)
        assert offered(client, one) == {"change", "deliver", "count", "close"}
        assert do(client, one, "change", **TOWEL | {"price": 60, "per_person": 2}).status_code == 302
        assert do(client, one, "close").status_code == 422
        assert do(client, one, "close", sure="on").status_code == 302
        assert offered(client, one) == {"change", "deliver", "count", "open"}
        assert do(client, one, "open").status_code == 302
        one.refresh_from_db()
        assert (one.price, one.per_person, one.is_open) == (60, 2, True)

    def test_only_at_the_stations_that_one_runs(self, town: Town) -> None:
        station(town, town.other_community, "演示别站")
        far = station(town, town.far_community, "演示远站")
        client = desk(town)
        form = client.get(reverse("admin:volunteers_good_add")).context["steps"][0]["form"]
        assert list(form["station"].field.queryset) == []
        assert add(client, "good", station=far.pk, stock=3, **TOWEL).status_code == 422
        there = station(town)
        form = client.get(reverse("admin:volunteers_good_add")).context["steps"][0]["form"]
        assert form["station"].value() == there.pk
        assert not Good.objects.exists()

    def test_the_stock_and_each_of_its_movements(self, town: Town, towel: Good, who: Volunteer) -> None:
        client = desk(town)
        put_aside(town, towel, who)
        assert do(client, towel, "deliver", amount=0).status_code == 422
        assert do(client, towel, "deliver", amount=5).status_code == 302
        assert do(client, towel, "count", amount=-15).status_code == 422
        assert do(client, towel, "count", amount=-2).status_code == 302
        towel.refresh_from_db()
        assert towel.stock == 12
        table = client.get(page_of(towel)).context["page"].tables[1]
        assert [row[2].text for row in table.rows] == ["-2", "+5", "-1", "+10"]
        desk_worker = town.people["community_worker"]
        # Who put something aside is not told twice, and not by the name of the account.
        assert [row[3].text for row in table.rows] == [desk_worker, desk_worker, "—", "—"]
        assert set(StockMove.objects.values_list("kind", flat=True)) == {"delivery", "reserve", "count"}
        in_order()

    def test_what_is_closed_and_what_waits(self, town: Town, who: Volunteer) -> None:
        first, second = station(town), station(town, name="演示二站")
        here = good(town, first)
        shut, gone = good(town, first, name="演示肥皂"), good(town, second)
        close_good(shut, by=None, now=town.now)
        put_aside(town, here, who)
        close_station(second, by=None, now=town.now)
        client = desk(town)
        assert found(client, "good") == {here.pk, shut.pk, gone.pk}
        assert found(client, "good", "?offered=yes") == {here.pk}
        assert found(client, "good", "?offered=no") == {shut.pk, gone.pk}
        assert found(client, "good", f"?station={second.pk}") == {gone.pk}
        assert found(client, "good", f"?community={town.community.pk}") == {here.pk, shut.pk, gone.pk}
        assert found(client, "good", "?community=x") == set()
        assert found(client, "good", "?q=肥皂") == {shut.pk}
        waiting = {row.pk: row.waiting for row in client.get(listed("good")).context["cl"].result_list}
        assert waiting == {here.pk: 1, shut.pk: 0, gone.pk: 0}
        assert [cell.text for cell in client.get(page_of(first)).context["page"].tables[0].rows[0]] == [
            "演示毛巾",
            50,
            9,
        ]

    def test_only_ones_own(self, town: Town, towel: Good) -> None:
        for name in ("far_secretary", "other_secretary"):
            client = desk(town, name)
            assert client.get(page_of(towel)).status_code == 404, name
            assert found(client, "good") == set(), name
        assert desk(town, "grid_worker").get(listed("good")).status_code == 403

    def test_the_list_costs_the_same_however_long(self, town: Town, towel: Good, who: Volunteer) -> None:
        client = desk(town)
        cost(client, listed("good"))
        one = cost(client, listed("good"))
        for number in range(3):
            put_aside(town, good(town, station(town, name=f"演示站{number}"), price=5), who)
        assert cost(client, listed("good")) == one


class TestHandingOut:
    def hand_out(self, client: Client, towel: Good, code: str) -> Any:
        return add(client, "redemption", station=towel.station_id, code=code)

    def test_by_its_code_and_the_page_says_what_goes_to_whom(
        self, town: Town, towel: Good, who: Volunteer
    ) -> None:
        one, client = put_aside(town, towel, who), desk(town)
        wrong = f"{(int(one.code) + 1) % 10**6:06d}"
        refused = self.hand_out(client, towel, wrong)
        assert refused.status_code == 422
        assert refused.context["steps"][0]["form"]["code"].value() == wrong
        spaced = f"{one.code[:3]} {one.code[3:]}"
        answer = self.hand_out(client, towel, spaced)
        assert (answer.status_code, answer.url) == (302, page_of(one))
        page = client.get(answer.url)
        said = [str(message) for message in page.context["messages"]]
        assert any("演示毛巾" in line and "演示小志" in line for line in said)
        assert page.context["page"].title == "演示毛巾 · 演示小志"
        one.refresh_from_db()
        assert (one.state, one.code) == ("collected", "")
        assert balance(who) == 30
        assert self.hand_out(client, towel, spaced).status_code == 422
        in_order()

    def test_only_at_the_station_where_it_waits(self, town: Town, towel: Good, who: Volunteer) -> None:
        one, other = put_aside(town, towel, who), good(town, station(town, name="演示二站"))
        assert self.hand_out(desk(town), other, one.code).status_code == 422
        assert self.hand_out(desk(town, "far_secretary"), towel, one.code).status_code == 422
        one.refresh_from_db()
        assert one.state == "reserved"

    def test_a_closed_station_still_hands_out_what_waits(
        self, town: Town, towel: Good, who: Volunteer
    ) -> None:
        one = put_aside(town, towel, who)
        close_station(towel.station, by=None, now=town.now)
        assert self.hand_out(desk(town), towel, one.code).status_code == 302

    def test_never_to_oneself(self, town: Town, towel: Good) -> None:
        mine = volunteer(town, "community_worker")
        earn(mine, 80, at=town.now)
        one = put_aside(town, towel, mine)
        assert self.hand_out(desk(town), towel, one.code).status_code == 422
        assert self.hand_out(desk(town, "community_secretary"), towel, one.code).status_code == 302
        # Nor taken back by oneself.
        assert offered(desk(town), one) == set()
        assert offered(desk(town, "community_secretary"), one) == {"return"}


class TestRedemptions:
    def test_given_up_and_taken_back(self, town: Town, towel: Good, who: Volunteer) -> None:
        client = desk(town)
        first = put_aside(town, towel, who)
        assert offered(client, first) == {"release"}
        assert do(client, first, "release").status_code == 422
        assert do(client, first, "release", sure="on").status_code == 302
        assert offered(client, first) == set() and balance(who) == 80
        for on_shelf, stock in (("on", 10), (None, 9)):
            one = put_aside(town, towel, who)
            collect_good(towel.station, code=one.code, by=None, now=town.now)
            answers = {"sure": "on"} | ({"on_shelf": on_shelf} if on_shelf else {})
            assert do(client, one, "return", **answers).status_code == 302
            towel.refresh_from_db()
            one.refresh_from_db()
            assert (one.state, towel.stock, balance(who)) == ("returned", stock, 80)
        in_order()

    def test_the_list_begins_with_what_waits(self, town: Town, towel: Good) -> None:
        people = volunteers(town, 3)
        for one in people:
            earn(one, 80, at=town.now)
        waits, gone, given = (put_aside(town, towel, one) for one in people)
        collect_good(towel.station, code=gone.code, by=None, now=town.now)
        client = desk(town)
        do(client, given, "release", sure="on")
        assert found(client, "redemption") == {waits.pk}
        assert found(client, "redemption", "?state=collected") == {gone.pk}
        assert found(client, "redemption", "?state=all") == {waits.pk, gone.pk, given.pk}
        assert found(client, "redemption", "?state=strange") == set()
        assert found(client, "redemption", f"?state=all&station={towel.station_id + 1}") == set()
        assert found(client, "redemption", f"?good={towel.pk}") == {waits.pk}
        assert found(client, "redemption", "?period=month") == {waits.pk}
        assert found(client, "redemption", "?period=last_year") == set()
        assert found(client, "redemption", "?q=毛巾") == {waits.pk}

    def test_no_name_no_code_and_no_balance(self, town: Town, towel: Good, who: Volunteer) -> None:
        one = put_aside(town, towel, who)
        earn(who, 23, at=town.now + timedelta(days=1))
        told = {"balance": balance(who)}
        assert told == {"balance": 53}
        for name in ("community_worker", "street_leader", "district_dispatcher"):
            client = desk(town, name)
            for address in (listed("redemption"), page_of(one), page_of(towel), page_of(who)):
                text = content(client, address)
                assert NAME not in text, (name, address)
                assert one.code not in text, (name, address)
                assert "53" not in str(_facts(client, address)), (name, address)

    def test_only_ones_own(self, town: Town, towel: Good, who: Volunteer) -> None:
        one = put_aside(town, towel, who)
        for name in ("far_secretary", "other_secretary"):
            client = desk(town, name)
            assert client.get(page_of(one)).status_code == 404, name
            assert found(client, "redemption", "?state=all") == set(), name
            answer = client.post(reverse("admin:volunteers_redemption_do", args=[one.pk, "release"]))
            assert answer.status_code == 404, name
        assert desk(town, "grid_worker").get(listed("redemption")).status_code == 403
        assert desk(town, "grid_worker").get(reverse("admin:volunteers_redemption_add")).status_code == 403

    def test_the_list_costs_the_same_however_long(self, town: Town, towel: Good) -> None:
        client, people = desk(town), volunteers(town, 4)
        for one in people:
            earn(one, 80, at=town.now)
        put_aside(town, towel, people[0])
        cost(client, listed("redemption"))
        one = cost(client, listed("redemption"))
        for person in people[1:]:
            put_aside(town, towel, person)
        assert cost(client, listed("redemption")) == one


class TestForThoseWithoutAnAccount:
    def test_put_aside_with_what_they_have_and_their_code(
        self, town: Town, towel: Good, kept: Volunteer
    ) -> None:
        client = desk(town)
        assert ("73") in str(_facts(client, page_of(kept)))
        form = next(
            s["form"] for s in client.get(page_of(kept)).context["steps"] if s["form"].key == "put_aside"
        )
        assert "73" in form["good"].help_text
        assert do(client, kept, "put_aside", good="").status_code == 422
        assert do(client, kept, "put_aside", good=towel.pk).status_code == 302
        one = Redemption.objects.get()
        assert one.account.volunteer_id == kept.pk and balance(kept) == 23
        assert one.code in content(client, page_of(one))
        # The second one is too dear: what was typed stays.
        assert do(client, kept, "put_aside", good=towel.pk).status_code == 422
        assert Redemption.objects.count() == 1

    def test_not_for_others_and_not_for_a_superuser(
        self, town: Town, towel: Good, kept: Volunteer, who: Volunteer
    ) -> None:
        assert "put_aside" not in offered(desk(town), who)
        assert "80" not in str(_facts(desk(town), page_of(who)))
        town.person("root")
        type(town.people["community_worker"]).objects.filter(username="root").update(is_superuser=True)
        root = desk(town, "root")
        assert "73" not in str(_facts(root, page_of(kept)))
        one = reserve_good(towel, volunteer=kept, by=town.people["community_worker"], now=town.now)
        assert one.code not in content(root, page_of(one))


class TestPointsOfADeed:
    def service(self, town: Town, who: Volunteer) -> Service:
        told = {
            "on": timezone.localdate(town.now),
            "minutes": 60,
            "what": "演示:送菜",
            "unit": town.community,
        }
        by = town.people["community_worker"]
        one = propose_service(who, by=by, now=town.now, **told)
        one = confirm_service(one, by=town.people["community_secretary"], now=town.now)
        book_events(list(Event.objects.about("service", one.pk)), now=town.now)
        return one

    def test_taken_back_with_a_reason_and_given_back(self, town: Town) -> None:
        who = some_volunteer(town, "helper")
        one, client = self.service(town, who), desk(town)
        assert offered(client, one) == {"ask_correction", "take_points"}
        form = next(
            s["form"] for s in client.get(page_of(one)).context["steps"] if s["form"].key == "take_points"
        )
        booking = form["booking"].field.queryset.get()
        assert do(client, one, "take_points", booking=booking.pk, why="mistake").status_code == 422
        told = {"booking": booking.pk, "sure": "on"}
        assert do(client, one, "take_points", **told, why="strange").status_code == 422
        assert do(client, one, "take_points", **told, why="not_done").status_code == 302
        assert balance(who) == 0
        assert offered(client, one) == {"ask_correction", "give_points"}
        reversal = PointTransfer.objects.get(kind="reverse")
        assert do(client, one, "give_points", booking=reversal.pk, sure="on").status_code == 302
        assert lines(who) == [("earn", 10), ("reverse", -10), ("restore", 10)]
        # Once each.
        assert offered(client, one) == {"ask_correction"}
        in_order()

    def test_what_is_spent_is_owed(self, town: Town) -> None:
        who = some_volunteer(town, "helper")
        one = self.service(town, who)
        put_aside(town, good(town, price=8), who)
        booking = PointTransfer.objects.get(kind="earn")
        told = {"booking": booking.pk, "sure": "on", "why": "twice"}
        assert do(desk(town), one, "take_points", **told).status_code == 302
        assert (balance(who), owed(who)) == (0, 8)
        in_order()

    def test_an_activity_is_a_deed_of_its_own(self, town: Town, monkeypatch) -> None:
        stop_clock(monkeypatch, after(town))
        who = some_volunteer(town, "helper")
        (one,) = handed_in(town, who)
        one = confirm_service(one, by=town.people["street_leader"], now=after(town))
        book_events(list(Event.objects.about("service", one.pk)), now=after(town))
        client = desk(town)
        form = next(
            s["form"] for s in client.get(page_of(one)).context["steps"] if s["form"].key == "take_points"
        )
        assert [row.rule for row in form["booking"].field.queryset] == ["hours", "activity"]

    def test_never_ones_own_and_none_where_none_came(self, town: Town) -> None:
        mine = some_volunteer(town, "community_secretary")
        told = {"on": timezone.localdate(town.now), "minutes": 60, "what": "演示", "unit": town.community}
        one = propose_service(mine, by=town.people["community_worker"], now=town.now, **told)
        one = confirm_service(one, by=town.people["street_leader"], now=town.now)
        assert "take_points" not in offered(desk(town), one)
        book_events(list(Event.objects.about("service", one.pk)), now=town.now)
        assert "take_points" in offered(desk(town), one)
        assert "take_points" not in offered(desk(town, "community_secretary"), one)

    def test_no_amount_is_shown(self, town: Town) -> None:
        who = some_volunteer(town, "helper")
        one = self.service(town, who)
        event = served(who, 372, at=town.now)
        book_event(event, now=town.now)
        text = content(desk(town), page_of(one))
        assert "62" not in text.split("<dl")[1].split("</dl>")[0] and balance(who) == 72


class TestPointsOfAReport:
    """On the page of the volunteer: issues have no page at this desk."""

    def form(self, client: Client, who: Volunteer, key: str = "take_points") -> Any:
        return next(s["form"] for s in client.get(page_of(who)).context["steps"] if s["form"].key == key)

    def labels(self, client: Client, who: Volunteer, key: str = "take_points") -> list[str]:
        with translation.override("en"):
            return [str(label) for _value, label in self.form(client, who, key)["booking"].field.choices]

    @pytest.mark.parametrize("source", ["resident", "spotter"])
    def test_taken_back_with_a_reason_and_given_back(self, town: Town, source: str) -> None:
        who = some_volunteer(town, "spotter" if source == "spotter" else "building_head")
        client = desk(town)
        assert not {"take_points", "give_points"} & offered(client, who)
        issue = reported(town, who, source=source)
        told = (
            "a spotter's report that was accepted"
            if source == "spotter"
            else "something reported that was solved"
        )
        assert self.labels(client, who) == [f"{told} ({issue.number}) · 2026-03-10"]
        booking = PointTransfer.objects.get(kind="earn")
        answers = {"booking": booking.pk, "sure": "on"}
        assert do(client, who, "take_points", **answers, why="strange").status_code == 422
        assert do(client, who, "take_points", booking=booking.pk, why="not_done").status_code == 422
        assert do(client, who, "take_points", **answers, why="not_done").url == page_of(who)
        assert balance(who) == 0 and "take_points" not in offered(client, who)
        assert issue.number in self.labels(client, who, "give_points")[0]
        assert "why" not in self.form(client, who, "give_points").fields
        reversal = PointTransfer.objects.get(kind="reverse")
        assert do(client, who, "give_points", booking=reversal.pk, sure="on").status_code == 302
        assert lines(who) == [("earn", 5), ("reverse", -5), ("restore", 5)]
        # Once each.
        assert not {"take_points", "give_points"} & offered(client, who)
        in_order()

    def test_only_for_those_who_run_it_and_never_ones_own(self, town: Town) -> None:
        mine = some_volunteer(town, "community_secretary")
        reported(town, mine)
        for name in ("community_worker", "street_leader", "district_dispatcher"):
            assert "take_points" in offered(desk(town, name), mine), name
        assert "take_points" not in offered(desk(town, "community_secretary"), mine)
        assert desk(town, "far_secretary").get(page_of(mine)).status_code == 404

    def test_the_points_of_somebody_else_cannot_be_named(self, town: Town) -> None:
        who, other = some_volunteer(town, "building_head"), some_volunteer(town, "building_party_leader")
        reported(town, who)
        reported(town, other)
        foreign = PointTransfer.objects.get(account__volunteer=other)
        answers = {"booking": foreign.pk, "sure": "on", "why": "mistake"}
        assert do(desk(town), who, "take_points", **answers).status_code == 422
        assert balance(other) == 5

    def test_hours_are_not_among_them(self, town: Town) -> None:
        who = some_volunteer(town, "building_head")
        earn(who, 30, at=town.now)
        assert "take_points" not in offered(desk(town), who)
        reported(town, who)
        assert len(self.labels(desk(town), who)) == 1

    def test_what_one_may_not_see_has_no_number_and_is_taken_back_all_the_same(self, town: Town) -> None:
        who = some_volunteer(town, "building_head")
        issue = reported(town, who, place=town.far_building, worker="far_worker")
        client = desk(town)
        assert self.labels(client, who) == [
            "something reported that was solved (not yours to see) · 2026-03-10"
        ]
        assert issue.number not in content(client, page_of(who))
        assert issue.number in content(desk(town, "district_dispatcher"), page_of(who))
        answers = {"booking": PointTransfer.objects.get().pk, "sure": "on", "why": "mistake"}
        assert do(client, who, "take_points", **answers).status_code == 302 and balance(who) == 0

    def test_a_complaint_says_nothing_to_those_whom_it_is_about(self, town: Town) -> None:
        who = some_volunteer(town, "building_head")
        issue = reported(town, who)
        Issue.objects.filter(pk=issue.pk).update(about_unit=town.community)
        assert "take_points" not in offered(desk(town), who)
        answers = {"take_points-booking": PointTransfer.objects.get().pk, "take_points-sure": "on"}
        address = reverse("admin:volunteers_volunteer_do", args=[who.pk, "take_points"])
        assert desk(town).post(address, answers | {"take_points-why": "mistake"}).status_code == 404
        assert "take_points" in offered(desk(town, "street_leader"), who)

    def test_the_latest_and_as_cheap_with_many(self, town: Town, monkeypatch) -> None:
        monkeypatch.setattr("volunteers.forms.desk_points.MOST_REPORTS", 3)
        who, client = some_volunteer(town, "building_head"), desk(town)

        def cost() -> int:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(page_of(who)).status_code == 200
            return len(asked)

        made = [reported(town, who)]
        client.get(page_of(who))
        few = cost()
        made += [reported(town, who) for _one in range(4)]
        assert cost() == few
        for issue, label in zip(made[:1:-1], self.labels(client, who), strict=True):
            assert issue.number in label


class TestFigures:
    def test_sums_and_months_and_that_the_books_balance(self, town: Town) -> None:
        people = volunteers(town, 3)
        for one in people:
            earn(one, 60, at=town.now)
        one = put_aside(town, good(town, price=10), people[0])
        collect_good(one.station, code=one.code, by=None, now=town.now)
        put_aside(town, good(town, station(town, name="演示二站"), price=7), people[1])
        page = desk(town, "district_dispatcher").get(FIGURES).context["page"]
        # One has spent and one has something put aside: that is theirs alone to know, and so is what is left of the others.
        assert [value for _label, value in page.facts[:-1]] == [3, 180, "—", "—", "—", 0]
        assert "zero" in str(page.facts[-1][1]) or "零" in str(page.facts[-1][1])
        (row,) = page.tables[0].rows
        assert [cell.text for cell in row] == [f"{town.now:%Y-%m}", 180, 0, 0, 0, 0, 0, 180]
        assert "volunteer_points" in page.tables[0].link.link

    def test_of_fewer_than_three_nothing_is_said(self, town: Town) -> None:
        people = volunteers(town, 3)
        for one in people[:2]:
            earn(one, 60, at=town.now)
        client = desk(town, "district_dispatcher")
        page = client.get(FIGURES).context["page"]
        assert "120" not in str(page.facts) and len(page.facts) == 2
        assert [cell.text for cell in page.tables[0].rows[0]][1] == "—"
        # A figure that is hidden alone could be reckoned: the next one is hidden too.
        before = town.now - timedelta(days=40)
        for one in people:
            earn(one, 60, at=before)
        months = client.get(FIGURES).context["page"].tables[0].rows
        assert [row[1].text for row in months] == ["—", "—"]
        third = town.now - timedelta(days=80)
        for one in volunteers(town, 4, "later"):
            earn(one, 50, at=third)
        months = client.get(FIGURES).context["page"].tables[0].rows
        assert [row[1].text for row in months] == ["—", "—", 200]

    def test_what_was_taken_back_is_not_in_it(self, town: Town) -> None:
        people = volunteers(town, 3)
        for one in people:
            earn(one, 60, at=town.now)
        booking = PointTransfer.objects.filter(kind="earn").first()
        reverse_booking(booking, by=town.people["community_worker"], now=town.now, why="mistake")
        page = desk(town, "district_dispatcher").get(FIGURES).context["page"]
        assert page.tables[0].rows[0][1].text == 120

    def test_as_a_file_that_names_nobody_and_is_written_down(self, town: Town) -> None:
        people = [named(one) for one in volunteers(town, 3)]
        for one in people:
            earn(one, 60, at=town.now)
        client = desk(town, "district_dispatcher")
        answer = client.post(f"{FIGURES}?district={town.district.code}", {"as": "xlsx"})
        rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
        assert NAME not in str(rows)
        assert rows[1] == (f"{town.now:%Y-%m}", 180, 0, 0, 0, 0, 0, 180) and len(rows) == 2
        event = Event.objects.about("user", town.people["district_dispatcher"].pk).last()
        assert event.data == {
            "list": "points",
            "rows": 1,
            "filter": {"district": town.district.code},
            "file": "xlsx",
        }

    def test_for_whoever_runs_the_whole_district(self, town: Town) -> None:
        for name in ("street_leader", "community_worker", "grid_worker", "far_secretary"):
            assert desk(town, name).get(FIGURES).status_code == 403, name
            assert desk(town, name).post(FIGURES).status_code == 403, name
        client = desk(town, "district_dispatcher")
        assert client.get(f"{FIGURES}?district=999999").status_code == 404
        assert FIGURES in content(client, listed("good"))
        assert FIGURES not in content(desk(town), listed("good"))

    def test_nothing_yet(self, town: Town) -> None:
        assert desk(town, "district_dispatcher").get(FIGURES).context["page"].tables[0].rows == []

    def test_it_costs_the_same_however_much_is_booked(self, town: Town) -> None:
        client, people = desk(town, "district_dispatcher"), volunteers(town, 4)
        earn(people[0], 10, at=town.now)
        cost(client, FIGURES)
        one = cost(client, FIGURES)
        for number, person in enumerate(people):
            earn(person, 60, at=town.now - timedelta(days=31 * number))
        assert cost(client, FIGURES) == one


def _facts(client: Client, address: str) -> list[Any]:
    """What stands above on a page; of a list its rows."""
    context = client.get(address).context
    page = context.get("page")
    return [str(value) for _label, value in page.facts] if page else [str(context["cl"].result_list)]
