"""Lives over HTTP beyond the usual way: moved about, asked for, shared, merged, called, checked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from issues.models import Decision, Issue
from tests.api.conftest import ISSUES, photo
from tests.api.test_life import LIVES, report
from tests.builders import Town

Api = Callable[[str], APIClient]


def one(issue: dict[str, Any], kind: str, state: str = "") -> dict[str, Any]:
    """The only part of this kind (in this state)."""
    (found,) = [part for part in issue[kind] if state in {"", part["state"]["key"]}]
    return found


def signed(api: Api, do: Any, person: str = "grid_worker", **more: Any) -> str:
    address = report(api, **more)
    do(person, address, "sign")
    return address


def test_sent_about(town: Town, api: Api, do: Any) -> None:
    address = report(api, category="noise")
    issue = do("community_secretary", address, "correct", place=town.other_grid.code, text="地点有误")
    assert issue["place"]["code"] == town.other_grid.code
    do("community_secretary", address, "dispatch", unit=town.grid.code)
    assert do("community_secretary", address, "recall")["owner"]["code"] == town.community.code
    do("community_secretary", address, "dispatch", unit=town.grid.code)
    issue = do("grid_worker", address, "return", why="other_unit", unit=town.other_grid.code, text="不归我格")
    assert issue["owner"]["code"] == town.community.code
    assert api("spotter").get(address).json()["proposed"] is None
    seen = api("community_secretary").get(address).json()
    assert (seen["proposed"]["code"], "give_proposed" in seen["allowed"]) == (town.other_grid.code, True)
    assert do("community_secretary", address, "give_proposed")["owner"]["code"] == town.other_grid.code
    do("street_leader", address, "chase")
    issue = do("street_leader", address, "lift", text="街道直接办")
    assert (issue["owner"]["code"], issue["state"]["key"]) == (town.street.code, "handling")
    issue = do("street_leader", address, "lead")
    assert "lead" in issue["timeline"][-1]["verb"] and issue["leader"] == "street_leader"
    assert api("spotter").get(address).json()["leader"] is None
    do("street_leader", address, "phoned", whom="police")
    assert do.verbs == set(LIVES["sent about"].split())


def test_a_danger_that_is_none(town: Town, api: Api, do: Any) -> None:
    address = signed(api, do, category="fire")
    issue = do("grid_worker", address, "ask_all_clear", category="litter", text="只是烧饭的烟")
    (decision,) = issue["decisions"]
    assert (decision["kind"]["key"], decision["category"]["key"]) == ("all_clear", "litter")
    do("community_secretary", f"/api/v1/decisions/{decision['id']}/", "refuse", text="请再看")
    issue = do("street_leader", address, "all_clear", category="noise", text="现场没有险情")
    assert (issue["is_danger"], issue["category"]["key"]) == (False, "noise")
    assert do.verbs == set(LIVES["no danger"].split())


def test_asked_for(town: Town, api: Api, do: Any) -> None:
    address = signed(api, do)
    for verb, person, body in (
        ("drop", "grid_worker", {}),
        ("refuse", "community_secretary", {"text": "按期办理"}),
        ("grant", "community_secretary", {"text": "同意"}),
    ):
        issue = do("grid_worker", address, "ask_extension", until="2026-03-12", text="零件还没到")
        decision = one(issue, "decisions", "open")
        assert (decision["kind"]["key"], decision["party"]["code"]) == ("extension", town.community.code)
        assert [clock["clock"]["key"] for clock in decision["clocks"]] == ["decide"]
        seen = one(api(person).get(address).json(), "decisions", "open")
        assert verb in seen["allowed"]
        issue = do(person, f"/api/v1/decisions/{decision['id']}/", verb, **body)
    assert issue["due_at"] == "2026-03-12T17:30:00+08:00"
    issue = do("supervisor", address, "supervise", until="2026-03-11", text="请说明")
    letter = one(issue, "decisions", "open")
    assert letter["letter"] == "2026-00001"
    do("grid_worker", f"{address}decisions/{letter['id']}/", "answer_letter", text="三日内办结")
    issue = do("supervisor", address, "supervise", until="2026-03-11", text="请再说明")
    letter = one(issue, "decisions", "open")
    assert letter["letter"] == "2026-00002"
    gone = do("supervisor", f"{address}decisions/{letter['id']}/", "withdraw_letter", text="情况已清楚")
    assert not [row for row in gone["decisions"] if row["state"]["key"] == "open"]
    issue = do("grid_worker", address, "ask_suspension", cause="season", until="2026-05-06", text="等停暖后")
    decision = one(issue, "decisions", "open")
    assert decision["cause"]["key"] == "season"
    issue = do("community_secretary", f"{address}decisions/{decision['id']}/", "grant")
    assert issue["state"]["key"] == "suspended"
    assert do("grid_worker", address, "resume")["state"]["key"] == "handling"
    assert do.verbs == set(LIVES["asked for"].split())


def test_shared(town: Town, api: Api, do: Any) -> None:
    address = signed(api, do, "community_secretary", category="noise")
    both = [town.grid.code, town.other_grid.code]
    issue = do("community_secretary", address, "split", units=both, text="各清一半")
    assert "submit_result" not in issue["allowed"]
    first, second = issue["tasks"]
    assert (first["party"]["code"], first["state"]["key"]) == (town.grid.code, "given")
    assert {clock["clock"]["key"] for clock in first["clocks"]} == {"take", "finish"}
    do("grid_worker", f"/api/v1/tasks/{first['id']}/", "take_task")
    done = f"{address}tasks/{first['id']}/"
    issue = do("grid_worker", done, "ask_task_time", until="2026-03-13", text="人手不够")
    asking = one(issue, "decisions", "open")
    assert (asking["kind"]["key"], asking["asker"]["code"]) == ("more_time", town.grid.code)
    assert asking["party"]["code"] == town.community.code
    do("grid_worker", done, "finish_task", multipart=True, text="已清", photos=[photo()])
    do("other_worker", f"/api/v1/tasks/{second['id']}/", "give_back", text="不归我格")
    issue = do("community_secretary", address, "split", units=[town.grid.code], text="再清一次")
    last = one(issue, "tasks", "given")
    issue = do("community_secretary", f"/api/v1/tasks/{last['id']}/", "call_off", text="不用了")
    assert {task["state"]["key"] for task in issue["tasks"]} == {"finished", "given_back", "called_off"}
    do("community_secretary", address, "submit_result", outcome="explained", text="已解释")
    assert do("street_leader", address, "send_back", text="不实")["state"]["key"] == "assigned"
    assert do.verbs == set(LIVES["shared"].split())


def test_parts_supervised(town: Town, api: Api, do: Any) -> None:
    address = signed(api, do, "community_secretary", category="noise")
    issue = do("community_secretary", address, "split", units=[town.grid.code], text="清一半")
    task = one(issue, "tasks", "given")
    assert "chase_task" in task["allowed"] and task["chased_at"] is None
    part = f"/api/v1/tasks/{task['id']}/"
    issue = do("community_secretary", part, "chase_task", text="居民在等")
    assert one(issue, "tasks")["chased_at"] and "chase_task" not in one(issue, "tasks")["allowed"]
    again = api("supervisor").post(f"{part}chase_task/", {})
    assert (again.status_code, again.json()["code"]) == (409, "not_chased")
    assert api("grid_worker").post(f"{part}chase_task/", {}).status_code == 403
    issue = do(
        "supervisor", f"{address}tasks/{task['id']}/", "supervise_task", until="2026-03-11", text="说明"
    )
    letter = one(issue, "decisions", "open")
    assert (letter["letter"], letter["task"], letter["callee"]) == ("2026-00001", task["id"], None)
    assert letter["party"]["code"] == town.grid.code
    owner = api("community_secretary").post(
        f"/api/v1/decisions/{letter['id']}/answer_letter/", {"text": "我"}
    )
    assert owner.status_code == 403
    do("grid_worker", f"/api/v1/decisions/{letter['id']}/", "answer_letter", text="明日完成")
    issue = do("community_secretary", address, "whistle", kind="quick", bodies=["property-1"], text="来")
    callee = callee_of(issue, "property-1")
    below = f"/api/v1/callees/{callee['id']}/"
    issue = do("community_secretary", below, "chase_callee")
    assert callee_of(issue, "property-1")["chased_at"]
    issue = do("supervisor", below, "supervise_callee", until="2026-03-11", text="为何不来")
    letter = one(issue, "decisions", "open")
    assert (letter["letter"], letter["callee"]) == ("2026-00002", callee["id"])
    # An outside body sees what is asked of it, and nothing else.
    (seen,) = api("property_officer").get(address).json()["decisions"]
    assert (seen["id"], "answer_letter" in seen["allowed"]) == (letter["id"], True)
    listed = api("property_officer").get("/api/v1/decisions/?mine=true&open=true").json()["results"]
    assert [row["id"] for row in listed] == [letter["id"]]
    issue = do("property_officer", f"{address}decisions/{letter['id']}/", "answer_letter", text="已在路上")
    assert one(issue, "decisions")["state"]["key"] == "answered"
    assert do.verbs == set(LIVES["parts supervised"].split())


def test_merged(town: Town, api: Api, do: Any) -> None:
    main, other = signed(api, do), report(api)
    number = api("grid_worker").get(main).json()["number"]
    assert do("grid_worker", other, "merge", main=number)["state"]["key"] == "merged"
    assert do("grid_worker", other, "unmerge", text="不是一回事")["state"]["key"] == "assigned"
    do("grid_worker", other, "merge", main=number)
    issue = do("spotter", other, "object_merge", text="是我家里漏水")
    assert (issue["state"]["key"], issue["owner"]["code"]) == ("assigned", town.grid.code)
    foreign = town.report("litter", place=town.far_building)
    answer = api("grid_worker").post(f"{other}merge/", {"main": foreign.code})
    assert (answer.status_code, "main" in answer.json()["errors"]) == (400, True)
    assert do.verbs == set(LIVES["merged"].split())


def test_the_reporters_own(town: Town, api: Api, do: Any) -> None:
    address = signed(api, do)
    do("grid_worker", address, "ask_info", text="具体在几单元?")
    assert "supply_info" in api("spotter").get(address).json()["allowed"]
    assert "add_info" not in api("spotter").get(address).json()["allowed"]
    do("spotter", address, "supply_info", text="二单元门口")
    do("spotter", address, "add_info", text="三单元门口也有")
    assert do("spotter", address, "withdraw")["state"]["key"] == "closed"
    other = report(api, category="other")
    do("community_secretary", other, "reject", channel="12333", text="社保业务")
    issue = do("spotter", other, "object", text="这是本街道的事")
    assert (issue["state"]["key"], issue["owner"]["code"]) == ("reported", town.street.code)
    assert do.verbs == set(LIVES["reporters"].split())


def test_opened_again(town: Town, api: Api, do: Any) -> None:
    address = signed(api, do)
    do("grid_worker", address, "submit_result", outcome="solved", text="已清运")
    verdict = {"answered": True, "solved": True, "satisfied": True}
    assert do("spotter", address, "rate", **verdict)["state"]["key"] == "closed"
    issue = do("spotter", address, "reopen", text="第二天又堆上了")
    assert (issue["state"]["key"], issue["owner"]["code"]) == ("resolved", town.community.code)
    assert do.verbs == set(LIVES["opened again"].split())


def test_back_to_the_hotline(town: Town, api: Api, do: Any) -> None:
    issue = town.report("other", source="hotline")
    answer = do("community_secretary", f"{ISSUES}{issue.code}/", "return_to_hotline", text="不在本区")
    assert answer["state"]["key"] == "rejected"
    assert do.verbs == set(LIVES["hotline"].split())


@pytest.mark.parametrize(
    ("verb", "inputs"),
    [
        ("reject", {"channel": "12333", "text": "不受理"}),
        ("return", {"why": "other_unit", "text": "不归我方"}),
    ],
)
def test_a_hotline_order_goes_nowhere_else(town: Town, api: Api, verb: str, inputs: dict[str, str]) -> None:
    issue = town.report("noise", source="hotline")
    address = f"{ISSUES}{issue.code}/"
    client = api("community_secretary")
    assert not {"reject", "return", "withdraw"} & set(client.get(address).json()["allowed"])
    answer = client.post(f"{address}{verb}/", inputs)
    assert answer.status_code == 409 and answer.json()["code"] == "not_hotline"
    assert "return_to_hotline" in answer.json()["allowed"]


def test_checked(town: Town, api: Api, do: Any) -> None:
    address = signed(api, do, category="fire")
    do("grid_worker", address, "submit_result", outcome="solved", text="已排除")
    assert "verify" in api("community_secretary").get(address).json()["allowed"]
    do("community_secretary", address, "verify", passed=True, text="现场已看")
    assert do.verbs == set(LIVES["checked"].split())


def callee_of(issue: dict[str, Any], code: str) -> dict[str, Any]:
    found = [one for whistle in issue["whistles"] for one in whistle["callees"]]
    return next(one for one in found if one["party"]["code"] == code)


def test_called(town: Town, api: Api, do: Any) -> None:
    address = signed(api, do, "community_secretary", category="noise")
    calls = {"kind": "emergency", "text": "请到场", "bodies": ["department-1", "posted-1"]}
    do("community_secretary", address, "whistle", **calls)
    issue = do("community_secretary", address, "join", bodies=["utility-1"], text="停气")
    department, posted = (callee_of(issue, code) for code in ("department-1", "posted-1"))
    utility = callee_of(issue, "utility-1")
    below = f"/api/v1/callees/{department['id']}/"
    do("body_head", below, "send_officer", officer="body_officer")
    do("posted_officer", f"/api/v1/callees/{posted['id']}/", "decline", text="正在另一现场")
    do("body_officer", below, "acknowledge")
    do("body_officer", below, "contest", validity="not_ours", text="不是我局职责")
    do("community_secretary", f"/api/v1/callees/{utility['id']}/", "release_callee", text="不用了")
    issue = do("community_secretary", address, "call_off_whistle", text="已平息")
    assert issue["open_whistles"] == 0
    assert do.verbs == set(LIVES["called"].split())


def test_a_tough_one(town: Town, api: Api, do: Any) -> None:
    address = signed(api, do, "street_dispatcher", category="road")
    issue = do("street_dispatcher", address, "whistle", kind="tough", bodies=["department-1"], text="多部门")
    below = f"/api/v1/callees/{callee_of(issue, 'department-1')['id']}/"
    do("body_officer", below, "acknowledge")
    do("body_officer", below, "report_in", mode="on_spot")
    do("body_officer", below, "ask_more_time", until="2026-04-08", text="人手不够")
    do("body_officer", below, "meet", on="2026-03-10", text="已开")
    do("body_officer", below, "plan", stages="2026-03-16 清理\n2026-03-20 修复")
    for _stage in range(2):
        do("body_officer", below, "stage_done", text="完成")
    issue = do("body_officer", below, "done", text="已修复")
    assert callee_of(issue, "department-1")["state"]["key"] == "done"
    do("street_dispatcher", below, "rate_callee", verdict="good")
    do("body_officer", below, "judge", validity="valid")
    assert do.verbs == set(LIVES["tough"].split())


def test_a_bodys_officer(town: Town, api: Api, do: Any) -> None:
    address = report(api, category="permit")
    do("district_dispatcher", address, "dispatch", body="department-1")
    do("body_head", address, "assign_officer", officer="body_officer")
    unknown = api("body_head").post(f"{address}assign_officer/", {"officer": "nobody"})
    assert (unknown.status_code, "officer" in unknown.json()["errors"]) == (400, True)
    assert do.verbs == set(LIVES["body"].split())


@pytest.mark.parametrize("kind", ["callees", "tasks", "decisions"])
def test_a_foreign_part_is_as_unknown_as_none(town: Town, api: Api, do: Any, kind: str) -> None:
    address = signed(api, do, "community_secretary", category="noise")
    issue = do("community_secretary", address, "split", units=[town.grid.code], text="清一半")
    issue = do("supervisor", address, "supervise", until="2026-03-12", text="请说明")
    task, letter = one(issue, "tasks"), one(issue, "decisions")
    do("community_secretary", address, "whistle", kind="quick", bodies=["department-1"], text="来")
    issue = api("community_secretary").get(address).json()
    found = {
        "tasks": task["id"],
        "decisions": letter["id"],
        "callees": callee_of(issue, "department-1")["id"],
    }
    verb = {"tasks": "take_task", "decisions": "answer_letter", "callees": "acknowledge"}[kind]
    foreign = api("far_dispatcher").post(f"/api/v1/{kind}/{found[kind]}/{verb}/", {"text": "演示"})
    missing = api("far_dispatcher").post(f"/api/v1/{kind}/999999/{verb}/", {"text": "演示"})
    other = town.report("litter")
    elsewhere = api("street_dispatcher").post(
        f"{ISSUES}{other.code}/{kind}/{found[kind]}/{verb}/", {"text": "演示"}
    )
    assert foreign.status_code == missing.status_code == elsewhere.status_code == 404


def test_an_outside_body_reads_nothing_of_what_is_asked_of_others(town: Town, api: Api, do: Any) -> None:
    address = signed(api, do, "community_secretary", category="noise")
    do("supervisor", address, "supervise", until="2026-03-12", text="请说明")
    do("community_secretary", address, "whistle", kind="quick", bodies=["property-1"])
    assert api("property_officer").get(address).json()["decisions"] == []
    assert len(api("street_dispatcher").get(address).json()["decisions"]) == 1


@pytest.mark.parametrize("person", ["grid_worker", "community_secretary", "street_dispatcher"])
def test_what_parts_cost(town: Town, api: Api, do: Any, person: str) -> None:
    """None for an issue without any; the same for one and for three."""

    def cost(address: str) -> int:
        api(person).get(address)
        with CaptureQueriesContext(connection) as found:
            assert api(person).get(address).status_code == 200
        return len(found)

    bare, single, several = (signed(api, do) for _unused in range(3))
    plain = cost(bare)
    for address, times in ((single, 1), (several, 3)):
        for _unused in range(times):
            do("supervisor", address, "supervise", until="2026-03-12", text="请说明")
    assert Decision.objects.count() == 4
    assert cost(bare) == plain
    assert cost(single) == cost(several) <= plain + 4
    assert Issue.objects.count() == 3
