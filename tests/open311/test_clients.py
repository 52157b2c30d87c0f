"""A client of other people, unmodified, over HTTP: `georeport` from PyPI reads in both formats.

It does not post; that is asked here as the specification's own examples do, with the standard library alone.
"""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
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
