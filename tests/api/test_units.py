"""Units over REST: what the staff admin does with them, with the same refusals and events, and what it would mean."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from calendars.models import Calendar
from grids import consequences
from grids.models import Unit, UnitAlias
from tests.api.test_schema import JSON, schema, validator  # noqa: F401  (a fixture)
from tests.builders import Town
from trail.models import Event

Api = Callable[[str], APIClient]
UNITS = "/api/v1/units/"
NEW = {"parent": "220103001001", "code": "220103001001003", "name": "演示第三网格", "households": 400}
# verb → of which unit, what is sent, what the trail then has.
STEPS: dict[str, tuple[str, dict[str, Any], str]] = {
    "change": ("220103001001001", {"households": 410, "own_label": "演示片区"}, "change"),
    "rename": ("220103001001001", {"name": "演示新名"}, "rename"),
    "move": ("220103001001002", {"to": "220103001002"}, "move"),
    "merge": ("220103001001001", {"into": "220103001001002"}, "merge"),
    "close": ("22010300100100002", {}, "close"),
}


def verbs_of(code: str) -> list[str]:
    unit = Unit.objects.get(code=code)
    return list(Event.objects.about("unit", unit.pk).values_list("verb", flat=True))


def test_one_is_added_and_found(town: Town, api: Api, schema: dict[str, Any]) -> None:  # noqa: F811
    key = {"Idempotency-Key": "one"}
    made, again = (api("system_admin").post(UNITS, NEW, headers=key) for _time in range(2))
    assert made.status_code == 201, made.content.decode()
    assert made.content == again.content and Unit.objects.filter(code=NEW["code"]).count() == 1
    said = made.json()
    assert (said["name"], said["parent"], said["level"]["key"]) == (NEW["name"], NEW["parent"], "grid")
    assert (said["grid_kind"]["key"], said["households"], said["version"]) == ("basic", 400, 1)
    whole = api("system_admin").get(made.headers["Location"])
    assert whole.json() == said and verbs_of(NEW["code"]) == ["add"]
    shape = schema["paths"][f"{UNITS}{{code}}/"]["get"]["responses"]["200"]["content"][JSON]["schema"]
    assert list(validator(schema, shape).iter_errors(said)) == []


@pytest.mark.parametrize(
    ("more", "status", "told"),
    [
        ({"code": "220103001001001"}, 409, "code"),
        ({"code": "220103002001009"}, 409, "code"),
        ({"code": "1"}, 409, "code"),
        ({"parent": "22010300100100001"}, 409, "no_level_below"),
        ({"calendar": "no such"}, 400, "calendar"),
        ({"households": -1}, 400, "households"),
        ({"lon": 125.3}, 400, "lat"),
        ({"parent": "220103001002", "code": "220103001002001", "grid_kind": "x"}, 400, "grid_kind"),
        ({"parent": "999999"}, 400, "parent"),
        ({"name": ""}, 400, "name"),
    ],
)
def test_what_is_no_unit_says_why(town: Town, api: Api, more: dict, status: int, told: str) -> None:
    before = Unit.objects.count()
    answer = api("system_admin").post(UNITS, NEW | more)
    said = answer.json()
    assert answer.status_code == status and told in (said.get("errors") or said["code"]), said
    assert Unit.objects.count() == before


def test_a_district_is_for_whoever_sets_up(town: Town, api: Api) -> None:
    body = {"code": "220104", "name": "演示区"}
    assert api("system_admin").post(UNITS, body).status_code == 403
    town.person("root").is_superuser = True
    town.person("root").save()
    assert api("root").post(UNITS, body).status_code == 201


@pytest.mark.parametrize("verb", STEPS)
def test_each_step_is_done_recorded_and_answered(town: Town, api: Api, verb: str) -> None:
    code, body, recorded = STEPS[verb]
    if verb == "merge":
        Unit.objects.filter(code=code).update(name="演示")
    here, client = f"{UNITS}{code}/", api("system_admin")
    before = client.get(here)
    late = client.post(f"{here}{verb}/", body, headers={"If-Match": '"99"'})
    assert (late.status_code, late.json()["state"]) == (412, "open") and verb in late.json()["allowed"]
    keyed = {"If-Match": before.headers["ETag"], "Idempotency-Key": "one"}
    done, again = (client.post(f"{here}{verb}/", body, headers=keyed) for _time in range(2))
    assert done.status_code == 200, done.content.decode()
    assert again.content == done.content and again.headers["ETag"] == done.headers["ETag"]
    assert verbs_of(code)[-1] == recorded and len(verbs_of(code)) == before.json()["version"] + 1
    if verb == "merge":
        assert done.json()["code"] == body["into"]
        assert UnitAlias.objects.get(code=code).unit.code == body["into"]
    else:
        assert done.json()["version"] == before.json()["version"] + 1
        assert done.headers["ETag"] == client.get(here).headers["ETag"]
    assert done.json()["is_open"] == (verb != "close")
    gone = client.post(f"{here}{verb}/", body, headers={"If-Match": before.headers["ETag"]})
    assert (gone.status_code, gone.json()["since"]) == (412, [recorded])


def test_facts_are_changed_one_by_one(town: Town, api: Api) -> None:
    here, client = f"{UNITS}220103001001001/", api("system_admin")
    for body, fields in (
        ({"grid_kind": "dedicated"}, {"grid_kind": {"key": "dedicated", "label": "dedicated grid"}}),
        ({"lon": 125.3, "lat": 43.9}, {"lon": 125.3, "lat": 43.9}),
        ({"lon": None, "lat": None}, {"lon": None, "lat": None}),
        ({"own_label": "片区", "own_party_label": "片区党支部"}, {"label": "片区", "party_label": "片区党支部"}),
        ({"own_label": ""}, {"own_label": "", "own_party_label": "片区党支部"}),
        ({"line": "rural"}, {"line": {"key": "rural", "label": "rural line"}}),
        ({"households": None}, {"households": None}),
    ):  # fmt: skip
        said = client.post(f"{here}change/", body).json()
        assert {name: said[name] for name in fields} == fields
    version = client.get(here).json()["version"]
    assert client.post(f"{here}change/", {}).json()["version"] == version
    refused = client.post(f"{here}change/", {"calendar": Calendar.objects.first().name})
    assert (refused.status_code, refused.json()["code"]) == (409, "facts")
    name = Calendar.objects.first().name
    assert client.post(f"{UNITS}220103/change/", {"calendar": name}).json()["calendar"] == name
    shifted = client.post(f"{here}change/", {"lon": 125.3, "lat": 43.9, "crs": "gcj02"}).json()
    assert shifted["lon"] != 125.3 and abs(shifted["lon"] - 125.3) < 0.01
    asked = client.post(f"{here}change/?crs=gcj02", {"lon": 125.3, "lat": 43.9}).json()
    assert (asked["lon"], asked["lat"]) == pytest.approx((125.3, 43.9), abs=1e-7)
    assert client.get(here).json()["lon"] == shifted["lon"]
    assert client.post(f"{here}change/?crs=mars", {"households": 3}).status_code == 400
    assert client.get(here).json()["households"] is None


@pytest.mark.parametrize(
    ("code", "verb", "body", "refusal"),
    [
        ("220103001001001", "move", {"to": "220103001"}, "level"),
        ("220103", "move", {"to": "220103001"}, "level"),
        ("220103001001001", "merge", {"into": "220103001001001"}, "same"),
        ("220103001001001", "merge", {"into": "220103001"}, "level"),
        ("220103001001", "close", {}, "not_empty"),
    ],
)
def test_what_the_page_refuses_is_refused_and_the_preview_says_so(
    town: Town, api: Api, code: str, verb: str, body: dict, refusal: str
) -> None:
    before = Event.objects.count()
    answer = api("system_admin").post(f"{UNITS}{code}/{verb}/", body)
    assert (answer.status_code, answer.json()["code"]) == (409, refusal)
    told = api("system_admin").post(f"{UNITS}{code}/{verb}/preview/", body)
    assert (told.status_code, told.json()["refused"]["code"]) == (200, refusal), told.content.decode()
    assert told.json()["consequences"] and Event.objects.count() == before


@pytest.mark.parametrize("verb", ["move", "merge", "close"])
def test_a_preview_says_what_the_page_says_and_does_nothing(town: Town, api: Api, verb: str) -> None:
    code, body, _recorded = STEPS[verb]
    unit, before = Unit.objects.get(code=code), Event.objects.count()
    town.report()
    before = Event.objects.count()
    other = Unit.objects.filter(code__in=body.values()).first()
    facts = {
        "move": lambda: consequences.of_move(unit, other, town.now),
        "merge": lambda: consequences.of_merge(unit, other, town.now),
        "close": lambda: consequences.of_closing(unit, town.now),
    }[verb]()
    answer = api("system_admin").post(f"{UNITS}{code}/{verb}/preview/", body)
    assert answer.status_code == 200 and answer.json()["refused"] is None, answer.content.decode()
    rows = answer.json()["consequences"]
    assert len(rows) > 4 and [row["text"] for row in rows] == [str(value) for _what, value in facts]
    assert all(row["count"] == int(row["text"]) for row in rows if row["count"] is not None)
    assert any(row["count"] is not None for row in rows)
    assert Event.objects.count() == before and Unit.objects.get(code=code).closed_at is None


def test_a_merged_unit_s_code_does_not_lead_a_step_to_another(town: Town, api: Api) -> None:
    client = api("system_admin")
    client.post(f"{UNITS}220103001001001/merge/", {"into": "220103001001002"})
    late = client.post(f"{UNITS}220103001001001/rename/", {"name": "演示"})
    assert (late.status_code, late.json()["code"]) == (409, "closed")
    assert Unit.objects.get(code="220103001001002").name == "第二网格"


def test_who_manages_no_units_learns_nothing(town: Town, api: Api) -> None:
    for person in ("street_leader", "grid_worker", "supervisor"):
        assert api(person).post(UNITS, {}).status_code == 403
        for verb in (*STEPS, "move/preview", "merge/preview", "close/preview"):
            headers = {} if "/" in verb else {"If-Match": '"99"'}
            answer = api(person).post(f"{UNITS}220103001001001/{verb}/", {}, headers=headers)
            assert answer.status_code == 403, (person, verb)
    for verb in (*STEPS, "move/preview"):
        foreign, none = (
            api("far_dispatcher").post(f"{UNITS}{code}/{verb}/") for code in ("220103001001001", "9" * 15)
        )
        assert (foreign.status_code, foreign.content) == (404, none.content)
