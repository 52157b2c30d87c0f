"""白城: streets and communities blow the whistle, departments report in; their answer within 15 working days.

The line is 街道党工委—社区党委—网格(小区)党支部—楼栋党小组—党员中心户 (S3:15); the corner is one of the city's district
洮北区, which the source does not name. Streets and communities whistle, departments report in, law enforcement is
posted to the streets, and these hold five powers (S3:19; the source names none, ours are samples). At the monthly
reception day wishes are taken down; what a department has to solve is sent to it, and it answers within 15 working
days, so that small matters stay in the grid and big ones in the community (S3:31).

That grids do not whistle here, and that the department is called for 15 working days, is set as a policy of the
district: our reading of who is named and who is not.
"""

from typing import Any

import pytest

from issues.districts import rules_of
from issues.models import Issue
from tests.scenarios.place import Place, at, clocks, corner, fresh, labels, reporter_reads, staff_reads

NOBODY = dict.fromkeys(["community", "property", "owners", "posted"], False)
# 街社吹哨、部门报到: a grid hands up; a community calls departments, with the tough whistle too.
TABLE: dict[str, dict[str, bool]] = {
    "grid:quick": NOBODY,
    "grid:tough": NOBODY,
    "community:tough": {"department": True},
}
TIMES = {"quick": {"done": [15, "working_days"]}}


@pytest.fixture
def baicheng(monkeypatch: pytest.MonkeyPatch) -> Place:
    """Tuesday 10 February, nine o'clock, a week before the Spring Festival, in 民生社区 of 海明街道."""
    place = corner(
        monkeypatch, "220802", "220802001", "220802001001",
        grids=[(1, "网格", "演示小区网格")], buildings=["演示2号楼"], now="02-10 09:00",
    )  # fmt: skip
    place.post("区调度员甲", "district_dispatcher", "洮北区")
    place.post("街道调度员乙", "street_dispatcher", "海明街道")
    place.post("社区书记丙", "community_secretary", "民生社区")
    place.post("网格员丁", "grid_worker", "演示小区网格")
    place.body("演示住建部门", "department", "洮北区")
    place.post("部门经办戊", "body_officer", "演示住建部门")
    place.body("演示派驻执法队", "posted", "海明街道")
    place.post("执法队员己", "body_officer", "演示派驻执法队")
    return place


def whistling(place: Place) -> Issue:
    """The district's own table and times hold; a matter has come from the grid to the community."""
    place.decide("callable", "洮北区", TABLE, "演示:街社吹哨、部门报到")
    place.decide("whistle_times", "洮北区", TIMES, "演示:部门十五个工作日内反馈")
    issue = place.report("home_leak", "演示2号楼", "演示:地沟管道渗水")
    issue = place.do("网格员丁", "sign", issue)
    here: dict[str, Any] = {"kind": "quick", "text": "演示:请查看管道"}
    assert place.refused("网格员丁", "whistle", issue, units=[place["民生社区"]], **here) == "not_callable"
    issue = place.do("网格员丁", "hand_up", issue, text="演示:网格无法开挖")
    return place.do("社区书记丙", "sign", issue)


def test_the_levels_and_powers_by_their_own_names(baicheng: Place) -> None:
    assert labels(baicheng["演示2号楼"])[1:] == [
        ("街道", "街道党工委"),
        ("社区", "社区党委"),
        ("网格(小区)", "网格(小区)党支部"),
        ("楼栋", "楼栋党小组"),
    ]
    assert len(rules_of(baicheng["洮北区"].pk, baicheng.now).powers) == 5


@pytest.mark.parametrize(
    ("taken_down", "answer_due"),
    [
        ("02-10 09:00", "03-09 17:30"),  # over the Spring Festival, with both make-up days
        ("09-18 09:00", "10-15 17:30"),  # over Mid-Autumn and National Day
        ("09-24 09:00", "10-22 17:30"),
    ],
)
def test_a_wish_of_the_reception_day_is_answered_within_fifteen_working_days(
    baicheng: Place, taken_down: str, answer_due: str
) -> None:
    place, department = baicheng, baicheng["演示住建部门"]
    goes_there = {"responsible": "body", "body": department.code}
    place.decide("categories", "洮北区", {"home_old": goes_there}, "演示:按程序送达部门")
    place.go_to(taken_down)
    issue = place.report(
        "home_old", "演示2号楼", "演示:希望加装扶手", by="社区书记丙", source="reception", on_behalf=True
    )
    assert (issue.get_source_display(), issue.owner) == ("接待日/夜话", department)
    issue = place.do("部门经办戊", "sign", issue)
    assert clocks(issue) == {"submit": at(answer_due)}
    assert issue.promised_at == at(answer_due)
    place.told()
    day, _space, _time = answer_due.partition(" ")
    place.go_to(f"{day} 17:29")
    assert [words for words in staff_reads(issue) if "临期提醒演示住建部门：办结即将到期" in words]
    assert not [words for words in staff_reads(issue) if "逾期" in words]
    place.go_to(answer_due)
    assert staff_reads(issue)[-1] == "已催办演示住建部门：办结逾期"
    # The department hears of it, and the district above it; it stays with the department.
    assert {"部门经办戊", "区调度员甲"} <= set(place.told())
    assert fresh(issue).owner == department


def test_the_community_whistles_and_the_department_reports_in(baicheng: Place) -> None:
    place, issue = baicheng, whistling(baicheng)
    place.told()
    issue = place.do(
        "社区书记丙", "whistle", issue, kind="quick", bodies=[place["演示住建部门"]], text="演示:请到场查看"
    )
    called = place.callee(issue, "演示住建部门")
    assert clocks(called)["done"] == at("03-09 17:30")
    # The caller's own stands still; the date promised to the reporter does not.
    assert clocks(issue) == {"promise": issue.promised_at}
    assert list(place.told()) == ["部门经办戊"]
    issue = place.on_phone("部门经办戊", "acknowledge", issue)
    place.go_to("02-11 10:00")
    issue = place.on_phone("部门经办戊", "report_in", issue, mode="on_spot")
    called.refresh_from_db()
    assert called.get_state_display() == "已报到"
    assert place.refused("社区书记丙", "submit_result", issue, outcome="solved", text="演示") == (
        "no_open_whistle"
    )
    place.go_to("03-05 10:00")
    issue = place.do("部门经办戊", "done", called, text="演示:已换管")
    assert set(clocks(issue)) == {"submit"}
    place.do("社区书记丙", "rate_callee", called, verdict="good")
    place.do("部门经办戊", "judge", called, validity="valid")
    issue = place.do("社区书记丙", "submit_result", issue, outcome="solved", text="演示:已修好")
    assert reporter_reads(issue)[-5:] == [
        "已请演示住建部门协助",
        "演示住建部门正在赶来",
        "演示住建部门已报到（到场）",
        "演示住建部门已办结",
        "已办：已解决",
    ]
    assert "已办，请您确认" in place.page_of(issue)


def test_a_tough_whistle_of_a_community_passes_the_street_first(baicheng: Place) -> None:
    place, issue = baicheng, whistling(baicheng)
    place.told()
    squad = place["演示派驻执法队"]
    given = {"kind": "tough", "bodies": [place["演示住建部门"], squad], "text": "演示:多家共管"}
    issue = place.do("社区书记丙", "whistle", issue, **given)
    assert list(place.told()) == ["街道调度员乙"]
    assert set(clocks(issue)) == {"submit"}  # nobody is called yet: the community's own clock
    issue = place.do("街道调度员乙", "grant", place.asked(issue, "review"))
    assert {"部门经办戊", "执法队员己"} <= set(place.told())
    for name in ("演示住建部门", "演示派驻执法队"):
        called = place.callee(issue, name)
        assert (called.get_state_display(), "acknowledge" in clocks(called)) == ("待应哨", True)
    assert "已请演示住建部门、演示派驻执法队协助" in reporter_reads(issue)
