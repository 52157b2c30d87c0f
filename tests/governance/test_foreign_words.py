"""Chinese words on English pages are marked as Chinese; whatever else a page holds stays byte for byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.foreign_words import mark_chinese
from tests.faces import visitor


@pytest.mark.parametrize(
    ("page", "marked"),
    [
        # All that an element holds: its own tag says it.
        ('<td class="a">演示小区3号楼A座</td>', '<td lang="zh-Hans" class="a">演示小区3号楼A座</td>'),
        ('<b title="a > b">演示·西门</b>', '<b lang="zh-Hans" title="a > b">演示·西门</b>'),
        ("<li>2026 年 12 月</li>", '<li lang="zh-Hans">2026 年 12 月</li>'),
        ('<option value="1">宽城 Street</option>', '<option lang="zh-Hans" value="1">宽城 Street</option>'),
        # Among English words.
        (
            "<p>By 演示甲, of 演示社区.</p>",
            '<p><bdi>By <bdi lang="zh-Hans">演示甲</bdi>, of <bdi lang="zh-Hans">演示社区</bdi>.</bdi></p>',
        ),
        (
            "<h2>演示.csv <b>Checked</b></h2>",
            '<h2><bdi><bdi lang="zh-Hans">演示</bdi>.csv </bdi><b>Checked</b></h2>',
        ),
        ("<p>演示<br>Late</p>", '<p><bdi lang="zh-Hans">演示</bdi><br>Late</p>'),
        ("<label><input> 演示</label>", '<label><input> <bdi lang="zh-Hans">演示</bdi></label>'),
        # Where nothing can be marked, or it is already.
        ('<button lang="zh-hans">中文</button>', '<button lang="zh-hans">中文</button>'),
        ("<textarea>演示</textarea>", "<textarea>演示</textarea>"),
        ("<title>演示</title>", "<title>演示</title>"),
        ("<script>const a = '<b>演示</b>';</script>", "<script>const a = '<b>演示</b>';</script>"),
        ("<!-- <p>演示</p> -->", "<!-- <p>演示</p> -->"),
        ("<p>Only English &amp; 3 > 2</p>", "<p>Only English &amp; 3 > 2</p>"),
        ("", ""),
    ],
)
def test_marks(page: str, marked: str) -> None:
    assert mark_chinese(page) == marked


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<br>", "<", ">", '"', "'", "演示", "Late", " ", "&amp;", "<b a='", "。"]
        )
    )
)
def test_nothing_is_lost_or_moved(pieces: list[str]) -> None:
    """Without the marks it is the page again, however broken; marked once more it says nothing new."""
    page = "".join(pieces)
    marked = mark_chinese(page)
    for mark in ('<bdi lang="zh-Hans">', "<bdi>", "</bdi>", ' lang="zh-Hans"'):
        marked = marked.replace(mark, "")
    assert marked == page


@pytest.mark.django_db
def test_pages_in_english_alone(town, monkeypatch) -> None:
    monkeypatch.setattr("governance.foreign_words.mark_chinese", mark_chinese)
    client, name = visitor(), town.community.name
    address = f"/volunteers/at/{town.community.code}/"
    english = client.get(address, headers={"accept-language": "en"}).content.decode()
    assert f'lang="zh-Hans">{name}<' in english
    assert "zh-Hans" not in client.get(address, headers={"accept-language": "zh-hans"}).content.decode()
