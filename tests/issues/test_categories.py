"""The list of categories: the one that is shipped, and lists that are brought in."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from issues.actions.categories import BadRows, load_categories, packaged_rows
from issues.category_rows import COLUMNS, check_rows
from issues.limits import BY_LEVEL
from issues.models import Category
from tests.builders import NOW
from trail.models import Event

GROUP = {"key": "clean", "name": "环境卫生", "name_en": "Cleanliness", "kind": "help", "handled_at": "grid"}
ROW = {
    "key": "litter",
    "parent": "clean",
    "name": "垃圾",
    "name_en": "Litter",
    "kind": "help",
    "for_residents": "yes",
}


class TestPackaged:
    def test_every_row_is_right(self) -> None:
        good, bad = check_rows(packaged_rows())
        assert not bad
        assert {one.parent for one in good if one.parent} < {one.key for one in good}
        assert len([one for one in good if one.parent]) >= 40

    def test_two_levels_and_two_languages(self) -> None:
        good, _bad = check_rows(packaged_rows())
        groups = {one.key for one in good if not one.parent}
        for one in good:
            assert one.name_en.isascii()
            assert one.hint_en.isascii()
            assert bool(one.hint) == bool(one.hint_en)
            assert not one.name.isascii()
            assert not one.parent or one.parent in groups

    def test_every_level_and_kind_has_work(self) -> None:
        good, _bad = check_rows(packaged_rows())
        assert {one.handled_at for one in good} == {*BY_LEVEL, ""}
        assert {one.kind for one in good} == {
            "help", "complaint", "suggestion", "question", "hazard", "dispute", "enterprise"
        }  # fmt: skip

    def test_danger_goes_to_the_grid(self) -> None:
        good, _bad = check_rows(packaged_rows())
        dangers = [one for one in good if one.is_danger]
        assert len(dangers) >= 4
        assert {one.handled_at for one in dangers} == {"grid"}
        assert all(one.for_residents for one in dangers)

    def test_no_list_of_persons(self) -> None:
        """Categories are about things and places."""
        text = " ".join(f"{row['name']} {row['hint']}" for row in packaged_rows())
        for word in ("重点人员", "嫌疑", "精神病", "吸毒", "上访"):
            assert word not in text


BAD = [
    ({"key": "Litter!"}, "Litter!"),
    ({"key": ""}, ""),
    ({"key": "clean"}, "clean"),
    ({"parent": "nowhere"}, "nowhere"),
    ({"name_en": ""}, "litter"),
    ({"name": "长" * 61}, "长" * 61),
    ({"kind": "gossip"}, "gossip"),
    ({"handled_at": "building"}, "building"),
    ({"is_danger": "maybe"}, "maybe"),
    ({None: ["too", "much"]}, "['too', 'much']"),
]


@pytest.mark.parametrize(("change", "value"), BAD)
def test_each_bad_row_is_named_with_its_value(change: dict, value: str) -> None:
    good, bad = check_rows([GROUP, ROW | change, ROW | {"key": "fine"}])
    assert [one.key for one in good] == ["clean", "fine"]
    assert [(row.line, row.value) for row in bad] == [(3, value)]
    assert str(bad[0].reason)


@pytest.mark.django_db
class TestLoad:
    def test_the_packaged_list(self) -> None:
        rows = packaged_rows()
        loaded = load_categories(rows, by=None, now=NOW)
        assert (loaded.added, loaded.changed) == (len(rows), 0)
        assert [one.key for one in Category.objects.all()] == [row["key"] for row in rows]
        assert Category.objects.get(key="clean_rubbish").parent.key == "clean"
        assert set(Category.objects.all().in_use().values_list("parent__key", flat=True)) > {
            "clean",
            "danger",
        }

    def test_twice_changes_nothing(self) -> None:
        load_categories(packaged_rows(), by=None, now=NOW)
        events = Event.objects.count()
        again = load_categories(packaged_rows(), by=None, now=NOW)
        assert (again.added, again.changed, Event.objects.count()) == (0, 0, events)

    def test_a_changed_row_is_changed_and_recorded(self) -> None:
        load_categories([GROUP, ROW], by=None, now=NOW)
        Category.objects.filter(key="litter").update(is_active=False)
        second = {"key": "home", "name": "房屋", "name_en": "Home", "kind": "help"}
        loaded = load_categories([GROUP, second, ROW | {"parent": "home"}], by=None, now=NOW)
        row = Category.objects.get(key="litter")
        assert (loaded.added, loaded.changed) == (1, 1)
        assert (row.parent.key, row.is_active) == ("home", False)
        assert list(Event.objects.about("category", row.pk).values_list("verb", flat=True)) == [
            "add",
            "change",
        ]

    def test_children_may_come_before_their_group(self) -> None:
        load_categories([ROW, GROUP], by=None, now=NOW)
        assert Category.objects.get(key="litter").parent.key == "clean"

    def test_all_or_nothing(self) -> None:
        with pytest.raises(BadRows) as refused:
            load_categories([GROUP, ROW | {"kind": "gossip"}], by=None, now=NOW)
        assert len(refused.value.rows) == 1
        assert not Category.objects.exists()

    def test_names_in_the_readers_language(self) -> None:
        load_categories(packaged_rows(), by=None, now=NOW)
        row = Category.objects.get(key="road_light")
        with translation.override("zh-hans"):
            assert (row.label, row.advice) == ("路灯、照明", "不亮、晚亮")
        with translation.override("en"):
            assert (str(row), row.advice) == ("Street lights", "Dark, or on too late")


@pytest.mark.django_db
class TestCommand:
    def run(self, capsys: Any, *args: Any) -> str:
        call_command("load_categories", *args)
        return capsys.readouterr().out

    def test_packaged(self, capsys: Any) -> None:
        assert "58 categories added, 0 changed" in self.run(capsys)

    def test_a_file(self, capsys: Any, tmp_path: Path) -> None:
        file = tmp_path / "mine.csv"
        file.write_text(",".join(COLUMNS) + "\nlitter,,垃圾,Litter,,,help,grid,,yes\n", encoding="utf-8-sig")
        assert "1 categories added" in self.run(capsys, file)
        assert "left as they are" in self.run(capsys, "--if-none")
        assert Category.objects.get().key == "litter"

    def test_only_where_there_are_none(self, capsys: Any) -> None:
        assert "58 categories added" in self.run(capsys, "--if-none")

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (",".join(COLUMNS) + "\nlitter,,垃圾,Litter,,,gossip,grid,,yes\n", "2: 'gossip'"),
            ("key,name\nlitter,x\n", "columns"),
            ("", "columns"),
        ],
    )
    def test_a_bad_file(self, tmp_path: Path, content: str, told: str) -> None:
        file = tmp_path / "bad.csv"
        file.write_text(content, encoding="utf-8")
        with pytest.raises(CommandError, match=told):
            call_command("load_categories", file)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="nowhere"):
            call_command("load_categories", tmp_path / "nowhere.csv")
