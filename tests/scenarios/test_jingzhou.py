"""荆州: the rural line from the town to ten neighbouring homes, the loop of six stages, and the three lists.

The city builds two lines, urban and rural (S2:39); a county of it has three levels, 乡镇—村—村民小组, with the head of
the villagers' group responsible for hidden dangers and settling quarrels (S2:78, S2:80), another elects a head for
every ten neighbouring homes, who gathers what people say (S2:52, 中心户长). The corner is a town of the city's 沙市区,
whose real list is shipped; the words of both counties are used there as labelled samples.

Found, screened, given out, handled, supervised, rated (发现—甄别—交办—办理—督办—评价) close the loop, kept by three lists:
of problems, of responsibilities and of tasks (S2:68). The ditch that silts up is the matter of S2:101.
"""

from datetime import date

import pytest

from desk.tables import TABLE
from issues.models import Category
from tests.scenarios.place import Place, at, clocks, corner, labels, reporter_reads, staff_reads


@pytest.fixture
def jingzhou(monkeypatch: pytest.MonkeyPatch) -> Place:
    """Monday 13 April, half past nine, in 新阳村 of 观音垱镇."""
    place = corner(
        monkeypatch, "421002", "421002102", "421002102201",
        grids=[(1, "村民小组", "演示一组"), (2, "村民小组", "演示二组")],
        buildings=["演示联户一"], now="04-13 09:30",
    )  # fmt: skip
    place.post("区调度员甲", "district_dispatcher", "沙市区")
    place.post("区督办员乙", "supervisor", "沙市区")
    place.post("镇调度员丙", "street_dispatcher", "观音垱镇")
    place.post("村书记丁", "community_secretary", "新阳村")
    place.post("小组长戊", "grid_chief", "演示一组")
    place.post("小组长己", "grid_chief", "演示二组")
    place.post("中心户长庚", "building_head", "演示联户一")
    place.body("演示农业办", "office", "观音垱镇")
    place.post("农业办经办辛", "body_officer", "演示农业办")
    return place


def test_the_levels_by_their_own_names(jingzhou: Place) -> None:
    assert labels(jingzhou["演示联户一"]) == [
        ("区", "区委"),
        ("镇", "镇党委"),
        ("村", "村党组织"),
        ("村民小组", "村民小组党小组"),
        ("十户联户", "十户联户党小组"),
    ]
    # The list writes 新阳村村民委员会.
    assert jingzhou["新阳村"].line == "rural"


def test_the_loop_of_six_stages_and_the_three_lists(jingzhou: Place) -> None:
    place = jingzhou
    names = [str(TABLE[key].label) for key in ("issues", "duties", "tasks")]
    assert names == ["问题清单", "责任清单", "任务清单"]
    # 发现: the head of ten homes hears of it and takes it down; nobody knows yet whose it is.
    issue = place.report(
        "other", "演示联户一", "演示:渠道淤塞,田里进不了水", by="中心户长庚", source="visit", on_behalf=True
    )
    assert issue.get_state_display() == "待甄别"
    assert list(place.told()) == ["村书记丁"]
    problem = place.list_of("镇调度员丙", "issues")[0]
    assert (problem["编号"], problem["来源"], problem["状态"], problem["责任单位"]) == (
        issue.number, "来访/走访", "待甄别", "新阳村",
    )  # fmt: skip

    # 甄别 and 交办: the village says what it is, and by the rule of that category the town has it.
    place.go_to("04-13 10:00")
    ditch = Category.objects.get(key="clean_river")
    issue = place.do("村书记丁", "screen", issue, category=ditch)
    assert staff_reads(issue)[-1] == "甄别为“河道、沟渠、坑塘”，交办观音垱镇"
    assert list(place.told()) == ["镇调度员丙"]
    duty = place.list_of("镇调度员丙", "duties")[0]
    assert (duty["责任单位"], duty["在岗人员"], duty["状态"]) == ("观音垱镇", "镇调度员丙", "待签收")

    # 办理: the town keeps it and gives a part each to its office and to the group.
    issue = place.on_phone("镇调度员丙", "sign", issue)
    issue = place.do(
        "镇调度员丙", "split", issue,
        units=[place["演示一组"]], bodies=[place["演示农业办"]], text="演示:农业办调机械,小组清杂物",
    )  # fmt: skip
    assert {"农业办经办辛", "小组长戊"} == set(place.told())
    todo = place.list_of("镇调度员丙", "tasks")
    assert {row["责任单位"] for row in todo} == {"演示农业办", "演示一组"}
    assert {row["编号"] for row in todo} == {issue.number}
    assert place.list_of("小组长己", "tasks") == []

    # 督办 beside it: the district writes a letter with number and date; it stands on the board, and who works on.
    place.go_to("04-14 10:00")
    issue = place.do("区督办员乙", "supervise", issue, until=date(2026, 4, 16), text="演示:春灌在即")
    (line,) = place.list_of("区督办员乙", "board")
    assert line["责任单位"] == "观音垱镇"
    assert "2026-00001" in line["列入原因"]
    assert "演示农业办" in line["等待事项"] and "演示一组" in line["等待事项"]
    letter = place.asked(issue, "supervision")
    assert clocks(letter) == {"letter": at("04-16 17:30")}
    issue = place.do("镇调度员丙", "answer_letter", letter, text="演示:十六日前通水")
    assert place.list_of("区督办员乙", "board") == []

    for person, party in (("农业办经办辛", "演示农业办"), ("小组长戊", "演示一组")):
        task = issue.tasks.get(**{place[party]._meta.model_name: place[party]})
        place.do(person, "take_task", task)
        issue = place.do(person, "finish_task", task, text="演示:已清完")
    assert place.list_of("镇调度员丙", "tasks") == []
    issue = place.do("镇调度员丙", "submit_result", issue, outcome="solved", text="演示:已通水")
    assert {"中心户长庚"} <= set(place.told())

    # 评价: by those whose field it is, under the link; then the loop is closed.
    assert "已办，请您确认" in place.page_of(issue)
    issue = place.do(None, "rate", issue, answered=True, solved=True, satisfied=True)
    assert (issue.get_state_display(), place.list_of("镇调度员丙", "duties")) == ("已结案", [])
    assert reporter_reads(issue)[-2:] == ["已办：已解决", "您的评价：响应 是，解决 是，满意 是"]


def test_what_nobody_takes_climbs_the_rural_line_by_itself(jingzhou: Place) -> None:
    """A silent group: the village has it next, then the town, then the district; the reporter reads each of them."""
    place = jingzhou
    issue = place.report("clean_rubbish", "演示联户一", "演示:村口垃圾未清")
    assert str(issue.owner) == "演示一组"
    place.go_to("04-15 17:30")
    assert [words for words in reporter_reads(issue) if "已转交" in words] == [
        "已转交新阳村",
        "已转交观音垱镇",
        "已转交沙市区",
    ]
