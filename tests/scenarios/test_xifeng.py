"""西峰区: four ways in which a matter is found and handled, on one line from the grid to the district.

The community of 东大街 forms its grids by numbers of people and households, each with a chief and workers whose
duties are settled, and chat groups on four levels (S1:29). With its "smart community" system it has four handling
mechanisms: tasks set online (网上定排), found on patrol (巡查发现), residents' feedback (居民反馈) and alerts of the
platform (平台预警), over levels from the first to the fifth (S1:31). The source names neither these levels nor what
a mechanism does: the tree has them as 区, 街道, 社区, 网格 and 楼栋, of which a 楼栋 handles nothing; so four handle,
网格—社区—街道—区. The Party body of a community is here a general branch (社区党总支, S1:21); the names below the
community are samples of ours.

Heating that fails is among what grids settle jointly with departments and firms (S1:43). What the source also has,
cameras and lists of persons (S1:33), the platform has not: an alert is about a thing or place.
"""

from datetime import time

import pytest
from django.test import Client

from grids.actions.tokens import issue_token
from issues.actions.schedules import add_schedule, run_next_schedule
from issues.actions.settle import settle_at_once
from issues.models import Category, Issue
from tests.scenarios.place import (
    CHINESE,
    Place,
    at,
    clocks,
    corner,
    fresh,
    labels,
    read,
    reporter_reads,
    staff_reads,
)

ALERT = {
    "severity": "minor",
    "dedupe_key": "演示-泵房-3",
    "category": "supply_heat",
    "text": "演示:换热站回水温度偏低",
    "thing": "演示3号换热站",
    "place": "621002001005001",
}


@pytest.fixture
def xifeng(monkeypatch: pytest.MonkeyPatch) -> Place:
    """Wednesday 11 March, nine o'clock, in 东大街社区 of 北街街道."""
    grids = [(1, "网格", "东大街第一网格"), (2, "网格", "东大街第二网格")]
    place = corner(
        monkeypatch, "621002", "621002001", "621002001005",
        grids=grids, buildings=["演示1号楼"], now="03-11 09:00",
    )  # fmt: skip
    place.post("区调度员甲", "district_dispatcher", "西峰区")
    place.post("街道调度员乙", "street_dispatcher", "北街街道")
    place.post("社区书记丙", "community_secretary", "东大街社区")
    place.post("网格长丁", "grid_chief", "东大街第一网格")
    place.post("网格员戊", "grid_worker", "东大街第一网格")
    place.post("网格员己", "grid_worker", "东大街第二网格")
    place.body("演示供热公司", "utility", "西峰区")
    place.post("供热经办庚", "body_officer", "演示供热公司")
    return place


def test_the_levels_by_their_own_names(xifeng: Place) -> None:
    assert labels(xifeng["演示1号楼"]) == [
        ("区", "区委"),
        ("街道", "街道党工委"),
        ("社区", "社区党总支"),
        ("网格", "网格党支部"),
        ("楼栋", "楼栋党小组"),
    ]
    # The list writes 北街办事处街道.
    assert xifeng["北街街道"].official_name == "北街办事处街道"


def test_set_online_it_comes_by_itself_on_working_days(xifeng: Place) -> None:
    """网上定排: the community sets a round of the fire equipment in its first grid, Mondays and Thursdays."""
    schedule = add_schedule(
        place=xifeng["东大街第一网格"],
        category=Category.objects.get(key="patrol_facility"),
        text="演示:查看楼道消防器材",
        at=time(9, 0),
        weekdays=[0, 3],
        by=xifeng.people["社区书记丙"],
        now=xifeng.now,
    )
    assert schedule.next_at == at("03-12 09:00")
    assert not run_next_schedule(now=xifeng.go_to("03-12 08:59"))
    assert run_next_schedule(now=xifeng.go_to("03-12 09:00"))
    issue = Issue.objects.get()
    assert (issue.get_source_display(), str(issue.owner)) == ("网上定排", "东大街第一网格")
    told = ["已交办东大街第一网格，请于 3-12 11:00 前签收"]
    assert xifeng.told() == {"网格长丁": told, "网格员戊": told}
    issue = xifeng.do("网格员戊", "sign", issue)
    issue = xifeng.do("网格员戊", "submit_result", issue, outcome="solved", text="演示:器材齐全,压力正常")
    assert staff_reads(issue)[0] == "收到诉求（网上定排），类别：公共设施损坏"
    schedule.refresh_from_db()
    assert schedule.next_at == at("03-16 09:00")


def test_found_on_patrol_and_settled_at_once_it_stays_in_the_grid(xifeng: Place) -> None:
    """巡查发现: the worker clears a stairwell on the round; the same thing in another grid is not theirs."""
    given = {
        "category": Category.objects.get(key="home_stairs"),
        "text": "演示:楼道堆放纸箱",
        "by": xifeng.people["网格员戊"],
        "now": xifeng.now,
        "source": "patrol",
    }
    issue = settle_at_once(place=xifeng["演示1号楼"], result="演示:已当场清理", **given)
    assert (issue.get_source_display(), issue.get_state_display()) == ("巡查发现", "已结案")
    assert issue.at_once
    assert not clocks(issue)
    assert str(issue.owner) == "东大街第一网格"
    assert [line for line in staff_reads(issue) if "已提交办结：已解决" in line]
    assert xifeng.refused("网格员己", "note", issue, text="演示:不是我的网格") == "not_yours"


def test_a_resident_s_feedback_climbs_from_the_grid_to_the_district(
    xifeng: Place,
) -> None:
    """居民反馈: by the code on the door; what no level can solve goes up by one level each time."""
    token = issue_token(xifeng["演示1号楼"], by=None, now=xifeng.now)
    door = Client(headers=CHINESE)
    form = door.get(f"/r/{token.token}", follow=True)
    assert "东大街社区" in read(form)
    hidden = {f.html_name: f.value() for f in form.context["form"].hidden_fields() if f.value() is not None}
    answer = door.post(
        form.request["PATH_INFO"],
        hidden | {"category": "hazard_ebike", "text": "演示:车棚线路老化", "join": "new"},
    )
    assert answer.status_code == 302, read(answer)
    issue = Issue.objects.get()
    assert (issue.get_source_display(), str(issue.owner)) == ("居民反馈", "东大街第一网格")
    promised = issue.promised_at
    way = [("网格员戊", "东大街社区"), ("社区书记丙", "北街街道"), ("街道调度员乙", "西峰区")]
    for person, above in way:
        issue = xifeng.do(person, "sign", issue)
        issue = xifeng.do(person, "hand_up", issue, text="演示:本级无权改造线路")
        assert str(issue.owner) == above
    issue = xifeng.do("区调度员甲", "sign", issue)
    assert [words for words in reporter_reads(issue) if "已转交" in words] == [
        "已转交东大街社区",
        "已转交北街街道",
        "已转交西峰区",
    ]
    # The date that was promised moves with the level, and the reporter reads where the matter is.
    assert promised is not None and issue.promised_at is not None and issue.promised_at > promised
    assert "西峰区" in xifeng.page_of(issue)
    issue = xifeng.do("区调度员甲", "submit_result", issue, outcome="explained", text="演示:已列入改造计划")
    issue = xifeng.do(None, "rate", issue, answered=True, solved=True, satisfied=True)
    # 安全隐患: whatever was answered, somebody else looks at it on the spot.
    assert (issue.get_state_display(), str(issue.check_unit)) == ("待核实", "东大街社区")
    issue = xifeng.do("社区书记丙", "verify", issue, passed=True, text="演示:已停用并设警示")
    assert issue.get_state_display() == "已结案"


def test_an_alert_of_the_platform_is_one_matter_however_often_it_comes(xifeng: Place) -> None:
    """平台预警: a heat exchanger reports low; the street calls the firm in, which puts it right within the day."""
    system = xifeng.api("街道调度员乙")
    first = system.post("/api/v1/alerts/", ALERT, format="json")
    again = system.post("/api/v1/alerts/", ALERT, format="json")
    assert (first.status_code, again.status_code) == (201, 200)
    issue = Issue.objects.get()
    assert (issue.get_source_display(), str(issue.owner)) == ("平台预警", "北街街道")
    assert again.json()["count"] == 2
    address = f"/api/v1/issues/{issue.code}/"
    assert system.post(f"{address}sign/").status_code == 200
    assert clocks(issue)["submit"] == at("03-12 09:00")  # heat: within 24 hours, day and night
    called = {"kind": "quick", "bodies": [xifeng["演示供热公司"].code], "text": "演示:请检查换热站"}
    assert system.post(f"{address}whistle/", called, format="json").status_code == 200
    assert "快捷哨" in xifeng.told()["供热经办庚"][0]
    firm = xifeng.callee(issue, "演示供热公司")
    xifeng.do("供热经办庚", "report_in", firm, mode="on_spot")
    xifeng.do("供热经办庚", "done", firm, text="演示:已清洗过滤网")
    issue = xifeng.do("街道调度员乙", "submit_result", fresh(issue), outcome="solved", text="演示:温度恢复")
    assert "演示供热公司已报到（到场）" in staff_reads(issue)
    person = ALERT | {"category": "care_old", "dedupe_key": "演示-人"}
    refused = system.post("/api/v1/alerts/", person, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "person")
