"""Scheduled tasks over REST: made, put to rest and started again by the dispatchers of the place, as on the pages."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from issues.actions.schedules import run_next_schedule
from issues.models import Issue, Schedule
from tests.api.test_queries import statements
from tests.api.test_schema import schema  # noqa: F401  (a fixture)
from tests.api.test_sheets import check
from tests.builders import Town
from trail.models import Event

Api = Callable[[str], APIClient]
SCHEDULES = "/api/v1/schedules/"
BODY: dict[str, Any] = {
    "place": "220103001001001",
    "category": "litter",
    "text": "演示:清理楼道",
    "at": "11:00",
    "weekdays": [0, 3],
}


def added(api: Api, **more: Any) -> dict[str, Any]:
    answer = api("community_secretary").post(SCHEDULES, BODY | more)
    assert answer.status_code == 201, answer.content.decode()
    return answer.json()


def test_one_is_made_and_comes_again(town: Town, api: Api, schema: dict[str, Any]) -> None:  # noqa: F811
    client, key = api("community_secretary"), {"Idempotency-Key": "one"}
    made, again = (client.post(SCHEDULES, BODY, headers=key) for _time in range(2))
    assert made.status_code == 201, made.content.decode()
    assert again.content == made.content and Schedule.objects.count() == 1
    said, here = made.json(), made.headers["Location"]
    assert said["place"] == {"type": "unit", "code": town.grid.code, "name": town.grid.name}
    assert (said["category"]["key"], said["weekdays"], said["month_days"]) == ("litter", [0, 3], [])
    assert (said["next_at"], said["allowed"]) == ("2026-03-12T11:00:00+08:00", ["stop"])
    whole = client.get(here)
    assert whole.json()["coming"][:2] == ["2026-03-12T11:00:00+08:00", "2026-03-16T11:00:00+08:00"]
    assert len(whole.json()["coming"]) == 5 and whole.headers["ETag"]
    check(schema, f"{SCHEDULES}{{id}}/", whole)
    check(schema, SCHEDULES, client.get(SCHEDULES))
    assert run_next_schedule(now=Schedule.objects.get().next_at)
    assert Issue.objects.get().source == "schedule"
    assert client.get(here).json()["next_at"] == "2026-03-16T11:00:00+08:00"


def test_it_rests_and_is_started_again(town: Town, api: Api) -> None:
    client, here = api("community_secretary"), f"{SCHEDULES}{added(api)['id']}/"
    stopped = client.post(f"{here}stop/")
    assert (stopped.status_code, stopped.json()["is_active"], stopped.json()["allowed"]) == (
        200,
        False,
        ["start"],
    )
    assert stopped.json()["next_at"] is None and client.get(here).json()["coming"] == []
    again = client.post(f"{here}stop/")
    assert (again.status_code, again.json()["code"]) == (409, "schedule_state")
    started = client.post(f"{here}start/")
    assert (started.status_code, started.json()["is_active"]) == (200, True)
    assert list(
        Event.objects.filter(subject_type="schedule").order_by("seq").values_list("verb", flat=True)
    ) == [
        *("add", "stop", "start"),
    ]


def test_what_is_narrowed(town: Town, api: Api) -> None:
    one, other = added(api), added(api, place=town.community.code, category="noise")
    client = api("community_secretary")
    client.post(f"{SCHEDULES}{one['id']}/stop/")
    for query, found in (
        ({}, [other, one]),
        ({"active": "true"}, [other]),
        ({"active": "false"}, [one]),
        ({"place": town.community.code}, [other]),
        ({"category": "litter"}, [one]),
    ):
        rows = client.get(SCHEDULES, query).json()["results"]
        assert [row["id"] for row in rows] == [each["id"] for each in found], query
    assert list(client.get(SCHEDULES, {"fields": "id"}).json()["results"][0]) == ["id"]


@pytest.mark.parametrize(
    ("change", "status", "why"),
    [
        ({"place": "220103002001001"}, 400, "place"),
        ({"place": "9"}, 400, "place"),
        ({"category": "nothing"}, 400, "category"),
        ({"text": "x"}, 400, "text"),
        ({"at": "noon"}, 400, "at"),
        ({"weekdays": [7]}, 400, "weekdays"),
        ({"weekdays": [], "month_days": [32]}, 400, "month_days"),
        ({"starts_on": "tomorrow"}, 400, "starts_on"),
        ({"month_days": [1]}, 409, "days"),
        ({"weekdays": [], "month_days": [0]}, 409, "days"),
        ({"until": "2026-03-09"}, 409, "never"),
        ({"starts_on": "9999-12-31"}, 409, "never"),
        ({"category": "fire"}, 409, "danger"),
    ],
)
def test_what_is_wrong_is_said(town: Town, api: Api, change: dict[str, Any], status: int, why: str) -> None:
    answer = api("community_secretary").post(SCHEDULES, BODY | change)
    assert answer.status_code == status and not Schedule.objects.exists()
    assert list(answer.json()["errors"]) == [why] if status == 400 else answer.json()["code"] == why


def test_the_dispatchers_of_the_place_alone(town: Town, api: Api) -> None:
    for name in ("grid_worker", "supervisor", "system_admin"):
        assert api(name).post(SCHEDULES, BODY).status_code == 403, name
    here = f"{SCHEDULES}{added(api)['id']}/"
    for name in ("grid_worker", "supervisor"):
        assert api(name).get(here).json()["allowed"] == [], name
        assert api(name).post(f"{here}stop/").status_code == 403, name
    assert api("street_dispatcher").get(here).json()["allowed"] == ["stop"]
    # Whoever reads them on no page finds none, nor do strangers.
    for name in ("spotter", "system_admin", "far_dispatcher"):
        assert api(name).get(SCHEDULES).json()["results"] == [], name
        assert api(name).get(here).status_code == api(name).post(f"{here}stop/").status_code == 404, name
    assert Schedule.objects.get().is_active


def test_a_list_costs_the_same_however_long(town: Town, api: Api) -> None:
    added(api)
    api("community_secretary").get(SCHEDULES)
    one = statements(lambda: api("community_secretary").get(SCHEDULES))
    for _more in range(3):
        added(api)
    assert statements(lambda: api("community_secretary").get(SCHEDULES)) == one
