"""The feed of events: what the caller may see, in a fixed order, with a cursor that never skips."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from issues.actions import PERFORM
from issues.models import Issue
from tests.api.conftest import Clock
from tests.api.test_schema import JSON, schema, validator  # noqa: F401  (a fixture)
from tests.builders import CONTACT, Town, add_west
from trail import windows
from trail.models import Event

Api = Callable[[str], APIClient]
EVENTS = "/api/v1/events/"


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test has written counts as committed; tests/trail/test_windows.py shows the waiting."""
    monkeypatch.setattr("trail.windows.settled_below", lambda: 2**62)


def read(client: APIClient, about: tuple[str, ...] = ("issue",), **query: Any) -> list[dict[str, Any]]:
    """What is told of such subjects, to the end, following `next`."""
    found, url = [], EVENTS
    while True:
        answer = client.get(url, query)
        assert answer.status_code == 200, answer.content.decode()
        page = answer.json()
        found += [row for row in page["results"] if row["type"].partition(".")[0] in about]
        if not page["more"]:
            return found
        url, query = page["next"], {}


def signed(town: Town, category: str = "noise", **more: Any) -> Issue:
    issue = town.report(category, **more)
    PERFORM["sign"](issue, by=town.people["community_secretary"], now=town.now)
    return Issue.objects.get(pk=issue.pk)


def test_it_tells_what_has_happened_in_the_shape_of_a_webhook(
    town: Town,
    api: Api,
    schema: dict[str, Any],  # noqa: F811
) -> None:
    issue = signed(town, contact=CONTACT)
    answer = api("community_secretary").get(EVENTS)
    rows = [row for row in answer.json()["results"] if row["type"].startswith("issue.")]
    assert [row["seq"] for row in rows] == list(range(1, issue.version + 1))
    assert {row["subject"] for row in rows} == {issue.code}
    last = Event.objects.about("issue", issue.pk).last()
    assert rows[-1] == {
        "id": str(last.pk),
        "type": "issue.sign",
        "occurred_at": timezone.localtime(last.occurred_at).isoformat(),
        "recorded_at": timezone.localtime(last.recorded_at).isoformat(),
        "subject": issue.code,
        "seq": issue.version,
        "district": "220103",
        "unit": town.building.code,
        "data": {"state": issue.state, "owner": {"unit": town.community.code}}
        | {key: rows[-1]["data"][key] for key in set(rows[-1]["data"]) - {"state", "owner"}},
    }
    shape = schema["paths"][EVENTS]["get"]["responses"]["200"]["content"][JSON]["schema"]
    assert list(validator(schema, shape).iter_errors(answer.json())) == []
    assert "13800001234" not in answer.content.decode()


def test_everybody_hears_of_what_they_see(town: Town, api: Api) -> None:
    add_west(town)
    near, far = signed(town), town.report(place=town.far_building)
    west = town.report(place=town.west)
    sees = {
        "street_dispatcher": {near.code},
        "far_dispatcher": {far.code},
        "district_dispatcher": {near.code, far.code},
        "west_dispatcher": {west.code},
        "property_officer": set(),
        "system_admin": set(),
        "audit_admin": set(),
    }
    for person, codes in sees.items():
        assert {row["subject"] for row in read(api(person))} == codes, person
    assert APIClient().get(EVENTS).status_code == 401


def test_a_complaint_is_kept_from_those_it_is_about(town: Town, api: Api) -> None:
    issue = signed(town)
    Issue.objects.filter(pk=issue.pk).update(about_unit=town.community)
    assert read(api("community_secretary")) == []
    assert read(api("community_secretary"), subject=issue.code) == []
    assert read(api("street_dispatcher"))


def test_from_outside_it_tells_what_the_timeline_tells(town: Town, api: Api) -> None:
    issue, secretary = signed(town), town.people["community_secretary"]
    PERFORM["note"](issue, by=secretary, now=town.now, text="演示内部", internal=True)
    PERFORM["whistle"](
        issue, by=secretary, now=town.now, kind="quick", text="演示", bodies=[town.bodies["property"]]
    )
    rows = read(api("property_officer"))
    shown = api("property_officer").get(f"/api/v1/issues/{issue.code}/").json()["timeline"]
    assert [row["seq"] for row in rows] == [line["seq"] for line in shown]
    assert "issue.note" in {row["type"] for row in read(api("community_secretary"))}


def test_the_cursor_goes_on_where_it_stood(town: Town, api: Api) -> None:
    client = api("community_secretary")
    first = signed(town)
    page = client.get(EVENTS).json()
    assert page["more"] is False and page["cursor"] in page["next"]
    assert client.get(page["next"]).json() == {**page, "results": []}
    second = signed(town)
    rows = client.get(EVENTS, {"cursor": page["cursor"]}).json()["results"]
    assert {row["subject"] for row in rows} == {second.code} and first.code != second.code


@pytest.mark.parametrize("size", [1, 2, 3, 500])
def test_pages_are_bounded_and_give_everything_once(town: Town, api: Api, size: int) -> None:
    for _number in range(3):
        signed(town)
    whole = [row["id"] for row in read(api("community_secretary"))]
    rows = read(api("community_secretary"), page_size=size)
    assert [row["id"] for row in rows] == whole and len(set(whole)) == len(whole)
    assert len(api("community_secretary").get(EVENTS, {"page_size": size}).json()["results"]) <= size


def test_who_sees_little_gets_on_too(town: Town, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MOST_PASSED", 5)
    for _number in range(4):
        signed(town)
    far = town.report(place=town.far_building)
    assert {row["subject"] for row in read(api("far_dispatcher"), page_size=2)} == {far.code}


def test_filters(town: Town, api: Api, clock: Clock) -> None:
    client = api("community_secretary")
    one, two = signed(town), signed(town)
    assert {row["type"] for row in read(client, type="issue.sign")} == {"issue.sign"}
    assert {row["type"] for row in read(client, type=["issue.sign", "issue.report"])} == {
        "issue.sign",
        "issue.report",
    }
    assert {row["subject"] for row in read(client, subject=two.code.upper())} == {two.code}
    assert {row["subject"] for row in read(client, type="issue.sign", subject=one.code)} == {one.code}
    recorded = Event.objects.latest("recorded_at").recorded_at
    assert read(client, since=recorded.isoformat())
    assert read(client, since=(recorded + timedelta(seconds=1)).isoformat()) == []
    assert read(client, since="0001-01-01T00:00:00Z") == read(client)


@pytest.mark.parametrize("code", ["0" * 16, "nonsense", "1" * 40])
def test_what_is_not_there_and_what_is_not_ones_own_answer_alike(town: Town, api: Api, code: str) -> None:
    far = town.report(place=town.far_building)
    answers = [api("grid_worker").get(EVENTS, {"subject": one}) for one in (code, far.code)]
    pages = [answer.json() | {"next": ""} for answer in answers]
    assert pages[0] == pages[1] and pages[0]["results"] == [] and pages[0]["more"] is False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cursor", "x"),
        ("cursor", "MTIz"),
        ("cursor", "LTEuLTE"),
        ("cursor", "x" * 81),
        ("cursor", "MTAwMDAwMDAwMDAwMDAwMDAwMDAwMDAuMQ"),
        ("cursor", "演示"),
        ("type", "issue.nonsense"),
        ("type", "user.open_account"),
        ("type", "issue"),
        ("since", "yesterday"),
        ("since", "999999-01-01T00:00:00Z"),
        ("page_size", "0"),
        ("page_size", "501"),
        ("page_size", "1000000000"),
        ("page_size", "x"),
        ("subject", "x" * 41),
        ("subject", "a\0b"),
    ],
)
def test_nonsense_is_refused(town: Town, api: Api, name: str, value: str) -> None:
    answer = api("grid_worker").get(EVENTS, {name: value})
    assert answer.status_code == 400 and name in answer.json()["errors"]
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("person", ["community_secretary", "property_officer"])
def test_it_costs_the_same_with_one_and_with_many(
    town: Town, api: Api, django_assert_max_num_queries: Any, person: str
) -> None:
    secretary = town.people["community_secretary"]

    def called() -> None:
        issue = signed(town)
        PERFORM["whistle"](
            issue, by=secretary, now=town.now, kind="quick", text="演示", bodies=[town.bodies["property"]]
        )

    # Behind what the town itself did.
    begun = {"cursor": api(person).get(EVENTS).json()["cursor"]}
    called()
    api(person).get(EVENTS, begun)
    with django_assert_max_num_queries(14) as few:
        assert api(person).get(EVENTS, begun).json()["results"]
    for _number in range(4):
        called()
    with django_assert_max_num_queries(14) as many:
        assert len(api(person).get(EVENTS, begun).json()["results"]) > 5
    assert len(many) == len(few)
