"""Hotline sheets: columns, cells, places, categories, rows; no database."""

from datetime import date, datetime

import pytest
from django.utils import translation

from calendars.worktime import SHANGHAI
from grids.books import UnreadableSheet
from grids.workbook import Sheet, csv_file, xlsx_file
from issues.hotline.cells import BadCell, flag_of, moment_of, number_of, numbers_of, text_of
from issues.hotline.columns import DEFAULT, KEPT, MEANINGS, PERSONAL, USUAL, Columns
from issues.hotline.parcels import orders_in, pack_wrong, parcels_of, wrong_in, wrong_rows
from issues.hotline.places import NamedUnit, places_of
from issues.hotline.replies import Reply, reply_row
from issues.hotline.rows import REMARKS, Known, check_rows
from issues.hotline.sheets import read_sheet
from issues.hotline.topics import WORDS, topic_of
from tests.issues.sheets import csv_text, read_back, row, workbook


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


UNITS = [
    NamedUnit(1, "district", "宽城区", frozenset({1})),
    NamedUnit(2, "street", "新发街道", frozenset({1, 2})),
    NamedUnit(3, "street", "站前街道", frozenset({1, 3})),
    NamedUnit(4, "community", "天光社区", frozenset({1, 2})),
    NamedUnit(5, "community", "长新社区", frozenset({1, 2})),
    NamedUnit(6, "community", "长新社区", frozenset({1, 3})),
    NamedUnit(7, "street", "奋进乡", frozenset({1, 7})),
    NamedUnit(8, "community", "上台子村", frozenset({1, 7})),
]
CATEGORIES = {"垃圾未清运": "clean_rubbish", "其他": "other", "路灯、照明": "road_light"}


def known(**changes):
    given = {"places": places_of(UNITS), "categories": CATEGORIES, "within": frozenset(range(1, 9))}
    return Known(**given | changes)


def check(*rows, **changes):
    return check_rows(enumerate(rows, start=2), known(**changes))


def at(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


# --- columns ------------------------------------------------------------------------------------------------
OWN = Columns(USUAL | {"number": "诉求编号", "caller": "诉求人", "deadline": "截止时间"})


def test_a_city_may_call_its_columns_otherwise():
    assert OWN.header("number") == "诉求编号" and OWN.header("content") == "主要内容"
    sheet = read_sheet(workbook([row()], columns=OWN), OWN)
    assert [cells["number"] for _line, cells in sheet.named()] == [row()["number"]]


def test_what_a_city_does_not_have_is_not_looked_for():
    few = Columns({name: USUAL[name] for name in ("number", "content", "deadline", "street", "answer")})
    sheet = read_sheet(workbook([row()], columns=few), few)
    [(_line, cells)] = sheet.named()
    assert set(cells) == {"number", "content", "deadline", "street"}
    [order] = check((cells), columns=few).orders
    assert (order.place, order.phone, order.secret) == (2, "", None)
    assert few.headers() == ["工单编号", "主要内容", "办理时限", "被反映街乡镇", "回复内容"]
    [fault] = check(cells | {"street": ""}, columns=few).faults
    assert fault.column == "被反映街乡镇"


def test_columns_of_theirs_that_mean_nothing_to_us_are_passed_over():
    header = [*OWN.headers(), "坐席", "录音"]
    [(_line, cells)] = read_sheet(workbook([row()], columns=OWN, header=header), OWN).named()
    assert "" not in cells and cells["content"] == row()["content"]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (["工单编号", "主要内容", "办理时限", "标题"], "one of 被反映区 / 被反映街乡镇 / 村/社区"),
        ([*DEFAULT.headers(), "电话（备用）"], "twice: 电话"),
        (["诉求编号", "主要内容", "办理时限", "被反映区"], "工单编号.*among the rules"),
    ],
)
def test_a_header_that_cannot_be_read_says_why(header, says):
    with pytest.raises(UnreadableSheet, match=says):
        read_sheet(workbook([row()], header=header), DEFAULT)


def test_all_columns_of_the_default_mapping_are_there_in_order():
    incoming = "工单编号 工单类型 问题分类 标签 标题 主要内容 来电人 电话 保密 被反映区 被反映街乡镇 村/社区 小区点位"
    more = "处理受理方式 工单性质 派单时间 办理时限 关联单号 办结时间 办理结果 回复内容 是否解决 是否满意"
    assert " ".join(DEFAULT.headers()) == f"{incoming} {more}"


# --- cells --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "value",
    [
        "2026-03-10 17:30",
        "2026/3/10 17:30:00",
        "2026.3.10 17:30",
        "2026年3月10日 17时30分",
        "2026年3月10日17:30",
        "2026-03-10T17:30:00",
        "2026-3-10 下午5:30",
        "２０２６－０３－１０　１７：３０",
        "202603101730",
        "20260310173000",
        datetime(2026, 3, 10, 17, 30),
        46091.72916666667,
    ],
)
def test_a_moment_in_many_forms(value):
    assert moment_of(value) == at(2026, 3, 10, 17, 30)


@pytest.mark.parametrize(
    "value", ["2026-03-10", "2026年3月10日", "20260310", date(2026, 3, 10), 46091, 20260310]
)
def test_a_date_alone_is_its_first_minute_or_its_last(value):
    assert moment_of(value) == at(2026, 3, 10)
    assert moment_of(value, end_of_day=True) == at(2026, 3, 10, 23, 59)


@pytest.mark.parametrize(
    "value", ["明天", "2026-13-01", "10/3/2026", "1926-03-10", "2026-03-10 25:00", True, 7]
)
def test_what_is_no_moment(value):
    with pytest.raises(BadCell):
        moment_of(value)


@pytest.mark.parametrize("value", [None, "", "  "])
def test_no_moment_at_all(value):
    assert moment_of(value) is None


@pytest.mark.parametrize(
    ("value", "text"), [(12345, "12345"), (12345.0, "12345"), (" A-1 ", "A-1"), ("Ａ1", "A1")]
)
def test_a_number(value, text):
    assert number_of(value) == text


@pytest.mark.parametrize("value", [None, "", "a b", "x" * 41, 2.0260310000012e15, 10**15])
def test_what_is_no_number_or_was_cut_off_by_excel(value):
    with pytest.raises(BadCell):
        number_of(value)


def test_yes_and_no():
    assert [flag_of(value) for value in ("是", "保密", True, 1)] == [True] * 4
    assert [flag_of(value) for value in ("否", None, "", "公开", False, 0)] == [False] * 6
    with pytest.raises(BadCell):
        flag_of("也许")


def test_no_cell_is_too_strange_to_be_shown():
    assert text_of("a\x00\x0bb") == "ab" and text_of(date(2026, 3, 10)) == "2026-03-10"


# --- places -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("district", "street", "community", "found", "unknown"),
    [
        ("宽城区", "新发街道", "天光社区", 4, ()),
        ("长春市宽城区", "新发街道办事处", "天光社区居委会", 4, ()),
        ("宽城区", "新发", "天光", 4, ()),
        ("", "", "天光社区", 4, ()),
        ("宽城区", "站前街道", "长新社区", 6, ()),
        ("宽城区", "", "长新社区", 1, ("长新社区",)),
        ("宽城区", "新发街道", "黑水社区", 2, ("黑水社区",)),
        ("宽城区", "外区街道", "", 1, ("外区街道",)),
        ("朝阳区", "", "", None, ("朝阳区",)),
        ("", "", "", None, ()),
        ("宽城区", "奋进乡", "上台子村委会", 8, ()),
    ],
)
def test_names_find_their_unit(district, street, community, found, unknown):
    names = {"district": district, "street": street, "community": community}
    assert places_of(UNITS).find(names) == (found, unknown)


# --- categories ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "key", "is_known"),
    [
        ("城市管理->环境卫生->垃圾清运", "clean_rubbish", True),
        ("城市管理 → 垃圾未清运", "clean_rubbish", True),
        ("城管>市政>路灯不亮", "road_light", True),
        ("城管->市政->电梯", "other", False),
        ("", "other", False),
    ],
)
def test_the_classification(path, key, is_known):
    assert topic_of(path, CATEGORIES, {}) == (key, is_known)


def test_the_districts_own_table_goes_first_and_the_longest_path_before_it():
    chosen = {"城管": "other", "城管->垃圾": "road_light", "城管->垃圾->x": "gone"}
    assert topic_of("城管->垃圾->x", CATEGORIES, chosen) == ("road_light", True)
    assert topic_of("城管->灯", CATEGORIES, chosen) == ("other", True)


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("住建->物业->电梯", "road_light"),
        ("城建 → 物业＞电梯", "road_light"),
        ("住建->物业", "clean_rubbish"),
        ("物业->电梯->停运", "road_light"),
        ("住建->电梯", "other"),
    ],
)
def test_of_the_districts_own_table_the_longest_piece_counts(path, key):
    chosen = {"物业->电梯": "road_light", "物业": "clean_rubbish", "电梯": "other", "住建": "gone"}
    assert topic_of(path, CATEGORIES, chosen) == (key, True)


def test_the_sample_words_name_categories_of_our_own_list():
    from pathlib import Path

    from calendars.rows import read_csv

    with (Path(__file__).parents[2] / "issues/data/categories.csv").open(encoding="utf-8") as file:
        ours = {one["key"]: one for one in read_csv(file)}
    assert {key for _word, key in WORDS} <= set(ours)
    assert not [key for _word, key in WORDS if ours[key]["is_danger"]], "no guess wakes three levels"


# --- rows ---------------------------------------------------------------------------------------------------
def test_a_right_row():
    checked = check(row())
    [order] = checked.orders
    assert not checked.faults and order.remarks == ()
    assert (order.number, order.place, order.category, order.kind) == (
        "GZ2026031000001",
        4,
        "clean_rubbish",
        "help",
    )
    assert order.text == "【演示垃圾】演示:楼下垃圾三天没有清运。" and order.spot == "1号楼北侧"
    assert (order.dispatched_at, order.deadline) == (at(2026, 3, 9, 16), at(2026, 3, 16, 17, 30))
    assert (order.caller, order.phone, order.secret) == ("演示居民", "13800001234", False)


def test_what_is_kept_beside_the_order_names_nobody():
    [order] = check(row()).orders
    assert set(order.given) <= set(KEPT) and not set(order.given) & set(PERSONAL)
    assert "13800001234" not in str(order.given) and "演示居民" not in str(order.given)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"number": ""}, "工单编号"),
        ({"content": ""}, "主要内容"),
        ({"deadline": ""}, "办理时限"),
        ({"deadline": "三天内"}, "办理时限"),
        ({"deadline": "2026-03-01"}, "办理时限"),
        ({"dispatched": "昨天"}, "派单时间"),
        ({"secret": "也许"}, "保密"),
        ({"nature": "督办"}, "工单性质"),
        ({"district": "朝阳区", "street": "", "community": ""}, "被反映区"),
        ({"district": "", "street": "外区街道", "community": ""}, "被反映街乡镇"),
    ],
)
def test_a_wrong_row_is_named_with_line_column_value_and_reason(changes, column):
    checked = check(row(), row(number="GZ2") | changes, row(number="GZ3"))
    assert [order.number for order in checked.orders] == ["GZ2026031000001", "GZ3"]
    [fault] = checked.faults
    assert (fault.line, fault.column, fault.value) == (
        3,
        column,
        next(iter(changes.values())) or changes.get("street", ""),
    )
    assert fault.reason and checked.wrong_lines == [3]


def test_every_fault_of_a_row_is_named():
    assert {fault.column for fault in check(row(number="", content="", deadline="x")).faults} == {
        "工单编号",
        "主要内容",
        "办理时限",
    }


def test_a_number_counts_once_per_sheet():
    checked = check(row(), row(content="演示:第二行"))
    assert len(checked.orders) == 1 and checked.faults[0].line == 3 and checked.faults[0].column == "工单编号"


def test_a_place_outside_ones_own_area():
    checked = check(row(), row(number="2", street="站前街道", community=""), within=frozenset({2, 4, 5}))
    assert len(checked.orders) == 1 and checked.faults[0].column == "被反映街乡镇"


@pytest.mark.parametrize(
    ("changes", "remark"),
    [
        ({"community": "没有的社区"}, "place"),
        ({"category": "没听说过"}, "topic"),
        ({"content": "长" * 3000}, "cut"),
        ({"phone": "138****1234"}, "phone"),
    ],
)
def test_what_is_taken_with_a_remark(changes, remark):
    [order] = check(row(**changes)).orders
    assert order.remarks == (remark,) and remark in REMARKS and len(order.text) <= 2000


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("0431-8888 6666", "0431-8888 6666"),
        (13800001234, "13800001234"),
        ("13800001234/13900001111", "13800001234"),
    ],
)
def test_the_first_complete_number(said, number):
    assert check(row(phone=said)).orders[0].phone == number


# --- files --------------------------------------------------------------------------------------------------
def test_the_header_may_stand_lower_and_carry_remarks():
    header = [f" {name}（必填）*" for name in DEFAULT.headers()]
    data = workbook([row()], header=header, above=[["12345热线工单"], []])
    [(line, cells)] = read_sheet(data, DEFAULT).named()
    assert line == 4 and cells["deadline"] == row()["deadline"]


def test_empty_lines_are_passed_over_and_lines_counted_as_excel_does():
    sheet = read_sheet(workbook([row(), {}, row(number="2")]), DEFAULT)
    assert [line for line, _cells in sheet.rows] == [2, 4]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "工单编号、主要内容"),
        (b"number,content", "工单编号、主要内容"),
        (b"%PDF-1.7 \xff\xfe\x00\x01 \x00", "characters that cannot be read"),
        (b"\xd0\xcf\x11\xe0" + b"0" * 100, "xls"),
        (workbook([]), "rows"),
        (workbook([row()], header=["标题", "主要内容"]), "工单编号、办理时限"),
        (b"0" * 12_000_001, "12 MB"),
        (xlsx_file(Sheet("x", ["a"], [["b"]]))[:200], "Excel"),
    ],
)
def test_a_file_that_cannot_be_taken_says_what_to_do(data, says):
    with pytest.raises(UnreadableSheet, match=says):
        read_sheet(data, DEFAULT)


def test_a_file_that_unpacks_into_far_too_much(monkeypatch):
    monkeypatch.setattr("grids.books.MOST_UNPACKED", 1000)
    with pytest.raises(UnreadableSheet, match="far too much"):
        read_sheet(workbook([row()]), DEFAULT)


def test_what_waits_comes_back_as_it_was():
    sheet = read_sheet(
        workbook([row(), row(number="2", deadline="x"), row(number="3", dispatched=None)]), DEFAULT
    )
    checked = check_rows(sheet.named(), known())
    assert [order for parcel in parcels_of(checked.orders) for order in orders_in(parcel)] == checked.orders
    wrong = wrong_rows(sheet, checked)
    assert wrong_in(pack_wrong(wrong)) == wrong and [one.line for one in wrong] == [3]
    assert pack_wrong([]) == "" and wrong_in("") == []


# --- CSV ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_says_what_the_workbook_says(encoding):
    rows = [
        row(),
        {},
        row(number="2", content="演示:第一行\n“第二行”, 带逗号"),
        row(number="3", deadline="x"),
    ]
    above = [["12345热线工单"], []]
    excel = read_sheet(workbook(rows, above=above), DEFAULT)
    text = read_sheet(csv_text(rows, above=above).encode(encoding), DEFAULT)
    assert (text.header, text.meanings) == (excel.header, excel.meanings)
    assert [line for line, _cells in text.rows] == [4, 7, 8], "as an editor counts them"
    one, other = (check_rows(sheet.named(), known()) for sheet in (excel, text))
    assert [order.number for order in other.orders] == [row()["number"], "2"]
    assert [vars(order) | {"line": 0} for order in other.orders] == [
        vars(order) | {"line": 0} for order in one.orders
    ]
    assert [fault[1:] for fault in other.faults] == [fault[1:] for fault in one.faults]


def test_a_csv_under_a_citys_own_headings():
    [(line, cells)] = read_sheet(csv_text([row()], columns=OWN).encode(), OWN).named()
    assert line == 2 and cells["number"] == row()["number"]


def test_our_own_csv_comes_back_as_it_was():
    data = csv_file(DEFAULT.headers(), [["-1楼停车场"] * len(MEANINGS)])
    [(_line, cells)] = read_sheet(data, DEFAULT).named()
    assert text_of(cells["spot"]) == "-1楼停车场"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_what_cannot_be_read_in_a_csv_says_where(encoding):
    good = csv_text([row(), row(number="2")]).encode(encoding)
    with pytest.raises(UnreadableSheet, match=r"Line 3, column 1.*save the file as UTF-8"):
        read_sheet(good.replace(b"\r\n2,", b"\r\n2\xff,"), DEFAULT)


def test_a_cell_longer_than_any_text_is_no_row():
    with pytest.raises(UnreadableSheet, match="longer than"):
        read_sheet(csv_text([row(), row(number="2", content="x" * 140_000)]).encode(), DEFAULT)


def test_marks_that_no_text_has_are_left_out_of_a_csv():
    text = csv_text([row(content="演示:@@垃圾\x07")]).replace("@@", "\0").replace("工单编号", "工单\0编号")
    sheet = read_sheet(text.encode(), DEFAULT)
    [order] = check_rows(sheet.named(), known()).orders
    assert "\0" not in "".join(sheet.header) + order.text and "演示:垃圾" in order.text


@pytest.mark.parametrize("cut", ["2.02603E+13", "2.026031E+15", "2E+20", "2.02603e+13"])
def test_a_number_that_a_spreadsheet_has_cut_off_is_none(cut):
    with pytest.raises(BadCell, match="cut"):
        number_of(cut)
    assert numbers_of(f"GZ1、{cut}") == ["GZ1"]


def test_a_csv_with_too_many_rows(monkeypatch):
    monkeypatch.setattr("issues.hotline.sheets.MOST_ROWS", 2)
    with pytest.raises(UnreadableSheet, match="split it"):
        read_sheet(csv_text([row(number=str(n)) for n in range(3)]).encode(), DEFAULT)


# --- the way back -------------------------------------------------------------------------------------------
def test_the_reply_has_the_hotlines_own_columns():
    [order] = check(row()).orders
    reply = Reply(
        order.number,
        order.given,
        order.dispatched_at,
        order.deadline,
        at(2026, 3, 12, 9),
        outcome="solved",
        answer="演示:已清运",
        solved=True,
    )
    cells = dict(zip(OWN.headers(), reply_row(reply, OWN), strict=True))
    assert cells["诉求编号"] == order.number and cells["主要内容"] == row()["content"]
    assert (cells["诉求人"], cells["电话"]) == ("", "")
    assert (cells["派单时间"], cells["截止时间"]) == (at(2026, 3, 9, 16), at(2026, 3, 16, 17, 30))
    assert (cells["办结时间"], cells["办理结果"]) == (at(2026, 3, 12, 9), "已解决")
    assert (cells["回复内容"], cells["是否解决"], cells["是否满意"]) == ("演示:已清运", "是", "未评价")


def test_an_open_order_says_so():
    cells = dict(zip(MEANINGS, reply_row(Reply("1", {}), DEFAULT), strict=True))
    assert (cells["closed"], cells["outcome"], cells["answer"]) == ("", "办理中", "")
    assert (cells["solved"], cells["satisfied"]) == ("", "")


def test_one_that_was_returned_was_not_rated():
    reply = Reply("1", {}, ended_at=at(2026, 3, 12, 9), returned=True, answer="演示:不在本区")
    cells = dict(zip(MEANINGS, reply_row(reply, DEFAULT), strict=True))
    assert (cells["outcome"], cells["answer"]) == ("退回热线", "演示:不在本区")
    assert (cells["solved"], cells["satisfied"]) == ("", "")


@pytest.mark.parametrize("text", ["=1+1", "+86", "-5", "@SUM(A1)", "\t=1"])
def test_no_cell_that_goes_out_is_a_formula(text):
    data = xlsx_file(Sheet("x", DEFAULT.headers(), [reply_row(Reply("1", {"title": text}), DEFAULT)]))
    title = read_back(data)[1][MEANINGS.index("title")]
    assert title.startswith("'") and title[1:].strip() == text.strip()


@pytest.mark.parametrize("text", ["-1楼停车场", "+86 13800001234", "=1+1", "'引号'", "'"])
def test_a_file_of_ours_that_comes_back_says_what_it_said(text):
    data = xlsx_file(Sheet("x", DEFAULT.headers(), [[text] * len(MEANINGS)]))
    [(_line, cells)] = read_sheet(data, DEFAULT).named()
    assert text_of(cells["spot"]) == text
