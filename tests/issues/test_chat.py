"""Pasted messages: who, when, what, the number, the places; no database."""

from datetime import UTC, datetime

import pytest

from calendars.worktime import SHANGHAI
from issues.chat import PlaceName, places_in, read_chat

# Tuesday 10 March 2026, 10:00 in Shanghai.
NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def at(*parts):
    return datetime(*parts, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("pasted", "name", "moment", "text"),
    [
        ("演示张 3/10 09:05:33\n楼下垃圾三天没清", "演示张", at(2026, 3, 10, 9, 5), "楼下垃圾三天没清"),
        ("演示张@微信 2026/3/9 9:05\n路灯不亮", "演示张", at(2026, 3, 9, 9, 5), "路灯不亮"),
        ("演示张 2026年3月9日 晚上9:05\n路灯不亮", "演示张", at(2026, 3, 9, 21, 5), "路灯不亮"),
        ("[2026-03-09 18:20] 演示张: 井盖丢了", "演示张", at(2026, 3, 9, 18, 20), "井盖丢了"),
        ("09:05 演示张：井盖丢了", "演示张", at(2026, 3, 10, 9, 5), "井盖丢了"),
        ("演示张 昨天 18:20\n井盖丢了", "演示张", at(2026, 3, 9, 18, 20), "井盖丢了"),
        ("演示张 星期日 18:20\n井盖丢了", "演示张", at(2026, 3, 8, 18, 20), "井盖丢了"),
        ("演示张 12/31 18:20\n井盖丢了", "演示张", at(2025, 12, 31, 18, 20), "井盖丢了"),
        ("演示张：\n井盖丢了\n没人管", "演示张", None, "井盖丢了\n没人管"),
        ("演示张: 井盖丢了", "演示张", None, "井盖丢了"),
        ("—————  2026-03-08  —————\n演示张  18:20\n\n井盖丢了", "演示张", at(2026, 3, 8, 18, 20), "井盖丢了"),
        ("井盖丢了,快来人", "", None, "井盖丢了,快来人"),
        ("地址: 3号楼\n情况: 漏水", "", None, "地址: 3号楼\n情况: 漏水"),
        ("演示张 3/10 09:05\n[图片]\n漏水[流泪]", "演示张", at(2026, 3, 10, 9, 5), "漏水"),
        ("演示张 3/10 25:05\n漏水", "", None, "演示张 3/10 25:05\n漏水"),
    ],
)
def test_one_message(pasted, name, moment, text):
    read = read_chat(pasted, NOW)
    assert (read.name, read.at, read.text) == (name, moment, text)


def test_several_messages_of_several_people():
    pasted = "演示张 3/9 18:20\n电梯又停了\n\n演示李 3/9 18:25\n我家老人下不来\n演示张 3/9 18:30\n快点"
    read = read_chat(pasted, NOW)
    assert read.text == "电梯又停了\n我家老人下不来\n快点"
    assert (read.name, read.at) == ("", at(2026, 3, 9, 18, 20))


def test_a_moment_that_lies_ahead_is_none():
    assert read_chat("演示张 今天 23:50\n漏水", NOW).at is None


@pytest.mark.parametrize(
    ("said", "phone", "shown"),
    [
        ("找我13800001234", "13800001234", "找我138****1234"),
        ("+86 138 0000 1234 找我", "13800001234", "138****1234"),
        ("0431-88886666", "043188886666", "043****6666"),
        ("工单12345678901234567", "", "工单12345678901234567"),
    ],
)
def test_the_number_goes_to_the_contact_and_is_masked_in_the_text(said, phone, shown):
    read = read_chat(f"演示张 3/10 09:05\n{said}", NOW)
    assert read.phone == phone and shown in read.text
    assert not phone or phone not in read.text


NAMES = [
    PlaceName("s", "新发街道", 2),
    PlaceName("c", "天光社区", 3),
    PlaceName("g", "第一网格", 4),
    PlaceName("b1", "1号楼", 5),
    PlaceName("b11", "11号楼", 5),
]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("天光社区1号楼漏水", ["b1", "c"]),
        ("天光11号楼", ["b11", "b1", "c"]),
        ("第一个问题是垃圾", []),
        ("新发街道办", ["s"]),
        ("", []),
    ],
)
def test_places_are_found_by_name_the_smallest_first(text, codes):
    assert places_in(text, NAMES) == codes


@pytest.mark.parametrize("pasted", ["", "\n\n", "[图片]", ":", "：：：", "3/10", "\x00"])
def test_nothing_is_too_strange(pasted):
    assert len(read_chat(pasted, NOW).text) <= len(pasted)
