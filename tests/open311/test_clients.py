"""Clients of other people, unmodified, over HTTP: `georeport` from PyPI reads in both formats, `civicbot` posts (in JSON).

Of photos and keys in headers, which neither sends, and as the specification's own examples do, the rest is asked with the
standard library alone.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from civicbot import Endpoint, HttpError, HttpTransport, Open311Client
from civicbot.http import RateLimiter
from georeport import GeoReport

from issues.models import Issue
from tests.builders import Town
from tests.open311.conftest import POSITIONS, Clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["json", "xml"])
def client(request: pytest.FixtureRequest, live_server: Any, town: Town, clock: Clock) -> GeoReport:
    """As its documentation says to make one."""
    return GeoReport(f"{live_server.url}/open311/v2", jurisdiction="220103", output_format=request.param)


def test_georeport_reads_all_that_it_knows(client: GeoReport, town: Town, clock: Clock) -> None:
    first, second = town.report("litter"), town.report("lift", answers={"trapped": False})
    services = {one["service_code"]: one for one in client.get_service_list()}
    assert services["lift"]["metadata"] in (True, "true") and services["other"]["type"] == "batch"
    definition = client.get_service_definition("lift")
    assert definition["service_code"] == "lift" and definition["attributes"]

    found = client.get_service_requests()
    assert [one["service_request_id"] for one in found] == [second.code, first.code]
    (closed,) = [client.get_service_requests(service_code="litter,noise", status="open")]
    assert (closed[0] if isinstance(closed, list) else closed)["service_request_id"] == first.code
    between = {"start_date": "2026-03-01T00:00:00Z", "end_date": "2026-03-31T00:00:00Z"}
    assert len(client.get_service_requests(**between)) == 2
    one = client.get_service_request(first.code)
    assert (one["status"], one["service_name"]) == ("open", "演示litter")


@pytest.fixture
def robot(live_server: Any, town: Town, clock: Clock) -> Open311Client:
    """As its documentation says to make one, but that it need not wait half a second between its requests."""
    endpoint = Endpoint("gezhi", "Gezhi", f"{live_server.url}/open311/v2", write=True)
    return Open311Client(endpoint, HttpTransport(rate_limiter=RateLimiter(0)), jurisdiction_id="220103")


def test_civicbot_posts_what_the_service_asks_and_finds_it_again(
    robot: Open311Client, key: Callable[[str], str]
) -> None:
    lat, lng = POSITIONS["building"]
    told = {
        "lat": lat,
        "lng": lng,
        "description": "演示:电梯停了",
        "first_name": "演示",
        "phone": "13800001234",
    }
    send = {"dry_run": False, "confirm": "SEND", "api_key": key("spotter"), "validate_remote": True}
    # It reads the definition, and holds what it sends against that: what is required, and the keys of the choices.
    answers = {"trapped": "false", "which": "east"}
    (row,) = robot.create_request("lift", attributes=answers, **told, **send).response
    issue = Issue.objects.get()
    assert row["service_request_id"] == issue.code
    assert (issue.category.key, issue.answers["trapped"], issue.answers["which"]) == ("lift", False, "east")
    found = robot.get_request(issue.code)
    assert found and (found["status"], found["service_code"]) == ("open", "lift")
    assert [one["service_request_id"] for one in robot.list_requests(service_code="lift")] == [issue.code]


def test_civicbot_takes_the_token_of_a_batch_service(robot: Open311Client, key: Callable[[str], str]) -> None:
    lat, lng = POSITIONS["building"]
    told = {"lat": lat, "lng": lng, "description": "演示:说不清是哪一类"}
    send = {"dry_run": False, "confirm": "SEND", "api_key": key("spotter")}
    (row,) = robot.create_request("other", **told, **send).response
    assert "service_request_id" not in row or not row["service_request_id"]
    (waiting,) = robot.get_token(row["token"])
    assert waiting["token"] == row["token"]


def test_civicbot_is_told_why_not(robot: Open311Client, key: Callable[[str], str]) -> None:
    lat, lng = POSITIONS["building"]
    told = {"lat": lat, "lng": lng, "description": "演示:电梯停了", "dry_run": False, "confirm": "SEND"}
    with pytest.raises(HttpError) as wrong:
        robot.create_request("lift", api_key=key("spotter"), **told)
    assert wrong.value.status == 400 and json.loads(wrong.value.body)[0]["code"] == 400
    with pytest.raises(HttpError) as wrong:
        robot.create_request("lift", attributes={"trapped": "false"}, api_key="nobody's", **told)
    assert wrong.value.status == 403 and not Issue.objects.exists()


def test_a_form_as_the_specification_shows_it(
    live_server: Any, town: Town, key: Callable[[str], str]
) -> None:
    lat, long = POSITIONS["building"]
    form = {
        "api_key": key("spotter"),
        "jurisdiction_id": "220103",
        "service_code": "lift",
        "lat": lat,
        "long": long,
        "description": "A large sinkhole is destroying the street",
        "attribute[trapped]": "false",
    }
    with urlopen(f"{live_server.url}/open311/v2/requests.json", urlencode(form).encode()) as answer:
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        (row,) = json.loads(answer.read())
    assert row["service_request_id"] == Issue.objects.get().code
