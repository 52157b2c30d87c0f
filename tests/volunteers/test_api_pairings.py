"""Responsibility pairing over REST: who answers where, duties by whoever answers or runs it, gaps as a recount has them."""

from datetime import date, timedelta
from typing import Any

import pytest

from grids.models import Unit
from tests.api.conftest import client_of
from tests.builders import Town, add_west
from tests.faces import stop_clock
from tests.volunteers.api_clients import V1, Api, at, done, ids, refused, statements, step, undescribed
from tests.volunteers.wishes_builders import organisation
from volunteers.actions.pairings import end_pairing, note_duty, pair_place
from volunteers.joining import DUTIES, PAIRING_LEVELS
from volunteers.models import Pairing

PAIRINGS, GAPS = f"{V1}pairings/", f"{V1}pairings/gaps/"
TODAY = date(2026, 3, 10)
BUILDINGS = ("building", "other_building", "far_building")


@pytest.fixture
def api(town: Town, monkeypatch: pytest.MonkeyPatch) -> Api:
    stop_clock(monkeypatch, town.now)
    return lambda name: client_of(town.person(name))


def paired(town: Town, unit: Unit | None = None, *, level: int = 3, **more: Any) -> Pairing:
    who = {} if "organisation" in more else {"official": town.person("cadre")}
    usual = {"by": town.people["district_dispatcher"], "now": town.now}
    return pair_place(unit or town.building, level=level, **(who | usual | more))


def codes(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content.decode()
    return [row["building"]["code"] for row in answer.json()["results"]]


class TestPairings:
    def test_paired_by_whoever_runs_it_there(self, town: Town, api: Api) -> None:
        town.person("cadre")
        firm, desk = organisation(town), api("community_worker")
        body = {"unit": town.building.code, "level": 3, "official": "cadre"}
        answer = desk.post(PAIRINGS, body, format="json")
        one = Pairing.objects.get()
        assert answer.status_code == 201 and answer.headers["Location"] == at(one)
        assert undescribed(answer, "pairings/", "post") == []
        told = done(desk.get(at(one)))
        assert told == answer.json()
        assert (told["place"]["code"], told["level"], told["official"]["username"], told["state"]["key"]) == (
            town.building.code,
            3,
            "cadre",
            "now",
        )
        assert [row["duty"]["key"] for row in told["duties"]] == [word.key for word in DUTIES]
        assert (told["done"], told["allowed"]) == (0, ["note_duty", "end"])
        for wrong, fields in (
            ({"unit": town.far_building.code}, ["unit"]),
            ({"level": 5}, ["level"]),
            ({"official": "none"}, ["official"]),
            ({"organisation": 10**9}, ["organisation"]),
            ({"starts_on": "x"}, ["starts_on"]),
        ):
            refusal = desk.post(PAIRINGS, body | wrong, format="json")
            assert refusal.status_code == 400 and list(refusal.json()["errors"]) == fields, wrong
        for wrong, code in (
            ({"organisation": firm.pk}, "who"),
            ({"unit": town.street.code}, None),
            ({"ends_on": "2026-03-10"}, "period"),
        ):
            answer = desk.post(PAIRINGS, body | wrong, format="json")
            assert answer.status_code in {403, 409} and code in {None, answer.json()["code"]}, wrong
        assert refused(desk.post(PAIRINGS, {"unit": town.grid.code, "level": 1}, format="json")) == (
            409,
            "who",
        )
        for name in ("grid_worker", "supervisor", "cadre"):
            assert refused(api(name).post(PAIRINGS, body, format="json")) == (403, "not_allowed"), name
        assert Pairing.objects.count() == 1

    def test_sent_twice_it_is_one(self, town: Town, api: Api) -> None:
        town.person("cadre")
        body, key = {"unit": town.building.code, "level": 3, "official": "cadre"}, {"Idempotency-Key": "one"}
        first, again = (
            api("community_worker").post(PAIRINGS, body, format="json", headers=key) for _one in range(2)
        )
        assert first.content == again.content and Pairing.objects.count() == 1

    def test_duties_by_whoever_answers_and_the_end_by_whoever_runs_it(self, town: Town, api: Api) -> None:
        firm = organisation(town, speaker=town.person("speaker"))
        own, firms = paired(town), paired(town, town.grid, organisation=firm)
        body = {"duty": "firm", "done_on": "2026-03-09", "note": "演示:合同"}
        for name, one in (("cadre", own), ("speaker", firms), ("community_worker", own)):
            told = done(step(api(name), one, "note_duty", **body))
            row = told["duties"][1]
            assert (told["done"], row["done_on"], row["note"]) == (1, "2026-03-09", "演示:合同"), name
        assert done(api("cadre").get(at(own)))["allowed"] == ["note_duty", "take_back"]
        assert refused(step(api("cadre"), own, "note_duty", duty="fee", done_on="2026-03-11")) == (
            409,
            "done_on",
        )
        assert step(api("cadre"), own, "note_duty", duty="x", done_on="2026-03-09").status_code == 400
        assert done(step(api("cadre"), own, "take_back", duty="firm"))["done"] == 0
        assert refused(step(api("cadre"), own, "take_back", duty="firm")) == (409, "duty")
        assert refused(step(api("cadre"), own, "end")) == (403, "not_allowed")
        # Who reads it may do nothing with it.
        for verb in ("note_duty", "take_back", "end"):
            assert refused(step(api("supervisor"), own, verb)) == (403, "not_allowed"), verb
        told = done(step(api("community_worker"), own, "end"))
        assert (told["ends_on"], told["state"]["key"], told["allowed"]) == (
            "2026-03-10",
            "ended",
            ["note_duty"],
        )
        assert refused(step(api("community_worker"), own, "end")) == (409, "ended")

    def test_of_another_community_street_or_district_there_is_none(self, town: Town, api: Api) -> None:
        one = paired(town)
        add_west(town)
        readers = ("grid_worker", "community_worker", "street_dispatcher", "supervisor", "cadre")
        for name in readers:
            assert ids(api(name).get(PAIRINGS)) == [one.pk], name
        strangers = ("other_worker", "other_secretary", "far_secretary", "far_dispatcher", "west_dispatcher")
        for name in (*strangers, "spotter", "speaker"):
            assert ids(api(name).get(PAIRINGS)) == [], name
            assert api(name).get(at(one)).status_code == 404, name
            for verb in ("note_duty", "take_back", "end"):
                assert step(api(name), one, verb).status_code == 404, (name, verb)

    def test_filters(self, town: Town, api: Api) -> None:
        worker, firm = town.people["community_worker"], organisation(town)
        one, of_firm = paired(town, level=1), paired(town, town.grid, level=2, organisation=firm)
        twin = paired(town, town.grid, level=2)
        to_come = paired(town, town.far_grid, starts_on=TODAY + timedelta(days=3))
        over = end_pairing(paired(town, town.community), by=worker, now=town.now)
        for word in DUTIES:
            note_duty(one, word.key, done_on=TODAY, by=worker, now=town.now)
        note_duty(twin, "fee", done_on=TODAY, by=worker, now=town.now)
        client = api("district_dispatcher")
        for query, found in (
            ({"unit": town.street.code}, [over, twin, of_firm, one]),
            ({"unit": town.building.code}, [one]),
            ({"unit": town.grid.code}, [twin, of_firm, one]),
            ({"unit": "x"}, []),
            ({"level": 2}, [twin, of_firm]),
            ({"state": "now"}, [twin, of_firm, one]),
            ({"state": "to_come"}, [to_come]),
            ({"state": "ended"}, [over]),
            ({"lacking": "fee"}, [over, to_come, of_firm]),
            ({"complete": "true"}, [one]),
            ({"complete": "false", "level": 2}, [twin, of_firm]),
            ({"double": "true"}, [twin, of_firm]),
            ({"double": "false"}, [over, to_come, one]),
            ({"organisation": firm.pk}, [of_firm]),
            ({"mine": "true"}, []),
        ):
            assert ids(client.get(PAIRINGS, query)) == [row.pk for row in found], query
        assert of_firm.pk not in ids(api("cadre").get(PAIRINGS, {"mine": "true"}))
        for query in ({"level": 5}, {"state": "x"}, {"lacking": "x"}, {"double": "x"}):
            assert client.get(PAIRINGS, query).status_code == 400, query


class TestGaps:
    def test_as_counted_in_python(self, town: Town, api: Api) -> None:
        for number, name in enumerate(("grid", "building", "far_grid", "other_building", "far_building") * 2):
            starts_on = TODAY + timedelta(days=number % 3 - 1)
            ends_on = starts_on + timedelta(days=2) if number % 2 else None
            paired(town, town.units[name], level=1 + number % 4, starts_on=starts_on, ends_on=ends_on)
        standing = [one for one in Pairing.objects.all() if one.state_on(TODAY) == "now"]
        client, seen = api("district_dispatcher"), set()
        for level in (None, *PAIRING_LEVELS):
            answered = {one.unit_id for one in standing if level in {None, one.level}}
            bare = [
                town.units[name].code
                for name in BUILDINGS
                if not {town.units[name].pk, town.units[name].grid_id, town.units[name].community_id}
                & answered
            ]
            found = codes(client.get(GAPS, {"level": level} if level else {}))
            assert found == sorted(bare), level
            seen.add(tuple(found))
        assert len(seen) > 2, "levels differ"

    def test_of_what_one_reads(self, town: Town, api: Api) -> None:
        every = [town.units[name].code for name in BUILDINGS]
        for name, found in (
            ("district_dispatcher", sorted(every)),
            ("community_worker", every[:2]),
            ("grid_worker", every[:1]),
            ("far_worker", every[2:]),
            ("cadre", []),
            ("body_officer", []),
        ):
            assert codes(api(name).get(GAPS)) == found, name
        client = api("district_dispatcher")
        assert codes(client.get(GAPS, {"unit": town.other_grid.code})) == every[1:2]
        assert codes(client.get(GAPS, {"unit": town.building.code})) == every[:1]
        assert codes(client.get(GAPS, {"unit": "x"})) == []
        assert codes(api("community_worker").get(GAPS, {"unit": town.far_community.code})) == []
        first = client.get(GAPS, {"page_size": 2})
        assert codes(first) + codes(client.get(first.json()["next"])) == sorted(every)
        assert client.get(GAPS, {"level": 5}).status_code == 400


def test_answers_are_as_described(town: Town, api: Api) -> None:
    one = paired(town)
    paired(town, town.grid, organisation=organisation(town), ends_on=TODAY + timedelta(days=9))
    note_duty(one, "fee", done_on=TODAY, by=town.person("cadre"), now=town.now)
    for address, path in (
        (PAIRINGS, "pairings/"),
        (at(one), "pairings/{id}/"),
        (f"{GAPS}?level=1", "pairings/gaps/"),
    ):
        assert undescribed(api("community_worker").get(address), path) == [], path
    assert api("cadre").get(f"{PAIRINGS}?fields=level,done").json()["results"] == [{"level": 3, "done": 1}]


def test_lists_are_as_cheap_with_many(town: Town, api: Api) -> None:
    def made(level: int) -> None:
        one = paired(town, town.grid, level=level)
        paired(town, level=level, organisation=organisation(town, f"演示公司{level}"))
        note_duty(one, "fee", done_on=TODAY, by=town.people["cadre"], now=town.now)

    made(1)
    client = api("district_dispatcher")
    lists = [(client, address) for address in (PAIRINGS, f"{GAPS}?level=4")]
    [statements(*one) for one in lists]
    few = [statements(*one) for one in lists]
    for level in (2, 3):
        made(level)
    assert [statements(*one) for one in lists] == few
