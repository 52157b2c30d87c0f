"""Sheets: template, check with every fault, confirm, in the background, twice the same, nothing foreign; exports."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from grids.actions import sheet_files
from grids.actions.posts import appoint, end_post
from grids.actions.sheet_files import (
    confirm_sheet,
    drop_sheet,
    erase_sheets,
    read_file,
    remarks_of,
    take_in_sheet,
)
from grids.models import Body, Post, SheetFile, Unit
from grids.sheet_kinds import KINDS, template_of
from grids.tables import read_table
from grids.workbook import Sheet, csv_file, xlsx_file
from tests.issues.hostile_files import gigabyte, lying
from trail.idempotency import FIELD
from trail.job_actions import run_job_once
from trail.models import Event, Job
from trail.refusals import NotAllowed, Refused

pytestmark = pytest.mark.django_db
EXAMPLES = {
    "units": [["990101001001003", "基础网格", "第三网格", "990101001001", "120", "", ""]],
    "bodies": [["B-1", "试一区水务局", "职能部门", "990101", "0431-1", "否"]],
    "posts": [["li", "专职网格员", "990101001001002", "2026-11-20", "", ""]],
}


@pytest.fixture
def manager(town, person, now):
    user = person("guan")
    user.is_staff = True
    user.save()
    appoint(user, role="system_admin", unit=town.district, by=None, now=now)
    person("li")
    return user


@pytest.fixture
def desk(client, manager):
    client.force_login(manager)
    return client


def a_file(kind: str, rows) -> bytes:
    return xlsx_file(Sheet("x", KINDS[kind].headings(), rows))


def bring(kind: str, rows, by, now, **more) -> SheetFile:
    data = more["data"] if "data" in more else a_file(kind, rows)
    return take_in_sheet(kind, read_file(kind, data, by=by, now=now), file_name="表.xlsx", by=by, now=now)


def run_jobs(now) -> None:
    while run_job_once(now=now):
        pass


def everything() -> tuple:
    """What a sheet could have written."""
    models = (Unit, Body, Post)
    return tuple(list(model.objects.order_by("pk").values()) for model in models)


@pytest.mark.parametrize("kind", EXAMPLES)
@pytest.mark.parametrize("write", [xlsx_file, None])
def test_a_sheet_is_checked_then_imported_and_the_same_one_changes_nothing(kind, write, manager, town, now):
    data = a_file(kind, EXAMPLES[kind]) if write else csv_file(KINDS[kind].headings(), EXAMPLES[kind])
    before = everything()
    file = bring(kind, None, manager, now, data=data)
    assert (file.added, file.changed, file.unchanged, file.wrong) == (1, 0, 0, 0)
    assert everything() == before
    file = confirm_sheet(file, by=manager, now=now)
    assert (file.state, file.added, file.content) == ("done", 1, "")
    after = everything()
    assert after != before
    events = Event.objects.count()
    again = confirm_sheet(bring(kind, None, manager, now, data=data), by=manager, now=now)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)
    assert everything() == after
    # Of the second file alone: checked, confirmed, finished.
    assert Event.objects.count() == events + 3
    assert set(Event.objects.order_by("-pk")[:3].values_list("subject_type", flat=True)) == {"sheet"}


def test_what_is_there_is_brought_up_to_date(manager, town, post, person, now):
    person("wang")
    post("li", "grid_worker", town.g1)
    bodies = [["D-CG", "试一区城市管理局", "职能部门", "990101", "0431-2", "是"]]
    posts = [["li", "grid_worker", town.g1.code, "", "2026-12-31", "wang"]]
    units = [[town.h.code, "楼栋", "1号楼", town.g1.code, "61", "", ""]]
    for kind, rows in (("bodies", bodies), ("posts", posts), ("units", units)):
        file = confirm_sheet(bring(kind, rows, manager, now), by=manager, now=now)
        assert (file.added, file.changed) == (0, 1), kind
    body = Body.objects.get(code="D-CG")
    assert (body.name, body.phone, body.approves_replies) == ("试一区城市管理局", "0431-2", True)
    held = Post.objects.get(user__username="li")
    assert (held.deputy.username, f"{held.ends_on}") == ("wang", "2026-12-31")
    assert Unit.objects.get(pk=town.h.pk).households == 61


def test_service_telephones_come_by_sheet_and_an_empty_cell_leaves_them(manager, town, now):
    row = [town.g1.code, "基础网格", town.g1.name, town.x.code, "", "", ""]
    for given, kept in (("000 0000 0001", "000 0000 0001"), ("119", "119")):
        confirm_sheet(bring("units", [[*row, given]], manager, now), by=manager, now=now)
        assert Unit.objects.get(pk=town.g1.pk).phone == kept
    file = bring("units", [[*row, ""]], manager, now)
    assert (file.added, file.changed) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "row", "heading", "value"),
    [
        ("units", ["990101009001003", "基础网格", "x", "", "", "", ""], "上级编码", "990101009001"),
        ("units", ["990101001001003", "云", "x", "", "", "", ""], "类型", "云"),
        ("units", [990101001001003001, "楼栋", "x", "990101001001001", "", "", ""], "编码", "9.90101E+17"),
        ("bodies", ["B-2", "x", "云", "990101", "", ""], "类别", "云"),
        ("bodies", ["B 2", "x", "职能部门", "990101", "", ""], "编码", "B 2"),
        ("bodies", ["B-2", "x", "职能部门", "990101001", "", ""], "所属辖区编码", "990101001"),
        (
            "units",
            ["99010100100100099", "楼栋", "9号楼", "990101001001001", "", "", "", "打我"],
            "公开电话",
            "打我",
        ),
        ("bodies", ["B-2", "x", "职能部门", "110101", "", ""], "所属辖区编码", "110101"),
        ("bodies", ["B-2", "长" * 101, "职能部门", "990101", "", ""], "名称", "长" * 60),
        ("bodies", ["B-2", "x", "职能部门", "990101", "", "或许"], "答复需负责人同意", "或许"),
        ("bodies", ["D-CG", "x", "水电气热企业", "990101", "", ""], "类别", "水电气热企业"),
        ("posts", ["nobody", "专职网格员", "990101001001002", "", "", ""], "登录名", "nobody"),
        ("posts", ["li", "皇帝", "990101001001002", "", "", ""], "岗位", "皇帝"),
        ("posts", ["li", "专职网格员", "990101", "", "", ""], "岗位", "专职网格员"),
        ("posts", ["li", "专职网格员", "990101001002001", "明天", "", ""], "起始日期", "明天"),
        ("posts", ["li", "专职网格员", "990101001002001", "", "", "li"], "代理人登录名", "li"),
    ],
)
def test_every_fault_says_line_column_value_and_reason(kind, row, heading, value, manager, town, now):
    before = everything()
    good = EXAMPLES[kind][0]
    file = bring(kind, [good, row], manager, now)
    assert file.wrong == 1, remarks_of(file)
    [(fault, wrong)] = remarks_of(file)
    assert wrong and (fault.line, fault.column, fault.value) == (3, heading, value)
    assert fault.reason
    assert file.content == ""
    with pytest.raises(Refused) as refused:
        confirm_sheet(file, by=manager, now=now)
    assert refused.value.code == "sheet_state"
    assert everything() == before


def test_the_same_row_twice_and_a_header_that_lacks_columns_are_faults(manager, town, now):
    row = EXAMPLES["bodies"][0]
    [(twice, _wrong)] = remarks_of(bring("bodies", [row, row], manager, now))
    assert (twice.line, twice.column) == (3, "编码")
    short = xlsx_file(Sheet("x", ["编码", "名称"], [["a", "b"]]))
    [(lacks, _wrong)] = remarks_of(bring("bodies", None, manager, now, data=short))
    assert (lacks.line, lacks.column) == (1, "类别、所属辖区编码")


def test_what_is_no_sheet_is_refused_as_a_whole(manager, now):
    for data in (b"", b"PK", b"\xd0\xcf\x11\xe0old", csv_file(KINDS["bodies"].headings(), [])):
        with pytest.raises(Refused) as refused:
            bring("bodies", None, manager, now, data=data)
        assert refused.value.code == "file"
    with pytest.raises(Refused, match="500"):
        bring("bodies", EXAMPLES["bodies"] * 501, manager, now)
    for bomb in (gigabyte(), lying()):
        with pytest.raises(Refused) as refused:
            bring("bodies", None, manager, now, data=bomb)
        assert refused.value.code == "file"
    assert not SheetFile.objects.exists()


def test_only_within_the_authority_of_the_actions(town, person, post, manager, now):
    post("other", "grid_worker", town.g2)
    with pytest.raises(NotAllowed):
        bring("bodies", EXAMPLES["bodies"], person("other"), now)
    from grids.actions.tree import add_unit

    west = add_unit(None, code="880101", name="试二区", by=None, now=now)
    appoint(person("west"), role="system_admin", unit=west, by=None, now=now)
    for kind, rows in EXAMPLES.items():
        file = bring(kind, rows, person("west"), now)
        assert (file.added, file.wrong) == (0, 1), kind
    mine = bring("bodies", EXAMPLES["bodies"], manager, now)
    assert not SheetFile.objects.visible_to(person("west"), now).filter(pk=mine.pk).exists()
    with pytest.raises(NotAllowed):
        confirm_sheet(mine, by=person("west"), now=now)


def test_a_change_since_the_check_imports_nothing_of_a_short_file(manager, town, now):
    rows = [EXAMPLES["posts"][0], ["wu", "专职网格员", town.g3.code, "", "", ""]]
    from accounts.models import User

    wu = User.objects.create_user("wu", display_name="wu")
    file = bring("posts", rows, manager, now)
    wu.is_active = False
    wu.save()
    before = everything()
    with pytest.raises(Refused) as refused:
        confirm_sheet(file, by=manager, now=now)
    assert refused.value.code == "changed"
    assert everything() == before
    file.refresh_from_db()
    assert file.state == "checked"


@pytest.mark.parametrize("kind", ["units", "bodies"])
def test_a_long_file_goes_in_the_background(kind, manager, town, now, monkeypatch):
    monkeypatch.setattr(sheet_files, "AT_ONCE", 3)
    monkeypatch.setattr(sheet_files, "CHUNK", 2)
    rows = {
        "bodies": [[f"B-{n}", f"机构{n}", "职能部门", "990101", "", ""] for n in range(5)],
        "units": [[f"99010100100101{n}", "基础网格", f"网格{n}", "", "", "", ""] for n in range(5)],
    }[kind]
    before = everything()
    file = confirm_sheet(bring(kind, rows, manager, now), by=manager, now=now)
    assert file.state == "running" and everything() == before
    run_job_once(now=now)
    file.refresh_from_db()
    # Units need each other: all at once. Of the others two are done.
    assert (file.done, file.state) == ((5, "done") if kind == "units" else (2, "running"))
    run_jobs(now)
    file.refresh_from_db()
    assert (file.state, file.added, file.wrong, file.content) == ("done", 5, 0, "")
    assert Job.objects.get().state == "done"
    assert Event.objects.about("sheet", file.pk).last().verb == "finish"


def test_in_the_background_a_row_that_no_longer_fits_is_told(manager, town, now, monkeypatch):
    monkeypatch.setattr(sheet_files, "AT_ONCE", 1)
    rows = [[f"B-{n}", f"机构{n}", "职能部门", "990101", "", ""] for n in range(2)]
    file = confirm_sheet(bring("bodies", rows, manager, now), by=manager, now=now)
    end = Post.objects.get(user=manager)
    end_post(end, by=None, now=now)
    run_jobs(now)
    file.refresh_from_db()
    assert (file.state, file.added, file.wrong) == ("done", 0, 2)
    assert [fault.line for fault, _wrong in remarks_of(file)] == [2, 3]


def test_what_nobody_confirms_is_forgotten(manager, now):
    file = bring("bodies", EXAMPLES["bodies"], manager, now)
    assert erase_sheets(before=now, limit=10) == 0
    assert erase_sheets(before=now + timezone.timedelta(seconds=1), limit=10) == 1
    file.refresh_from_db()
    assert (file.state, file.content) == ("dropped", "")
    with pytest.raises(Refused):
        drop_sheet(file, by=manager, now=now)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_template_is_readable_and_says_what_is_allowed(kind, manager, town, now, person):
    data = xlsx_file(*template_of(KINDS[kind]))
    assert read_table(data).header == tuple(KINDS[kind].headings())
    explained = list(load_workbook(io.BytesIO(data)).worksheets[1].values)
    assert [row[0] for row in explained[1:]] == KINDS[kind].headings()


# --- pages ------------------------------------------------------------------------------------------------
ADD = "admin:grids_sheetfile_add"


def upload(client, kind: str, rows):
    file = SimpleUploadedFile("表.xlsx", a_file(kind, rows))
    return client.post(reverse(ADD), {FIELD: "k1", "upload-kind": kind, "upload-file": file}, follow=True)


def do(client, file: SheetFile, key: str):
    return client.post(reverse("admin:grids_sheetfile_do", args=[file.pk, key]), {FIELD: "k2"}, follow=True)


def test_upload_check_and_confirm_on_pages(desk, town, now):
    template = desk.get(reverse("admin:grids_sheetfile_template"), {"kind": "bodies"})
    assert template.status_code == 200
    page = upload(desk, "bodies", [*EXAMPLES["bodies"], ["B 3", "x", "云", "990101", "", ""]])
    assert page.status_code == 200 and "云" in page.content.decode()
    page = upload(desk, "bodies", EXAMPLES["bodies"])
    assert page.status_code == 422  # the same key with another file
    file = SheetFile.objects.get()
    assert do(desk, file, "confirm").status_code == 404
    assert do(desk, file, "drop").status_code == 200
    file.refresh_from_db()
    assert file.state == "dropped"


def test_confirm_on_its_page(desk, manager, town):
    file = bring("bodies", EXAMPLES["bodies"], manager, timezone.now())
    assert do(desk, file, "confirm").status_code == 200
    assert Body.objects.filter(code="B-1").exists()


@pytest.mark.parametrize(("kind", "model"), [("units", "unit"), ("bodies", "body"), ("posts", "post")])
def test_an_export_reads_back_and_is_recorded(kind, model, desk, manager, town, post, now):
    post("li", "grid_worker", town.g1, deputy="wang")
    from grids.actions.bodies import add_body

    add_body(town.district, kind="department", code="EVIL", name="=1+1", phone="@x", by=None, now=now)
    address = reverse(f"admin:grids_{model}_export")
    assert desk.get(address).status_code == 405
    for file in ("xlsx", "csv"):
        answer = desk.post(address, {"as": file})
        assert answer.status_code == 200
        brought = bring(kind, None, manager, timezone.now(), data=answer.content)
        assert (brought.added, brought.changed, brought.wrong) == (0, 0, 0), remarks_of(brought)
        assert brought.unchanged == brought.total > 1
    event = Event.objects.about("user", manager.pk).filter(verb="export").last()
    assert (event.data["list"], event.data["file"], event.data["rows"]) == (kind, "csv", brought.total)
    assert event.district_id == town.district.pk


@pytest.mark.parametrize("column", [0, 5])
def test_who_works_in_another_district_is_as_unknown_as_nobody(column, manager, town, person, now):
    from grids.actions.tree import add_unit

    west = add_unit(None, code="880101", name="试二区", by=None, now=now)
    appoint(person("far"), role="district_dispatcher", unit=west, by=None, now=now)

    def told(name: str) -> str:
        row = list(EXAMPLES["posts"][0])
        row[column] = name
        [(fault, _wrong)] = remarks_of(bring("posts", [row], manager, now))
        return fault.reason

    assert told("far") == told("nobody-at-all")


def test_an_export_has_what_the_filter_leaves_and_nothing_foreign(desk, town, manager, now, person, client):
    from grids.actions.tree import add_unit

    add_unit(None, code="880101", name="试二区", by=None, now=now)
    address = reverse("admin:grids_unit_export")
    rows = read_table(desk.post(f"{address}?kind__exact=street&q=甲", {"as": "csv"}).content).rows
    assert [cells[0] for _line, cells in rows] == [town.a.code]
    event = Event.objects.about("user", manager.pk).filter(verb="export").last()
    assert event.data["filter"] == {"kind__exact": "street", "q": True}
    every = read_table(desk.post(address).content).rows
    assert {cells[0][:6] for _line, cells in every} == {"990101"}
    stranger = person("nobody")
    client.force_login(stranger)
    assert client.post(address).status_code in (302, 403)
