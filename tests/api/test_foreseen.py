"""Before a whistle is blown: who would come and by when, over REST as on the page, and nothing written."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from grids.actions.posts import set_shift
from issues.forms import verb_form
from issues.models import Callee, Deadline, Issue, Whistle
from tests.api.conftest import ISSUES, Clock
from tests.builders import LONG_AGO, Town
from tests.issues.acting import Acting
from trail.models import Event

Api = Callable[[str], APIClient]


@pytest.fixture
def act(town: Town, clock: Clock) -> Acting:
    return Acting(town, town.now)


@pytest.fixture
def held(act: Acting) -> Issue:
    """In hand at a community."""
    return act.handling("noise", "community_worker")


def ask(client: APIClient, issue: Issue, verb: str = "whistle", **query: Any) -> Any:
    return client.get(f"{ISSUES}{issue.code}/{verb}/preview/", query)


def written() -> list[int]:
    return [model.objects.count() for model in (Whistle, Callee, Deadline, Event)]


def limits(row: dict[str, Any]) -> dict[str, str]:
    return {one["clock"]["key"]: one["due_at"] for one in row["clocks"]}


def test_it_says_what_the_whistle_then_does_and_writes_nothing(town: Town, api: Api, held: Issue) -> None:
    before = written()
    told = ask(api("community_worker"), held, kind="quick", bodies=["office-1"])
    assert told.status_code == 200, told.content.decode()
    assert written() == before and "ETag" not in told.headers
    body = {"kind": "quick", "bodies": ["office-1"]}
    done = api("community_worker").post(f"{ISSUES}{held.code}/whistle/", body, format="json").json()
    (seen,), (callee,) = told.json()["callees"], done["whistles"][0]["callees"]
    assert seen["party"] == callee["party"] and seen["is_lead"] is callee["is_lead"] is True
    assert seen["clocks"] == callee["clocks"]
    assert told.json()["promised_at"] == done["promised_at"]


def test_people_are_named_as_on_the_page(town: Town, api: Api, held: Issue, act: Acting) -> None:
    (seen,) = ask(api("community_worker"), held, kind="quick", bodies=["department-1"]).json()["callees"]
    assert [(one["name"], one["covering"]) for one in seen["people"]] == [
        ("body_officer", "holder"), ("body_head", "holder"),
    ]  # fmt: skip
    assert (seen["more"], seen["on_duty"]) == (0, False)
    assert set(seen["people"][0]) == {"name", "role", "covering", "place"}
    form = verb_form("whistle", held, town.people["community_worker"], act.now)
    (offered,) = [one for one in form.callees().usual if one.code == "department-1"]
    assert [str(one) for one in offered.coming.people] == [
        f"{one['role']} {one['name']}" for one in seen["people"]
    ]


def test_an_emergency_names_the_first_on_duty(town: Town, api: Api, held: Issue, act: Acting) -> None:
    hours = {"starts_at": act.now, "ends_at": act.now + timedelta(hours=12)}
    set_shift(town.posts["street_leader"], rank=1, by=None, now=LONG_AGO, **hours)
    (seen,) = ask(api("community_worker"), held, kind="emergency", units=[town.street.code]).json()["callees"]
    assert [one["name"] for one in seen["people"]] == ["street_leader"]
    assert (seen["on_duty"], seen["more"]) == (True, 0)
    assert set(limits(seen)) == {"acknowledge", "arrive", "report", "done"}


def test_who_looks_at_it_first_and_the_times_as_if_they_agreed_now(town: Town, api: Api, held: Issue) -> None:
    query = {"kind": "tough", "bodies": ["office-1", "property-1"], "lead": "property-1"}
    told = ask(api("community_worker"), held, **query).json()
    assert told["reviewed_by"]["code"] == town.street.code and told["reviewed_until"]
    office, firm = told["callees"]
    assert (office["is_lead"], firm["is_lead"]) == (False, True)
    assert set(limits(office)) == {"acknowledge", "arrive", "done"}
    assert set(limits(firm)) == {"acknowledge", "arrive", "plan", "done"}


def test_whoever_would_be_called_in_as_well(town: Town, api: Api, act: Acting) -> None:
    issue = act.handling("road", "street_dispatcher")
    issue = act("whistle", issue, "street_dispatcher", kind="tough", bodies=[town.office])
    told = ask(api("street_leader"), issue, "join", bodies=["department-1"]).json()
    assert [one["party"]["code"] for one in told["callees"]] == ["department-1"]
    assert (told["kind"]["key"], Callee.objects.count()) == ("tough", 1)
    calm = act.handling()
    assert ask(api("grid_worker"), calm, "join", bodies=["posted-1"]).json()["code"] == "joinable"


@pytest.mark.parametrize(
    ("who", "query", "status", "code"),
    [
        ("community_worker", {"kind": "quick"}, 409, "no_callee"),
        ("community_worker", {"kind": "quick", "bodies": ["office-1", "posted-1"]}, 409, "too_many_callees"),
        ("community_worker", {"kind": "tough", "bodies": ["department-1"]}, 409, "not_callable"),
        ("community_worker", {"kind": "quick", "bodies": ["office-1"], "lead": "x"}, 409, "lead"),
        ("community_worker", {"kind": "tough", "bodies": ["office-1"], "remote": "true"}, 409, "remote"),
        ("street_leader", {"kind": "quick", "bodies": ["office-1"]}, 403, "not_yours"),
        ("building_head", {"kind": "quick"}, 403, "not_yours"),
        ("community_worker", {"bodies": ["office-1"]}, 400, None),
        ("community_worker", {"kind": "loud", "bodies": ["office-1"]}, 400, None),
        ("community_worker", {"kind": "quick", "bodies": ["nobody-1"]}, 400, None),
        ("far_worker", {"kind": "quick", "bodies": ["office-1"]}, 404, None),
    ],
)
def test_refused_like_the_whistle_itself(
    town: Town, api: Api, held: Issue, who: str, query: dict[str, Any], status: int, code: str | None
) -> None:
    told = ask(api(who), held, **query)
    assert (told.status_code, told.json().get("code")) == (status, code)
    done = api(who).post(f"{ISSUES}{held.code}/whistle/", query, format="json")
    assert (done.status_code, done.json()) == (status, told.json())


def test_a_foreign_issue_answers_like_none_whatever_else_is_asked(town: Town, api: Api, held: Issue) -> None:
    far = api("far_worker")
    for query in ({}, {"kind": "loud"}, {"kind": "quick", "bodies": ["office-1"]}):
        foreign = ask(far, held, **query)
        nothing = far.get(f"{ISSUES}{'z' * 16}/whistle/preview/", query)
        assert (foreign.status_code, foreign.json()) == (nothing.status_code, nothing.json())
        assert foreign.status_code == 404


class TestAnybody:
    """An emergency names anybody in the district, whoever that is to see otherwise."""

    def send(self, client: APIClient, issue: Issue, **body: Any) -> Any:
        return client.post(f"{ISSUES}{issue.code}/whistle/", body, format="json")

    def test_a_grid_and_a_body_of_another_street(self, town: Town, api: Api, held: Issue) -> None:
        named = {
            "kind": "emergency",
            "units": [town.far_grid.code, town.street.code],
            "bodies": ["far_office-1"],
        }
        told = ask(api("community_worker"), held, **named).json()
        done = self.send(api("community_worker"), held, **named)
        assert done.status_code == 200, done.content.decode()
        (whistle,) = done.json()["whistles"]
        called = [one["party"]["code"] for one in whistle["callees"]]
        assert called == [town.far_grid.code, town.street.code, "far_office-1"]
        assert [one["party"]["code"] for one in told["callees"]] == called
        for name in ("far_worker", "far_officer", "far_dispatcher"):
            assert api(name).get(f"{ISSUES}{held.code}/").status_code == 200, name
        more = {"units": [town.other_grid.code], "text": "演示"}
        joined = api("community_worker").post(f"{ISSUES}{held.code}/join/", more, format="json")
        assert joined.status_code == 200

    @pytest.mark.parametrize("kind", ["quick", "tough"])
    def test_other_kinds_find_nobody_there(self, town: Town, api: Api, held: Issue, kind: str) -> None:
        for named in ({"units": [town.far_grid.code]}, {"bodies": ["far_office-1"]}):
            answer = self.send(api("community_worker"), held, kind=kind, **named)
            assert (answer.status_code, list(answer.json()["errors"])) == (400, list(named))

    def test_nor_does_anybody_who_does_not_whistle(self, town: Town, api: Api, held: Issue) -> None:
        there, nowhere = (
            self.send(api("building_head"), held, kind="emergency", bodies=[code])
            for code in ("far_office-1", "far_office-9")
        )
        assert (there.status_code, nowhere.status_code) == (400, 400)

    def test_what_is_in_no_list_of_the_district_is_unknown(self, town: Town, api: Api, held: Issue) -> None:
        answer = self.send(api("community_worker"), held, kind="emergency", units=["220103009009"])
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["units"])
