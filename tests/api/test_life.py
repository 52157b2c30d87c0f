"""Whole lives over HTTP: every verb of the table, each by the person whose it is."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from issues.lifecycle import VERB
from issues.models import Category, Issue
from tests.api.conftest import ISSUES, Clock, photo
from tests.builders import Town

Api = Callable[[str], APIClient]
# What each life here and in test_life_of_parts.py goes through; together it is the whole table.
LIVES = {
    "whistled": "contact hand_up sign whistle acknowledge report_in done submit_result rate",
    "disputed": "screen dispatch sign note submit_result rate redo close",
    "short": "answer reject",
    "called back": "sign submit_result call_back",
    "sent about": "correct dispatch recall return give_proposed lift chase lead phoned",
    "asked for": "sign ask_extension drop refuse grant supervise answer_letter withdraw_letter ask_suspension resume",
    "no danger": "sign ask_all_clear refuse all_clear",
    "shared": "sign split take_task ask_task_time finish_task give_back call_off submit_result send_back",
    "parts supervised": "sign split chase_task supervise_task whistle chase_callee supervise_callee answer_letter",
    "merged": "sign merge unmerge object_merge",
    "reporters": "sign ask_info supply_info add_info withdraw reject object",
    "opened again": "sign submit_result rate reopen",
    "hotline": "return_to_hotline",
    "checked": "sign submit_result verify",
    "called": "sign whistle join send_officer decline acknowledge contest release_callee call_off_whistle",
    "tough": "sign whistle acknowledge report_in ask_more_time meet plan stage_done done rate_callee judge",
    "body": "dispatch assign_officer",
    "complained about": "mark_complaint",
}


def test_the_lives_are_the_whole_table() -> None:
    assert set(VERB) == set(" ".join(LIVES.values()).split())


def report(api: Api, person: str = "spotter", **more: Any) -> str:
    """Reported over HTTP; answers the issue's address."""
    body = {"place": "22010300100100001", "category": "litter", "text": "演示:楼道里堆了杂物"} | more
    answer = api(person).post(ISSUES, body)
    assert answer.status_code == 201, answer.content.decode()
    assert answer.headers["Location"] == f"{ISSUES}{answer.json()['code']}/"
    return answer.headers["Location"]


def test_from_the_report_to_the_rating(town: Town, api: Api, do: Any, clock: Clock) -> None:
    address = report(api)
    assert {"sign", "contact", "hand_up"} < set(api("grid_worker").get(address).json()["allowed"])
    clock.forward(minutes=10)
    issue = do("grid_worker", address, "contact", way="phone", text="已联系")
    assert issue["state"] == {"key": "handling", "label": "In hand"} and issue["contacted_at"]
    clock.forward(minutes=10)
    issue = do("grid_worker", address, "hand_up", text="需要城管支持")
    assert issue["owner"] == {"type": "unit", "code": "220103001001", "name": "天光社区"}
    assert issue["keeper"]["code"] == "220103001001001"
    assert {"note", "recall"} == set(issue["allowed"])
    do("community_secretary", address, "sign")
    issue = do(
        "community_secretary", address, "whistle", kind="quick", bodies=["department-1"], text="请到场"
    )
    assert issue["open_whistles"] == 1 and "submit_result" not in issue["allowed"]
    (whistle,) = issue["whistles"]
    (callee,) = whistle["callees"]
    assert callee["party"]["code"] == "department-1" and callee["allowed"] == [
        "release_callee",
        "chase_callee",
    ]
    assert {one["clock"]["key"] for one in callee["clocks"]} == {"acknowledge", "arrive", "done"}

    seen = api("body_officer").get(address).json()["whistles"][0]["callees"][0]
    assert seen["allowed"][:2] == ["acknowledge", "report_in"]
    clock.forward(minutes=5)
    do("body_officer", f"/api/v1/callees/{callee['id']}/", "acknowledge", text="一小时内到")
    below = f"{address}callees/{callee['id']}/"
    issue = do("body_officer", below, "report_in", multipart=True, mode="on_spot", photos=[photo()])
    assert [line["verb"] for line in issue["timeline"] if line["photos"]] == ["report_in"]
    issue = do("body_officer", below, "done", text="已清理")
    assert issue["open_whistles"] == 0 and issue["whistles"][0]["finished_at"]

    issue = do("community_secretary", address, "submit_result", outcome="solved", text="杂物已清")
    assert issue["state"]["key"] == "resolved" and issue["outcome"]["key"] == "solved"
    assert issue["clocks"][0]["clock"]["key"] == "rate"
    clock.forward(hours=1)
    issue = do("spotter", address, "rate", answered=True, solved=True, satisfied=True)
    assert issue["state"]["key"] == "closed" and issue["due_at"] is None
    assert issue["allowed"] == ["reopen"]
    assert issue["ratings"][0]["solved"] is True and issue["is_mine"] is True

    verbs = [line["verb"] for line in api("street_dispatcher").get(address).json()["timeline"]]
    assert verbs == [
        *("report", "dispatch", "contact", "hand_up", "sign", "whistle"),
        *("acknowledge", "report_in", "done", "submit_result", "rate"),
    ]
    assert do.verbs == set(LIVES["whistled"].split())


def test_screened_dispatched_disputed_redone_and_closed(town: Town, api: Api, do: Any) -> None:
    address = report(api, category="other")
    issue = do("community_secretary", address, "screen", category="noise", internal_text="内部说明")
    assert issue["state"]["key"] == "assigned" and issue["category"]["key"] == "noise"
    issue = do("community_secretary", address, "dispatch", unit="220103001001001")
    assert issue["owner"]["code"] == "220103001001001"
    do("grid_worker", address, "sign", version=issue["version"])
    issue = do("grid_worker", address, "note", multipart=True, text="正在协调", photos=[photo(), photo()])
    assert len(issue["timeline"][-1]["photos"]) == 2
    do("grid_worker", address, "submit_result", outcome="explained", text="已解释")
    issue = do("spotter", address, "rate", answered=True, solved=False, satisfied=False, text="还在吵")
    assert issue["disputed"] is True and issue["owner"]["code"] == "220103001001"
    issue = do("community_secretary", address, "redo", text="再去一次")
    assert issue["redo_count"] == 1 and issue["owner"]["code"] == "220103001001001"
    do("grid_worker", address, "sign")
    do("grid_worker", address, "submit_result", outcome="solved", text="已解决")
    do("spotter", address, "rate", answered=True, solved=False, satisfied=False)
    issue = do("community_secretary", address, "close", text="已多次协调,转人民调解")
    assert issue["state"]["key"] == "closed" and [one["round"] for one in issue["ratings"]] == [1, 2]
    assert do.verbs == set(LIVES["disputed"].split())


def test_called_back_by_the_level_above(town: Town, api: Api, do: Any) -> None:
    address = report(api, contact_name="演示居民", contact_phone="138 0000 1234")
    do("grid_worker", address, "sign")
    do("grid_worker", address, "submit_result", outcome="solved", text="已解决")
    mine = f"{ISSUES}?to_call=true"
    assert len(api("community_worker").get(mine).json()["results"]) == 1
    assert api("grid_worker").get(mine).json()["results"] == []
    answer = api("community_worker").post(f"{address}call_back/", {"reached": True, "answered": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "verdict")
    issue = do("community_worker", address, "call_back", reached=False, text="无人接听")
    assert issue["ratings"] == [] and "call_back" in issue["allowed"]
    said = {"reached": True, "answered": True, "solved": False, "satisfied": False}
    wrong = api("community_worker").post(f"{address}call_back/", said | {"reasons": ["late"]})
    assert (wrong.status_code, wrong.json()["code"]) == (409, "reasons")
    issue = do("community_worker", address, "call_back", **said, reasons=["still_there", "rude"])
    (rating,) = issue["ratings"]
    assert (rating["source"], rating["reasons"]) == ("call", ["still_there", "rude"])
    assert issue["disputed"] is True and issue["owner"]["code"] == town.community.code
    assert do.verbs == set(LIVES["called back"].split())


def test_answered_at_once_and_rejected(town: Town, api: Api, do: Any) -> None:
    issue = do("community_worker", report(api, category="other"), "answer", text="每周三办理")
    assert issue["state"]["key"] == "resolved" and issue["outcome"]["key"] == "answered"
    issue = do(
        "community_secretary", report(api, category="other"), "reject", channel="12333", text="属于社保业务"
    )
    assert issue["state"]["key"] == "rejected"
    assert any("12333" in note["text"] for note in issue["timeline"][-1]["notes"])
    assert do.verbs == set(LIVES["short"].split())


def test_a_report_on_somebodys_behalf_keeps_contact_data_masked(town: Town, api: Api) -> None:
    address = report(
        api,
        "community_worker",
        on_behalf=True,
        source="phone",
        contact_name="演示居民",
        contact_phone="138 0000 1234",
        occurred_at="2026-03-10T08:30:00+08:00",
    )
    issue = api("grid_worker").get(address).json()
    assert issue["reporter"] == {"name": "演**", "phone": "138****1234"}
    assert issue["on_behalf"] is True and issue["source"]["key"] == "phone"
    assert issue["reported_at"] == "2026-03-10T08:30:00+08:00" != issue["received_at"]
    assert api("supervisor").get(address).json()["reporter"] is None


def test_an_answer_that_is_a_danger_is_named_and_calls_at_once(town: Town, api: Api) -> None:
    trapped = {
        "key": "trapped",
        "label": "有人被困？",
        "label_en": "Trapped?",
        "type": "bool",
        "danger": [True],
    }
    Category.objects.filter(key="road").update(questions=[trapped])
    rows = api("community_worker").get("/api/v1/categories/", {"page_size": 100}).json()["results"]
    assert {one["key"]: one["questions"] for one in rows}["road"][0]["danger"] == [True]
    address = report(api, "community_worker", category="road", answers={"trapped": True})
    issue = api("street_leader").get(address).json()
    assert (issue["is_danger"], issue["owner"]["code"]) == (True, town.grid.code)


@pytest.mark.parametrize("source", ["hotline", "schedule", "alert"])
def test_what_has_a_way_of_its_own_is_not_just_reported(town: Town, api: Api, source: str) -> None:
    body = {"place": "22010300100100001", "category": "litter", "text": "演示", "source": source}
    answer = api("community_worker").post(ISSUES, body)
    assert answer.status_code == 400 and "source" in answer.json()["errors"]
    assert not Issue.objects.exists()


def test_a_report_by_the_token_on_the_door_with_photos(town: Town, api: Api) -> None:
    from grids.actions.tokens import issue_token, revoke_token

    token = issue_token(town.far_building, by=None, now=town.now)
    body = {"token": token.token, "category": "litter", "text": "演示", "photos": [photo(), photo()]}
    answer = api("spotter").post(ISSUES, body, format="multipart")
    assert answer.status_code == 201 and answer.json()["place"]["code"] == town.far_building.code
    seen = api("far_worker").get(answer.headers["Location"]).json()
    (first, _second) = seen["timeline"][0]["photos"]
    picture = api("far_worker").get(first["url"])
    assert picture.status_code == 200 and picture.headers["Content-Type"] == "image/jpeg"
    assert b"".join(picture.streaming_content)[:2] == b"\xff\xd8"
    revoke_token(token, by=None, now=town.now)
    answer = api("spotter").post(ISSUES, body | {"photos": []}, format="multipart")
    assert answer.status_code == 400 and "token" in answer.json()["errors"]


def test_offline_work_says_when_it_happened(town: Town, api: Api, do: Any, clock: Clock) -> None:
    address = report(api)
    clock.forward(hours=2)
    earlier = "2026-03-10T02:30:00Z"
    issue = do("grid_worker", address, "contact", way="visit", occurred_at=earlier)
    assert issue["contacted_at"] == "2026-03-10T10:30:00+08:00"
    assert issue["timeline"][-1]["at"] == "2026-03-10T10:30:00+08:00"
    for wrong in ("2026-03-11T02:30:00Z", "1999-01-01T00:00:00Z", "never"):
        answer = api("grid_worker").post(f"{address}contact/", {"way": "visit", "occurred_at": wrong})
        assert answer.status_code == 400 and "occurred_at" in answer.json()["errors"]


def test_a_stale_version_is_refused_and_names_no_success(town: Town, api: Api, do: Any) -> None:
    address = report(api)
    seen = api("grid_worker").get(address).json()["version"]
    do("grid_worker", address, "note", text="先记一笔")
    answer = api("grid_worker").post(f"{address}sign/", {"version": seen})
    assert answer.status_code == 409 and answer.json()["code"] == "stale"
    assert api("grid_worker").get(address).json()["state"]["key"] == "assigned"


def test_refusals_say_who_when_and_what_instead(town: Town, api: Api) -> None:
    address = report(api)
    answer = api("community_secretary").post(f"{address}sign/")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
    answer = api("grid_worker").post(f"{address}submit_result/", {"outcome": "solved", "text": "好了"})
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_state")
    assert answer.json()["allowed"] == api("grid_worker").get(address).json()["allowed"] != []
    assert answer.headers["Content-Type"] == "application/problem+json"
    answer = api("body_officer").post(ISSUES, {"place": "220103", "category": "litter", "text": "演示"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")
