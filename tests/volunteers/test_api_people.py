"""Volunteers, transfers, teams and stations over REST: the same verbs and refusals, masked, as cheap with many."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.api.conftest import client_of
from tests.builders import Town
from tests.faces import stop_clock
from tests.volunteers.people_builders import CHILD, station, team, volunteer, written_down
from volunteers.actions.people import leave
from volunteers.actions.teams import join_team, set_leader
from volunteers.actions.transfers import ask_transfer
from volunteers.models import Membership, Station, Team, Transfer, Volunteer

V1 = "/api/v1/"
Api = Callable[[str], APIClient]


@pytest.fixture
def api(town: Town, monkeypatch: pytest.MonkeyPatch) -> Api:
    stop_clock(monkeypatch, town.now)
    return lambda name: client_of(town.person(name))


def ids(answer: Any) -> set[int]:
    assert answer.status_code == 200, answer.content
    return {row["id"] for row in answer.json()["results"]}


def step(client: APIClient, row: Any, verb: str, **body: Any) -> Any:
    return client.post(f"{V1}{row._meta.model_name}s/{row.pk}/{verb}/", body, format="json")


class TestVolunteers:
    def test_masked_and_only_ones_own(self, town, api) -> None:
        one = volunteer(town, alias="", home=town.grid, skills=("it",), **CHILD)
        told = api("community_worker").get(f"{V1}volunteers/{one.pk}/").json()
        assert (told["known_as"], told["phone"], told["skills"]) == ("演*", "138****0001", ["it"])
        assert told["home"] == {"type": "unit", "code": town.grid.code, "name": town.grid.name}
        assert (told["of_age_on"], told["signs_in"], told["state"]["key"]) == ("2028-05-01", True, "active")
        text = api("community_worker").get(f"{V1}volunteers/").content.decode()
        assert "演示志愿者" not in text and "13800000001" not in text and "演示家长" not in text
        for name in ("helper", "community_worker", "district_dispatcher"):
            assert ids(api(name).get(f"{V1}volunteers/")) == {one.pk}
        for name in ("far_dispatcher", "grid_worker", "other_secretary"):
            assert ids(api(name).get(f"{V1}volunteers/")) == set()
            assert api(name).get(f"{V1}volunteers/{one.pk}/").status_code == 404
            assert step(api(name), one, "leave").status_code == 404

    def test_filters(self, town, api) -> None:
        one, other = volunteer(town, skills=("it",)), volunteer(town, "other", home=town.other_community)
        leave(other, by=town.people["other"], now=town.now)
        mine = team(town)
        join_team(mine, one, by=town.people["helper"], now=town.now)
        client = api("street_leader")
        for query in (f"community={town.community.code}", "state=active", "skill=it", f"team={mine.pk}"):
            assert ids(client.get(f"{V1}volunteers/?{query}")) == {one.pk}, query
        assert ids(client.get(f"{V1}volunteers/?team=x")) == set()
        for query in ("state=gone", "skill=flying"):
            assert client.get(f"{V1}volunteers/?{query}").status_code == 400, query

    def test_written_down(self, town, api) -> None:
        body = {"home": town.grid.code, "name": "演示老张", "skills": ["repair"], "agreed": True}
        made = api("community_worker").post(f"{V1}volunteers/", body, format="json")
        one = Volunteer.objects.get()
        assert made.status_code == 201 and made.headers["Location"] == f"{V1}volunteers/{one.pk}/"
        assert (one.home, one.user, one.name) == (town.grid, None, "演示老张")
        for wrong, status in (
            ({"agreed": False}, 400),
            ({"home": town.far_community.code}, 400),
            ({"skills": ["flying"]}, 400),
            ({"of_age_on": "2028-05-01"}, 409),
        ):
            answer = api("community_worker").post(f"{V1}volunteers/", body | wrong, format="json")
            assert answer.status_code == status, wrong
        assert api("grid_worker").post(f"{V1}volunteers/", body, format="json").status_code == 403
        assert api("helper").post(f"{V1}volunteers/", body, format="json").status_code == 403

    def test_the_same_verbs(self, town, api) -> None:
        one, client = volunteer(town), api("helper")
        assert step(client, one, "change", alias="演示新名").json()["known_as"] == "演示新名"
        assert step(api("community_worker"), one, "change", home=town.grid.code).json()["home"]["code"] == (
            town.grid.code
        )
        assert step(client, one, "leave").json()["state"]["key"] == "left"
        refused = step(client, one, "leave")
        assert (refused.status_code, refused.json()["code"]) == (409, "left")
        assert step(client, one, "return").json()["state"]["key"] == "active"
        assert step(client, one, "erase", sure=False).json()["code"] == "sure"
        assert step(client, one, "erase", sure=True).json()["state"]["key"] == "erased"
        assert client.get(f"{V1}volunteers/{one.pk}/").status_code == 401

    def test_a_number_is_no_answer_of_a_program(self, town, api) -> None:
        assert step(api("community_worker"), volunteer(town), "reveal", occasion="check").status_code == 404


class TestTransfers:
    def test_asked_and_decided(self, town, api) -> None:
        one = volunteer(town)
        asked = step(api("helper"), one, "transfer", community=town.other_community.code)
        assert (asked.status_code, asked.json()["state"]["key"]) == (200, "asked")
        transfer = Transfer.objects.get()
        for wrong in ("999", town.other_grid.code):
            assert step(api("helper"), one, "transfer", community=wrong).status_code == 400
        assert (
            step(api("helper"), one, "transfer", community=town.far_community.code).json()["code"] == "asked"
        )
        assert (
            step(api("community_worker"), one, "transfer", community=town.far_community.code).status_code
            == 403
        )
        assert ids(api("other_secretary").get(f"{V1}transfers/?state=asked")) == {transfer.pk}
        assert ids(api("helper").get(f"{V1}transfers/")) == {transfer.pk}
        assert ids(api("community_worker").get(f"{V1}transfers/")) == set()
        assert step(api("community_worker"), transfer, "take_in").status_code == 404
        # The volunteer sees it, and decides nothing.
        assert step(api("helper"), transfer, "take_in").status_code == 403
        assert step(api("other_secretary"), transfer, "take_in").json()["state"]["key"] == "taken"
        assert step(api("other_secretary"), transfer, "refuse").json()["code"] == "decided"
        assert step(api("helper"), transfer, "withdraw").json()["code"] == "decided"

    def test_refused_and_withdrawn(self, town, api) -> None:
        for verb, by, state in (
            ("refuse", "other_secretary", "refused"),
            ("withdraw", "helper", "withdrawn"),
        ):
            one = Volunteer.objects.first() or volunteer(town)
            transfer = ask_transfer(one, home=town.other_community, by=town.people["helper"], now=town.now)
            assert step(api(by), transfer, verb).json()["state"]["key"] == state


class TestTeamsAndStations:
    def test_in_reach(self, town, api) -> None:
        mine, far = team(town), team(town, by="far_secretary", unit=town.far_community)
        place = station(town)
        volunteer(town)
        assert ids(api("community_worker").get(f"{V1}teams/")) == {mine.pk}
        assert ids(api("far_dispatcher").get(f"{V1}teams/")) == {far.pk}
        # A volunteer finds all of the district.
        assert ids(api("helper").get(f"{V1}teams/")) == {mine.pk, far.pk}
        assert ids(api("helper").get(f"{V1}teams/?community={town.community.code}&topic=elders")) == {mine.pk}
        assert ids(api("helper").get(f"{V1}stations/")) == {place.pk}
        for name in ("grid_worker", "far_secretary"):
            assert api(name).get(f"{V1}teams/{mine.pk}/").status_code == 404
            assert api(name).get(f"{V1}stations/{place.pk}/").status_code == 404
        assert api("helper").get(f"{V1}stations/{place.pk}/").json()["place"] == place.place

    def test_a_team_from_beginning_to_end(self, town, api) -> None:
        desk, one = api("community_worker"), volunteer(town)
        body = {"community": town.community.code, "name": "演示新队", "topic": "culture"}
        made = desk.post(f"{V1}teams/", body, format="json")
        mine = Team.objects.get()
        assert made.status_code == 201 and made.headers["Location"] == f"{V1}teams/{mine.pk}/"
        assert desk.post(f"{V1}teams/", body, format="json").json()["code"] == "name_taken"
        assert api("grid_worker").post(f"{V1}teams/", body, format="json").status_code == 403
        changed = step(desk, mine, "change", name="演示文艺队", topic="culture", about="演示")
        assert changed.json()["name"] == "演示文艺队"
        assert step(api("helper"), mine, "change", name="演示队", topic="culture").status_code == 403
        assert step(api("helper"), mine, "join").json()["members"] == 1
        assert step(api("helper"), mine, "join").json()["code"] == "member"
        assert step(desk, mine, "lead", volunteer=one.pk).json()["leader"] == one.pk
        old = written_down(town)
        assert step(desk, mine, "join", volunteer=old.pk).json()["members"] == 2
        assert step(desk, mine, "join", volunteer=10**9).status_code == 404
        # The leader knows members, and nobody else.
        far = written_down(town, home=town.far_community, by="far_secretary")
        assert step(api("helper"), mine, "leave", volunteer=far.pk).status_code == 404
        assert step(api("helper"), mine, "lead", volunteer=old.pk).json()["leader"] == old.pk
        assert step(desk, mine, "lead", volunteer=None).json()["leader"] is None
        assert step(desk, mine, "leave", volunteer=old.pk).json()["members"] == 1
        assert step(api("helper"), mine, "leave").json()["members"] == 0
        assert step(desk, mine, "close").json()["closed_at"]
        assert ids(desk.get(f"{V1}teams/?open=true")) == set()
        assert not Membership.objects.current().exists()

    def test_a_station_from_beginning_to_end(self, town, api) -> None:
        desk = api("community_worker")
        body = {"community": town.community.code, "name": "演示站", "place": "演示路1号"}
        assert desk.post(f"{V1}stations/", body, format="json").status_code == 201
        mine = Station.objects.get()
        changed = step(
            desk, mine, "change", name="演示站", place="演示路2号", hours="9-17", phone="0431-00000000"
        )
        assert (changed.json()["place"], changed.json()["phone"]) == ("演示路2号", "043100000000")
        assert (
            step(desk, mine, "change", name="演示站", place="演示路2号", phone="none").json()["code"]
            == "phone"
        )
        assert step(desk, mine, "close").json()["closed_at"]
        assert step(desk, mine, "close").json()["code"] == "closed"


def test_lists_are_as_cheap_with_many(town, api) -> None:
    def made(number: int) -> None:
        one = volunteer(town, f"helper{number}")
        ask_transfer(one, home=town.other_community, by=one.user, now=town.now)
        set_leader(
            team(town, name=f"演示{number}队"), leader=one, by=town.people["community_worker"], now=town.now
        )
        station(town, name=f"演示{number}站")

    made(0)
    client = api("street_leader")

    def cost(name: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert ids(client.get(f"{V1}{name}/"))
        return len(asked)

    names = ("volunteers", "transfers", "teams", "stations")
    [cost(name) for name in names]
    few = [cost(name) for name in names]
    for number in range(1, 4):
        made(number)
    assert [cost(name) for name in names] == few
