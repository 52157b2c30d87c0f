"""Pinyin initials: every reading, and written wherever a name is."""

import pytest
from django.core.management import call_command
from django.db import connection

from grids.actions.importer import import_units
from grids.actions.tree import rename_unit
from grids.initials import LONGEST, MOST_READINGS, initials_of, typed_initials
from grids.models import Unit
from grids.sheets import read_sheet


def test_every_reading_of_a_name() -> None:
    assert {"cshy", "zshy"} <= set(initials_of("长山花园").split())
    assert {"cqlsq", "zqlsq"} <= set(initials_of("重庆路社区").split())
    assert initials_of("—·") == ""


@pytest.mark.parametrize(
    ("name", "reading"), [("３-2号楼 A座", "32hlaz"), ("ＣＢＤ广场", "cbdgc"), (" 第2网格 ", "d2wg")]
)
def test_letters_and_digits_stand_for_themselves(name: str, reading: str) -> None:
    assert reading in initials_of(name).split()


def test_a_long_name_has_bounded_readings() -> None:
    readings = initials_of("长重朝厦示号" * 20).split()
    assert len(readings) <= MOST_READINGS and {len(one) for one in readings} == {LONGEST}


@pytest.mark.parametrize(
    ("words", "typed"), [("C-S", "cs"), (" ＣＳ", "cs"), ("长山", ""), ("'*", ""), ("3号", "")]
)
def test_what_is_typed(words: str, typed: str) -> None:
    assert typed_initials(words) == typed


@pytest.mark.django_db
class TestWritten:
    def test_with_a_new_unit_and_a_new_name(self, town, now) -> None:
        unit = Unit.objects.filter(kind="grid").first()
        assert unit.initials == initials_of(unit.name) != ""
        rename_unit(unit, name="长山花园", by=None, now=now)
        assert Unit.objects.get(pk=unit.pk).initials == initials_of("长山花园")

    def test_by_an_import_and_its_change_of_a_name(self, town, now) -> None:
        sheet = "code,kind,name,parent_code\n990101001001007,grid,{},990101001001\n"
        for name in ("长山花园", "乐园"):
            import_units(read_sheet(sheet.format(name)), by=None, now=now)
            assert Unit.objects.get(code="990101001001007").initials == initials_of(name)

    def test_those_of_before_are_filled_once(self, town, now, capsys) -> None:
        kept = dict(Unit.objects.values_list("pk", "initials"))
        with connection.cursor() as cursor:
            cursor.execute("UPDATE grids_unit SET initials = ''")
        call_command("fill_initials")
        assert str(len(kept)) in capsys.readouterr().out
        assert dict(Unit.objects.values_list("pk", "initials")) == kept
        call_command("fill_initials")
        assert "0" in capsys.readouterr().out
