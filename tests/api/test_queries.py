"""How many statements each endpoint costs: the same with one row and with three."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.actions import issue_token
from issues.actions import PERFORM
from tests.api.conftest import ISSUES, Clock
from tests.builders import CONTACT, Town
from tests.issues.acting import Acting

Api = Callable[[str], APIClient]
# As docs/performance.md says; a repeated key costs four more: claimed, stored, and a transaction around both.
LIST, DETAIL, DETAIL_OF_MANY, INTAKE, SIGN, KEY = 4, 12, 16, 10, 22, 4
MAP, FEED, FEED_WITHOUT_NEWS = 4, 12, 2
ROOT = Path(__file__).parents[2]
BODY = {"place": "22010300100100001", "category": "litter", "text": "演示:垃圾没有清运"}


def statements(act: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as found:
        answer = act()
    assert answer.status_code < 300, answer.content.decode()
    return len(found)


@pytest.mark.parametrize("person", ["grid_worker", "district_dispatcher", "body_officer", "building_head"])
@pytest.mark.parametrize("query", ["", "?ordering=due&open=true&mine=true", "?q=演示&street=220103001"])
def test_the_list_of_issues(town: Town, api: Api, person: str, query: str) -> None:
    town.report("noise")
    api(person).get(ISSUES)
    one = statements(lambda: api(person).get(f"{ISSUES}{query}"))
    for _more in range(2):
        issue = town.report("noise", contact=CONTACT)
        secretary = town.people["community_secretary"]
        PERFORM["sign"](issue, by=secretary, now=town.now)
        called = [town.bodies["department"]]
        PERFORM["whistle"](issue, by=secretary, now=town.now, kind="quick", text="演示", bodies=called)
    three = statements(lambda: api(person).get(f"{ISSUES}{query}"))
    # Where nobody is and the person is the nearest above, and whose deputy they are: three more, whatever is there.
    assert one == three <= LIST + (3 if "mine" in query else 0)


@pytest.mark.parametrize("path", ["units", "bodies", "categories"])
def test_the_other_lists(town: Town, api: Api, path: str) -> None:
    def cost(size: int) -> int:
        return statements(lambda: api("district_dispatcher").get(f"/api/v1/{path}/?page_size={size}"))

    api("district_dispatcher").get(f"/api/v1/{path}/")
    assert cost(1) == cost(3) <= 4


@pytest.mark.parametrize("person", ["district_dispatcher", "community_secretary", "body_officer"])
def test_the_detail_does_not_grow_with_those_called(town: Town, api: Api, person: str) -> None:
    def called(*bodies: str) -> str:
        issue = town.report("noise", contact=CONTACT)
        secretary = town.people["community_secretary"]
        PERFORM["sign"](issue, by=secretary, now=town.now)
        chosen = [town.bodies[key] for key in bodies]
        PERFORM["whistle"](issue, by=secretary, now=town.now, kind="emergency", text="演示", bodies=chosen)
        return f"{ISSUES}{issue.code}/"

    one, three = called("department"), called("department", "utility", "posted")
    api(person).get(one)
    cost = statements(lambda: api(person).get(one))
    assert statements(lambda: api(person).get(three)) == cost <= DETAIL_OF_MANY


def test_the_intake(town: Town, api: Api) -> None:
    api("spotter").post(ISSUES, BODY)
    plain = statements(lambda: api("spotter").post(ISSUES, BODY))
    keyed = statements(lambda: api("spotter").post(ISSUES, BODY, headers={"Idempotency-Key": "one"}))
    again = statements(lambda: api("spotter").post(ISSUES, BODY, headers={"Idempotency-Key": "one"}))
    assert (plain, keyed) == (INTAKE, INTAKE + KEY)
    assert again < plain


@pytest.mark.parametrize(("category", "person"), [("litter", "grid_worker"), ("noise", "community_worker")])
def test_a_detail_and_signing_for_it(town: Town, api: Api, category: str, person: str) -> None:
    def address() -> str:
        return f"{ISSUES}{town.report(category, contact=CONTACT).code}/"

    api(person).post(f"{address()}sign/")  # the first one of a process reads more
    first, second = address(), address()
    assert statements(lambda: api(person).get(first)) == DETAIL
    assert statements(lambda: api(person).post(f"{first}sign/")) == SIGN
    key = {"Idempotency-Key": "one"}
    assert statements(lambda: api(person).post(f"{second}sign/", headers=key)) == SIGN + KEY


def test_a_detail_with_all_that_there_may_be(town: Town, api: Api) -> None:
    """Whistled for, submitted and rated."""
    act = Acting(town, town.now)
    issue = act.handling("noise", "community_secretary", contact=CONTACT)
    issue = act("whistle", issue, "community_secretary", kind="quick", bodies=[town.department])
    for verb in ("acknowledge", "report_in", "done"):
        act(verb, issue.callees.get(), "body_officer")
    issue = act("submit_result", issue, "community_secretary")
    issue = act("rate", issue, None, answered=True, solved=True, satisfied=True)
    assert issue.state == "closed"
    there = f"{ISSUES}{issue.code}/"
    api("community_secretary").get(there)
    assert DETAIL < statements(lambda: api("community_secretary").get(there)) <= DETAIL_OF_MANY


@pytest.mark.parametrize("person", ["grid_worker", "district_dispatcher", "body_officer"])
def test_the_map(town: Town, api: Api, person: str) -> None:
    town.report("noise")
    api(person).get(f"{ISSUES}map/")
    one = statements(lambda: api(person).get(f"{ISSUES}map/"))
    for place in (town.building, town.far_building):
        town.report("noise", place=place)
    assert statements(lambda: api(person).get(f"{ISSUES}map/")) == one <= MAP


@pytest.mark.parametrize("person", ["grid_worker", "district_dispatcher", "body_officer", "system_admin"])
def test_the_feed_of_events(town: Town, api: Api, person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Units, bodies and issues in one answer; then one behind which nothing lies."""
    monkeypatch.setattr("trail.windows.settled_below", lambda: 2**62)  # what was written counts as committed
    act, feed = Acting(town, town.now), "/api/v1/events/"
    town.report("noise")
    api(person).get(feed)
    one = statements(lambda: api(person).get(feed))
    for _more in range(2):
        act("sign", town.report("noise", contact=CONTACT), "community_secretary")
    assert statements(lambda: api(person).get(feed)) == one <= FEED
    newest = api(person).get(feed).json()["next"]
    assert statements(lambda: api(person).get(newest)) == FEED_WITHOUT_NEWS


def test_what_is_written_of_it_is_what_is_held_here() -> None:
    told = " ".join((ROOT / "docs/performance.md").read_text(encoding="utf-8").split())
    for figure in (
        f"list {LIST} whatever the page",
        f"detail {DETAIL} (14–{DETAIL_OF_MANY} ",
        f"intake {INTAKE} ({INTAKE + KEY} with an `Idempotency-Key`)",
        f"sign {SIGN}, map {MAP}, ",
        f"events at most {FEED} ({FEED_WITHOUT_NEWS} where nothing is new)",
    ):
        assert figure in told, figure


def test_signing_in_by_token_reads_once_and_writes_nothing(town: Town, api: Api, settings: Any) -> None:
    settings.PREPARE_STATEMENTS = False  # so that the texts can be read
    api("grid_worker").get("/api/v1/categories/")
    with CaptureQueriesContext(connection) as found:
        api("grid_worker").get("/api/v1/categories/")
    about_tokens = [each["sql"] for each in found if "knox" in each["sql"]]
    assert len(about_tokens) == 1 and about_tokens[0].startswith("SELECT")


def test_what_its_use_and_the_allowance_of_a_token_cost(
    town: Town, api: Api, clock: Clock, settings: Any
) -> None:
    """One write of many: the use once a minute, the count each hundredth part of the allowance."""
    settings.API_REQUESTS_PER_MINUTE = 1_000
    client = APIClient()
    token = issue_token(town.people["spotter"], by=None, now=town.now, scopes=["report"])
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")

    def costs(times: int) -> list[int]:
        return [statements(lambda: client.post(ISSUES, BODY)) for _time in range(times)]

    costs(10)  # the first one of a process reads more
    clock.forward(minutes=1)
    api("spotter").post(ISSUES, BODY)  # what a process reads once a minute
    assert costs(10) == [INTAKE + 1, *[INTAKE] * 8, INTAKE + 1]
