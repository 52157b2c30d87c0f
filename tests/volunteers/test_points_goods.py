"""Goods for points: offered, put aside with a code, collected, given up, returned; the stock with every step."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation

from grids.actions.policies import set_policy
from notices.models import Notice
from notices.words import say
from tests.builders import Town, add_west
from tests.volunteers.points_builders import (
    balance,
    days,
    earn,
    good,
    heard,
    in_order,
    lines,
    station,
    volunteer,
)
from trail.models import Event
from trail.refusals import NotAllowed, Refused
from volunteers import tasks
from volunteers.actions import redeem
from volunteers.actions.goods import add_good, change_good, close_good, move_stock, open_good
from volunteers.actions.redeem import (
    collect_good,
    release_overdue,
    release_redemption,
    reserve_good,
    return_good,
)
from volunteers.goods_querysets import hash_of
from volunteers.models import Good, PointAccount, PointEntry, Redemption, StockMove, Volunteer
from volunteers.redeeming import Want, refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def who(town: Town) -> Volunteer:
    """With 80 points."""
    made = volunteer(town)
    earn(made, 80, at=town.now)
    return made


@pytest.fixture
def towel(town: Town) -> Good:
    """For 50 points, ten of them at the community's station."""
    return good(town)


def held(town: Town, kind: str) -> int:
    account = PointAccount.objects.get(district=town.district, kind=kind)
    return sum(PointEntry.objects.filter(account=account).values_list("amount", flat=True))


def moves(made: Good) -> list[tuple[str, int]]:
    return list(StockMove.objects.filter(good=made).order_by("pk").values_list("kind", "amount"))


def code_of(refusing: Any, *args: Any, **given: Any) -> str:
    """The code with which it is refused."""
    with pytest.raises(Refused) as caught:
        refusing(*args, **given)
    return caught.value.code


class TestRule:
    LAWFUL = Want(True, True, True, 1, 50, 50, 1, 0)

    def test_lawful(self) -> None:
        assert refusal(self.LAWFUL) is None
        assert refusal(Want(**{**self.LAWFUL.__dict__, "per_person": 0, "held": 99})) is None
        assert refusal(Want(**{**self.LAWFUL.__dict__, "agreed": 50})) is None

    @pytest.mark.parametrize(
        ("values", "code"),
        [
            ({"same_district": False}, "district"),
            ({"is_active": False}, "not_active"),
            ({"is_open": False}, "closed"),
            ({"stock": 0}, "out_of_stock"),
            ({"held": 1}, "limit"),
            ({"balance": 49}, "points"),
            ({"balance": 0, "stock": 0}, "out_of_stock"),
            # Dearer or cheaper than the person was shown.
            ({"agreed": 49}, "price"),
            ({"agreed": 51}, "price"),
            ({"agreed": 40, "balance": 49}, "points"),
        ],
    )
    def test_why_not(self, values: dict[str, Any], code: str) -> None:
        no = refusal(Want(**{**self.LAWFUL.__dict__, **values}))
        assert no is not None and no.code == code and str(no)


class TestTheWay:
    def test_only_for_the_price_that_was_shown(self, town: Town, who: Volunteer, towel: Good) -> None:
        change_good(towel, price=60, by=None, now=town.now)
        told = {"volunteer": who, "by": who.user, "now": town.now}
        with pytest.raises(Refused) as no:
            reserve_good(towel, agreed=50, **told)
        assert no.value.code == "price" and balance(who) == 80
        assert reserve_good(towel, agreed=60, **told).price == 60

    def test_what_stands_against_it_is_what_would_be_said(
        self, town: Town, who: Volunteer, towel: Good
    ) -> None:
        assert redeem.stands_against(towel, who) is None
        one = reserve_good(towel, volunteer=who, by=who.user, now=town.now)
        assert one.until == redeem.waits_until(town.district.pk, town.now)
        no = redeem.stands_against(towel, who)
        assert no is not None and no.code == "points"
        change_good(towel, price=30, per_person=1, by=None, now=town.now)
        towel.refresh_from_db()
        no = redeem.stands_against(towel, who)
        assert no is not None and no.code == "limit"

    def test_what_waits_at_stations_in_one_query(
        self, town: Town, towel: Good, django_assert_num_queries: Any
    ) -> None:
        who, other = volunteer(town, "rich"), station(town, name="演示站二")
        earn(who, 80, at=town.now)
        cheap = good(town, other, name="演示便宜", price=10)
        for one in (towel, cheap, cheap):
            reserve_good(one, volunteer=who, by=who.user, now=town.now)
        release_redemption(Redemption.objects.filter(good=cheap)[0], by=who.user, now=town.now)
        empty = station(town, name="演示站三")
        with django_assert_num_queries(1):
            found = Redemption.objects.waiting_at([towel.station_id, other.pk, empty.pk])
        assert found == {towel.station_id: 1, other.pk: 1}

    def test_put_aside_then_collected(self, town: Town, who: Volunteer, towel: Good) -> None:
        wait = reserve_good(towel, volunteer=who, by=who.user, now=town.now)
        towel.refresh_from_db()
        assert (balance(who), towel.stock, held(town, "reserved")) == (30, 9, 50)
        # Seven whole days from tomorrow on, by local midnight.
        assert wait.until == datetime(2026, 3, 17, 16, 0, tzinfo=UTC)
        assert len(wait.code) == 6 and wait.code.isdigit()
        kept = Redemption.objects.filter(pk=wait.pk).values_list("code_hash", flat=True).get()
        assert kept == hash_of(wait.code) and wait.code not in kept
        spaced = f" {wait.code[:3]} {wait.code[3:]}"
        done = collect_good(towel.station, code=spaced, by=town.people["community_worker"], now=town.now)
        assert (done.pk, done.state, done.code, done.code_hash) == (wait.pk, "collected", "", "")
        towel.refresh_from_db()
        assert (balance(who), towel.stock) == (30, 9)
        assert (held(town, "reserved"), held(town, "spent")) == (0, 50)
        assert moves(towel) == [("delivery", 10), ("reserve", -1)]
        verbs = Event.objects.filter(subject_type="redemption").values_list("verb", "seq")
        assert list(verbs.order_by("seq")) == [("reserve", 1), ("collect", 2)]
        in_order()

    def test_given_up_by_its_owner(self, town: Town, who: Volunteer, towel: Good) -> None:
        wait = reserve_good(towel, volunteer=who, by=who.user, now=town.now)
        release_redemption(wait, by=who.user, now=town.now)
        towel.refresh_from_db()
        assert (balance(who), towel.stock, held(town, "reserved")) == (80, 10, 0)
        assert code_of(release_redemption, wait, by=who.user, now=town.now) == "ended"
        worker = town.people["community_worker"]
        assert code_of(collect_good, towel.station, code=wait.code, by=worker, now=town.now) == "code"
        heard(town.now)
        assert not Notice.objects.filter(recipient=who.user).exists(), "nobody is told of their own deed"
        in_order()

    def test_given_up_by_the_station_the_person_is_told(
        self, town: Town, who: Volunteer, towel: Good
    ) -> None:
        wait = reserve_good(towel, volunteer=who, by=who.user, now=town.now)
        release_redemption(wait, by=town.people["community_secretary"], now=town.now)
        heard(town.now)
        notice = Notice.objects.get(recipient=who.user)
        with translation.override("en"):
            assert say(notice.key, notice.params).endswith("was given up; your 50 points are back")

    def test_given_up_by_the_tick_when_its_time_is_over(
        self, town: Town, who: Volunteer, towel: Good
    ) -> None:
        wait = reserve_good(towel, volunteer=who, by=who.user, now=town.now)
        early, late = wait.until - days(0.001), wait.until
        assert code_of(release_redemption, wait, by=None, now=early) == "early"
        assert (release_overdue(now=early), balance(who)) == (0, 30)
        worker = town.people["community_worker"]
        assert code_of(collect_good, towel.station, code=wait.code, by=worker, now=late) == "late"
        assert [release_overdue(now=late) for _run in range(3)] == [1, 0, 0]
        wait.refresh_from_db()
        assert (balance(who), wait.state, wait.ended_by) == (80, "released", None)
        in_order()

    def test_one_in_disorder_does_not_hold_up_the_others(
        self, town: Town, who: Volunteer, towel: Good, monkeypatch: pytest.MonkeyPatch, caplog: Any
    ) -> None:
        cheap = good(town, towel.station, name="演示肥皂", price=10)
        first, second = (
            reserve_good(one, volunteer=who, by=who.user, now=town.now) for one in (towel, cheap)
        )
        real = redeem.release_redemption

        def sometimes(redemption: Redemption, **given: Any) -> Redemption:
            if redemption.pk == first.pk:
                raise ArithmeticError("in disorder")
            return real(redemption, **given)

        monkeypatch.setattr(redeem, "release_redemption", sometimes)
        assert release_overdue(now=first.until) == 2
        second.refresh_from_db()
        assert second.state == "released" and f"redemption {first.pk}" in caplog.text

    def test_the_tick_gets_past_one_in_disorder(
        self, town: Town, who: Volunteer, towel: Good, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cheap = good(town, towel.station, name="演示肥皂", price=10)
        first, second = (
            reserve_good(one, volunteer=who, by=who.user, now=town.now) for one in (towel, cheap)
        )
        real, tried = redeem.release_redemption, list[int]()

        def sometimes(redemption: Redemption, **given: Any) -> Redemption:
            tried.append(redemption.pk)
            if redemption.pk == first.pk:
                raise ArithmeticError("in disorder")
            return real(redemption, **given)

        monkeypatch.setattr(redeem, "release_redemption", sometimes)
        monkeypatch.setattr(tasks, "ACCOUNTS", 1)
        tasks.settle_points()
        assert tried == [first.pk, second.pk]
        second.refresh_from_db()
        assert second.state == "released"

    def test_the_tick_ends_when_it_has_had_its_time(
        self, town: Town, who: Volunteer, towel: Good, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cheap = good(town, towel.station, name="演示肥皂", price=10)
        for one in (towel, cheap):
            reserve_good(one, volunteer=who, by=who.user, now=town.now)
        monkeypatch.setattr(tasks, "ACCOUNTS", 1)
        monkeypatch.setattr(tasks, "HOURLY_SECONDS", 0)
        for left in (1, 0):
            tasks.settle_points()
            assert Redemption.objects.waiting().count() == left

    @pytest.mark.parametrize(("on_shelf", "stock"), [(True, 10), (False, 9)])
    def test_returned(self, town: Town, who: Volunteer, towel: Good, on_shelf: bool, stock: int) -> None:
        wait, by = (
            reserve_good(towel, volunteer=who, by=who.user, now=town.now),
            town.people["community_worker"],
        )
        assert code_of(return_good, wait, by=by, now=town.now) == "not_collected"
        collect_good(towel.station, code=wait.code, by=by, now=town.now)
        return_good(wait, by=by, now=town.now, on_shelf=on_shelf)
        assert code_of(return_good, wait, by=by, now=town.now) == "not_collected"
        towel.refresh_from_db()
        assert (balance(who), towel.stock, held(town, "spent")) == (80, stock, 0)
        in_order()

    def test_a_district_says_how_long_it_waits(self, town: Town, who: Volunteer, towel: Good) -> None:
        value = {"all": {"hold_days": 1}}
        set_policy(town.district, "volunteer_points", value, by=None, now=town.now, reason="演示")
        wait = reserve_good(towel, volunteer=who, by=who.user, now=town.now)
        assert wait.until == datetime(2026, 3, 11, 16, 0, tzinfo=UTC)

    def test_the_price_is_that_of_the_moment(self, town: Town, who: Volunteer, towel: Good) -> None:
        wait = reserve_good(towel, volunteer=who, by=who.user, now=town.now)
        change_good(towel, by=None, now=town.now, price=70)
        release_redemption(wait, by=who.user, now=town.now)
        assert balance(who) == 80
        assert reserve_good(towel, volunteer=who, by=who.user, now=town.now).price == 70
        in_order()

    def test_a_form_sent_twice_puts_one_aside(self, town: Town, who: Volunteer, towel: Good) -> None:
        first, second = (
            reserve_good(towel, volunteer=who, by=who.user, now=town.now, key="form-1") for _time in range(2)
        )
        assert first == second and second.code == first.code and len(lines(who)) == 2
        in_order()

    def test_a_code_that_is_taken_is_drawn_again(
        self, town: Town, who: Volunteer, towel: Good, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = volunteer(town, "other")
        earn(other, 80, at=town.now)
        drawn = iter([7, 7, 7, 12])
        monkeypatch.setattr("volunteers.actions.redeem.secrets.randbelow", lambda most: next(drawn))
        codes = [reserve_good(towel, volunteer=one, by=one.user, now=town.now).code for one in (who, other)]
        assert codes == ["000007", "000012"]

    def test_the_tick_does_both(self, town: Town, who: Volunteer, towel: Good) -> None:
        """By the database's clock, long after this spring: the good goes back, and the points expire."""
        value = {"all": {"months": 1}}
        set_policy(town.district, "volunteer_points", value, by=None, now=town.now, reason="演示")
        earn(who, 20, at=town.now + days(1))
        wait = reserve_good(towel, volunteer=who, by=who.user, now=town.now + days(1))
        assert balance(who) == 50
        tasks.settle_points()
        wait.refresh_from_db()
        # The 80 of the tariff before last two years.
        assert (wait.state, balance(who)) == ("released", 80)
        tasks.settle_points()
        in_order()


class TestWhoMay:
    def test_everybody_redeems_their_own(self, town: Town, who: Volunteer, towel: Good) -> None:
        for name in ("spotter", "community_worker"):
            with pytest.raises(NotAllowed):
                reserve_good(towel, volunteer=who, by=town.people[name], now=town.now)

    def test_whoever_keeps_one_without_an_account_does_so(self, town: Town, towel: Good) -> None:
        kept = volunteer(town, "kept", user=None)
        earn(kept, 60, at=town.now)
        with pytest.raises(NotAllowed):
            reserve_good(towel, volunteer=kept, by=town.people["far_secretary"], now=town.now)
        worker = town.people["community_worker"]
        wait = reserve_good(towel, volunteer=kept, by=worker, now=town.now)
        collect_good(towel.station, code=wait.code, by=worker, now=town.now)
        heard(town.now)
        in_order()

    @pytest.mark.parametrize("name", ["far_secretary", "grid_worker", "helper"])
    def test_others_hand_nothing_out(self, town: Town, who: Volunteer, towel: Good, name: str) -> None:
        wait, by = reserve_good(towel, volunteer=who, by=who.user, now=town.now), town.person(name)
        with pytest.raises(NotAllowed):
            collect_good(towel.station, code=wait.code, by=by, now=town.now)
        if name != "helper":
            with pytest.raises(NotAllowed):
                release_redemption(wait, by=by, now=town.now)
        collect_good(towel.station, code=wait.code, by=None, now=town.now)
        with pytest.raises(NotAllowed):
            return_good(wait, by=by, now=town.now)

    def test_nobody_hands_out_to_themselves(self, town: Town, who: Volunteer, towel: Good) -> None:
        town.appoint("helper", "community_worker", town.community)
        wait = reserve_good(towel, volunteer=who, by=who.user, now=town.now)
        assert code_of(collect_good, towel.station, code=wait.code, by=who.user, now=town.now) == "own"
        collect_good(towel.station, code=wait.code, by=town.people["community_worker"], now=town.now)
        assert code_of(return_good, wait, by=who.user, now=town.now) == "own"

    def test_a_code_counts_at_its_station(self, town: Town, who: Volunteer, towel: Good) -> None:
        wait = reserve_good(towel, volunteer=who, by=who.user, now=town.now)
        elsewhere = station(town, name="演示另一站")
        for place, code in ((elsewhere, wait.code), (towel.station, ""), (towel.station, "x")):
            assert code_of(collect_good, place, code=code, by=None, now=town.now) == "code"


class TestRefusals:
    def test_each_says_what_stands_against_it(self, town: Town, who: Volunteer, towel: Good) -> None:
        def trying(made: Good, one: Volunteer = who) -> str:
            return code_of(reserve_good, made, volunteer=one, by=one.user, now=town.now)

        assert trying(good(town, towel.station, name="演示电饭锅", price=81)) == "points"
        assert trying(good(town, towel.station, name="演示雨伞", stock=0)) == "out_of_stock"
        single = good(town, towel.station, name="演示台历", price=10, per_person=1)
        reserve_good(single, volunteer=who, by=who.user, now=town.now)
        assert trying(single) == "limit"
        close_good(towel, by=None, now=town.now)
        assert trying(towel) == "closed"
        west = add_west(town)
        assert trying(good(town, station(town, west), name="演示西")) == "district"
        left = volunteer(town, "left", state="left", left_at=town.now)
        assert trying(single, left) == "not_active"
        in_order()

    def test_what_is_given_up_counts_no_more_for_the_limit(
        self, town: Town, who: Volunteer, towel: Good
    ) -> None:
        single = good(town, towel.station, name="演示台历", price=10, per_person=1)
        for _time in range(3):
            wait = reserve_good(single, volunteer=who, by=who.user, now=town.now)
            release_redemption(wait, by=who.user, now=town.now)
        assert balance(who) == 80

    def test_a_refusal_leaves_nothing(self, town: Town, who: Volunteer, towel: Good) -> None:
        dear = good(town, towel.station, name="演示电饭锅", price=81)
        before = Event.objects.count(), StockMove.objects.count(), lines(who)
        assert code_of(reserve_good, dear, volunteer=who, by=who.user, now=town.now) == "points"
        assert (Event.objects.count(), StockMove.objects.count(), lines(who)) == before


class TestGoods:
    def test_offered_and_changed_by_whoever_runs_the_place(self, town: Town) -> None:
        place, by = station(town), town.people["community_worker"]
        made = add_good(place, name=" 演示毛巾 ", price=50, by=by, now=town.now, stock=3, per_person=2)
        assert (made.name, made.stock, made.community_id) == ("演示毛巾", 3, town.community.pk)
        change_good(made, by=by, now=town.now, about="演示:纯棉")
        change_good(made, by=by, now=town.now, about="演示:纯棉")
        close_good(made, by=by, now=town.now)
        open_good(made, by=by, now=town.now)
        told = Event.objects.about("good", made.pk).values_list("verb", "data")
        assert [verb for verb, _data in told] == ["add", "change", "close", "open"]
        assert "演示" not in str(list(told)), "words stand in the row"
        with pytest.raises(NotAllowed):
            add_good(place, name="演示", price=5, by=town.people["far_secretary"], now=town.now)
        for step in (
            lambda: change_good(made, by=town.people["grid_worker"], now=town.now, price=1),
            lambda: close_good(made, by=town.people["far_secretary"], now=town.now),
            lambda: move_stock(made, 5, kind="delivery", by=town.people["spotter"], now=town.now),
        ):
            with pytest.raises(NotAllowed):
                step()

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"name": "毛"}, "name"),
            ({"name": "长" * 41}, "name"),
            ({"about": "长" * 201}, "about"),
            ({"price": 0}, "price"),
            ({"price": 100_001}, "price"),
            ({"per_person": -1}, "per_person"),
            ({"stock": -1}, "amount"),
            ({"name": "演示毛巾"}, "taken"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, town: Town, towel: Good, given: dict, code: str) -> None:
        wanted = {"name": "演示肥皂", "price": 5, **given}
        assert code_of(add_good, towel.station, by=None, now=town.now, **wanted) == code
        assert Good.objects.count() == 1

    def test_twice_is_refused(self, town: Town, towel: Good) -> None:
        assert code_of(open_good, towel, by=None, now=town.now) == "open"
        close_good(towel, by=None, now=town.now)
        assert code_of(close_good, towel, by=None, now=town.now) == "closed"
        good(town, towel.station)
        assert code_of(open_good, towel, by=None, now=town.now) == "taken"

    def test_a_closed_station_offers_nothing(self, town: Town, who: Volunteer, towel: Good) -> None:
        place = towel.station
        place.closed_at = town.now
        place.save()
        assert code_of(reserve_good, towel, volunteer=who, by=who.user, now=town.now) == "closed"
        assert not Good.objects.open().exists()
        assert not Good.objects.visible_to(who.user, town.now).exists()
        assert Good.objects.visible_to(town.people["community_worker"], town.now).get() == towel
        assert code_of(add_good, place, name="演示肥皂", price=5, by=None, now=town.now) == "station"

    def test_stock_by_rows(self, town: Town, towel: Good) -> None:
        move_stock(towel, 5, kind="delivery", by=None, now=town.now)
        move_stock(towel, -2, kind="count", by=None, now=town.now)
        move_stock(towel, 1, kind="count", by=None, now=town.now)
        towel.refresh_from_db()
        assert (towel.stock, moves(towel)[1:]) == (14, [("delivery", 5), ("count", -2), ("count", 1)])
        for amount, kind, code in (
            (0, "count", "amount"),
            (-1, "delivery", "amount"),
            (10**9, "delivery", "amount"),
            (-15, "count", "stock"),
            (1, "reserve", "kind"),
        ):
            assert code_of(move_stock, towel, amount, kind=kind, by=None, now=town.now) == code
        in_order()


class TestReading:
    def test_what_is_offered_is_for_everybody(self, town: Town, towel: Good) -> None:
        from django.contrib.auth.models import AnonymousUser

        readers = (AnonymousUser(), town.person("anybody"), town.people["far_secretary"])
        assert all(Good.objects.visible_to(one, town.now).count() == 1 for one in readers)
        close_good(towel, by=None, now=town.now)
        assert not any(Good.objects.visible_to(one, town.now).exists() for one in readers)
        assert Good.objects.visible_to(town.people["community_worker"], town.now).exists()
        assert not any(StockMove.objects.visible_to(one, town.now).exists() for one in readers)
        assert StockMove.objects.visible_to(town.people["street_dispatcher"], town.now).count() == 1

    def test_redemptions_are_their_owners_and_the_stations(
        self, town: Town, who: Volunteer, towel: Good
    ) -> None:
        from django.contrib.auth.models import AnonymousUser

        kept = volunteer(town, "kept", user=None)
        earn(kept, 60, at=town.now)
        for one in (who, kept):
            reserve_good(towel, volunteer=one, by=None, now=town.now)
        seen = {
            name: Redemption.objects.visible_to(town.person(name), town.now).count()
            for name in (
                "helper",
                "community_worker",
                "street_leader",
                "far_secretary",
                "grid_worker",
                "other",
            )
        }
        assert seen == {
            "helper": 1, "community_worker": 2, "street_leader": 2, "far_secretary": 0, "grid_worker": 0, "other": 0,
        }  # fmt: skip
        assert not Redemption.objects.visible_to(AnonymousUser(), town.now).exists()
        assert Redemption.objects.of_user(who.user).count() == 1
        assert not Redemption.objects.of_user(AnonymousUser()).exists()
