"""Points, goods and redemptions over REST: one's own points for oneself alone, goods by whoever runs the station, codes for
their owners."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from issues.models import Issue
from tests.api.conftest import Clock, client_of
from tests.builders import Town, add_west
from tests.volunteers import wishes_builders
from tests.volunteers.api_clients import V1, Api, at, done, ids, refused, statements, step, undescribed
from tests.volunteers.points_builders import (
    balance,
    days,
    earn,
    good,
    in_order,
    reported,
    served,
    station,
    volunteer,
    volunteers,
)
from trail.models import Event, IdempotencyKey
from volunteers.actions.goods import close_good
from volunteers.actions.hours import confirm_service, propose_service
from volunteers.actions.points import book_event, book_events, choose_ranking, reverse_booking
from volunteers.actions.redeem import collect_good, reserve_good
from volunteers.actions.stations import close_station
from volunteers.actions.wishes import confirm_wish
from volunteers.models import Good, PointTransfer, Redemption, Service, StockMove, Volunteer

POINTS, ENTRIES, RANKING = f"{V1}me/points/", f"{V1}me/points/entries/", f"{V1}me/points/ranking/"
RANKINGS = f"{V1}rankings/"
GOODS, MOVES, REDEMPTIONS = f"{V1}goods/", f"{V1}stock-moves/", f"{V1}redemptions/"
FOREIGN = ("far_secretary", "other_secretary", "grid_worker", "body_officer")
RUN = ("community_worker", "community_secretary", "street_leader", "district_dispatcher")


@pytest.fixture
def clock(town: Town, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(town.now)
    monkeypatch.setattr("django.utils.timezone.now", made)
    return made


@pytest.fixture
def api(town: Town, clock: Clock) -> Iterator[Api]:
    yield lambda name: client_of(town.person(name))
    in_order()


@pytest.fixture
def who(town: Town) -> Volunteer:
    """With an account, an alias and 80 points."""
    made = volunteer(town, alias="演示小志")
    made.name = "演示真名"
    made.save(update_fields=["name"])
    earn(made, 80, at=town.now)
    return made


@pytest.fixture
def towel(town: Town) -> Good:
    return good(town)


def put_aside(town: Town, towel: Good, who: Volunteer) -> Redemption:
    return reserve_good(towel, volunteer=who, by=who.user, now=town.now)


class TestOwnPoints:
    def test_what_one_has(self, town: Town, api: Api, who: Volunteer) -> None:
        told = done(api("helper").get(POINTS))
        assert told == {
            "volunteer": who.pk,
            "points": 80,
            "to_settle": 0,
            "may_expire_on": "2028-03-10",
            "shows_alias": False,
        }
        assert undescribed(api("helper").get(POINTS), "me/points/") == []
        # Nobody's, and of whoever has not earned anything: nothing.
        assert api("community_secretary").get(POINTS).status_code == 404
        volunteer(town, "second")
        told = done(api("second").get(POINTS))
        assert (told["points"], told["may_expire_on"]) == (0, None)

    def test_the_passbook(self, town: Town, api: Api, who: Volunteer, towel: Good, clock: Clock) -> None:
        one = put_aside(town, towel, who)
        event = served(who, 60, at=town.now + days(1))
        book_event(event, now=town.now + days(1))
        rows = done(api("helper").get(ENTRIES))["results"]
        assert [(row["kind"]["key"], row["points"], row["balance"]) for row in rows] == [
            ("earn", 10, 40),
            ("reserve", -50, 30),
            ("earn", 80, 80),
        ]
        assert (rows[0]["rule"]["key"], rows[0]["about"]) == ("hours", event.subject_id)
        assert (rows[1]["rule"], rows[1]["about"], rows[1]["redemption"]) == (None, None, one.pk)
        assert (rows[2]["on"], rows[2]["expires_on"]) == ("2026-03-10", "2028-03-10")
        assert undescribed(api("helper").get(ENTRIES), "me/points/entries/") == []
        assert len(ids(api("helper").get(ENTRIES, {"kind": "earn"}))) == 2
        assert len(ids(api("helper").get(ENTRIES, {"first": "2026-03-11"}))) == 1
        assert len(ids(api("helper").get(ENTRIES, {"last": "2026-03-10"}))) == 2
        assert api("helper").get(ENTRIES, {"kind": "strange"}).status_code == 400

    def test_what_is_owed(self, town: Town, api: Api, who: Volunteer, towel: Good) -> None:
        put_aside(town, towel, who)
        booking = PointTransfer.objects.get(kind="earn")
        reverse_booking(booking, by=town.people["community_worker"], now=town.now, why="mistake")
        told = done(api("helper").get(POINTS))
        assert (told["points"], told["to_settle"]) == (0, 50)
        newest = done(api("helper").get(ENTRIES))["results"][0]
        assert (newest["kind"]["key"], newest["points"], newest["to_settle"]) == ("reverse", -30, 50)

    def test_nobody_reads_those_of_others(self, town: Town, api: Api, who: Volunteer) -> None:
        for name in (*RUN, *FOREIGN, "supervisor", "audit_admin"):
            assert ids(api(name).get(ENTRIES)) == [], name
            assert api(name).get(POINTS).status_code == 404, name
        root = town.person("root")
        type(root).objects.filter(pk=root.pk).update(is_superuser=True)
        root.refresh_from_db()
        assert ids(client_of(root).get(ENTRIES)) == []

    def test_in_rankings_by_ones_own_choice(self, town: Town, api: Api, who: Volunteer) -> None:
        volunteer(town, "nameless")
        told = done(api("helper").post(RANKING, {"shown": True}, format="json"))
        assert told["shows_alias"] and done(api("helper").get(POINTS))["shows_alias"]
        no_alias = api("nameless").post(RANKING, {"shown": True}, format="json")
        assert refused(no_alias) == (409, "alias")
        assert api("grid_worker").post(RANKING, {"shown": True}, format="json").status_code == 404

    def test_the_passbook_costs_the_same_however_long(self, town: Town, api: Api, who: Volunteer) -> None:
        client = api("helper")
        client.get(ENTRIES)
        one = statements(client, ENTRIES)
        for number in range(1, 4):
            earn(who, 10, at=town.now + days(number))
        assert statements(client, ENTRIES) == one


class TestTakenBack:
    """Never with a number: how many they are is their owner's."""

    def record(self, town: Town, who: Volunteer) -> Service:
        told = {"on": timezone.localdate(town.now), "minutes": 60, "what": "演示", "unit": town.community}
        one = propose_service(who, by=town.people["community_worker"], now=town.now, **told)
        one = confirm_service(one, by=town.people["community_secretary"], now=town.now)
        book_events(list(Event.objects.about("service", one.pk)), now=town.now)
        return one

    def test_of_a_record_and_given_back(self, town: Town, api: Api) -> None:
        who = volunteer(town)
        one, client = self.record(town, who), api("community_worker")
        assert step(client, one, "take_points", rule="hours").status_code == 400
        assert step(client, one, "take_points", rule="wish", why="twice").status_code == 400
        none = step(client, one, "take_points", rule="activity", why="twice")
        assert refused(none) == (409, "nothing")
        assert refused(step(client, one, "give_points", rule="hours")) == (409, "nothing")
        answer = step(client, one, "take_points", rule="hours", why="not_done")
        told = done(answer)
        assert undescribed(answer, "service-records/{id}/take_points/", "post") == []
        assert (told["kind"]["key"], told["rule"]["key"]) == ("reverse", "hours") and balance(who) == 0
        assert not any("10" in str(value) for key, value in told.items() if key in {"kind", "rule"})
        assert refused(step(client, one, "take_points", rule="hours", why="twice")) == (409, "nothing")
        assert done(step(client, one, "give_points", rule="hours"))["kind"]["key"] == "restore"
        assert balance(who) == 10

    def test_of_a_wish(self, town: Town, api: Api) -> None:
        who = wishes_builders.volunteer(town)
        wish = wishes_builders.fulfilled(town, who)
        client = api("community_worker")
        assert refused(step(client, wish, "take_points", why="mistake")) == (409, "nothing")
        confirm_wish(wish, by=town.people["community_secretary"], now=town.now)
        book_events(list(Event.objects.about("wish", wish.pk)), now=town.now)
        earned = balance(who)
        told = done(step(client, wish, "take_points", why="mistake"))
        assert told["rule"]["key"] == "wish" and earned and balance(who) == 0
        assert done(step(client, wish, "give_points"))["rule"]["key"] == "wish" and balance(who) == earned

    def test_not_where_no_volunteer_has_it(self, town: Town, api: Api) -> None:
        wish = wishes_builders.waiting(town)
        assert refused(step(api("community_worker"), wish, "take_points", why="mistake")) == (409, "nothing")

    def test_only_by_those_who_run_it_and_never_ones_own(self, town: Town, api: Api) -> None:
        one = self.record(town, volunteer(town, "helper"))
        told = {"rule": "hours", "why": "mistake"}
        for name in FOREIGN:
            assert step(api(name), one, "take_points", **told).status_code == 404, name
        assert refused(step(api("helper"), one, "take_points", **told))[0] == 403
        mine = volunteer(town, "community_secretary")
        said = {"on": timezone.localdate(town.now), "minutes": 60, "what": "演示", "unit": town.community}
        own = propose_service(mine, by=town.people["community_worker"], now=town.now, **said)
        own = confirm_service(own, by=town.people["street_leader"], now=town.now)
        assert refused(step(api("community_secretary"), own, "take_points", **told)) == (403, "own")

    def post(self, client: Any, issue: Issue, verb: str, **body: Any) -> Any:
        return client.post(f"{V1}issues/{issue.code}/{verb}/", body, format="json")

    @pytest.mark.parametrize(
        ("source", "rule"), [("resident", "closed_issue"), ("spotter", "spotter_report")]
    )
    def test_of_a_report(self, town: Town, api: Api, source: str, rule: str) -> None:
        who = volunteer(town, "spotter" if source == "spotter" else "building_head")
        client = api("community_worker")
        issue = reported(town, who, source=source)
        assert self.post(client, issue, "take_points").status_code == 400
        assert refused(self.post(client, issue, "give_points")) == (409, "nothing")
        answer = self.post(client, issue, "take_points", why="not_done")
        told = done(answer)
        assert undescribed(answer, "issues/{code}/take_points/", "post") == []
        assert (told["kind"]["key"], told["rule"]["key"]) == ("reverse", rule) and balance(who) == 0
        assert refused(self.post(client, issue, "take_points", why="twice")) == (409, "nothing")
        answer = self.post(client, issue, "give_points")
        assert done(answer)["kind"]["key"] == "restore" and balance(who) == 5
        assert undescribed(answer, "issues/{code}/give_points/", "post") == []

    def test_of_a_report_only_by_those_who_run_it(self, town: Town, api: Api) -> None:
        issue = reported(town, volunteer(town, "building_head"))
        for name in ("far_secretary", "nobody"):
            assert self.post(api(name), issue, "take_points", why="mistake").status_code == 404, name
        # Those who see it and run nothing, and its own reporter.
        for name in ("grid_worker", "building_head"):
            assert refused(self.post(api(name), issue, "take_points", why="mistake")) == (403, "not_allowed")
        own = reported(town, volunteer(town, "community_secretary"))
        answer = self.post(api("community_secretary"), own, "take_points", why="mistake")
        assert refused(answer) == (403, "own")

    def test_no_answer_says_whether_a_volunteer_reported_it(self, town: Town, api: Api) -> None:
        theirs = reported(town, volunteer(town, "building_head", home=town.far_grid))
        nobodys = town.report()
        for name, wanted in {
            "community_worker": (409, "nothing"),
            "grid_worker": (403, "not_allowed"),
        }.items():
            for issue in (theirs, nobodys):
                assert refused(self.post(api(name), issue, "take_points", why="mistake")) == wanted, name

    def test_a_complaint_is_none_for_those_whom_it_is_about(self, town: Town, api: Api) -> None:
        issue = reported(town, volunteer(town, "building_head"))
        Issue.objects.filter(pk=issue.pk).update(about_unit=town.community)
        assert self.post(api("community_worker"), issue, "take_points", why="mistake").status_code == 404
        assert done(self.post(api("street_leader"), issue, "take_points", why="mistake"))


class TestRankings:
    def test_groups_for_those_who_run_it_and_aliases_for_volunteers(self, town: Town, api: Api) -> None:
        people = volunteers(town, 3)
        for one in people:
            earn(one, 30, at=town.now)
        proud = volunteer(town, "proud", alias="演示愿意")
        earn(proud, 20, at=town.now)
        choose_ranking(proud, shown=True, by=proud.user, now=town.now)
        answer = api("proud").get(RANKINGS)
        told = done(answer)
        assert undescribed(answer, "rankings/") == []
        assert told["period"] == "month" and told["people"] == [{"alias": "演示愿意", "points": 20}]
        assert [(row["community"]["code"], row["points"], row["people"]) for row in told["communities"]] == [
            (town.community.code, 110, 4)
        ]
        assert told["teams"] == []
        told = done(api("community_worker").get(f"{RANKINGS}?period=last_month"))
        assert told["people"] is None and told["communities"] == []
        assert refused(api("grid_worker").get(RANKINGS))[0] == 403

    def test_another_district_is_as_unknown_as_none(self, town: Town, api: Api) -> None:
        add_west(town)
        volunteer(town, "helper")
        client = api("helper")
        assert done(client.get(f"{RANKINGS}?district={town.district.code}"))["district"] == town.district.code
        told = []
        for code in (town.west.code, "999999"):
            answer = client.get(f"{RANKINGS}?district={code}")
            assert refused(answer)[0] == 400
            told.append({key: value for key, value in answer.json().items() if key != "trace"})
        assert told[0] == told[1]
        assert refused(client.get(f"{RANKINGS}?period=ever"))[0] == 400

    def test_costs_the_same_however_many(self, town: Town, api: Api) -> None:
        client = api("community_worker")
        for number, place in enumerate((town.grid, town.other_community, town.far_grid)):
            for one in volunteers(town, 3, f"n{number}_", place):
                earn(one, 30, at=town.now)
            if number == 0:
                few = statements(client, RANKINGS)
        assert len(done(client.get(RANKINGS))["communities"]) == 3
        assert statements(client, RANKINGS) == few


class TestGoods:
    def test_each_for_whom_it_is(self, town: Town, api: Api, who: Volunteer, towel: Good) -> None:
        shut = good(town, towel.station, name="演示肥皂")
        close_good(shut, by=None, now=town.now)
        far = good(town, station(town, town.far_community, "演示远站"), name="演示伞")
        for name in ("community_worker", "community_secretary"):
            assert ids(api(name).get(GOODS)) == [towel.pk, shut.pk], name
        assert set(ids(api("district_dispatcher").get(GOODS))) == {far.pk, towel.pk, shut.pk}
        # A volunteer finds what is offered anywhere in the district.
        assert set(ids(api("helper").get(GOODS))) == {far.pk, towel.pk}
        assert api("helper").get(at(shut)).status_code == 404
        for name in ("other_secretary", "grid_worker", "body_officer"):
            assert ids(api(name).get(GOODS)) == [], name
            assert api(name).get(at(towel)).status_code == 404, name
            for verb in ("change", "deliver", "count", "close", "open", "reserve"):
                assert step(api(name), towel, verb).status_code == 404, (name, verb)
        for verb in ("change", "deliver", "count", "close"):
            assert step(api("helper"), towel, verb, amount=1).status_code == 403, verb
        close_station(far.station, by=None, now=town.now)
        assert ids(api("helper").get(GOODS)) == [towel.pk]

    def test_what_is_told_of_one(self, town: Town, api: Api, who: Volunteer, towel: Good) -> None:
        told = done(api("community_worker").get(at(towel)))
        assert (told["name"], told["price"], told["stock"], told["offered"]) == ("演示毛巾", 50, 10, True)
        assert told["community"]["code"] == town.community.code
        assert told["allowed"] == ["change", "deliver", "count", "close", "reserve"]
        assert done(api("helper").get(at(towel)))["allowed"] == ["reserve"]
        assert undescribed(api("helper").get(at(towel)), "goods/{id}/") == []

    def test_filters(self, town: Town, api: Api, who: Volunteer, towel: Good) -> None:
        dear = good(town, station(town, town.far_community, "演示远站"), name="演示伞", price=90)
        client = api("helper")
        for query, found in (
            ({"station": towel.station_id}, [towel]),
            ({"station": "x"}, []),
            ({"community": town.far_community.code}, [dear]),
            ({"unit": town.street.code}, [towel]),
            ({"unit": town.district.code}, [dear, towel]),
            ({"unit": town.grid.code}, []),
            ({"unit": "9" * 9}, []),
            ({"offered": "true"}, [dear, towel]),
            ({"offered": "false"}, []),
            ({"affordable": "true"}, [towel]),
            ({"affordable": "false"}, [dear]),
            ({"q": "毛巾"}, [towel]),
        ):
            assert set(ids(client.get(GOODS, query))) == {one.pk for one in found}, query
        assert client.get(GOODS, {"offered": "perhaps"}).status_code == 400

    def test_offered_and_stocked(self, town: Town, api: Api) -> None:
        there, client = station(town), api("community_worker")
        body = {"station": there.pk, "name": "演示毛巾", "price": 50, "stock": 3}
        assert api("grid_worker").post(GOODS, {}, format="json").status_code == 403
        far = station(town, town.far_community, "演示远站")
        unknown = client.post(GOODS, body | {"station": 10**9}, format="json")
        foreign = client.post(GOODS, body | {"station": far.pk}, format="json")
        assert (unknown.status_code, foreign.status_code) == (400, 400)
        assert foreign.content.decode() == unknown.content.decode().replace(str(10**9), str(far.pk))
        made = client.post(GOODS, body, format="json", headers={"Idempotency-Key": "one"})
        again = client.post(GOODS, body, format="json", headers={"Idempotency-Key": "one"})
        assert done(made) == done(again) and Good.objects.count() == 1
        one = Good.objects.get()
        assert made.headers["Location"] == at(one)
        assert refused(client.post(GOODS, body, format="json")) == (409, "taken")
        assert done(step(client, one, "deliver", amount=4))["stock"] == 7
        assert done(step(client, one, "count", difference=-2))["stock"] == 5
        assert refused(step(client, one, "count", difference=-6)) == (409, "stock")
        assert refused(step(client, one, "count", difference=0)) == (409, "amount")
        assert step(client, one, "deliver", amount=0).status_code == 400
        assert done(step(client, one, "change", price=40))["price"] == 40
        assert done(step(client, one, "close"))["offered"] is False
        assert refused(step(client, one, "close")) == (409, "closed")
        told = done(step(client, one, "open"))
        assert told["offered"] and told["closed_at"] is None
        rows = done(client.get(MOVES, {"good": one.pk}))["results"]
        assert [(row["kind"]["key"], row["amount"]) for row in rows] == [
            ("count", -2),
            ("delivery", 4),
            ("delivery", 3),
        ]
        assert undescribed(client.get(MOVES), "stock-moves/") == []

    def test_movements_are_for_whoever_runs_the_station(
        self, town: Town, api: Api, who: Volunteer, towel: Good
    ) -> None:
        put_aside(town, towel, who)
        assert len(ids(api("community_worker").get(MOVES))) == StockMove.objects.count() == 2
        for name in ("helper", *FOREIGN):
            assert ids(api(name).get(MOVES)) == [], name

    def test_the_list_costs_the_same_however_long(
        self, town: Town, api: Api, who: Volunteer, towel: Good
    ) -> None:
        clients = [api("helper"), api("community_worker")]
        for client in clients:
            client.get(GOODS)
        before = [statements(client, GOODS) for client in clients]
        for number in range(3):
            good(town, station(town, name=f"演示站{number}"))
        assert [statements(client, GOODS) for client in clients] == before


class TestRedemptions:
    def code(self, client: Any, one: Redemption) -> Any:
        return client.get(f"{at(one)}code/")

    def test_from_putting_aside_to_taking_back(
        self, town: Town, api: Api, who: Volunteer, towel: Good
    ) -> None:
        mine, desk = api("helper"), api("community_worker")
        headers = {"Idempotency-Key": "one"}
        first, again = (step(mine, towel, "reserve", headers=headers) for _one in range(2))
        assert done(first) == done(again) and Redemption.objects.count() == 1
        one = Redemption.objects.get()
        told = done(first)
        assert (told["id"], told["state"]["key"], told["allowed"]) == (one.pk, "reserved", ["release"])
        assert balance(who) == 30
        code = done(self.code(mine, one))["code"]
        assert code == one.code and len(code) == 6
        assert self.code(mine, one).headers["Cache-Control"] == "no-store"
        assert undescribed(self.code(mine, one), "redemptions/{id}/code/") == []
        # It is in no answer that is kept.
        assert not any(code in str(row.answer) for row in IdempotencyKey.objects.all())
        wrong = f"{(int(code) + 1) % 10**6:06d}"
        assert refused(step(desk, towel.station, "collect", code=wrong)) == (409, "code")
        told = done(step(desk, towel.station, "collect", code=f"{code[:3]} {code[3:]}"))
        assert (told["id"], told["name"], told["known_as"]) == (one.pk, "演示毛巾", "演示小志")
        assert told["allowed"] == ["return"]
        assert refused(self.code(mine, one)) == (409, "ended")
        assert refused(step(mine, one, "return")) == (403, "not_allowed")
        told = done(step(desk, one, "return", on_shelf=False))
        assert (told["state"]["key"], told["allowed"], balance(who)) == ("returned", [], 80)
        towel.refresh_from_db()
        assert towel.stock == 9
        assert undescribed(desk.get(at(one)), "redemptions/{id}/") == []

    def test_refused_by_the_rules(self, town: Town, api: Api, who: Volunteer, towel: Good) -> None:
        mine = api("helper")
        dear = good(town, towel.station, name="演示伞", price=90)
        gone = good(town, towel.station, name="演示肥皂", price=1, stock=0)
        once = good(town, towel.station, name="演示米", price=1, per_person=1)
        assert refused(step(mine, dear, "reserve")) == (409, "points")
        assert refused(step(mine, gone, "reserve")) == (409, "out_of_stock")
        done(step(mine, once, "reserve"))
        assert refused(step(mine, once, "reserve")) == (409, "limit")
        assert step(api("community_worker"), towel, "reserve").status_code == 404

    def test_given_up_by_its_owner(self, town: Town, api: Api, who: Volunteer, towel: Good) -> None:
        one = put_aside(town, towel, who)
        assert done(step(api("helper"), one, "release"))["state"]["key"] == "released"
        assert refused(step(api("helper"), one, "release")) == (409, "ended")
        assert balance(who) == 80

    def test_never_to_oneself(self, town: Town, api: Api, towel: Good) -> None:
        mine = volunteer(town, "community_worker")
        earn(mine, 80, at=town.now)
        one = put_aside(town, towel, mine)
        code = one.code
        assert refused(step(api("community_worker"), towel.station, "collect", code=code)) == (403, "own")
        done(step(api("community_secretary"), towel.station, "collect", code=code))
        assert refused(step(api("community_worker"), one, "return")) == (403, "own")

    def test_too_late(self, town: Town, api: Api, who: Volunteer, towel: Good, clock: Clock) -> None:
        one = put_aside(town, towel, who)
        clock.now = one.until
        assert refused(step(api("community_worker"), towel.station, "collect", code=one.code)) == (
            409,
            "late",
        )

    def test_each_for_whom_it_is(self, town: Town, api: Api, who: Volunteer, towel: Good) -> None:
        volunteer(town, "second")
        one = put_aside(town, towel, who)
        for name in (*RUN, "helper"):
            answer = api(name).get(REDEMPTIONS)
            assert ids(answer) == [one.pk], name
            assert "演示真名" not in answer.content.decode() and one.code not in answer.content.decode(), name
        for name in RUN:
            assert refused(self.code(api(name), one)) == (403, "not_yours"), name
        for name in ("second", *FOREIGN):
            assert ids(api(name).get(REDEMPTIONS)) == [], name
            assert api(name).get(at(one)).status_code == 404, name
            assert self.code(api(name), one).status_code == 404, name
            for verb in ("release", "return"):
                assert step(api(name), one, verb).status_code == 404, (name, verb)
        for name in FOREIGN:
            assert step(api(name), towel.station, "collect", code=one.code).status_code == 404, name
        # A volunteer of the district finds the station, and hands nothing out there.
        assert step(api("second"), towel.station, "collect", code=one.code).status_code == 403
        one.refresh_from_db()
        assert one.state == "reserved"

    def test_filters(self, town: Town, api: Api, who: Volunteer, towel: Good) -> None:
        second = volunteer(town, "second")
        earn(second, 80, at=town.now)
        first, other = put_aside(town, towel, who), put_aside(town, towel, second)
        collect_good(towel.station, code=other.code, by=None, now=town.now)
        client = api("community_worker")
        for query, found in (
            ({"good": towel.pk}, [other, first]),
            ({"good": "x"}, []),
            ({"station": towel.station_id}, [other, first]),
            ({"volunteer": who.pk}, [first]),
            ({"community": town.community.code}, [other, first]),
            ({"community": town.far_community.code}, []),
            ({"state": "collected"}, [other]),
            ({"mine": "true"}, []),
            ({"mine": "false"}, [other, first]),
        ):
            assert ids(client.get(REDEMPTIONS, query)) == [one.pk for one in found], query
        assert ids(api("helper").get(REDEMPTIONS, {"mine": "true"})) == [first.pk]
        assert client.get(REDEMPTIONS, {"state": "strange"}).status_code == 400

    def test_the_list_costs_the_same_however_long(self, town: Town, api: Api, towel: Good) -> None:
        people = volunteers(town, 4)
        for one in people:
            earn(one, 80, at=town.now)
        client = api("community_worker")
        put_aside(town, towel, people[0])
        client.get(REDEMPTIONS)
        one = statements(client, REDEMPTIONS)
        for person in people[1:]:
            put_aside(town, towel, person)
        assert statements(client, REDEMPTIONS) == one


class TestForThoseWithoutAnAccount:
    @pytest.fixture
    def kept(self, town: Town) -> Volunteer:
        made = volunteer(town, user=None, alias="演示老张")
        earn(made, 80, at=town.now)
        return made

    def test_by_whoever_keeps_them(self, town: Town, api: Api, kept: Volunteer, towel: Good) -> None:
        client = api("community_worker")
        told = done(step(client, towel, "reserve", volunteer=kept.pk))
        one = Redemption.objects.get()
        assert told["volunteer"] == kept.pk
        for name in ("community_worker", "street_leader"):
            assert done(client_of(town.people[name]).get(f"{at(one)}code/"))["code"] == one.code, name
        assert step(api("helper"), towel, "reserve", volunteer=kept.pk).status_code == 404

    def test_not_for_whoever_has_an_account(self, town: Town, api: Api, who: Volunteer, towel: Good) -> None:
        answer = step(api("community_worker"), towel, "reserve", volunteer=who.pk)
        assert refused(answer) == (403, "not_yours")

    def test_at_a_station_elsewhere_they_are_found_again(self, town: Town, api: Api, kept: Volunteer) -> None:
        """Whoever keeps them reads the code also where another community hands out."""
        far = good(town, station(town, town.other_community, "演示别站"))
        one = reserve_good(far, volunteer=kept, by=town.people["community_worker"], now=town.now)
        client = api("community_worker")
        assert ids(client.get(REDEMPTIONS)) == [one.pk]
        assert done(client.get(f"{at(one)}code/"))["code"] == one.code
        assert done(client.get(at(one)))["allowed"] == []
        assert refused(step(client, one, "release")) == (403, "not_allowed")
        assert refused(api("other_secretary").get(f"{at(one)}code/")) == (403, "not_yours")
        root = town.person("root")
        type(root).objects.filter(pk=root.pk).update(is_superuser=True)
        root.refresh_from_db()
        assert refused(client_of(root).get(f"{at(one)}code/")) == (403, "not_yours")
