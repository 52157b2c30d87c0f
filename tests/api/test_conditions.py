"""ETag, If-None-Match and If-Match: what one saw still holds, or one is told what has changed."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from grids.standing import forget_standings
from issues.actions import PERFORM
from issues.kinds import REPORT_MODES
from issues.models import Issue
from issues.worktimes import forget_worktimes
from notices.models import Subscription
from tests.api.conftest import ISSUES, Clock, client_of
from tests.api.test_parallel import at_once
from tests.api.test_scopes import views
from tests.builders import Town
from tests.governance.addresses import values
from tests.governance.neighbours import rows_of_street_a
from tests.governance.walk import PARAMETER
from tests.towns import put_town
from trail.api.views import ListView, Nowhere
from trail.models import Event

Api = Callable[[str], APIClient]
# What is counted or looked up anew for each who asks, and has no tag: figures, answers to a question, a code for a minute.
NO_DETAIL = {
    *("activities/<int:pk>/check_in_code/", "certificates/check/", "events/", "issues/likely/", "lists/"),
    *("issues/<str:code>/join/preview/", "issues/<str:code>/whistle/preview/"),
    *("notices/unread/", "rankings/", "redemptions/<int:pk>/code/", "units/at/"),
    *(f"statistics/{one}/" for one in ("assessment", "day", "issues", "rates", "volunteering", "whistles")),
}
READERS = (
    "street_dispatcher",
    "grid_worker",
    "system_admin",
    "supervisor",
    "community_secretary",
    "building_head",
)


def details() -> list[str]:
    """Every address that is read and is no list of pages, from the table of addresses."""
    found = [
        route.removeprefix("/api/v1/")
        for route, view in views()
        if route.startswith("/api/v1/") and "GET" in getattr(view, "scopes", {})
        if not issubclass(view, ListView | Nowhere)
    ]
    return sorted(set(found) - NO_DETAIL)


@pytest.fixture
def there(town: Town) -> str:
    return f"{ISSUES}{town.report().code}/"


def test_a_detail_has_a_strong_tag_that_begins_with_the_version(town: Town, api: Api, there: str) -> None:
    first, again = (api("grid_worker").get(there) for _time in range(2))
    assert re.fullmatch(rf'"{first.json()["version"]}-[0-9a-f]{{16}}"', first.headers["ETag"])
    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    "address",
    ["", "/api/v1/units/220103001001001/", "/api/v1/bodies/department-1/"],
)
def test_what_is_still_the_same_is_a_304(town: Town, api: Api, there: str, address: str) -> None:
    whole = api("grid_worker").get(address or there)
    tag = whole.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = api("grid_worker").get(address or there, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b""), known
        said, whole_said = (set(one.headers["Vary"].split(", ")) for one in (answer, whole))
        assert answer.headers["ETag"] == tag and whole_said <= said
    for known in ('"x"', '"2"', "x", ""):
        answer = api("grid_worker").get(address or there, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (200, whole.content), known


def test_every_detail_has_a_tag_and_is_not_sent_twice(town: Town, api: Api, clock: Clock) -> None:
    """Each, also one that is new."""
    rows, found = rows_of_street_a(town), {}
    assert len(details()) > 25
    for route in details():
        named = next(iter(values(f"api/v1/{route}", rows, town)), {}) if "<" in route else {}
        address = "/api/v1/" + PARAMETER.sub(lambda one, named=named: str(named[one[1] or one[2]]), route)
        answers = ((name, api(name).get(address)) for name in READERS)
        name, whole = next((pair for pair in answers if pair[1].status_code == 200), ("", None))
        assert whole is not None, f"{address}: nobody reads it"
        tag = whole.headers.get("ETag", "")
        assert re.fullmatch(r'"([0-9]+-)?[0-9a-f]{16}"', tag), address
        again = api(name).get(address, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag), address
        other = api(name).get(address, headers={"If-None-Match": '"0-0123456789abcdef"'})
        assert other.status_code == 200 and other.headers["ETag"] == tag, address
        found[route] = tag
    versioned = {route for route, tag in found.items() if "-" in tag}
    assert {"units/<str:code>/", "bodies/<str:code>/", "posts/<int:pk>/", "webhooks/<int:pk>/"} <= versioned


def test_what_reads_otherwise_has_another_tag(town: Town, api: Api, clock: Clock, there: str) -> None:
    """Also without a new version: other readers, other languages, other fields, later."""
    chinese = client_of(town.people["grid_worker"])
    chinese.credentials(**chinese._credentials | {"HTTP_ACCEPT_LANGUAGE": "zh-hans"})
    tags = [
        api("grid_worker").get(there).headers["ETag"],
        chinese.get(there).headers["ETag"],
        api("street_dispatcher").get(there).headers["ETag"],
        api("grid_worker").get(f"{there}?fields=code,version").headers["ETag"],
    ]
    clock.forward(days=3)
    tags.append(api("grid_worker").get(there).headers["ETag"])
    assert len(set(tags)) == 5 and {tag.partition("-")[0] for tag in tags} == {'"2'}
    answer = api("grid_worker").get(there, headers={"If-None-Match": tags[0]})
    assert answer.status_code == 200 and answer.json()["is_overdue"]


@pytest.mark.parametrize("how", ["tag", "version", "any", "several", "spaces", "compressed"])
def test_a_step_with_what_one_has_seen(town: Town, api: Api, there: str, how: str) -> None:
    tag = api("grid_worker").get(there).headers["ETag"]
    said = {
        "tag": tag,
        "version": '"2"',
        "any": "*",
        "several": f'"1", {tag}, "99"',
        "spaces": f"  {tag} ",
        "compressed": f"W/{tag}",
    }[how]
    answer = api("grid_worker").post(f"{there}sign/", headers={"If-Match": said})
    assert answer.status_code == 200
    assert answer.headers["ETag"] == api("grid_worker").get(there).headers["ETag"]
    answer = api("grid_worker").post(
        f"{there}note/", {"text": "演示"}, headers={"If-Match": answer.headers["ETag"]}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("said", ['"1"', '"1-0123456789abcdef"', 'W/"1"', '"99"', '"none-of-ours"', '""'])
def test_a_step_with_something_else_is_a_412_that_says_what_has_changed(
    town: Town, api: Api, there: str, said: str
) -> None:
    issue = Issue.objects.get()
    PERFORM["sign"](issue, by=town.people["grid_worker"], now=town.now)
    answer = api("grid_worker").post(f"{there}note/", {"text": "演示"}, headers={"If-Match": said})
    told = answer.json()
    assert answer.status_code == told["status"] == 412, told
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (told["code"], told["version"], told["state"]) == ("stale", 3, "handling")
    assert "submit_result" in told["allowed"] and "sign" not in told["allowed"]
    if '"1' in said:
        assert told["since"] == ["dispatch", "sign"]
    assert Issue.objects.get().version == 3


def test_whoever_comes_second_is_told_so_before_the_rule(town: Town, api: Api, there: str) -> None:
    tag = api("grid_worker").get(there).headers["ETag"]
    assert api("grid_worker").post(f"{there}sign/", headers={"If-Match": tag}).status_code == 200
    late = api("grid_chief").post(f"{there}sign/", headers={"If-Match": tag})
    assert (late.status_code, late.json()["since"]) == (412, ["sign"])
    plain = api("grid_chief").post(f"{there}sign/")
    assert (plain.status_code, "since" in plain.json()) == (409, False)
    never = api("supervisor").post(f"{there}sign/", headers={"If-Match": tag})
    assert never.status_code == 403


def test_the_version_in_a_body_is_the_same_with_a_409(town: Town, api: Api, there: str) -> None:
    api("grid_worker").post(f"{there}sign/", {"version": 2})
    for said in (2, "2", "2.0"):
        answer = api("grid_worker").post(f"{there}note/", {"text": "演示", "version": said})
    told = answer.json()
    assert (answer.status_code, told["code"], told["version"], told["since"]) == (409, "stale", 3, ["sign"])
    both = {"text": "演示", "version": 2}
    answer = api("grid_worker").post(f"{there}note/", both, headers={"If-Match": '"3"'})
    assert answer.status_code == 400 and "version" in answer.json()["errors"]
    both["version"] = 3
    assert api("grid_worker").post(f"{there}note/", both, headers={"If-Match": '"3"'}).status_code == 200


def test_reminders_since_then_change_nothing(town: Town, api: Api, clock: Clock, there: str) -> None:
    tag = api("grid_worker").get(there).headers["ETag"]
    clock.now = Issue.objects.get().due_at
    from issues.actions.escalate import sweep_once

    sweep_once(now=clock.now)
    assert Issue.objects.get().version == 3
    assert api("grid_worker").post(f"{there}sign/", headers={"If-Match": tag}).status_code == 200


def test_a_part_goes_by_the_version_of_its_issue(town: Town, api: Api) -> None:
    issue = town.report("noise")
    secretary, officer = town.people["community_secretary"], "body_officer"
    PERFORM["sign"](issue, by=secretary, now=town.now)
    called = [town.bodies["department"]]
    PERFORM["whistle"](issue, by=secretary, now=town.now, kind="quick", text="演示", bodies=called)
    callee = issue.callees.get()
    tag = api(officer).get(f"{ISSUES}{issue.code}/").headers["ETag"]
    here = f"/api/v1/callees/{callee.pk}/"
    assert api(officer).post(f"{here}acknowledge/", headers={"If-Match": tag}).status_code == 200
    body = {"mode": REPORT_MODES[0].key}
    late = api(officer).post(f"{here}report_in/", body, headers={"If-Match": tag})
    assert late.status_code == 412 and "report_in" in late.json()["allowed"]
    assert late.json()["since"] == ["acknowledge"]


@pytest.mark.parametrize("said", ["3", "", "x", '"', '"2', '"2" "3"', ",", "\xff"])
def test_what_is_no_tag_is_a_400(town: Town, api: Api, there: str, said: str) -> None:
    answer = api("grid_worker").post(f"{there}sign/", headers={"If-Match": said})
    assert answer.status_code == 400 and "If-Match" in answer.json()["errors"]


STEPS_BY_EVENTS = (
    ("body", "/api/v1/bodies/department-1/", "change", {"name": "演示局"}, "system_admin"),
    ("body", "/api/v1/bodies/department-1/", "close", {}, "system_admin"),
    ("post", "posts", "deputy", {"deputy": "spotter"}, "system_admin"),
    ("post", "posts", "end", {}, "system_admin"),
    ("post", "posts", "leave", {"starts_at": "2026-03-20T02:00:00Z", "ends_at": "2026-03-21T02:00:00Z"}, "grid_worker"),
    ("webhook", "webhooks", "pause", {}, "system_admin"),
    ("webhook", "webhooks", "rotate", {}, "system_admin"),
)  # fmt: skip


def subject_of(town: Town, api: Api, kind: str, address: str) -> str:
    if kind == "post":
        return f"/api/v1/posts/{town.posts['grid_worker'].pk}/"
    if kind == "webhook":
        body = {
            "name": "演示",
            "address": "http://127.0.0.1:9/",
            "account": "street_dispatcher",
            "unit": "220103",
        }
        return str(api("system_admin").post("/api/v1/webhooks/", body).headers["Location"])
    return address


@pytest.mark.parametrize(("kind", "address", "verb", "body", "person"), STEPS_BY_EVENTS)
def test_the_number_of_the_last_event_is_a_version_too(
    town: Town, api: Api, kind: str, address: str, verb: str, body: dict, person: str
) -> None:
    here, client = subject_of(town, api, kind, address), api(person)
    first = client.get(here)
    version, before = first.json()["version"], Event.objects.count()
    assert first.headers["ETag"].startswith(f'"{version}-') and version >= 1
    for said in ('"99"', '"none-of-ours"', f'"{version - 1}"'):
        late = client.post(f"{here}{verb}/", body, headers={"If-Match": said})
        told = late.json()
        assert (late.status_code, told["code"], told["version"]) == (412, "stale", version), (said, told)
        assert verb in told["allowed"] and told["state"] not in ("closed", "ended")
    assert Event.objects.count() == before and client.get(here).headers["ETag"] == first.headers["ETag"]
    done = client.post(f"{here}{verb}/", body, headers={"If-Match": first.headers["ETag"]})
    assert done.status_code == 200, done.content.decode()
    assert done.json()["version"] == version + 1
    if verb != "rotate":  # that answer has the secret, which no detail has
        assert done.headers["ETag"] == client.get(here).headers["ETag"]
    late = client.post(f"{here}{verb}/", body, headers={"If-Match": f'"{version}"'})
    event = Event.objects.latest("pk").verb
    assert (late.status_code, late.json()["since"]) == (412, [event])
    never = api("supervisor").post(f"{here}{verb}/", body, headers={"If-Match": '"99"'})
    assert never.status_code in (403, 404)


def test_what_a_list_shows_is_the_version_of_the_detail(town: Town, api: Api) -> None:
    made = subject_of(town, api, "webhook", "")
    for many, one in (
        ("units", "units/220103001001001"), ("bodies", "bodies/department-1"),
        ("posts", f"posts/{town.posts['grid_worker'].pk}"), ("webhooks", made.strip("/").removeprefix("api/v1/")),
    ):  # fmt: skip
        whole = api("system_admin").get(f"/api/v1/{one}/").json()
        rows = api("system_admin").get(f"/api/v1/{many}/?page_size=100").json()["results"]
        named = "code" if "code" in whole else "id"
        assert [row["version"] for row in rows if row[named] == whole[named]] == [whole["version"]], many
    assert Subscription.objects.count() == 1


def test_a_rule_goes_by_its_newest_version(town: Town, api: Api) -> None:
    here, client = "/api/v1/units/220103/policies/limits/", api("system_admin")
    body = {"value": {"community": {"submit": [1, "hours"]}}, "reason": "演示:试行"}
    tag = client.get(here).headers["ETag"]
    assert tag.startswith('"0-')
    for said in ('"x"', '"7"'):
        assert client.post(here, body, headers={"If-Match": said}).status_code == 412
    both = client.post(here, body | {"seen": 3}, headers={"If-Match": tag})
    assert both.status_code == 400 and "seen" in both.json()["errors"]
    made = client.post(here, body, headers={"If-Match": tag})
    assert made.status_code == 201
    late = client.post(here, body, headers={"If-Match": tag})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert late.json()["version"] == made.json()["id"] == client.get(here).json()["newest"]
    assert client.post(here, body, headers={"If-Match": f'"{made.json()["id"]}"'}).status_code == 201
    assert api("grid_worker").post(here, body, headers={"If-Match": '"7"'}).status_code == 403


def test_a_boundary_goes_by_the_version_of_its_unit(town: Town, api: Api) -> None:
    here, client = "/api/v1/units/220103001001001/boundary/", api("system_admin")
    shape = {"type": "Polygon", "coordinates": [[[125, 43], [125.01, 43], [125.01, 43.01], [125, 43]]]}
    tag = client.get(here).headers["ETag"]
    assert client.put(here, shape, headers={"If-Match": '"99"'}).status_code == 412
    assert client.put(here, shape, headers={"If-Match": tag}).json()["changed"] == ["220103001001001"]
    late = client.put(here, {"type": "x"}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["since"]) == (412, ["change"])
    assert client.put(here, shape, headers={"If-Match": client.get(here).headers["ETag"]}).status_code == 200


def test_a_part_s_own_tag_is_good_for_its_steps(town: Town, api: Api) -> None:
    issue = town.report("noise")
    PERFORM["sign"](issue, by=town.people["community_secretary"], now=town.now)
    called = [town.bodies["department"]]
    PERFORM["whistle"](
        issue, by=town.people["community_secretary"], now=town.now, kind="quick", text="演示", bodies=called
    )
    here = f"/api/v1/callees/{issue.callees.get().pk}/"
    tags = [api("body_officer").get(f"{here}{more}").headers["ETag"] for more in ("", "?fields=id,state")]
    assert len(set(tags)) == 2 and len({tag.partition("-")[0] for tag in tags}) == 1
    assert api("body_officer").post(f"{here}acknowledge/", headers={"If-Match": tags[0]}).status_code == 200
    late = api("body_officer").post(f"{here}done/", {"text": "演示"}, headers={"If-Match": tags[1]})
    assert late.status_code == 412, late.content.decode()


@pytest.mark.parametrize("address", [ISSUES, f"{ISSUES}batch/", "/api/v1/alerts/", "/api/v1/webhooks/"])
def test_where_there_are_no_versions_a_condition_is_not_passed_over(
    town: Town, api: Api, address: str
) -> None:
    answer = api("system_admin").post(address, {}, headers={"If-Match": '"1"'})
    assert answer.status_code == 400 and "If-Match" in answer.json()["errors"]


def test_a_foreign_issue_tells_nothing_whatever_the_condition(town: Town, api: Api, there: str) -> None:
    for said in ('"2"', '"1"', "*"):
        answer = api("far_worker").post(f"{there}sign/", headers={"If-Match": said})
        none = api("far_worker").post(f"{ISSUES}{'0' * 16}/sign/", headers={"If-Match": said})
        assert (answer.status_code, answer.content) == (none.status_code, none.content) == (404, none.content)


def test_a_repeated_step_gets_the_stored_answer_whatever_its_condition(
    town: Town, api: Api, there: str
) -> None:
    headers = {"If-Match": api("grid_worker").get(there).headers["ETag"], "Idempotency-Key": "one"}
    first, again = (api("grid_worker").post(f"{there}sign/", headers=headers) for _time in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.content == again.content and first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["ETag"] == api("grid_worker").get(there).headers["ETag"]


def test_a_key_that_was_used_for_something_else_is_a_422_whatever_the_condition(
    town: Town, api: Api, there: str
) -> None:
    headers = {"If-Match": '"2"', "Idempotency-Key": "one"}
    assert api("grid_worker").post(f"{there}sign/", headers=headers).status_code == 200
    answer = api("grid_worker").post(f"{there}note/", {"text": "演示"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Town]:
    yield put_town()
    forget_standings()
    forget_worktimes()


@pytest.mark.parametrize(("verb", "body"), [("sign", {}), ("note", {"text": "演示"})])
def test_of_two_at_the_same_moment_one_wins_and_the_other_is_told(
    committed: Town, verb: str, body: dict[str, Any]
) -> None:
    issue = committed.report()
    there = f"{ISSUES}{issue.code}/"
    clients = [client_of(committed.people[name]) for name in ("grid_worker", "grid_chief")]
    tags = [client.get(there).headers["ETag"] for client in clients]

    def send(number: int) -> Callable[[], Any]:
        return lambda: clients[number].post(f"{there}{verb}/", body, headers={"If-Match": tags[number]})

    answers = at_once([send(0), send(1)])
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    (late,) = (answer.json() for answer in answers if answer.status_code == 412)
    assert late["version"] == Issue.objects.get().version and late["since"][-1] == verb
    assert Event.objects.filter(subject_type="issue", subject_id=issue.pk, verb=verb).count() == 1
