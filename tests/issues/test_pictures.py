"""Pictures of categories: each shipped one has its own, and they are shapes alone."""

import csv
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from issues.pictures import OTHER, PICTURES, picture_of

SHIPPED = Path(__file__).parents[2] / "issues" / "data" / "categories.csv"


def keys() -> list[str]:
    with SHIPPED.open(encoding="utf-8-sig") as file:
        return [row["key"] for row in csv.DictReader(file)]


def test_every_category_and_group_has_one_and_no_other_is_kept() -> None:
    assert set(PICTURES) == set(keys())


@pytest.mark.parametrize("key", sorted(PICTURES))
def test_it_is_shapes_within_the_field_and_nothing_else(key: str) -> None:
    root = ElementTree.fromstring(f"<svg>{PICTURES[key]}</svg>")
    assert len(root) and {one.tag for one in root} <= {"path", "circle", "ellipse", "rect"}
    allowed = {"d", "cx", "cy", "r", "rx", "ry", "x", "y", "width", "height"}
    assert {name for one in root for name in one.attrib} <= allowed


def test_what_a_district_adds_has_that_of_its_group() -> None:
    assert picture_of("d220103_dogs", "clean") == PICTURES["clean"]
    assert picture_of("d220103_dogs") == PICTURES[OTHER] == picture_of("", "nothing")


@pytest.mark.django_db
def test_a_tile_has_its_picture_beside_its_words(town) -> None:
    from tests.faces import visitor

    text = visitor().get(f"/r/at/{town.grid.code}/report/").content.decode()
    tiles = text.count('<label class="tile"')
    drawn = re.findall(r'<svg class="icon picture"[^>]*>', text)
    assert tiles and len(drawn) > tiles and all('aria-hidden="true"' in one for one in drawn)
