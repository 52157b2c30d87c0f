"""宽城区: the whistle on three levels, and its three kinds.

Five levels of Party bodies reach from the district to the building (S0:19). Three levels whistle and three report in
(三级吹哨、三级报到, S0:27); forces of departments go to the streets, which hold seven powers over them (S0:27, S0:29).
The whistle knows three kinds, for an emergency, for what is tough and for what is quick (应急哨、攻坚哨、快捷哨, S0:47).
Grids are measured by 400 households, with 三长 for their heads (S0:31).

The source does not say which levels: here a grid calls its community, a community its street, a street the
departments of the district, as calls go in another (S4:9). Nor does it have times or steps: these, the joint meeting,
the plan and the review of tough whistles by the street (审哨) are our shipped defaults.
"""

from datetime import date, timedelta

import pytest

from issues.districts import rules_of
from issues.models import Issue
from tests.scenarios.place import Place, at, clocks, corner, fresh, labels, reporter_reads, staff_reads

STAGES = "2026-03-17 演示:查清管线\n2026-03-27 演示:改造完成"


@pytest.fixture
def kuancheng(monkeypatch: pytest.MonkeyPatch) -> Place:
    """Tuesday 10 March, ten o'clock, in 长安世家社区 of 欣园街道."""
    place = corner(
        monkeypatch, "220103", "220103010", "220103010001",
        grids=[(1, "网格", "演示小区网格")], buildings=["演示3号楼"], now="03-10 10:00",
    )  # fmt: skip
    place.post("区调度员甲", "district_dispatcher", "宽城区")
    place.post("街道调度员乙", "street_dispatcher", "欣园街道")
    place.post("街道领导丙", "street_leader", "欣园街道")
    place.post("社区书记丁", "community_secretary", "长安世家社区")
    place.post("网格员戊", "grid_worker", "演示小区网格")
    for name, kind, home, officer in (
        ("演示城管部门", "department", "宽城区", "城管经办己"),
        ("演示平安办", "office", "欣园街道", "平安办经办庚"),
        ("演示执法中队", "posted", "欣园街道", "执法队员辛"),
        ("演示物业", "property", "欣园街道", "物业经理壬"),
    ):
        place.body(name, kind, home)
        place.post(officer, "body_officer", name)
    return place


def taken(place: Place) -> Issue:
    """A resident reports at the building; the grid has signed for it, as it has for most small matters."""
    issue = place.report("home_leak", "演示3号楼", "演示:污水外溢")
    issue = place.do("网格员戊", "sign", issue)
    place.told()
    return issue


def test_the_levels_and_powers_by_their_own_names(kuancheng: Place) -> None:
    assert labels(kuancheng["演示3号楼"]) == [
        ("区", "区委"),
        ("街道", "街道党工委"),
        ("社区", "社区党委"),
        ("小区(网格)", "小区(网格)党支部"),
        ("楼栋", "楼栋党小组"),
    ]
    assert len(rules_of(kuancheng["宽城区"].pk, kuancheng.now).powers) == 7


def test_three_levels_call_and_three_report_in(kuancheng: Place) -> None:
    """快捷哨: each level calls the next one, never past it, and has the matter until the next has taken it."""
    place, issue = kuancheng, taken(kuancheng)
    department = place["演示城管部门"]
    given = {"kind": "quick", "text": "演示:请到场"}
    assert place.refused("网格员戊", "whistle", issue, bodies=[department], **given) == "not_callable"
    way = [
        ("网格员戊", "长安世家社区", "社区书记丁"),
        ("社区书记丁", "欣园街道", "街道调度员乙"),
        ("街道调度员乙", "演示城管部门", "城管经办己"),
    ]
    for caller, called, officer in way:
        party = place[called]
        called_are = {"bodies" if party == department else "units": [party]}
        issue = place.do(caller, "whistle", issue, **called_are, **given)
        row = place.callee(issue, called)
        assert officer in place.told()
        assert clocks(row) == {
            "acknowledge": place.now + timedelta(hours=2),
            "arrive": at("03-11 17:30"),
            "done": at("03-13 17:30"),
        }
        place.do(officer, "report_in", row, mode="on_spot")
        issue = place.do(officer, "done", row, text="演示:已看过")
        assert caller in place.told()
        place.do(caller, "rate_callee", row, verdict="good")
        if party != department:
            issue = place.do(caller, "hand_up", issue, text="演示:要由上级组织")
            issue = place.do(officer, "sign", issue)
            place.told()
    reported_in = [words for words in reporter_reads(issue) if words.endswith("已报到（到场）")]
    assert reported_in == [f"{name}已报到（到场）" for _caller, name, _officer in way]
    assert str(issue.owner) == "欣园街道"


def test_tough_with_review_meeting_plan_stages_and_verdicts_both_ways(kuancheng: Place) -> None:
    """攻坚哨: a community calls several; its street looks at it first, the lead plans, and both sides are assessed."""
    place, issue = kuancheng, taken(kuancheng)
    issue = place.do("网格员戊", "hand_up", issue, text="演示:多家共管,无人牵头")
    issue = place.do("社区书记丁", "sign", issue)
    place.told()
    squad, firm = place["演示执法中队"], place["演示物业"]
    issue = place.do(
        "社区书记丁", "whistle", issue, kind="tough", bodies=[firm, squad], lead=squad.code, text="演示:会商"
    )
    assert set(place.told()) == {"街道调度员乙", "街道领导丙"}  # 审哨: nobody else hears of it yet
    before = issue.promised_at
    issue = place.do("街道领导丙", "grant", place.asked(issue, "review"))
    assert {"执法队员辛", "物业经理壬"} <= set(place.told())
    assert before is not None and issue.promised_at is not None and issue.promised_at > before

    lead, other = place.callee(issue, "演示执法中队"), place.callee(issue, "演示物业")
    assert (clocks(lead)["arrive"], clocks(lead)["plan"]) == (at("03-13 17:30"), at("03-19 17:30"))
    for person, row in (("执法队员辛", lead), ("物业经理壬", other)):
        place.do(person, "acknowledge", row)
    place.go_to("03-11 15:00")
    issue = place.do("执法队员辛", "meet", lead, on=date(2026, 3, 11))
    assert "arrive" not in clocks(lead) and "arrive" not in clocks(other)
    issue = place.do("社区书记丁", "join", issue, bodies=[place["演示平安办"]], text="演示:还要平安办")
    # The street agrees to this one too before anybody is called.
    assert list(place.told())[-1] == "街道领导丙"
    issue = place.do("街道领导丙", "grant", place.asked(issue, "review"))
    assert "平安办经办庚" in place.told()
    issue = place.do("执法队员辛", "plan", lead, stages=STAGES)
    assert clocks(lead)["stage"] == at("03-17 17:30")
    joined = place.callee(issue, "演示平安办")
    for person, row in (("执法队员辛", lead), ("物业经理壬", other), ("平安办经办庚", joined)):
        place.do(person, "report_in", row, mode="on_spot")
    for day, following in (("03-16", {"stage": at("03-27 17:30")}), ("03-26", {"done": at("03-27 17:30")})):
        place.go_to(f"{day} 10:00")
        place.do("执法队员辛", "stage_done", lead, text="演示:本阶段完成")
        assert clocks(lead) == following
    for person, row in (("物业经理壬", other), ("平安办经办庚", joined), ("执法队员辛", lead)):
        issue = place.do(person, "done", row, text="演示:已完成")
        place.do("社区书记丁", "rate_callee", row, verdict="good")
        place.do(person, "judge", row, validity="valid")
    assert issue.open_whistles == 0
    assert set(clocks(issue)) == {"submit"}  # the community's own clock runs on
    assert place.refused("社区书记丁", "rate_callee", lead, verdict="poor") == "not_rated_callee"

    issue = place.do("社区书记丁", "submit_result", fresh(issue), outcome="solved", text="演示:管线已改造")
    assert {row.verdict for row in issue.callees.all()} == {"good"}
    told = [line for line in reporter_reads(issue) if "演示执法中队" in line]
    assert told[0] == "已请演示物业、演示执法中队协助"
    assert "演示:会商" not in place.page_of(issue)  # words among staff stay there


def test_emergency_by_night_goes_down_the_roster(kuancheng: Place) -> None:
    """应急哨: past all levels and by the roster; one silent, the next is called; 119 was called by telephone."""
    place = kuancheng
    place.on_duty("街道领导丙", 1, "03-10 17:30", "03-11 08:30")
    place.on_duty("街道调度员乙", 2, "03-10 17:30", "03-11 08:30")
    place.go_to("03-10 23:00")
    issue = place.report("danger_fire", "演示3号楼", "演示:楼道有烟")
    alarmed = place.told()
    assert {"网格员戊", "社区书记丁", "街道领导丙", "街道调度员乙"} <= set(alarmed)
    issue = place.do("网格员戊", "sign", issue)
    place.do("网格员戊", "phoned", issue, whom="fire")
    given = {"units": [place["欣园街道"]], "bodies": [place["演示城管部门"]], "text": "演示:请立即到场"}
    issue = place.do("网格员戊", "whistle", fresh(issue), kind="emergency", **given)
    called = place.told()
    assert {"街道领导丙", "城管经办己"} <= set(called) and "街道调度员乙" not in called
    street = place.callee(issue, "欣园街道")
    assert clocks(street) == {
        "acknowledge": at("03-10 23:05"), "arrive": at("03-10 23:30"), "report": at("03-11 01:00"),
        "done": at("03-11 23:00"),
    }  # fmt: skip
    department = place.callee(issue, "演示城管部门")
    place.by_program("城管经办己", "acknowledge", f"callees/{department.pk}")
    department.refresh_from_db()
    assert department.get_state_display() == "已应哨"
    place.go_to("03-10 23:05")
    assert "街道调度员乙" in place.told()
    street.refresh_from_db()
    place.do("街道调度员乙", "report_in", street, mode="on_spot")
    place.go_to("03-10 23:10")
    assert "宽城区" not in " ".join(reporter_reads(issue))  # somebody came: it did not climb
    words = " ".join(reporter_reads(issue))
    assert "119" in words and "欣园街道已报到（到场）" in words
    assert "危险：已立即呼叫演示小区网格、长安世家社区、欣园街道" in staff_reads(issue)
    assert "119" in place.page_of(issue)
