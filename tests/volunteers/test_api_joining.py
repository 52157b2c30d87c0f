"""Dual check-in over REST: organisations, check-ins, offers and statements, each for whom it is; where somebody serves is
for themselves alone, and a statement is nobody else's."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.api.conftest import client_of
from tests.builders import Town, add_west
from tests.faces import stop_clock
from tests.volunteers.api_clients import V1, Api, at, done, ids, refused, statements, step, undescribed
from tests.volunteers.wishes_builders import organisation, volunteer
from trail.models import Event, IdempotencyKey
from volunteers.actions.joining import check_in_member, check_out, offer_resource
from volunteers.actions.statements import make_statement, read_statement
from volunteers.models import CheckIn, Offer, Organisation, Statement, Volunteer

ORGANISATIONS, CHECK_INS, OFFERS = f"{V1}organisations/", f"{V1}check-ins/", f"{V1}offers/"
STATEMENTS = f"{V1}statements/"
TODAY = date(2026, 3, 10)
BANK = {"name": "演示银行", "kind": "state_firm", "phone": "0431 8888"}
VENUE = {"kind": "venue", "words": "演示:会议室", "quantity": 2, "minutes": 480}
PERIOD = {"since": "2026-01-01", "until": "2026-03-10"}


@pytest.fixture
def api(town: Town, monkeypatch: pytest.MonkeyPatch) -> Api:
    stop_clock(monkeypatch, town.now)
    return lambda name: client_of(town.person(name))


def post(client: Any, address: str, body: Any, **headers: str) -> Any:
    return client.post(address, body, format="json", headers=headers)


def member(town: Town, name: str = "helper", employer: Organisation | None = None) -> CheckIn:
    who = volunteer(town, name, alias="")
    return check_in_member(unit=town.community, volunteer=who, employer=employer, by=who.user, now=town.now)


def offer(town: Town, checkin: CheckIn, **more: Any) -> Offer:
    given = {"kind": "venue", "words": "演示:会议室", "by": town.people["community_worker"], "now": town.now}
    return offer_resource(checkin, **given | more)


def statement(town: Town, who: Volunteer, **more: Any) -> Statement:
    given = {"since": date(2026, 1, 1), "until": TODAY, "by_name": True, "by": who.user, "now": town.now}
    return make_statement(who, **given | more)[0]


class TestOrganisations:
    def test_every_page_is_reached_whatever_they_are_called(self, town: Town, api: Api) -> None:
        """Names of sixty characters, with such as take no room, or pictures."""
        names = {"演" * 59 + str(number) for number in range(2)}
        names |= {"演示👨‍👩‍👧单位", "演示\u200b单位", "🏢" * 60}
        for name in names:
            organisation(town, name)
        desk, address, seen = api("community_worker"), f"{ORGANISATIONS}?page_size=1", []
        while address:
            told = done(desk.get(address))
            seen += [one["name"] for one in told["results"]]
            address = told["next"]
        assert set(seen) == names and len(seen) == len(names)

    def test_from_beginning_to_end(self, town: Town, api: Api) -> None:
        desk = api("community_worker")
        answer = post(desk, ORGANISATIONS, BANK | {"body": "office-1", "speaker": "street_leader"})
        one = Organisation.objects.get()
        assert answer.status_code == 201 and answer.headers["Location"] == at(one)
        assert undescribed(answer, "organisations/", "post") == []
        told = done(desk.get(at(one)))
        assert told == answer.json() and told["allowed"] == ["check_in", "change", "close"]
        assert (told["phone"], told["speaker"], told["body"]["code"]) == (
            "0431 8888",
            "street_leader",
            "office-1",
        )
        assert refused(post(desk, ORGANISATIONS, BANK)) == (409, "again")
        for wrong in (
            {"name": "x"},
            {"kind": "x"},
            {"body": "none"},
            {"speaker": "none"},
            {"district": "220199"},
        ):
            refusal = post(desk, ORGANISATIONS, BANK | {"name": "演示二"} | wrong)
            assert refusal.status_code == 400 and list(refusal.json()["errors"]) == list(wrong), wrong
        assert refused(post(api("grid_worker"), ORGANISATIONS, BANK)) == (403, "not_allowed")
        told = done(step(desk, one, "change", phone="0431 9999"))
        assert (told["phone"], told["speaker"]) == ("0431 9999", None)
        told = done(step(desk, one, "check_in", community=town.community.code))
        assert (told["side"]["key"], told["known_as"], told["organisation"]) == (
            "organisation",
            "演示银行",
            one.pk,
        )
        assert refused(step(desk, one, "check_in", community=town.community.code)) == (409, "again")
        assert refused(step(desk, one, "check_in", community=town.far_community.code)) == (403, "not_yours")
        assert step(desk, one, "check_in", community=town.grid.code).status_code == 400
        assert done(desk.get(at(one)))["communities"] == 1
        assert done(step(desk, one, "close"))["closed_at"] and not CheckIn.objects.current().exists()
        assert refused(step(desk, one, "close")) == (409, "closed")
        assert done(desk.get(at(one)))["allowed"] == []

    def test_of_one_district_for_whoever_works_or_volunteers_there(self, town: Town, api: Api) -> None:
        one, gone = organisation(town, speaker=town.person("speaker")), organisation(town, "演示旧厂")
        done(step(api("community_worker"), gone, "close"))
        volunteer(town)
        add_west(town)
        for name, found in (
            ("community_worker", [one, gone]),
            ("far_secretary", [one, gone]),
            ("grid_worker", [one]),
            ("helper", [one]),
            ("speaker", [one]),
            ("west_dispatcher", []),
            ("nobody", []),
        ):
            assert set(ids(api(name).get(ORGANISATIONS))) == {row.pk for row in found}, name
            assert api(name).get(at(gone)).status_code == (200 if gone in found else 404), name
        for verb in ("change", "close", "check_in"):
            assert step(api("west_dispatcher"), one, verb).status_code == 404

    def test_its_telephone_and_speaker_are_not_for_everybody(self, town: Town, api: Api) -> None:
        one = organisation(town, speaker=town.person("speaker"), phone="0431 8888")
        for name, phone, speaker, verbs in (
            ("far_secretary", "0431 8888", "speaker", ["check_in", "change", "close"]),
            ("speaker", "0431 8888", None, ["check_in"]),
            ("grid_worker", "", None, []),
        ):
            told = done(api(name).get(at(one)))
            assert (told["phone"], told["speaker"], told["allowed"]) == (phone, speaker, verbs), name
            assert told["mine"] is (name == "speaker")
        for verb in ("change", "close"):
            assert refused(step(api("speaker"), one, verb)) == (403, "not_allowed")
        assert refused(step(api("grid_worker"), one, "check_in", community=town.other_community.code)) == (
            403,
            "not_yours",
        )

    def test_filters(self, town: Town, api: Api) -> None:
        one, other = (
            organisation(town, "演示公司", speaker=town.person("speaker")),
            organisation(town, "演示医院"),
        )
        check_out(CheckIn.objects.get(organisation=other), by=town.people["community_worker"], now=town.now)
        client = api("community_worker")
        for query, found in (
            ({"open": "true"}, [one, other]),
            ({"open": "false"}, []),
            ({"kind": "other"}, [one, other]),
            ({"kind": "school"}, []),
            ({"community": town.community.code}, [one]),
            ({"community": "x"}, []),
            ({"q": "医院"}, [other]),
            ({"mine": "true"}, []),
        ):
            assert ids(client.get(ORGANISATIONS, query)) == [row.pk for row in found], query
        assert ids(api("speaker").get(ORGANISATIONS, {"mine": "true"})) == [one.pk]
        # Whoever may not see who checked in there learns it by no filter.
        assert ids(api("grid_worker").get(ORGANISATIONS, {"community": town.community.code})) == []
        assert client.get(ORGANISATIONS, {"kind": "x"}).status_code == 400


class TestCheckIns:
    def test_of_oneself_and_what_one_offers(self, town: Town, api: Api) -> None:
        firm = organisation(town, speaker=town.person("speaker"))
        who, client = volunteer(town, alias=""), api("helper")
        body = {"community": town.far_community.code, "organisation": firm.pk}
        answer = post(client, CHECK_INS, body)
        one = CheckIn.objects.get(side="member")
        assert answer.status_code == 201 and answer.headers["Location"] == at(one)
        assert undescribed(answer, "check-ins/", "post") == []
        told = done(client.get(at(one)))
        assert (one.volunteer, one.organisation, told["organisation"]) == (who, firm, firm.pk)
        assert (told["known_as"], told["mine"], told["allowed"]) == ("演*", True, ["offer", "check_out"])
        assert refused(post(client, CHECK_INS, body)) == (409, "again")
        for wrong in ({"community": "none"}, {"community": town.grid.code}, {"organisation": 10**9}):
            refusal = post(client, CHECK_INS, body | wrong)
            assert refusal.status_code == 400 and list(refusal.json()["errors"]) == list(wrong), wrong
        made = done(step(client, one, "offer", **VENUE))
        row = Offer.objects.get()
        assert (made["id"], made["check_in"], made["minutes"], made["stands"]) == (row.pk, one.pk, 480, True)
        for wrong in ({"kind": "x"}, {"words": "x"}, {"quantity": 0}, {"minutes": 10**6}, {"until": "x"}):
            assert step(client, one, "offer", **VENUE | wrong).status_code == 400, wrong
        assert refused(step(client, one, "offer", **VENUE, until="2026-03-09")) == (409, "until")
        told = done(step(client, row, "withdraw"))
        assert (told["stands"], told["allowed"]) == (False, [])
        assert refused(step(client, row, "withdraw")) == (409, "ended")
        told = done(step(client, one, "check_out"))
        assert told["ended_at"] and told["allowed"] == []
        assert refused(step(client, one, "offer", **VENUE)) == (409, "ended")
        assert refused(step(client, one, "check_out")) == (409, "ended")

    def test_of_somebody_by_whoever_runs_it_there(self, town: Town, api: Api) -> None:
        old, desk = volunteer(town, "kept", account=False), api("community_worker")
        town.person("cadre")
        body = {"community": town.community.code}
        assert post(desk, CHECK_INS, body | {"volunteer": old.pk}).status_code == 201
        assert post(desk, CHECK_INS, body | {"account": "cadre"}).status_code == 201
        firm = organisation(town)
        for wrong, fields in (
            ({"volunteer": old.pk, "account": "cadre"}, ["account"]),
            ({"account": "cadre", "organisation": firm.pk}, ["organisation"]),
            ({"account": "none"}, ["account"]),
        ):
            refusal = post(desk, CHECK_INS, body | wrong)
            assert refusal.status_code == 400 and list(refusal.json()["errors"]) == fields, wrong
        assert post(api("far_secretary"), CHECK_INS, body | {"volunteer": old.pk}).status_code == 404
        assert refused(post(api("far_secretary"), CHECK_INS, body | {"account": "cadre"})) == (
            403,
            "not_yours",
        )
        assert CheckIn.objects.members().count() == 2

    def test_sent_twice_they_have_come_once(self, town: Town, api: Api) -> None:
        volunteer(town)
        body = {"community": town.community.code}
        first, again = (
            post(api("helper"), CHECK_INS, body, **{"Idempotency-Key": "one"}) for _one in range(2)
        )
        assert first.content == again.content and CheckIn.objects.count() == 1

    def test_an_employer_never_learns_who_of_its_people_came(self, town: Town, api: Api) -> None:
        firm = organisation(town, speaker=town.person("speaker"), body=town.office)
        own = CheckIn.objects.get(side="organisation")
        one = member(town, employer=firm)
        made = offer(town, one)
        for name in ("speaker", "office_officer"):
            assert ids(api(name).get(CHECK_INS)) == [own.pk], name
            for query in ({"organisation": firm.pk}, {"mine": "true"}, {"unit": town.district.code}):
                assert ids(api(name).get(CHECK_INS, query)) == [own.pk], (name, query)
            assert ids(api(name).get(OFFERS)) == [], name
            for row, verb in ((one, "check_out"), (made, "withdraw")):
                assert api(name).get(at(row)).status_code == 404, name
                assert step(api(name), row, verb).status_code == 404, name
        # A desk sees that they came, and not from where; nor does it find them by that.
        told = done(api("community_worker").get(at(one)))
        assert (told["organisation"], told["known_as"]) == (None, "演*")
        assert ids(api("community_worker").get(CHECK_INS, {"organisation": firm.pk})) == [own.pk]

    def test_of_another_community_street_or_district_there_is_none(self, town: Town, api: Api) -> None:
        one = member(town)
        made = offer(town, one)
        add_west(town)
        for name in ("helper", "community_worker", "street_leader", "district_dispatcher"):
            assert ids(api(name).get(CHECK_INS)) == [one.pk] and ids(api(name).get(OFFERS)) == [made.pk], name
        strangers = ("other_secretary", "far_secretary", "far_dispatcher", "west_dispatcher")
        for name in (*strangers, "grid_worker", "supervisor"):
            assert ids(api(name).get(CHECK_INS)) == ids(api(name).get(OFFERS)) == [], name
            for row, verb in ((one, "offer"), (one, "check_out"), (made, "withdraw")):
                assert api(name).get(at(row)).status_code == 404, name
                assert step(api(name), row, verb).status_code == 404, (name, verb)

    def test_filters(self, town: Town, api: Api) -> None:
        firm = organisation(town)
        own, one = CheckIn.objects.get(side="organisation"), member(town)
        last = offer(town, own, until=TODAY, kind="parking")
        gone = offer(town, one)
        check_out(one, by=town.people["community_worker"], now=town.now)
        client = api("street_leader")
        for query, found in (
            ({"side": "member"}, [one]),
            ({"organisation": firm.pk}, [own]),
            ({"organisation": "x"}, []),
            ({"current": "true"}, [own]),
            ({"current": "false"}, [one]),
            ({"unit": town.street.code}, [one, own]),
            ({"unit": town.community.code}, [one, own]),
            ({"unit": town.other_community.code}, []),
            ({"unit": town.grid.code}, []),
            ({"mine": "false"}, [one, own]),
        ):
            assert ids(client.get(CHECK_INS, query)) == [row.pk for row in found], query
        for query, found in (
            ({"stands": "true"}, [last]),
            ({"stands": "false"}, [gone]),
            ({"kind": "parking"}, [last]),
            ({"check_in": one.pk}, [gone]),
            ({"unit": town.other_street.code}, []),
        ):
            assert ids(client.get(OFFERS, query)) == [row.pk for row in found], query
        for address in (f"{CHECK_INS}?side=x", f"{CHECK_INS}?current=x", f"{OFFERS}?kind=x"):
            assert client.get(address).status_code == 400, address


class TestStatements:
    def test_the_secret_is_told_once_and_kept_by_nobody(self, town: Town, api: Api) -> None:
        volunteer(town)
        body, key = PERIOD | {"by_name": True, "days": 10}, {"Idempotency-Key": "one"}
        first, again = (post(api("helper"), STATEMENTS, body, **key) for _one in range(2))
        one = Statement.objects.get()
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.headers["Location"] == again.headers["Location"] == at(one)
        assert undescribed(first, "statements/", "post") == undescribed(again, "statements/", "post") == []
        secret = first.json()["secret"]
        assert again.json() == first.json() | {"secret": None, "shown_already": True}
        assert (
            again.headers["Idempotency-Replayed"] == "true" and "no-store" in first.headers["Cache-Control"]
        )
        assert secret not in str(list(IdempotencyKey.objects.values_list("answer", flat=True)))
        assert "secret" not in done(api("helper").get(at(one)))
        shown = read_statement(secret, now=town.now)
        assert shown is not None and shown.name == "演示helper"
        assert done(api("helper").get(at(one)))["times_read"] == 1
        told = done(step(api("helper"), one, "revoke"))
        assert told["revoked_at"] and told["allowed"] == [] and "secret" not in told
        assert read_statement(secret, now=town.now) is None
        assert refused(step(api("helper"), one, "revoke")) == (409, "ended")

    def test_what_is_wrong_is_said(self, town: Town, api: Api) -> None:
        volunteer(town, alias="")
        client = api("helper")
        for wrong in ({"since": "x"}, {"days": 0}, {"days": 366}, {"by_name": "x"}, {"organisation": 10**9}):
            refusal = post(client, STATEMENTS, PERIOD | wrong)
            assert refusal.status_code == 400 and list(refusal.json()["errors"]) == list(wrong), wrong
        assert refused(post(client, STATEMENTS, PERIOD | {"until": "2026-03-11"})) == (409, "period")
        # Under no alias nobody knows them.
        assert refused(post(client, STATEMENTS, PERIOD)) == (409, "nameless")
        # Whoever is no volunteer has served nothing.
        assert post(api("community_worker"), STATEMENTS, PERIOD).status_code == 404
        assert not Statement.objects.exists()

    def test_nobody_elses_whatever_post_they_have(self, town: Town, api: Api) -> None:
        firm = organisation(town, speaker=town.person("speaker"))
        one = statement(town, volunteer(town), organisation=firm)
        other = statement(town, volunteer(town, "community_worker"))
        assert ids(api("helper").get(STATEMENTS)) == [one.pk]
        assert ids(api("community_worker").get(STATEMENTS)) == [other.pk]
        for name in ("community_worker", "street_leader", "district_dispatcher", "system_admin", "speaker"):
            assert one.pk not in ids(api(name).get(STATEMENTS)), name
            assert api(name).get(at(one)).status_code == 404, name
            assert step(api(name), one, "revoke").status_code == 404, name
        one.refresh_from_db()
        assert one.revoked_at is None
        assert not Event.objects.about("statement", one.pk).exclude(verb="make").exists()

    def test_filters(self, town: Town, api: Api) -> None:
        who = volunteer(town)
        one = statement(town, who)
        old = statement(town, who, until=date(2026, 1, 31))
        done(step(api("helper"), old, "revoke"))
        for query, found in (
            ({"live": "true"}, [one]),
            ({"live": "false"}, [old]),
            ({"first": "2026-02-01"}, [one]),
        ):
            assert ids(api("helper").get(STATEMENTS, query)) == [row.pk for row in found], query


def test_answers_are_as_described(town: Town, api: Api) -> None:
    firm = organisation(town, speaker=town.people["community_worker"], body=town.office)
    one, own = member(town, employer=firm), CheckIn.objects.get(side="organisation")
    made = offer(town, own, minutes=60, until=TODAY)
    mine = statement(town, Volunteer.objects.get(), organisation=firm)
    for name in ("community_worker", "helper"):
        for address, path in (
            (ORGANISATIONS, "organisations/"),
            (at(firm), "organisations/{id}/"),
            (CHECK_INS, "check-ins/"),
            (at(one), "check-ins/{id}/"),
            (OFFERS, "offers/"),
            (STATEMENTS, "statements/"),
        ):
            assert undescribed(api(name).get(address), path) == [], (name, path)
    assert undescribed(api("community_worker").get(at(made)), "offers/{id}/") == []
    assert undescribed(api("helper").get(at(mine)), "statements/{id}/") == []
    assert api("helper").get(f"{CHECK_INS}?fields=id,since").json()["results"][0].keys() == {"id", "since"}


def test_lists_are_as_cheap_with_many(town: Town, api: Api) -> None:
    def made(number: int) -> None:
        firm = organisation(town, f"演示公司{number}")
        offer(town, CheckIn.objects.get(organisation=firm))
        offer(town, member(town, f"helper{number}"))
        statement(town, me, since=TODAY - timedelta(days=number))

    me = volunteer(town, "street_leader")
    made(0)
    client = api("street_leader")
    lists = [(client, address) for address in (ORGANISATIONS, CHECK_INS, OFFERS, STATEMENTS)]
    [statements(*one) for one in lists]
    few = [statements(*one) for one in lists]
    for number in range(1, 4):
        made(number)
    assert [statements(*one) for one in lists] == few
