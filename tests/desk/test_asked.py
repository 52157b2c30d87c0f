"""What waits for me within matters of others: sub-tasks, decisions, letters, checks on the spot."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from issues.actions import PERFORM
from issues.kinds import REPLY_CHECKS
from issues.models import Decision, Issue
from tests.builders import Town
from tests.faces import signed_in, stop_clock
from trail.refusals import Refused


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


def do(town: Town, verb: str, subject: Any, who: str, **inputs: Any) -> Any:
    """Do it; the issue as it is then."""
    PERFORM[verb](subject, by=town.people[who], now=town.now, **inputs)
    return Issue.objects.get(pk=subject.pk if isinstance(subject, Issue) else subject.issue_id)


def extension(town: Town) -> Issue:
    issue = do(town, "sign", town.report(), "grid_worker")
    return do(town, "ask_extension", issue, "grid_worker", until=date(2026, 3, 16), text="演示:缺件")


def subtask(town: Town) -> Issue:
    issue = do(town, "sign", town.report("road"), "street_dispatcher")
    return do(town, "split", issue, "street_dispatcher", bodies=[town.office], text="演示")


def letter(town: Town) -> Issue:
    issue = do(town, "sign", town.report("road"), "street_dispatcher")
    return do(town, "supervise", issue, "district_dispatcher", until=date(2026, 3, 20), text="演示")


def check(town: Town) -> Issue:
    issue = do(town, "sign", town.report("fire"), "grid_worker")
    return do(town, "submit_result", issue, "grid_worker", outcome="solved", text="演示:已扑灭")


def reply(town: Town) -> Issue:
    town.department.approves_replies = True
    town.department.save()
    issue = town.report("permit")
    do(town, "dispatch", issue, "district_dispatcher", body=town.department)
    do(town, "sign", issue, "body_officer")
    result = {"outcome": "solved", "text": "演示", "checks": [word.key for word in REPLY_CHECKS]}
    return do(town, "submit_result", issue, "body_officer", **result)


def enter(town: Town, name: str) -> Client:
    """Signed in with an account that may open the admin too."""
    town.people[name].is_staff = True
    town.people[name].save(update_fields=["is_staff"])
    return signed_in(town, name)


def rows(client: Client) -> list[tuple[Issue, str]]:
    """What is listed as asked of them; nothing for whom the list is not even offered."""
    page = client.get("/", {"tab": "asked"}).context
    groups = page["groups"] if page["tab"].key == "asked" else []
    return [(row.issue, row.part.part) for _heading, _key, found in groups for row in found]


def figure(client: Client) -> tuple[int, str]:
    """The number on the admin's start page, and where it leads."""
    return next(
        tuple(rest) for label, *rest in client.get("/admin/").context["figures"] if label == "Asked of me"
    )


CASES = {
    "decision": (extension, "community_secretary", "decision", "Extension"),
    "sub-task": (subtask, "office_officer", "task", "Sub-task"),
    "letter": (letter, "street_dispatcher", "decision", "Supervision letter"),
    "check": (check, "community_secretary", "check", "Check on the spot"),
    "reply": (reply, "body_head", "decision", "Approval of a reply"),
}


@pytest.mark.parametrize("case", CASES)
def test_it_stands_in_every_list_of_whom_it_waits_for(town: Town, case: str) -> None:
    make, who, part, words = CASES[case]
    issue = make(town)
    client = enter(town, who)
    assert rows(client) == [(issue, part)]
    content = client.get("/", {"tab": "asked"}).content.decode()
    assert words in content and "Asked of me · 1" in client.get("/").content.decode()
    found = client.get("/api/v1/issues/", {"asked": "true"}).json()["results"]
    assert [one["code"] for one in found] == [issue.code]
    if not who.startswith(("body", "office")):
        number, link = figure(client)
        listed = client.get(link).context["cl"].result_list
        assert number == 1 and list(listed) == [issue]


def test_nobody_else_has_it(town: Town) -> None:
    for make, *_rest in CASES.values():
        make(town)
    town.appoint("reader", "supervisor", town.community)
    for name in ("grid_worker", "body_officer", "far_dispatcher", "utility_officer", "reader"):
        client = enter(town, name)
        assert rows(client) == [] and "Asked of me · " not in client.get("/").content.decode()
        assert client.get("/api/v1/issues/", {"asked": "true"}).json()["results"] == []


def test_due_first_and_late_ones_on_top(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    first = extension(town)
    stop_clock(monkeypatch, town.now + timedelta(hours=1))
    town.now += timedelta(hours=1)
    second = check(town)
    client = enter(town, "community_secretary")
    due = {issue.pk: at for issue, at in ((first, Decision.objects.get().due_at), (second, second.due_at))}
    assert [issue.pk for issue, _part in rows(client)] == sorted(due, key=lambda pk: due[pk])


def test_what_is_decided_is_gone(town: Town) -> None:
    extension(town)
    do(town, "grant", Decision.objects.get(), "community_secretary")
    client = enter(town, "community_secretary")
    assert rows(client) == [] and figure(client)[0] == 0
    assert "No sub-task, decision, letter" in client.get("/", {"tab": "asked"}).content.decode()


def test_nobody_decides_what_they_asked_for(town: Town) -> None:
    town.appoint("grid_worker", "community_worker", town.community)
    extension(town)
    with pytest.raises(Refused):
        do(town, "grant", Decision.objects.get(), "grid_worker")
    assert rows(enter(town, "grid_worker")) == []


def test_a_complaint_stays_hidden_from_its_subject(town: Town) -> None:
    issue = extension(town)
    Issue.objects.filter(pk=issue.pk).update(about_unit=town.community)
    client = enter(town, "community_secretary")
    assert rows(client) == [] and figure(client)[0] == 0
    assert client.get("/api/v1/issues/", {"asked": "true"}).json()["results"] == []


@pytest.mark.parametrize("address", ["/", "/?tab=asked", "/admin/", "/api/v1/issues/?asked=true"])
def test_three_cost_what_one_does(town: Town, address: str) -> None:
    client = enter(town, "community_secretary")

    def cost() -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    extension(town), check(town)
    one = cost()
    for _more in range(2):
        extension(town), check(town)
    assert cost() == one
