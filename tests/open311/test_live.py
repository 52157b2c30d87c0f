"""The demo as a civic client finds it, with the key from its credentials and nothing else."""

import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from georeport import GeoReport

from tests.live import LiveStack

pytestmark = pytest.mark.live
PER_MINUTE = 250


@pytest.fixture(scope="module")
def found(live_stack: LiveStack) -> dict[str, Any]:
    """The sign-ins, and the place of the people in them."""
    return live_stack.credentials


def post(found: dict[str, Any], **fields: Any) -> dict[str, Any]:
    form = {"api_key": found["open311_key"], "description": "演示：市民应用反映"} | fields
    form |= {"address_id": found["users"]["building_head"]["unit_code"]}
    with urlopen(f"{found['open311_url']}/requests.json", urlencode(form).encode()) as answer:
        (row,) = json.loads(answer.read())
    return row


def test_it_offers_a_service_of_each_kind_without_being_told_where(found: dict[str, Any]) -> None:
    client = GeoReport(found["open311_url"])
    services = {one["service_code"]: one for one in client.get_service_list()}
    plain = [one for one in services.values() if not one["metadata"] and one["type"] == "realtime"]
    batch = [one for one in services.values() if one["type"] == "batch"]
    assert plain and batch and len(services) > 30
    (lift,) = client.get_service_definition("home_lift")["attributes"]
    assert lift["required"] and lift["values"]

    number = post(found, service_code=plain[-1]["service_code"])["service_request_id"]
    assert client.get_service_request(number)["status"] == "open"
    assert post(found, service_code="home_lift", **{"attribute[trapped]": "false"})["service_request_id"]
    with pytest.raises(HTTPError) as wrong:
        post(found, service_code="home_lift")
    assert wrong.value.code == 400 and json.loads(wrong.value.read())[0]["code"] == 400
    token = post(found, service_code=batch[0]["service_code"])["token"]
    with urlopen(f"{found['open311_url']}/tokens/{token}.json") as answer:
        assert json.loads(answer.read()) == [{"token": token}]


def test_one_that_does_not_know_how_long_its_form_is_sends_it_in_pieces(found: dict[str, Any]) -> None:
    form = {"api_key": found["open311_key"], "description": "演示：分段发送", "service_code": "clean_rubbish"}
    form["address_id"] = found["users"]["building_head"]["unit_code"]
    pieces = (
        f"{'&' if number else ''}{part}".encode() for number, part in enumerate(urlencode(form).split("&"))
    )
    # urllib sends what has no length as `Transfer-Encoding: chunked`.
    request = Request(f"{found['open311_url']}/requests.json", pieces, method="POST")
    request.add_header("Content-Type", "application/x-www-form-urlencoded")
    with urlopen(request) as answer:
        assert json.loads(answer.read())[0]["service_request_id"]


def test_its_past_can_be_read_and_tells_of_nobody(live_stack: LiveStack, found: dict[str, Any]) -> None:
    rows = GeoReport(
        found["open311_url"], jurisdiction=found["open311_jurisdiction_id"]
    ).get_service_requests()
    assert len(rows) > 50 and {one["status"] for one in rows} == {"open", "closed"}
    assert {one["description"] for one in rows} == {None}
    hidden = live_stack.query(
        "SELECT code FROM issues_issue WHERE kind = 'dispute' OR about_unit_id IS NOT NULL OR about_body_id IS NOT NULL"
    )
    assert hidden and not {code for (code,) in hidden} & {one["service_request_id"] for one in rows}


def test_the_key_may_post_250_requests_in_a_minute(found: dict[str, Any]) -> None:
    began = time.monotonic()
    ids = {post(found, service_code="clean_rubbish")["service_request_id"] for _one in range(PER_MINUTE)}
    assert len(ids) == PER_MINUTE and time.monotonic() - began < 60
