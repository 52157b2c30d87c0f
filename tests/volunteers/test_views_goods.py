"""The pages of goods: what one gets for points, put aside, given up; and the counter at which it is handed out."""

import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from notices.models import Notice
from tests.builders import Town, add_west
from tests.faces import hidden, signed_in, stop_clock, visitor
from tests.volunteers import people_builders
from tests.volunteers.points_builders import (
    balance,
    days,
    earn,
    endow,
    good,
    heard,
    in_order,
    station,
    volunteer,
    volunteers,
)
from tests.volunteers.test_views_activities import cost, main_of, text
from volunteers.actions.goods import change_good, close_good
from volunteers.actions.redeem import (
    collect_good,
    release_redemption,
    reserve_good,
    return_good,
    stands_against,
)
from volunteers.actions.stations import close_station
from volunteers.models import Good, Redemption, Station, Volunteer
from volunteers.views.throttle import WRONG_CODES

pytestmark = pytest.mark.django_db
START = "/volunteers/"
AROUND = f"{START}goods/"
MINE = f"{START}mine/goods/"
COUNTERS = f"{START}stations/"
RUNNERS = ("community_worker", "community_secretary", "street_leader")


@pytest.fixture(autouse=True)
def clock(monkeypatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


@pytest.fixture
def who(town: Town) -> Volunteer:
    """With 80 points."""
    made = volunteer(town)
    earn(made, 80, at=town.now)
    return made


@pytest.fixture
def here(town: Town) -> Station:
    """With an address and hours."""
    return people_builders.station(town)


@pytest.fixture
def towel(town: Town, here: Station) -> Good:
    """For 50 points, ten of them."""
    return good(town, here)


def at(town: Town, place: str = "community", more: str = "goods/") -> str:
    return f"{START}at/{getattr(town, place).code}/{more}"


def page_of(one: Good, more: str = "") -> str:
    return f"{AROUND}{one.pk}/{more}"


def give_up_page(one: Redemption) -> str:
    return f"{START}redemptions/{one.pk}/give-up/"


def counter_of(one: Station, more: str = "") -> str:
    return f"{COUNTERS}{one.pk}/counter/{more}"


def gone_page(one: Redemption) -> str:
    return f"{START}handed-out/{one.pk}/"


def put(town: Town, one: Good, who: Volunteer, **more) -> Redemption:
    return reserve_good(one, volunteer=who, by=who.user, now=more.get("now", town.now))


def hand_out(client, one: Station, code: str):
    page = client.get(counter_of(one))
    return client.post(counter_of(one), hidden(page.context["form"]) | {"code": code})


class TestFinding:
    def test_everybody_finds_what_a_community_offers(self, town: Town, here: Station, towel: Good) -> None:
        good(town, here, name="演示雨伞", stock=0)
        close_good(good(town, here, name="演示旧物"), by=None, now=town.now)
        far = station(town, town.far_community, "演示远站")
        good(town, far, name="演示远物")
        content = main_of(visitor().get(at(town)))
        for said in ("演示毛巾", "50 points", "In stock", "Nothing left at present", here.name, here.place):
            assert said in content, said
        assert here.hours in content and "演示旧物" not in content and "演示远物" not in content
        assert "Each confirmed hour" in content
        for address in (at(town, more=""), at(town, more="stations/")):
            assert at(town) in text(visitor().get(address))

    def test_nothing_at_a_station_that_has_closed(self, town: Town, here: Station, towel: Good) -> None:
        close_station(here, by=town.people["community_worker"], now=town.now)
        page = visitor().get(at(town))
        assert "演示毛巾" not in main_of(page) and "Nothing is offered" in main_of(page)
        assert visitor().get(page_of(towel)).status_code == 404

    def test_no_goods_of_places_that_are_no_community(self, town: Town) -> None:
        for place in ("street", "grid"):
            assert visitor().get(at(town, place)).status_code == 404

    def test_around_a_volunteer(self, town: Town, who: Volunteer, towel: Good) -> None:
        good(town, station(town, town.far_community, "演示远站"), name="演示远物")
        client = signed_in(town, "helper")
        page = client.get(AROUND)
        assert "演示毛巾" in main_of(page) and "演示远物" not in main_of(page)
        assert "You have 80 points." in main_of(page)
        assert "演示远物" not in main_of(client.get(f"{AROUND}?around=street"))
        assert "演示远物" in main_of(client.get(f"{AROUND}?around=district"))
        assert signed_in(town, "grid_worker").get(AROUND).url == START
        assert visitor().get(AROUND).url.startswith("/accounts/login/")

    @pytest.mark.parametrize("whose", ["everybody", "mine"])
    def test_as_cheap_with_many(
        self, town: Town, who: Volunteer, here: Station, towel: Good, whose: str
    ) -> None:
        client, address = signed_in(town, "helper"), at(town) if whose == "everybody" else AROUND
        few = cost(client, address)
        other = station(town, name="演示站二")
        for number in range(12):
            good(town, here, name=f"演示物{number:02d}")
            good(town, other, name=f"演示物{number:02d}")
        assert cost(client, address) == few
        assert len(client.get(address).context["page"]) == 20
        assert len(client.get(f"{address}?page=2").context["page"]) == 5


class TestAGood:
    def test_for_everybody_with_the_way_to_it(self, town: Town, here: Station, towel: Good) -> None:
        Good.objects.filter(pk=towel.pk).update(about="演示:一条", per_person=2)
        content = main_of(visitor().get(page_of(towel)))
        for said in ("演示:一条", "50 points", "2 for each person at most", here.place, here.hours):
            assert said in content, said
        back = quote(page_of(towel), safe="")
        assert f"/accounts/login/?next={back}" in content and at(town, more="join/") in content
        assert page_of(towel, "reserve/") not in content
        content = main_of(signed_in(town, "grid_worker").get(page_of(towel)))
        assert at(town, more="join/") in content and page_of(towel, "reserve/") not in content

    def test_says_to_a_volunteer_what_stands_against_it(
        self, town: Town, who: Volunteer, towel: Good
    ) -> None:
        client = signed_in(town, "helper")
        assert page_of(towel, "reserve/") in text(client.get(page_of(towel)))
        dear = good(town, station(town, name="演示站二"), name="演示贵物", price=90)
        content = text(client.get(page_of(dear)))
        assert "It costs 90 points, and you have 80." in content and page_of(dear, "reserve/") not in content

    def test_what_is_closed_only_for_those_who_run_it(self, town: Town, who: Volunteer, towel: Good) -> None:
        close_good(towel, by=None, now=town.now)
        for client in (visitor(), signed_in(town, "helper"), signed_in(town, "far_secretary")):
            assert client.get(page_of(towel)).status_code == 404
        assert "Not offered any more" in text(signed_in(town, "community_worker").get(page_of(towel)))
        assert signed_in(town, "helper").get(page_of(towel, "reserve/")).status_code == 404

    def test_nothing_is_written_by_looking(self, town: Town, towel: Good) -> None:
        """Whoever has no points account yet gets none by looking."""
        newcomer = volunteer(town, "newcomer")
        refused = stands_against(towel, newcomer)
        assert refused is not None and refused.code == "points"
        signed_in(town, "newcomer").get(page_of(towel, "reserve/"))
        assert not Redemption.objects.exists() and not type(newcomer).objects.exclude(points=None).exists()


class TestPuttingAside:
    def test_price_balance_days_and_place_are_said_before(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        content = main_of(signed_in(town, "helper").get(page_of(towel, "reserve/")))
        # Seven days as shipped, the last of them counted.
        for said in (
            "50 points",
            "80 points",
            "30 points",
            "March 17, 2026",
            here.name,
            here.place,
            here.hours,
        ):
            assert said in content, said

    def test_and_then_it_waits_under_a_code(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        client, address = signed_in(town, "helper"), page_of(towel, "reserve/")
        answer = client.post(address, hidden(client.get(address).context["form"]))
        assert answer.url == MINE
        one = Redemption.objects.get()
        page = client.get(MINE)
        content = main_of(page)
        assert f"{one.code[:3]} {one.code[3:]}" in content and "Waits until March 17, 2026" in content
        assert "Put aside until March 17, 2026" in content and here.hours in content
        assert give_up_page(one) in content and balance(who) == 30

    def test_a_form_that_was_sent_twice_puts_one_aside(self, town: Town, who: Volunteer, towel: Good) -> None:
        client, address = signed_in(town, "helper"), page_of(towel, "reserve/")
        told = hidden(client.get(address).context["form"])
        assert [client.post(address, told).url for _time in range(2)] == [MINE, MINE]
        assert Redemption.objects.count() == 1 and balance(who) == 30

    def test_at_another_price_it_is_asked_again(self, town: Town, who: Volunteer, towel: Good) -> None:
        client, address = signed_in(town, "helper"), page_of(towel, "reserve/")
        told = hidden(client.get(address).context["form"])
        change_good(towel, price=60, by=None, now=town.now)
        refused = client.post(address, told)
        assert refused.status_code == 409 and "it costs 60 points now" in text(refused)
        assert not Redemption.objects.exists() and "20 points" in main_of(refused)
        again = client.post(address, hidden(refused.context["form"]))
        assert again.url == MINE and Redemption.objects.get().price == 60

    def test_what_the_rules_refuse_is_said_and_nothing_is_taken(
        self, town: Town, who: Volunteer, towel: Good
    ) -> None:
        client, address = signed_in(town, "helper"), page_of(towel, "reserve/")
        told = hidden(client.get(address).context["form"])
        other = volunteer(town, "other")
        earn(other, 80, at=town.now)
        Good.objects.filter(pk=towel.pk).update(stock=0)
        refused = client.post(address, told)
        assert refused.status_code == 409 and "Nothing is left of this good" in text(refused)
        assert text(refused).count("Nothing is left of this good") == 1
        assert '<form method="post" data-once' not in main_of(refused)
        assert balance(who) == 80 and not Redemption.objects.exists()
        assert "Nothing is left of this good" in main_of(client.get(address))
        assert client.post(address, {"agreed": "x"}).status_code == 422

    def test_only_by_volunteers_of_the_district(self, town: Town, who: Volunteer, towel: Good) -> None:
        address = page_of(towel, "reserve/")
        assert visitor().get(address).url.startswith("/accounts/login/")
        assert signed_in(town, "grid_worker").get(address).url == page_of(towel)
        assert signed_in(town, "grid_worker").post(address).url == page_of(towel)
        stranger = volunteer(town, "stranger", add_west(town), user=town.person("stranger"))
        assert stranger.district_id == town.west.pk
        client = signed_in(town, "stranger")
        assert "in the district where they were earned" in main_of(client.get(address))
        assert client.post(address, {"agreed": 50}).status_code == 409
        Volunteer.objects.filter(pk=who.pk).update(state="left", left_at=town.now)
        assert signed_in(town, "helper").post(address, {"agreed": 50}).status_code == 409
        assert not Redemption.objects.exists()


class TestPutAsideForMe:
    def test_codes_are_for_their_owner_alone(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        one = put(town, towel, who)
        codes = (one.code, f"{one.code[:3]} {one.code[3:]}")
        volunteer(town, "other")
        assert codes[1] in text(signed_in(town, "helper").get(MINE))
        for name in ("other", *RUNNERS, "system_admin", "far_secretary"):
            client = signed_in(town, name)
            for address in (MINE, give_up_page(one), counter_of(here), counter_of(here, "?show=handed-out")):
                answer = client.get(address)
                content = answer.content.decode()
                assert not any(code in content for code in codes), (name, address)
        assert visitor().get(MINE).url.startswith("/accounts/login/")
        assert signed_in(town, "community_worker").get(MINE).status_code == 404

    def test_what_was_before_has_no_code(self, town: Town, who: Volunteer, towel: Good) -> None:
        one = put(town, towel, who)
        code = one.code
        worker = town.people["community_worker"]
        collect_good(one.station, code=code, by=worker, now=town.now)
        content = main_of(signed_in(town, "helper").get(MINE))
        assert "Collected" in content and "Nothing waits for you" in content
        assert code not in content and 'class="digits"' not in content
        return_good(one, by=worker, now=town.now)
        assert "Returned" in main_of(signed_in(town, "helper").get(MINE))

    def test_what_waits_stands_first_and_history_is_paged(self, town: Town, towel: Good) -> None:
        who, client = volunteer(town), signed_in(town, "helper")
        endow([who], 60, at=town.now)
        cheap = good(town, towel.station, name="演示便宜", price=1, stock=100)
        first = put(town, cheap, who)
        for _number in range(21):
            release_redemption(put(town, cheap, who), by=who.user, now=town.now)
        page = client.get(MINE)
        assert [one.pk for one, _over in page.context["waiting"]] == [first.pk]
        assert len(page.context["ended"]) == 19
        page = client.get(f"{MINE}?page=2")
        assert len(page.context["ended"]) == 2 and "Nothing waits for you" not in main_of(page)

    def test_when_its_time_is_over_no_code_is_shown(
        self, town: Town, who: Volunteer, towel: Good, monkeypatch
    ) -> None:
        one = put(town, towel, who)
        stop_clock(monkeypatch, one.until - timedelta(seconds=1))
        assert 'class="digits"' in main_of(signed_in(town, "helper").get(MINE))
        stop_clock(monkeypatch, one.until)
        content = main_of(signed_in(town, "helper").get(MINE))
        assert 'class="digits"' not in content and "Its time is over" in content

    def test_as_cheap_with_many(self, town: Town, who: Volunteer, here: Station) -> None:
        client = signed_in(town, "helper")
        cheap = good(town, here, name="演示便宜", price=1, stock=100)
        put(town, cheap, who)
        release_redemption(put(town, cheap, who), by=who.user, now=town.now)
        few = cost(client, MINE)
        for _number in range(9):
            put(town, cheap, who)
            release_redemption(put(town, cheap, who), by=who.user, now=town.now)
        assert cost(client, MINE) == few

    def test_given_up_after_it_was_asked_once_more(self, town: Town, who: Volunteer, towel: Good) -> None:
        one, client = put(town, towel, who), signed_in(town, "helper")
        page = client.get(give_up_page(one))
        assert "50 points come back to you" in text(page) and Redemption.objects.waiting().exists()
        told = hidden(page.context["form"])
        assert [client.post(give_up_page(one), told).url for _time in range(2)] == [MINE, MINE]
        assert balance(who) == 80 and Redemption.objects.get().state == "released"
        in_order()
        refused = client.post(give_up_page(one), {})
        assert refused.status_code == 409 and "nothing to give up any more" in text(refused)

    def test_nobody_gives_it_up_who_neither_has_it_nor_runs_the_station(
        self, town: Town, who: Volunteer, towel: Good
    ) -> None:
        one = put(town, towel, who)
        volunteer(town, "other")
        for name in ("other", "far_secretary", "grid_worker", "system_admin"):
            client = signed_in(town, name)
            assert client.get(give_up_page(one)).status_code == 404, name
            assert client.post(give_up_page(one)).status_code == 404, name
        assert Redemption.objects.get().state == "reserved"

    def test_whoever_keeps_somebody_puts_nothing_back_at_a_station_elsewhere(self, town: Town) -> None:
        kept = volunteer(town, user=None)
        endow([kept], 80, at=town.now)
        far = good(town, station(town, town.other_community, "演示别站"))
        one = reserve_good(far, volunteer=kept, by=town.people["community_worker"], now=town.now)
        client = signed_in(town, "community_worker")
        assert (
            Redemption.objects.visible_to(town.people["community_worker"], town.now)
            .filter(pk=one.pk)
            .exists()
        )
        assert client.get(give_up_page(one)).status_code == client.post(give_up_page(one)).status_code == 404

    def test_a_notice_leads_here(self, town: Town, who: Volunteer, towel: Good) -> None:
        one = put(town, towel, who)
        collect_good(one.station, code=one.code, by=town.people["community_worker"], now=town.now)
        heard(town.now)
        assert Notice.objects.get(recipient=who.user, key="redemption.collect").link == MINE


class TestCounter:
    def test_those_who_run_a_station_find_it(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        put(town, towel, who)
        station(town, town.far_community, "演示远站")
        client = signed_in(town, "community_worker")
        page = client.get(COUNTERS)
        assert [(one.pk, waiting) for one, waiting in page.context["rows"]] == [(here.pk, 1)]
        assert COUNTERS in text(client.get(f"{START}mine/"))
        assert counter_of(here) in text(client.get(at(town, more="stations/")))
        for client in (visitor(), signed_in(town, "helper"), signed_in(town, "far_secretary")):
            assert counter_of(here) not in text(client.get(at(town, more="stations/")))
        assert COUNTERS not in text(signed_in(town, "helper").get(f"{START}mine/"))
        assert "You run no station." in text(signed_in(town, "helper").get(COUNTERS))

    def test_a_code_hands_out_once(self, town: Town, who: Volunteer, here: Station, towel: Good) -> None:
        Volunteer.objects.filter(pk=who.pk).update(name="王小明")
        one, client = put(town, towel, who), signed_in(town, "community_worker")
        # Wide digits and a blank, as a phone may type them.
        wide = "".join(chr(ord(digit) + 0xFEE0) for digit in one.code)
        answer = hand_out(client, here, f"{wide[:3]} {wide[3:]}")
        assert answer.url == gone_page(one)
        content = main_of(client.get(gone_page(one)))
        assert "王*" in content and "王小明" not in content and "演示毛巾" in content
        assert Redemption.objects.get().state == "collected" and balance(who) == 30
        again = hand_out(client, here, one.code)
        assert again.status_code == 409 and "Nothing waits here for this code" in text(again)
        in_order()

    def test_a_form_that_was_sent_twice_hands_out_once(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        one, client = put(town, towel, who), signed_in(town, "community_worker")
        told = hidden(client.get(counter_of(here)).context["form"]) | {"code": one.code}
        assert [client.post(counter_of(here), told).url for _time in range(2)] == [gone_page(one)] * 2

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "12 34"])
    def test_what_is_no_code_is_said_beside_it(self, town: Town, here: Station, code: str) -> None:
        answer = hand_out(signed_in(town, "community_worker"), here, code)
        assert answer.status_code == 422 and answer.context["form"].errors["code"]
        assert not code or f'value="{code}"' in main_of(answer)

    def test_what_waits_stands_there_without_codes_and_names(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        Volunteer.objects.filter(pk=who.pk).update(name="王小明")
        one = put(town, towel, who)
        content = main_of(signed_in(town, "community_worker").get(counter_of(here)))
        assert "演示毛巾" in content and "until March 17, 2026" in content
        assert not re.search(r"\b\d{3} ?\d{3}\b", content) and one.code not in content and "王" not in content

    def test_somebody_elses_station_is_not_there(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        one = put(town, towel, who)
        far = station(town, town.far_community, "演示远站")
        for name in ("helper", "grid_worker", "far_secretary", "other_secretary", "system_admin"):
            client = signed_in(town, name)
            assert client.get(counter_of(here)).status_code == 404, name
            assert client.post(counter_of(here), {"code": one.code}).status_code == 404, name
        # At another station that one does run the code opens nothing.
        answer = hand_out(signed_in(town, "far_secretary"), far, one.code)
        assert answer.status_code == 409 and Redemption.objects.get().state == "reserved"

    def test_never_to_oneself(self, town: Town, who: Volunteer, here: Station, towel: Good) -> None:
        town.appoint("helper", "community_worker", town.community)
        one, client = put(town, towel, who), signed_in(town, "helper")
        refused = hand_out(client, here, one.code)
        assert refused.status_code == 403 and Redemption.objects.get().state == "reserved"
        assert "Somebody else hands out to you." in refused.content.decode()
        collect_good(here, code=one.code, by=town.people["community_worker"], now=town.now)
        page = client.get(gone_page(one))
        assert "somebody else takes it back from you" in text(page)
        assert client.post(gone_page(one)).status_code == 403
        assert Redemption.objects.get().state == "collected"

    def test_codes_are_not_tried_out(self, town: Town, here: Station, monkeypatch) -> None:
        client = signed_in(town, "community_worker")
        monkeypatch.setattr(
            "volunteers.views.throttle.WRONG_CODES", type(WRONG_CODES)(WRONG_CODES.key, 3, WRONG_CODES.every)
        )
        found = [hand_out(client, here, f"00000{number}").status_code for number in range(4)]
        assert found == [409, 409, 409, 429]
        # Of one person alone.
        assert hand_out(signed_in(town, "community_secretary"), here, "000000").status_code == 409

    def test_put_back_for_somebody_who_does_not_come(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        one, client = put(town, towel, who), signed_in(town, "community_worker")
        assert give_up_page(one) in text(client.get(counter_of(here)))
        page = client.get(give_up_page(one))
        assert "50 points go back to the person" in main_of(page) and one.code not in text(page)
        told = hidden(page.context["form"])
        assert [client.post(give_up_page(one), told).url for _time in range(2)] == [counter_of(here)] * 2
        assert Redemption.objects.get().state == "released" and balance(who) == 80
        towel.refresh_from_db()
        assert towel.stock == 10
        assert client.post(give_up_page(one), {}).status_code == 409
        in_order()

    def test_taken_back_with_the_points(self, town: Town, who: Volunteer, here: Station, towel: Good) -> None:
        one, client = put(town, towel, who), signed_in(town, "community_worker")
        hand_out(client, here, one.code)
        listed = client.get(counter_of(here, "?show=handed-out"))
        assert gone_page(one) in text(listed)
        page = client.get(gone_page(one))
        told = hidden(page.context["form"])
        assert [client.post(gone_page(one), told).url for _time in range(2)] == [gone_page(one)] * 2
        towel.refresh_from_db()
        assert (balance(who), towel.stock, Redemption.objects.get().state) == (80, 10, "returned")
        assert "Taken back" in main_of(client.get(gone_page(one)))
        assert client.post(gone_page(one), {}).status_code == 409
        in_order()

    def test_what_is_broken_goes_not_back_on_the_shelf(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        one, client = put(town, towel, who), signed_in(town, "community_worker")
        hand_out(client, here, one.code)
        client.post(gone_page(one), hidden(client.get(gone_page(one)).context["form"]) | {"broken": "on"})
        towel.refresh_from_db()
        assert (balance(who), towel.stock) == (80, 9)

    def test_what_was_handed_out_is_for_those_who_run_the_station(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        one = put(town, towel, who)
        assert signed_in(town, "community_worker").get(gone_page(one)).status_code == 404
        collect_good(here, code=one.code, by=town.people["community_worker"], now=town.now)
        # Not even for whoever it was handed out to.
        for name in ("helper", "far_secretary", "grid_worker"):
            assert signed_in(town, name).get(gone_page(one)).status_code == 404, name
            assert signed_in(town, name).post(gone_page(one)).status_code == 404, name

    def test_too_late_is_said(
        self, town: Town, who: Volunteer, here: Station, towel: Good, monkeypatch
    ) -> None:
        one = put(town, towel, who)
        stop_clock(monkeypatch, one.until)
        client = signed_in(town, "community_worker")
        assert "Its time is over" in main_of(client.get(counter_of(here)))
        answer = hand_out(client, here, one.code)
        assert answer.status_code == 409 and "a day that has passed" in text(answer)

    def test_a_closed_station_still_hands_out(
        self, town: Town, who: Volunteer, here: Station, towel: Good
    ) -> None:
        one = put(town, towel, who)
        close_station(here, by=town.people["community_worker"], now=town.now)
        assert "This station has closed." in main_of(signed_in(town, "helper").get(MINE))
        client = signed_in(town, "community_worker")
        assert "This station is closed." in text(client.get(counter_of(here)))
        assert hand_out(client, here, one.code).url == gone_page(one)

    @pytest.mark.parametrize("shown", ["waiting", "handed-out"])
    def test_as_cheap_with_many(self, town: Town, here: Station, shown: str) -> None:
        cheap = good(town, here, name="演示便宜", price=1, stock=100)
        client, people = signed_in(town, "community_worker"), volunteers(town, 8)
        endow(people, 10, at=town.now)

        def one_more(number: int) -> None:
            one = put(town, cheap, people[number])
            if shown == "handed-out":
                collect_good(here, code=one.code, by=town.people["community_worker"], now=town.now)

        one_more(0)
        address = counter_of(here, f"?show={shown}")
        few, few_counters = cost(client, address), cost(client, COUNTERS)
        for number in range(1, 8):
            one_more(number)
            station(town, name=f"演示站{number}")
        assert len(client.get(address).context["page"]) == 8
        assert cost(client, address) == few and cost(client, COUNTERS) == few_counters


def test_days_by_the_districts_tariff(town: Town, who: Volunteer, towel: Good) -> None:
    """What the confirmation foretells is what is kept."""
    page = signed_in(town, "helper").get(page_of(towel, "reserve/"))
    assert page.context["until"] == put(town, towel, who).until > town.now + days(7)
