"""历下区: calls go up the line 区—街—社区—网格 and are answered; forces that are posted to the streets.

The line of Party bodies is 街道党工委—社区党委—网格党支部—楼院党小组—党员示范户 (S4:4). Matters are settled in a loop over
district, street, community and grid; what is beyond a level's powers is called up, to community and grid too, and
the street's call is answered by the district (街呼区应, S4:9). Grids are basic or dedicated (S4:8); a duty list of 13
groups and 42 items says what their workers do, with strict admission (S4:9).

Departments post forces to the streets (1+5+N), whose street commands them and has the assessment of them; a grid
has two chiefs, one full-time worker, N part-time ones and X posted (2+1+N+X), riders among them (S4:6, S4:10).
The items of the duty list are samples of ours; the source gives their number alone.
"""

import pytest

from issues.models import Issue
from issues.policies.matters import sample_duty_list
from tests.scenarios.place import Place, at, clocks, corner, fresh, labels, reporter_reads, staff_reads
from trail.refusals import Refused


@pytest.fixture
def lixia(monkeypatch: pytest.MonkeyPatch) -> Place:
    """Tuesday 12 May, nine o'clock, in 曲水亭社区 of 大明湖街道."""
    place = corner(
        monkeypatch, "370102", "370102005", "370102005010",
        grids=[(1, "基础网格", "演示一网格"), (2, "专属网格", "演示楼宇网格")],
        buildings=["演示楼院"], now="05-12 09:00",
    )  # fmt: skip
    place.post("指挥中心甲", "district_dispatcher", "历下区")
    place.post("街道调度员乙", "street_dispatcher", "大明湖街道")
    place.post("社区书记丙", "community_secretary", "曲水亭社区")
    place.post("网格长丁", "grid_chief", "演示一网格")
    place.post("网格长戊", "grid_chief", "演示一网格")
    place.post("专职网格员己", "grid_worker", "演示一网格")
    place.post("骑手庚", "part_time_grid_worker", "演示一网格")
    place.body("演示派驻中队", "posted", "大明湖街道")
    place.post("派驻队员辛", "body_officer", "演示派驻中队")
    place.body("演示住建部门", "department", "历下区")
    place.post("住建经办壬", "body_officer", "演示住建部门")
    return place


def at_the_street(place: Place) -> Issue:
    """Stalls in the way: by rule the street's, which has signed."""
    issue = place.report("order_stalls", "演示楼院", "演示:占道经营", by="骑手庚", source="spotter")
    issue = place.do("街道调度员乙", "sign", issue)
    place.told()
    return issue


def test_the_levels_and_the_grid_s_people_by_their_own_names(lixia: Place) -> None:
    place = lixia
    assert labels(place["演示楼院"])[1:] == [
        ("街道", "街道党工委"),
        ("社区", "社区党委"),
        ("网格", "网格党支部"),
        ("楼院", "楼院党小组"),
    ]
    assert (place["演示一网格"].grid_kind, place["演示楼宇网格"].grid_kind) == ("basic", "dedicated")
    # 2+1+N+X: two chiefs, and one full-time worker at the most.
    with pytest.raises(Refused) as second:
        place.post("第二名专职", "grid_worker", "演示一网格")
    assert second.value.code == "taken"


def test_a_rider_reports_and_does_nothing_else(lixia: Place) -> None:
    place = lixia
    answer = place.api("骑手庚").post(
        "/api/v1/issues/",
        {"place": place["演示楼院"].code, "category": "order_stalls", "text": "演示:占道经营"},
        format="json",
    )
    assert answer.status_code == 201
    issue = Issue.objects.get()
    assert str(issue.owner) == "大明湖街道"
    assert place.api("骑手庚").post(f"/api/v1/issues/{issue.code}/sign/").status_code == 403
    assert place.api("骑手庚").get(f"/api/v1/issues/{issue.code}/").json()["state"]["label"] == "待签收"


def test_what_is_beyond_one_s_powers_is_called_up_and_answered(lixia: Place) -> None:
    """街呼区应、上下联动: from the grid to the community, and at last the district's department comes to the spot."""
    place = lixia
    issue = place.report("hazard_ebike", "演示楼院", "演示:楼院线路老化")
    assert set(place.told()) == {"网格长丁", "网格长戊", "专职网格员己"}
    issue = place.do("专职网格员己", "sign", issue)
    issue = place.do(
        "专职网格员己", "whistle", issue, kind="quick", units=[place["曲水亭社区"]], text="演示:请社区到场"
    )
    community = place.callee(issue, "曲水亭社区")
    place.do("社区书记丙", "report_in", community, mode="on_spot")
    issue = place.do("社区书记丙", "done", community, text="演示:社区无权改造")
    for person, above in (("专职网格员己", "社区书记丙"), ("社区书记丙", "街道调度员乙")):
        issue = place.do(person, "hand_up", issue, text="演示:超出本级权限")
        issue = place.do(above, "sign", issue)
    issue = place.do(
        "街道调度员乙", "whistle", issue, kind="quick", bodies=[place["演示住建部门"]], text="演示:街呼区应"
    )
    called = place.callee(issue, "演示住建部门")
    assert clocks(called)["acknowledge"] == at("05-12 11:00")
    place.told()
    # The department is silent: the district's command centre hears of it, then has to answer itself.
    place.go_to("05-12 14:30")
    assert "指挥中心甲" in place.told()
    called.refresh_from_db()
    assert str(called.raised_to) == "历下区"
    place.do("住建经办壬", "report_in", called, mode="on_spot")
    issue = place.do("住建经办壬", "done", called, text="演示:线路已改造")
    shown = place.by_program(
        "街道调度员乙", "submit_result", f"issues/{issue.code}", outcome="solved", text="演示:已消除隐患"
    )
    assert shown["state"]["label"] == "待核实"
    assert [words for words in reporter_reads(issue) if "报到" in words] == [
        "曲水亭社区已报到（到场）",
        "演示住建部门已报到（到场）",
    ]
    # A hazard is not closed by the reporter's word alone: somebody else looks at it on the spot.
    issue = place.do(None, "rate", issue, answered=True, solved=True, satisfied=True)
    assert issue.get_state_display() == "待核实"
    issue = place.do("社区书记丙", "verify", issue, passed=True, text="演示:线路整齐，已现场核实")
    assert issue.get_state_display() == "已结案"


def test_the_street_commands_and_assesses_what_is_posted_to_it(lixia: Place) -> None:
    """The two powers that the source names gate the verbs; without them the street can only ask."""
    place = lixia
    squad, department = place["演示派驻中队"], place["演示住建部门"]
    issue = at_the_street(place)
    assert place.refused("街道调度员乙", "dispatch", issue, body=department) == "not_below"
    issue = place.do("街道调度员乙", "dispatch", issue, body=squad)
    assert staff_reads(issue)[-1] == "已交给演示派驻中队"
    assert list(place.told()) == ["派驻队员辛"]

    place.decide("powers", "历下区", {"command": {"granted": False}}, "演示:街道不再指挥")
    asking = at_the_street(place)
    assert place.refused("街道调度员乙", "dispatch", asking, body=squad) == "not_below"
    asking = place.do("街道调度员乙", "whistle", asking, kind="quick", bodies=[squad], text="演示:请协助")
    called = place.callee(asking, "演示派驻中队")
    place.do("派驻队员辛", "report_in", called, mode="on_spot")
    place.do("派驻队员辛", "done", called, text="演示:已劝离")
    place.decide("powers", "历下区", {"rate": {"granted": False}}, "演示:街道不再考核")
    assert place.refused("街道调度员乙", "rate_callee", called, verdict="good") == "rate_power"
    place.decide("powers", "历下区", {}, "演示:照旧")
    place.do("街道调度员乙", "rate_callee", called, verdict="good")
    assert fresh(asking).callees.get().get_verdict_display()


def test_only_what_stands_on_the_duty_list_comes_to_the_grid(lixia: Place) -> None:
    """准入和禁入: what the district bans goes to the community instead, and nobody pushes it down; what it allows
    until a date comes to the grid until then."""
    place = lixia
    listed = sample_duty_list()
    assert (len(listed), len({row["group"] for row in listed.values()})) == (42, 13)
    first = place.report("clean_rubbish", "演示楼院", "演示:垃圾未清")
    assert str(first.owner) == "演示一网格"

    banned = listed | {"clean_report": listed["clean_report"] | {"state": "banned"}}
    place.decide("duty_list", "历下区", banned, "演示:垃圾清运由专业队伍承担")
    second = place.report("clean_rubbish", "演示楼院", "演示:垃圾未清")
    assert str(second.owner) == "曲水亭社区"
    second = place.do("社区书记丙", "sign", second)
    assert place.refused("社区书记丙", "dispatch", second, unit=place["演示一网格"]) == "not_on_duty_list"

    for_a_time = {"state": "temporary", "until": "2026-05-13"}
    allowed = listed | {"clean_report": listed["clean_report"] | for_a_time}
    place.decide("duty_list", "历下区", allowed, "演示:集中清理两天")
    second = place.do("社区书记丙", "dispatch", second, unit=place["演示一网格"])
    assert str(second.owner) == "演示一网格"
    place.go_to("05-14 09:00")
    third = place.report("clean_rubbish", "演示楼院", "演示:垃圾未清")
    assert str(third.owner) == "曲水亭社区"
