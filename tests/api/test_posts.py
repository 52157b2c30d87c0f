"""Bodies and posts over REST: who reads whom, what is written by the same actions as in the staff admin."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from grids.models import Body, Post
from tests.api.conftest import Clock
from tests.api.test_queries import statements
from tests.builders import Town

Api = Callable[[str], APIClient]
BODIES, POSTS = "/api/v1/bodies/", "/api/v1/posts/"


def rows(client: APIClient, address: str = POSTS, **query: Any) -> list[dict[str, Any]]:
    found, url = [], address
    while url:
        answer = client.get(url, query)
        assert answer.status_code == 200, answer.content.decode()
        found += answer.json()["results"]
        url, query = answer.json()["next"], {}
    return found


def people(client: APIClient, **query: Any) -> set[str]:
    return {row["person"]["username"] for row in rows(client, **query)}


def test_names_stand_where_the_pages_show_them(town: Town, api: Api) -> None:
    for reader in ("grid_worker", "office_officer", "system_admin"):
        assert "street_leader" in people(api(reader)), reader
    for outsider in ("building_head", "spotter", "audit_admin"):
        assert rows(api(outsider)) == [], outsider
        own = town.posts[outsider].pk
        assert api(outsider).get(f"{POSTS}{own}/").status_code == 404
    assert "far_worker" not in people(api("grid_worker"))


def test_never_a_telephone(town: Town, api: Api) -> None:
    worker = town.people["grid_worker"]
    worker.phone = "13800009876"
    worker.save(update_fields=["phone"])
    pk = town.posts["grid_worker"].pk
    for address in (POSTS, f"{POSTS}{pk}/"):
        assert "9876" not in api("system_admin").get(address).content.decode()


@pytest.mark.parametrize(
    ("query", "among", "not_among"),
    [
        ({"role": "grid_worker"}, "grid_worker", "grid_chief"),
        ({"unit": "220103001"}, "street_leader", "grid_worker"),
        ({"body": "office-1"}, "office_officer", "body_officer"),
        ({"within": "220103001"}, "office_officer", "body_officer"),
        ({"within": "220103001001"}, "grid_worker", "street_leader"),
        ({"within": "22010300100100001"}, "building_head", "grid_worker"),
        ({"person": "grid_chief"}, "grid_chief", "grid_worker"),
        ({"current": "true"}, "grid_chief", "newcomer"),
        ({"current": "false"}, "newcomer", "grid_chief"),
    ],
)
def test_filters(town: Town, api: Api, query: dict, among: str, not_among: str) -> None:
    town.person("newcomer")
    body = {"person": "newcomer", "role": "spotter", "unit": "220103001", "starts_on": "2026-04-01"}
    assert api("system_admin").post(POSTS, body).status_code == 201
    found = people(api("system_admin"), **query)
    assert among in found and not_among not in found


def test_a_unit_that_one_does_not_see_holds_nobody(town: Town, api: Api) -> None:
    assert people(api("far_dispatcher"), within="220103001") == set()
    assert people(api("far_dispatcher"), within="no-such-unit") == set()


def test_on_leave_and_vacant(town: Town, api: Api) -> None:
    manager = api("system_admin")
    times = {"starts_at": town.now.isoformat(), "ends_at": (town.now + timedelta(days=3)).isoformat()}
    for name in ("grid_worker", "grid_chief"):  # the first has a deputy, the second has none
        answer = manager.post(f"{POSTS}{town.posts[name].pk}/leave/", times)
        assert (answer.status_code, answer.json()["on_leave"]) == (200, True)
    assert people(manager, on_leave="true") == {"grid_worker", "grid_chief"}
    assert people(manager, vacant="true") == {"grid_chief"}
    (leave,) = manager.get(f"{POSTS}{town.posts['grid_chief'].pk}/").json()["leaves"]
    back = manager.post(f"{POSTS}{town.posts['grid_chief'].pk}/end_leave/", {"leave": leave["id"]})
    assert (back.status_code, back.json()["vacant"]) == (200, False)


def test_units_without_a_role(town: Town, api: Api, clock: Clock) -> None:
    asks = {"lacking": "grid_worker"}
    before = {row["code"] for row in rows(api("system_admin"), "/api/v1/units/", **asks)}
    assert before == set()
    end = f"{POSTS}{town.posts['grid_worker'].pk}/end/"
    assert api("system_admin").post(end).json()["ends_on"] == "2026-03-10"
    found = {row["code"] for row in rows(api("system_admin"), "/api/v1/units/", **asks)}
    assert found == {town.grid.code}


def test_a_post_from_beginning_to_end(town: Town, api: Api) -> None:
    town.person("newcomer")
    town.person("stand_in")
    body = {"person": "newcomer", "role": "community_worker", "unit": town.community.code}
    key = {"Idempotency-Key": "one"}
    first, again = (api("system_admin").post(POSTS, body, headers=key) for _time in range(2))
    assert (first.status_code, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert first.content == again.content and Post.objects.filter(user__username="newcomer").count() == 1
    there = first.headers["Location"]
    # One's own deputy and leave; the roster is whoever's who keeps it there.
    named = api("newcomer").post(f"{there}deputy/", {"deputy": "stand_in"})
    assert named.json()["deputy"] == {"username": "stand_in", "name": "stand_in"}
    shift = {"starts_at": "2026-03-11T00:00:00+08:00", "ends_at": "2026-03-12T00:00:00+08:00", "rank": 2}
    assert api("newcomer").post(f"{there}shift/", shift).status_code == 403
    (kept,) = api("system_admin").post(f"{there}shift/", shift).json()["shifts"]
    assert kept["rank"] == 2
    assert api("system_admin").post(f"{there}drop_shift/", {"shift": kept["id"]}).json()["shifts"] == []
    nights = {"weekdays": [0, 3], "begins": "18:00", "ends": "08:00", "weeks": 2}
    assert api("newcomer").post(f"{there}weekly_shifts/", nights).status_code == 403
    assert api("far_dispatcher").post(f"{there}weekly_shifts/", nights).status_code == 404
    made = api("community_secretary").post(f"{there}weekly_shifts/", nights).json()["shifts"]
    assert [one["rank"] for one in made] == [1] * 4
    for wrong in ({"weeks": 99}, {"weekdays": [7]}, {"weekdays": []}):
        assert api("community_secretary").post(f"{there}weekly_shifts/", nights | wrong).status_code == 400
    assert api("system_admin").post(f"{there}end/", {"on": "2026-04-01"}).json()["ends_on"] == "2026-04-01"


@pytest.mark.parametrize("step", ["end", "deputy", "leave", "shift"])
def test_who_manages_nothing_learns_nothing(town: Town, api: Api, step: str) -> None:
    """403 before what was sent is looked at: nobody tries out sign-in names."""
    there = f"{POSTS}{town.posts['street_leader'].pk}/{step}/"
    answers = [api("grid_worker").post(there, {"deputy": name}) for name in ("far_worker", "nobody")]
    assert {one.status_code for one in answers} == {403}
    assert len({one.content for one in answers}) == 1
    told = [
        api("grid_worker").post(POSTS, {"person": name, "role": "spotter", "unit": town.street.code})
        for name in ("far_worker", "nobody")
    ]
    assert {one.status_code for one in told} == {403} and len({one.content for one in told}) == 1


def test_the_last_dispatcher_of_a_district_stays(town: Town, api: Api) -> None:
    for name in ("district_dispatcher", "second_dispatcher"):
        answer = api("system_admin").post(f"{POSTS}{town.posts[name].pk}/end/")
    assert (answer.status_code, answer.json()["code"]) == (409, "last")


@pytest.mark.parametrize(
    "body",
    [
        {"person": "nobody", "role": "spotter", "unit": "220103001"},
        {"person": "spotter", "role": "spotter"},
        {"person": "spotter", "role": "spotter", "unit": "220103001", "body": "office-1"},
        {"person": "spotter", "role": "king", "unit": "220103001"},
        {"person": "spotter", "role": "spotter", "unit": "999999"},
        {"person": "spotter", "role": "spotter", "unit": "220103001", "starts_on": "never"},
    ],
)
def test_what_cannot_be_appointed(town: Town, api: Api, body: dict) -> None:
    assert api("system_admin").post(POSTS, body).status_code == 400


def test_far_dates_are_no_5xx(town: Town, api: Api) -> None:
    there = f"{POSTS}{town.posts['grid_worker'].pk}/"
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        times = {"starts_at": moment, "ends_at": "2026-03-12T00:00:00Z"}
        assert api("system_admin").post(f"{there}leave/", times).status_code == 400
    assert api("system_admin").post(f"{there}end_leave/", {"leave": 10**30}).status_code == 400
    assert api("system_admin").post(f"{there}end/", {"on": "0001-01-01"}).status_code == 200


def test_a_body_is_added_corrected_and_closed(town: Town, api: Api) -> None:
    manager = api("system_admin")
    body = {"unit": town.street.code, "kind": "office", "code": "service-1", "name": "便民服务中心"}
    made = manager.post(BODIES, body)
    assert (made.status_code, made.json()["is_open"]) == (201, True)
    there = made.headers["Location"]
    changed = manager.post(f"{there}change/", {"phone": "0431-0000000", "approves_replies": True}).json()
    assert (changed["name"], changed["phone"], changed["approves_replies"]) == (
        "便民服务中心", "0431-0000000", True,
    )  # fmt: skip
    assert manager.post(BODIES, body).json()["code"] == "code"
    assert manager.post(f"{there}close/").json()["is_open"] is False
    assert manager.post(f"{there}change/", {"name": "x"}).status_code == 409
    assert Body.objects.get(code="service-1").closed_at is not None


def test_only_who_manages_units_writes_bodies(town: Town, api: Api) -> None:
    body = {"unit": town.street.code, "kind": "office", "code": "service-1", "name": "便民服务中心"}
    for person in ("street_leader", "office_officer", "far_dispatcher"):
        assert api(person).post(BODIES, body).status_code == 403
    assert api("street_leader").post(f"{BODIES}office-1/close/").status_code == 403
    foreign, none = (
        api("far_dispatcher").post(f"{BODIES}{code}/close/") for code in ("office-1", "nobody-1")
    )
    assert foreign.content == none.content and foreign.status_code == 404
    assert Body.objects.get(code="office-1").is_open


def test_statements(town: Town, api: Api) -> None:
    def cost(size: int) -> int:
        return statements(lambda: api("district_dispatcher").get(f"{POSTS}?page_size={size}"))

    api("district_dispatcher").get(POSTS)
    assert cost(1) == cost(3) <= 4
