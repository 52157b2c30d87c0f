"""POST /api/v1/alerts/: things and places, once per key while it is open."""

import pytest
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from grids.models import Unit
from issues.models import Alert, Issue
from tests.api.test_queries import statements
from tests.faces import signed_in

ALERTS = "/api/v1/alerts/"
BODY = {
    "severity": "major",
    "dedupe_key": "cover-7",
    "category": "litter",
    "text": "演示:井盖移位",
    "thing": "井盖7",
    "place": "220103001001001",
}
SPOT = {"lon": 125.3232, "lat": 43.9012}


def without(*names, **more):
    return {key: value for key, value in BODY.items() if key not in names} | more


def test_it_makes_an_issue_and_says_where(api):
    answer = api("street_dispatcher").post(ALERTS, BODY)
    said = answer.json()
    assert answer.status_code == 201 and said["is_new"] and said["count"] == 1
    assert answer["Location"] == f"/api/v1/issues/{said['issue']['code']}/"
    assert said["issue"]["source"]["key"] == "alert" and said["issue"]["place"]["code"] == BODY["place"]
    assert api("street_dispatcher").get(answer["Location"]).status_code == 200


def test_the_same_key_again_is_counted(api):
    first = api("street_dispatcher").post(ALERTS, BODY).json()
    again = api("street_dispatcher").post(ALERTS, BODY)
    assert again.status_code == 200 and not again.json()["is_new"] and again.json()["count"] == 2
    assert again.json()["issue"]["code"] == first["issue"]["code"] and Issue.objects.count() == 1


def test_a_repeated_request_is_done_once(api):
    headers = {"Idempotency-Key": "alert-1"}
    first = api("street_dispatcher").post(ALERTS, BODY, headers=headers)
    again = api("street_dispatcher").post(ALERTS, BODY, headers=headers)
    assert again.content == first.content and again["Idempotency-Replayed"] == "true"
    assert Alert.objects.get().count == 1


def test_a_position_finds_the_nearest_that_the_system_sees(town, api):
    Unit.objects.filter(pk=town.grid.pk).update(lon=125.3230, lat=43.9010)
    Unit.objects.filter(pk=town.building.pk).update(lon=125.3231, lat=43.9011)
    Unit.objects.filter(pk=town.far_building.pk).update(lon=125.3232, lat=43.9012)
    answer = api("street_dispatcher").post(ALERTS, without("place", **SPOT))
    issue = Issue.objects.get()
    assert answer.status_code == 201 and issue.place_code == town.building.code
    assert (issue.lon, issue.lat) == (SPOT["lon"], SPOT["lat"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (without("place"), "place"),
        (without("place", lon=125.0), "lat"),
        (without("place", **SPOT), "lat"),
        (without("place", lon=0, lat=90), "lat"),
        (without(severity="loud"), "severity"),
        (without("dedupe_key"), "dedupe_key"),
        (without(category="nothing"), "category"),
        (without(text="x"), "text"),
        (without(place="220103002"), "place"),
    ],
)
def test_wrong_input_is_named(api, body, field):
    answer = api("street_dispatcher").post(ALERTS, body)
    assert answer.status_code == 400 and field in answer.json()["errors"], answer.content.decode()
    assert not Issue.objects.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (without(category="noise"), "person"),
        (without(severity="critical"), "severity"),
        (without(category="fire"), "severity"),
    ],
)
def test_what_the_rule_refuses(api, body, code):
    answer = api("street_dispatcher").post(ALERTS, body)
    assert answer.status_code == 409 and answer.json()["code"] == code and not Issue.objects.exists()


def test_there_is_no_field_for_a_person(api):
    more = {"contact_name": "演示居民", "contact_phone": "13800001234", "name": "演示", "id_number": "1"}
    api("street_dispatcher").post(ALERTS, BODY | more)
    assert not hasattr(Issue.objects.get(), "reporter")


def test_whose_post_does_not_report_and_nobody(api, client):
    assert api("supervisor").post(ALERTS, without("place", place="220103001")).status_code == 403
    assert client.post(ALERTS, BODY).status_code == 401


def test_what_it_costs(api):
    api("street_dispatcher").post(ALERTS, without(dedupe_key="warm"))
    new = statements(lambda: api("street_dispatcher").post(ALERTS, BODY))
    again = statements(lambda: api("street_dispatcher").post(ALERTS, BODY))
    third = statements(lambda: api("street_dispatcher").post(ALERTS, BODY))
    # The first repetition within the hour is told, the next one only counted.
    assert third < again <= new + 4 and new <= 20


def test_it_is_described():
    with translation.override("en"):
        schema = SchemaGenerator().get_schema(request=None, public=True)
    operation = schema["paths"]["/api/v1/alerts/"]["post"]
    assert {"200", "201", "400", "401", "403", "409"} <= {str(code) for code in operation["responses"]}
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    fields = schema["components"]["schemas"][reference.rpartition("/")[2]]["properties"]
    assert {"severity", "dedupe_key", "category", "text", "thing", "place", "lon", "lat"} <= set(fields)
    assert all(field.get("description") for field in fields.values())


def test_whoever_has_it_reads_how_bad_which_thing_and_how_often(api, town):
    api("street_dispatcher").post(ALERTS, BODY | {"severity": "minor"})
    api("street_dispatcher").post(ALERTS, BODY)
    issue = Issue.objects.get()
    there = f"/api/v1/issues/{issue.code}/"
    told = api("grid_worker").get(there).json()["alert"]
    assert told.pop("severity") == {"key": "major", "label": "Major"}
    assert (told["key"], told["thing"], told["count"]) == (BODY["dedupe_key"], BODY["thing"], 2)
    assert set(told) == {"key", "thing", "count", "last_at"} and told["last_at"]
    assert api("grid_worker").get(f"{there}?fields=alert").json()["alert"]["count"] == 2
    # Of what is no alert nothing is asked.
    other = f"/api/v1/issues/{town.report().code}/"
    assert api("grid_worker").get(other).json()["alert"] is None
    none = statements(lambda: api("grid_worker").get(other))
    assert statements(lambda: api("grid_worker").get(there)) <= none + 1
    shape = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]
    assert set(shape["AlertOfIssue"]["properties"]) == {"key", "severity", "thing", "count", "last_at"}


@pytest.mark.parametrize("face", ["phone", "admin"])
def test_so_they_do_on_the_page(api, town, face):
    api("street_dispatcher").post(ALERTS, BODY)
    issue = Issue.objects.get()
    worker = town.people["grid_worker"]
    worker.is_staff = True
    worker.save(update_fields=["is_staff"])
    client = signed_in(town, "grid_worker")
    address = f"/i/{issue.code}/" if face == "phone" else f"/admin/issues/issue/{issue.pk}/change/"
    page = client.get(address).content.decode()
    assert "<strong>Major</strong> · 井盖7" in page and "sent once, " in page
    api("street_dispatcher").post(ALERTS, BODY)
    assert "sent 2 times, last " in client.get(address).content.decode()
    other = town.report()
    address = f"/i/{other.code}/" if face == "phone" else f"/admin/issues/issue/{other.pk}/change/"
    assert "<strong>Major</strong>" not in client.get(address).content.decode()
