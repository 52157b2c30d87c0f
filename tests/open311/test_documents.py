"""Documents and windows, without a database."""

import json
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from open311.documents import Document, to_xml
from open311.windows import (
    DEEPEST_ROW,
    LONGEST_SPAN,
    MOST_ROWS,
    read_moment,
    read_page,
    read_window,
    read_words,
)

SHANGHAI = timezone(timedelta(hours=8))
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


@given(st.text())
def test_whatever_is_written_can_be_read(text: str) -> None:
    clean = text.encode(errors="replace").decode()
    root = ElementTree.fromstring(to_xml(Document("errors", [{"code": 400, "description": clean}])))
    assert root.findtext("error/code") == "400" and root.find("error/description") is not None


def test_lists_maps_and_nothing() -> None:
    content = [{"attributes": [], "values": [{"key": "a", "name": None}], "metadata": True}]
    text = to_xml(Document("services", content)).decode()
    assert text.splitlines()[1] == (
        "<services><service><attributes /><values><value><key>a</key><name /></value></values>"
        "<metadata>true</metadata></service></services>"
    )
    assert json.dumps(content)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-10T10:00:00+08:00", NOW),
        ("2026-03-10T02:00:00Z", NOW),
        ("2026-03-10T02:00:00.000Z", NOW),
        ("2026-03-10T10:00:00 08:00", NOW),
        ("2026-03-10T10:00", NOW),
        ("2026-03-10 10:00:00", NOW),
        ("2026-03-10 10:00", NOW),
        ("2026-03-10T10:00:00.5 08:00", NOW + timedelta(seconds=0.5)),
        ("2026-03-10T10:00:00+0800", NOW),
        ("2026-03-10", datetime(2026, 3, 9, 16, 0, tzinfo=UTC)),
    ],
)
def test_moments(text: str, moment: datetime) -> None:
    assert read_moment(text, "start_date", SHANGHAI) == moment


@given(st.text(max_size=40))
def test_no_text_breaks_them(text: str) -> None:
    with translation.override("en"):
        try:
            found = read_moment(text, "start_date", SHANGHAI)
        except ValueError as error:
            assert "ISO 8601" in str(error)
        else:
            assert (found is None) == (not text)
            assert found is None or found.tzinfo is not None


def test_windows() -> None:
    month = timedelta(days=30)
    assert read_window(None, None, NOW) == (NOW - LONGEST_SPAN, NOW)
    assert read_window(NOW - month, None, NOW)[0] == NOW - month
    assert read_window(None, NOW - month, NOW) == (NOW - month - LONGEST_SPAN, NOW - month)
    assert read_window(NOW - LONGEST_SPAN, NOW, NOW) == (NOW - LONGEST_SPAN, NOW)
    for start, end in ((NOW, NOW - month), (NOW - LONGEST_SPAN - timedelta(seconds=1), NOW)):
        with pytest.raises(ValueError):
            read_window(start, end, NOW)


def test_pages_and_words() -> None:
    assert (read_page("", "").start, read_page("", "").end) == (0, MOST_ROWS)
    assert (read_page("3", "10").start, read_page("3", "10").end) == (20, 30)
    assert read_page("1", "999999999").end == MOST_ROWS
    assert read_page(str(DEEPEST_ROW), "1").end == DEEPEST_ROW
    with pytest.raises(ValueError):
        read_page(str(DEEPEST_ROW + 1), "1")
    assert read_words(["a, b,,a", "c"], "status") == ["a", "b", "c"]
