"""A district's own categories by the sheet: one version of its rule, or none."""

import pytest
from django.urls import reverse
from django.utils import translation

from grids.actions.sheet_files import confirm_sheet, may_bring, read_file, remarks_of, take_in_sheet
from grids.models import Policy, SheetFile
from grids.sheet_kinds import KINDS
from grids.tables import read_table
from grids.workbook import Sheet, xlsx_file
from issues.models import Category
from issues.policies.asking import own_key
from tests.builders import add_west
from tests.faces import signed_in, stop_clock
from trail.models import Event
from trail.refusals import NotAllowed

BIKES = ["bikes", "共享单车乱停", "Shared bicycles", "", "求助", "网格", "是", "", ""]


@pytest.fixture(autouse=True)
def _now(town, monkeypatch):
    stop_clock(monkeypatch, town.now)
    with translation.override("zh-hans"):
        yield


def bring(town, rows, name="system_admin") -> SheetFile:
    return take_in(xlsx_file(Sheet("x", KINDS["categories"].headings(), rows)), town, name)


def take_in(data: bytes, town, name="system_admin") -> SheetFile:
    brings = {"by": town.people[name], "now": town.now}
    table = read_file("categories", data, **brings)
    return take_in_sheet("categories", table, file_name="x.xlsx", **brings)


def confirm(town, file: SheetFile) -> SheetFile:
    return confirm_sheet(file, by=town.people["system_admin"], now=town.now)


def test_added_then_changed_and_the_same_file_changes_nothing(town):
    file = bring(town, [BIKES])
    assert (file.added, file.wrong) == (1, 0), remarks_of(file)
    assert not Policy.objects.exists() and not Category.objects.filter(name=BIKES[1]).exists()
    confirm(town, file)
    kept = Category.objects.get(key=own_key(town.district.pk, "bikes"))
    assert (kept.name, kept.kind, kept.handled_at, kept.for_residents) == (BIKES[1], "help", "grid", True)
    assert Event.objects.about("category", kept.pk).get().verb == "add"
    other = [["carts", "手推车占道", "Carts", "", "求助", "社区", "否", "", ""]]
    file = confirm(town, bring(town, [[*BIKES[:5], "街道", *BIKES[6:]], *other]))
    assert (file.added, file.changed) == (1, 1)
    kept.refresh_from_db()
    assert kept.handled_at == "street"
    assert Policy.objects.count() == 2
    # The first one is left out and stays.
    file = confirm(town, bring(town, other))
    assert (file.added, file.changed, file.unchanged) == (0, 0, 1)
    assert Policy.objects.count() == 2


@pytest.mark.parametrize(
    ("column", "value", "heading"),
    [
        (0, "B ikes", "键"),
        (1, "演示litter", "名称"),
        (1, "长" * 61, "名称"),
        (2, "", "英文名称"),
        (3, "没有这一类", "所属大类"),
        (4, "许愿", "类别"),
        (5, "区城管局", "按规则派往"),
        (6, "或许", "向居民开放"),
    ],
)
def test_a_fault_says_line_column_and_reason(town, column, value, heading):
    row = [*BIKES]
    row[column] = value
    file = bring(town, [["ok", "另一类", "Other", "", "求助", "网格", "是", "", ""], row])
    [(fault, wrong)] = remarks_of(file)
    assert wrong and (fault.line, fault.column, fault.value) == (3, heading, value[:60])
    assert fault.reason
    assert not Policy.objects.exists()


def test_only_for_ones_own_district_and_not_by_a_street(town):
    add_west(town)
    with pytest.raises(NotAllowed):
        bring(town, [BIKES], name="street_leader")
    leader = town.people["street_leader"]
    assert [key for key, kind in KINDS.items() if may_bring(kind, leader, town.now)] == ["issues"]
    west = bring(town, [BIKES], name="west_system_admin")
    confirm_sheet(west, by=town.people["west_system_admin"], now=town.now)
    assert Category.objects.get(name=BIKES[1]).district == town.west


def test_the_export_reads_back_and_names_its_own_as_they_were_brought(town):
    confirm(town, bring(town, [BIKES]))
    town.people["system_admin"].is_staff = True
    town.people["system_admin"].save()
    client = signed_in(town, "system_admin")
    answer = client.post(reverse("admin:issues_category_export"), headers={"accept-language": "zh-hans"})
    rows = {cells[0]: list(cells) for _line, cells in read_table(answer.content).rows}
    # Empty cells at the end of a row are not in the file.
    assert rows["bikes"] == BIKES[: len(rows["bikes"])] and not any(BIKES[len(rows["bikes"]) :])
    assert "litter" in rows
    file = take_in(answer.content, town)
    assert (file.added, file.changed, file.unchanged, file.wrong) == (0, 0, 1, 0)
    assert len(remarks_of(file)) == len(rows) - 1
    assert Event.objects.filter(verb="export").get().data["rows"] == len(rows)
