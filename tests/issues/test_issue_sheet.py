"""Lists of issues by the sheet: what is right goes in, what is wrong is said, nothing twice, nothing foreign."""

import io
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from openpyxl import Workbook, load_workbook

from accounts.models import User
from grids.actions import sheet_files
from grids.actions.policies import set_policy
from grids.actions.posts import end_post
from grids.actions.sheet_files import (
    confirm_sheet,
    drop_sheet,
    may_bring,
    read_file,
    remarks_of,
    take_in_sheet,
)
from grids.actions.tree import add_unit, close_unit
from grids.models import SheetFile
from grids.sheet_kinds import KINDS
from grids.workbook import Sheet, csv_file, xlsx_file
from issues.models import Category, Issue, ListedIssue, Reporter
from tests.builders import Town, add_west
from tests.faces import signed_in, stop_clock
from tests.issues.invariants import check_invariants
from trail.idempotency import FIELD
from trail.job_actions import run_job_once
from trail.models import Event, Job
from trail.refusals import NotAllowed, Refused

KEYS = [column.key for column in KINDS["issues"].columns]
WHO = "street_dispatcher"


@pytest.fixture(autouse=True)
def _now(town, monkeypatch):
    stop_clock(monkeypatch, town.now)
    with translation.override("zh-hans"):
        yield


def row(**given: object) -> list[object]:
    said = {"place": "220103001001001", "category": "演示litter", "text": "演示:楼道堆物"} | given
    return [said.get(key, "") for key in KEYS]


def bring(town: Town, rows: list[list[object]], name: str = WHO, data: bytes | None = None) -> SheetFile:
    brings = {"by": town.people[name], "now": town.now}
    data = data or xlsx_file(Sheet("x", KINDS["issues"].headings(), rows))
    return take_in_sheet("issues", read_file("issues", data, **brings), file_name="排查.xlsx", **brings)


def confirm(town: Town, file: SheetFile, name: str = WHO) -> SheetFile:
    return confirm_sheet(file, by=town.people[name], now=town.now)


def told(file: SheetFile) -> list[tuple[int, str, str]]:
    return [(one.line, one.column, one.value) for one, wrong in remarks_of(file) if wrong]


def notes(file: SheetFile) -> list[str]:
    return [one.reason for one, wrong in remarks_of(file) if not wrong]


def counts(file: SheetFile) -> tuple[int, int, int]:
    return file.added, file.unchanged, file.wrong


def work_off(now: datetime) -> None:
    while run_job_once(now=now):
        pass


# --- what goes in -------------------------------------------------------------------------------------------
def test_it_is_checked_then_taken_in_as_reported(town):
    rows = [
        row(
            spot="二单元",
            number="2026-1",
            contact="演示居民",
            phone="138 0000 1234",
            source="走访",
            found="2026-03-09 09:30",
        ),
        row(place="天光社区", category="noise", found="2026年3月8日"),
        row(place="第一网格", category="FIRE"),
    ]
    file = bring(town, rows)
    assert counts(file) == (3, 0, 0), remarks_of(file)
    assert (
        not Issue.objects.exists()
        and not ListedIssue.objects.exists()
        and not Event.objects.filter(subject_type="issue").exists()
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM grids_sheetfile WHERE id = %s", [file.pk])
        assert "0000 1234" in file.content and "0000 1234" not in cursor.fetchone()[0]
    file = confirm(town, file)
    assert (file.state, file.content, *counts(file)) == ("done", "", 3, 0, 0)
    first, second, third = Issue.objects.order_by("pk")
    assert list(Issue.objects.matching("2026-1")) == [first] and not Issue.objects.matching("2026-")
    me = town.people[WHO]
    assert (first.source, first.spot, first.on_behalf, first.registered_by) == ("visit", "二单元", True, me)
    assert first.reported_at.isoformat() == "2026-03-09T01:30:00+00:00" and first.received_at == town.now
    reporter = Reporter.objects.get()
    assert (reporter.issue, reporter.name, reporter.phone) == (first, "演示居民", "13800001234")
    assert (second.community, second.grid, second.source, second.on_behalf) == (
        town.community,
        None,
        "patrol",
        False,
    )
    assert (third.grid, third.is_danger) == (town.grid, True)
    listed = ListedIssue.objects.order_by("pk").values_list("issue", "unit", "body", "number")
    assert list(listed) == [
        (first.pk, town.street.pk, None, "2026-1"),
        (second.pk, town.street.pk, None, ""),
        (third.pk, town.street.pk, None, ""),
    ]
    assert list(Event.objects.about("sheet", file.pk).values_list("verb", flat=True)) == [
        "check",
        "confirm",
        "finish",
    ]
    check_invariants(town.now)


def test_each_is_as_a_single_report_would_have_made_it(town):
    confirm(town, bring(town, [row(place=town.building.code)]))
    by_sheet = Issue.objects.get()
    alone = town.report(by=town.people[WHO], source="patrol", text="演示:楼道堆物")
    same = (
        "state",
        "owner_unit_id",
        "due_at",
        "promised_at",
        "version",
        "kind",
        "place_label",
        "registered_by_id",
    )
    assert [getattr(by_sheet, name) for name in same] == [getattr(alone, name) for name in same]
    verbs = [
        list(
            Event.objects.about("issue", one.pk).values_list("verb", "by")
            if False
            else Event.objects.about("issue", one.pk).values_list("verb", "actor_id")
        )
        for one in (by_sheet, alone)
    ]
    assert verbs[0] == verbs[1]


def test_the_same_file_again_changes_nothing(town):
    rows = [row(number="2026-1"), row(place=town.grid.code, text="演示:路灯不亮")]
    confirm(town, bring(town, rows))
    events = Event.objects.count()
    again = bring(town, rows)
    numbers = [issue.number for issue in Issue.objects.order_by("pk")]
    assert counts(again) == (0, 2, 0) and [
        number in note for number, note in zip(numbers, notes(again), strict=True)
    ] == [True, True]
    again = confirm(town, again)
    assert counts(again) == (0, 2, 0) and Issue.objects.count() == 2
    assert Event.objects.count() == events + 3


def test_a_colleague_of_the_same_office_brings_no_number_twice_and_another_office_has_its_own(town):
    confirm(town, bring(town, [row(number="1")]))
    assert counts(bring(town, [row(number="1")], "street_leader")) == (0, 1, 0)
    far = bring(town, [row(number="1", place=town.far_grid.code)], "far_dispatcher")
    assert counts(far) == (1, 0, 0)
    confirm(town, far, "far_dispatcher")


def test_a_number_counts_for_ever_and_a_row_without_one_for_a_week(town):
    rows = [row(number="1"), row(text="演示:路灯不亮")]
    confirm(town, bring(town, rows))
    town.now += timedelta(days=8)
    assert counts(bring(town, rows)) == (1, 1, 0)


def test_a_number_that_stands_for_something_else_is_a_fault_and_never_silently_passed_over(town):
    confirm(town, bring(town, [row(number="1")]))
    number = Issue.objects.get().number
    file = bring(
        town, [row(number="1", text="演示:另一件事"), row(number="2"), row(number="2", text="演示:又一件事")]
    )
    assert counts(file) == (1, 0, 2) and told(file) == [(2, "编号", "1"), (4, "编号", "2")]
    assert number in remarks_of(file)[0][0].reason


def test_the_same_row_twice_in_a_file_is_taken_once(town):
    file = bring(town, [row(), row(number="7"), row(), row(number="7")])
    assert counts(file) == (2, 2, 0) and len(notes(file)) == 2 and "2" in notes(file)[0]
    assert counts(confirm(town, file)) == (2, 2, 0) and Issue.objects.count() == 2


def test_what_is_right_goes_in_though_other_rows_are_wrong(town):
    file = bring(town, [row(), row(place="没有这里"), row(text="演示:路灯不亮")])
    assert counts(file) == (2, 0, 1) and file.content and file.is_ready
    file = confirm(town, file)
    assert (file.state, *counts(file)) == ("done", 2, 0, 1) and told(file) == [(3, "位置编码", "没有这里")]
    assert Issue.objects.count() == 2
    # Put right and sent again: the one that was wrong comes in, the others do not come twice.
    file = confirm(town, bring(town, [row(), row(place=town.other_grid.code), row(text="演示:路灯不亮")]))
    assert counts(file) == (1, 2, 0) and Issue.objects.count() == 3


def test_of_a_file_without_a_right_row_nothing_is_kept(town):
    file = bring(town, [row(place="没有这里")])
    assert (file.content, file.is_ready) == ("", False)
    with pytest.raises(Refused) as refused:
        confirm(town, file)
    assert refused.value.code == "sheet_state"


def test_confirmed_twice_it_is_taken_in_once(town):
    file = bring(town, [row()])
    confirm(town, file)
    with pytest.raises(Refused) as refused:
        confirm(town, file)
    assert refused.value.code == "sheet_state" and Issue.objects.count() == 1


def test_what_changes_between_check_and_confirmation_stays_out(town):
    one, both = (
        bring(town, [row(place=town.other_building.code)]),
        bring(town, [row(), row(place=town.other_building.code)]),
    )
    close_unit(town.other_building, by=None, now=town.now)
    with pytest.raises(Refused) as refused:
        confirm(town, one)
    assert refused.value.code == "changed" and SheetFile.objects.get(pk=one.pk).state == "checked"
    assert counts(confirm(town, both)) == (1, 0, 1) and Issue.objects.count() == 1


def test_formulas_are_text_and_go_out_neutralised(town):
    book = Workbook()
    book.active.append(KINDS["issues"].headings())
    book.active.append(row(text="@SUM(1+1)*cmd|' /C calc'!A0", number="1"))
    out = io.BytesIO()
    book.save(out)
    confirm(town, bring(town, [], data=out.getvalue()))
    assert Issue.objects.get().text.startswith("@SUM")
    confirm(town, bring(town, [row(text="=1+1的地方", number="2")]))
    assert Issue.objects.latest("pk").text == "=1+1的地方"
    # A cell that holds a formula has what the spreadsheet had reckoned, here nothing.
    book.active["C2"] = "=1+1"
    out = io.BytesIO()
    book.save(out)
    assert told(bring(town, [], data=out.getvalue())) == [(2, "描述", "")]


def test_a_moment_in_a_cell_keeps_its_time_and_csv_goes_too(town):
    book = Workbook()
    book.active.append(KINDS["issues"].headings())
    book.active.append(row(found=datetime(2026, 3, 9, 9, 30)))
    out = io.BytesIO()
    book.save(out)
    confirm(town, bring(town, [], data=out.getvalue()))
    assert Issue.objects.get().reported_at.isoformat() == "2026-03-09T01:30:00+00:00"
    file = bring(town, [], data=csv_file(KINDS["issues"].headings(), [row(text="演示:路灯不亮")]))
    assert counts(file) == (1, 0, 0)


# --- what stays out -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "heading", "value"),
    [
        ({"place": ""}, "位置编码", ""),
        ({"place": "110101"}, "位置编码", "110101"),
        ({"place": 220103001001001001}, "位置编码", "2.20103E+17"),
        ({"place": "220103002001001"}, "位置编码", "220103002001001"),
        ({"place": "远网格"}, "位置编码", "远网格"),
        ({"category": "没有这类"}, "问题类别", "没有这类"),
        ({"category": ""}, "问题类别", ""),
        ({"category": "演示group"}, "问题类别", "演示group"),
        ({"category": "演示staff"}, "问题类别", "演示staff"),
        ({"category": "演示old"}, "问题类别", "演示old"),
        ({"category": "演示twice"}, "问题类别", "演示twice"),
        ({"text": "短"}, "描述", "短"),
        ({"text": "长" * 2001}, "描述", "长" * 60),
        ({"text": "坏\ufffd字"}, "描述", "坏\ufffd字"),
        ({"spot": "长" * 121}, "具体位置", "长" * 60),
        ({"source": "12345热线"}, "来源", "12345热线"),
        ({"source": "api"}, "来源", "api"),
        ({"found": "2026-03-11"}, "发现时间", "2026-03-11"),
        ({"found": "2025-01-11"}, "发现时间", "2025-01-11"),
        ({"found": "上周"}, "发现时间", "上周"),
        ({"contact": "长" * 61}, "联系人", "长" * 60),
        ({"phone": "打我"}, "电话", "打我"),
        ({"number": "长" * 41}, "编号", "长" * 41),
        ({"number": 20260310000000001}, "编号", "2.02603E+16"),
    ],
)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_fault_says_line_column_value_and_reason(town, given, heading, value, language):
    made = {"name_en": "x", "kind": "help"}
    group = Category.objects.create(key="group", name="演示group", **made)
    Category.objects.create(key="a", name="演示twice", parent=group, **made)
    Category.objects.create(key="b", name="演示twice", parent=group, **made)
    Category.objects.create(key="old", name="演示old", is_active=False, **made)
    Category.objects.create(key="staff", name="演示staff", about_somebody=True, **made)
    with translation.override(language):
        file = bring(town, [row(text="演示:好的一行"), row(**given)])
        assert told(file) == [(3, heading, value)] and counts(file)[:2] == (1, 0)
        reason = str(remarks_of(file)[0][0].reason)
    assert reason and any("\u4e00" <= sign <= "\u9fff" for sign in reason) == (language == "zh-hans"), reason


def test_all_that_is_wrong_with_a_row_is_said(town):
    file = bring(town, [row(place="没有这里", text="", found="2027-01-01", phone="打我")])
    assert [column for _line, column, _value in told(file)] == ["位置编码", "描述", "发现时间", "电话"]


def test_a_photo_that_is_asked_for_is_said(town):
    rule = {"litter": {"photo": "required"}}
    set_policy(town.district, "categories", rule, by=town.people["system_admin"], now=town.now, reason="演示")
    file = bring(town, [row(), row(source="来电")])
    assert told(file) == [(2, "问题类别", "演示litter")] and counts(file) == (1, 0, 1)


def test_a_name_that_several_places_have_is_told_apart(town):
    twin = add_unit(town.other_community, code="220103001002001", name="第一网格", by=None, now=town.now)
    file = bring(
        town, [row(place="第一网格"), row(place="长新社区 第一网格"), row(place="新发街道 天光社区 第一网格")]
    )
    assert told(file) == [(2, "位置编码", "第一网格")]
    assert twin.code in remarks_of(file)[0][0].reason and town.grid.code in remarks_of(file)[0][0].reason
    confirm(town, file)
    assert [one.grid for one in Issue.objects.order_by("pk")] == [twin, town.grid]
    # Whoever reports in one of them means that one.
    assert counts(bring(town, [row(place="第一网格")], "grid_worker")) == (1, 0, 0)


def test_the_header_is_needed(town):
    file = bring(town, [], data=csv_file(["位置编码", "描述"], [["220103001001001", "演示:堆物"]]))
    assert file.wrong == 1 and not file.is_ready and file.content == ""


# --- who ----------------------------------------------------------------------------------------------------
def test_for_those_who_report_and_where_they_see(town):
    kind = KINDS["issues"]
    for name, may in (
        ("grid_worker", True),
        ("spotter", True),
        ("supervisor", False),
        ("body_officer", False),
        ("system_admin", False),
    ):
        assert may_bring(kind, town.people[name], town.now) == may, name
    assert not may_bring(kind, User.objects.create_superuser("root", password="x"), town.now)
    with pytest.raises(NotAllowed):
        bring(town, [row()], "supervisor")
    # A foreign place is as unknown as one that does not exist.
    add_west(town)
    faults = remarks_of(
        bring(town, [row(place=code) for code in ("621002", "西峰区", town.far_grid.code, "no")])
    )
    assert len({str(fault.reason) for fault, _wrong in faults}) == 1 and len(faults) == 4
    assert counts(bring(town, [row(place=town.other_grid.code)], "grid_worker")) == (0, 0, 1)


def test_whose_post_has_ended_meanwhile_brings_nothing(town):
    file = bring(town, [row()])
    end_post(town.posts[WHO], by=None, now=town.now)
    with pytest.raises(Refused) as refused:
        confirm(town, file)
    assert refused.value.code == "changed" and not Issue.objects.exists()


def test_whoever_has_brought_it_decides(town):
    file = bring(town, [row()])
    for act in (confirm_sheet, drop_sheet):
        with pytest.raises(NotAllowed):
            act(file, by=town.people["street_leader"], now=town.now)
    assert drop_sheet(file, by=town.people[WHO], now=town.now).content == ""


def test_a_districts_own_category_is_for_its_places(town):
    rule = {
        "bikes": {
            "name": "共享单车",
            "name_en": "Bikes",
            "kind": "help",
            "handled_at": "grid",
            "for_residents": "yes",
        }
    }
    set_policy(
        town.district, "own_categories", rule, by=town.people["system_admin"], now=town.now, reason="演示"
    )
    file = bring(town, [row(category="共享单车"), row(category="bikes", text="演示:单车")])
    assert counts(file) == (2, 0, 0), remarks_of(file)


# --- long ones ----------------------------------------------------------------------------------------------
def test_the_statements_do_not_grow_with_the_rows(town):
    def cost(count: int, name: str) -> int:
        rows = [
            row(text=f"演示:{name}{n}", place=place, number=f"{name}{n}", phone="13800001234")
            for n in range(count)
            for place in ("220103001001001", "天光社区 第二网格")[n % 2 :][:1]
        ]
        rows += [row(place="没有这里")] * count
        with CaptureQueriesContext(connection) as found:
            file = bring(town, rows)
        assert counts(file) == (count, 0, count)
        return len(found)

    cost(2, "a")
    assert cost(4, "b") == cost(40, "c")


def test_a_long_one_is_checked_and_taken_in_in_the_background_with_the_same_outcome(town, monkeypatch):
    rows = [row(text=f"演示:第{n}件", number=str(n) if n % 2 else "") for n in range(7)]
    rows += [row(place="没有这里"), rows[1], rows[2], row(number="3", text="演示:另一件")]
    short = bring(town, rows)
    assert counts(short) == (7, 2, 2)
    for name, value in (("CHECKED_AT_ONCE", 3), ("AT_ONCE", 3), ("CHUNK", 2)):
        monkeypatch.setattr(sheet_files, name, value)
    file = bring(town, rows)
    assert file.state == "checking"
    assert run_job_once(now=town.now)
    job = Job.objects.get()
    assert 0 < job.done < job.total == 11
    work_off(town.now)
    file.refresh_from_db()
    assert (
        (file.state, *counts(file)) == ("checked", 7, 2, 2)
        and told(file) == told(short)
        and not Issue.objects.exists()
    )
    assert [str(one) for one in notes(file)] == [str(one) for one in notes(short)]
    assert confirm(town, file).state == "running"
    work_off(town.now)
    file.refresh_from_db()
    assert (file.state, file.content, *counts(file)) == ("done", "", 7, 2, 2) and Issue.objects.count() == 7
    assert [line for line, *_rest in told(file)] == [line for line, *_rest in told(short)]
    check_invariants(town.now)


# --- pages --------------------------------------------------------------------------------------------------
@pytest.fixture
def desk(town):
    User.objects.filter(pk=town.people[WHO].pk).update(is_staff=True)
    town.people[WHO].refresh_from_db()
    return signed_in(town, WHO)


def test_the_page_template_upload_faults_confirmation(town, desk):
    chinese = {"accept-language": "zh-hans"}
    queue = desk.get(reverse("admin:issues_issue_changelist"), headers=chinese).content.decode()
    add = reverse("admin:grids_sheetfile_add")
    assert f"{add}?kind=issues" in queue
    page = desk.get(f"{add}?kind=issues", headers=chinese).content.decode()
    assert "问题类别" in page and "登录名" not in page
    template = desk.get(reverse("admin:grids_sheetfile_template"), {"kind": "issues"}, headers=chinese)
    book = load_workbook(io.BytesIO(template.content))
    assert [cell.value for cell in book.worksheets[0][1]] == KINDS["issues"].headings()
    assert "litter" in [cells[0].value for cells in book.worksheets[2].iter_rows(min_row=2)]
    data = io.BytesIO(xlsx_file(Sheet("x", KINDS["issues"].headings(), [row(), row(place="没有这里")])))
    data.name = "排查.xlsx"
    sent = desk.post(
        add, {FIELD: "k1", "upload-kind": "issues", "upload-file": data}, headers=chinese, follow=True
    )
    said = sent.content.decode()
    file = SheetFile.objects.get()
    assert "没有这里" in said and "有错的行不导入" in said, said
    done = desk.post(
        reverse("admin:grids_sheetfile_do", args=[file.pk, "confirm"]),
        {FIELD: "k2"},
        headers=chinese,
        follow=True,
    )
    assert done.status_code == 200 and Issue.objects.count() == 1
    file.refresh_from_db()
    assert file.state == "done"


def test_the_page_of_a_long_one_leads_nowhere_that_is_closed(town, desk, monkeypatch):
    monkeypatch.setattr(sheet_files, "CHECKED_AT_ONCE", 0)
    file = bring(town, [row()])
    page = desk.get(reverse("admin:grids_sheetfile_change", args=[file.pk])).content.decode()
    jobs = reverse("admin:trail_job_changelist")
    assert (jobs in page) == (desk.get(jobs).status_code == 200)


def test_who_does_not_report_is_not_led_there(town):
    User.objects.filter(pk=town.people["supervisor"].pk).update(is_staff=True)
    town.people["supervisor"].refresh_from_db()
    client = signed_in(town, "supervisor")
    assert "?kind=issues" not in client.get(reverse("admin:issues_issue_changelist")).content.decode()
    assert client.get(reverse("admin:grids_sheetfile_add")).status_code == 403
