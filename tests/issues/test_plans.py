"""The plan of a tough whistle as it is written: a line per stage. Without a database."""

from datetime import date

import pytest
from django.utils import translation

from issues.plans import LONGEST_STAGE, MOST_STAGES, read_stages
from trail.refusals import Refused


@pytest.mark.parametrize(
    "line",
    [
        "2026-03-20 查清原因",
        "2026-3-20:查清原因",
        "2026/03/20\t查清原因",
        "2026.3.20,查清原因",
        "2026年3月20日 查清原因",
        "  2026-03-20  查清原因  ",
    ],
)
def test_a_day_and_what_is_done_however_it_is_written(line: str) -> None:
    (stage,) = read_stages(line)
    assert (stage.day, stage.text) == (date(2026, 3, 20), "查清原因")


def test_a_line_each_and_empty_lines_do_not_count() -> None:
    stages = read_stages("2026-03-20 甲\r\n\r\n2026-04-01 乙\n")
    assert [(one.day, one.text) for one in stages] == [(date(2026, 3, 20), "甲"), (date(2026, 4, 1), "乙")]


MANY = "\n".join(f"2026-03-{day:02} 第{day}步" for day in range(1, MOST_STAGES + 2))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "at least one stage"),
        (" \n ", "at least one stage"),
        (MANY, "at most 12"),
        ("查清原因", "Line 1: Begin with the day"),
        ("2026-03-20 甲\n3月28日 乙", "Line 2: Begin with the day"),
        ("2026-02-30 甲", "Line 1: There is no such day"),
        ("2026-03-20", "Line 1: Say what"),
        ("2026-03-20 甲\n2026-03-20 乙", "Line 2: Its day must be later"),
        ("2026-03-20 甲\n2026-03-19 乙", "Line 2: Its day must be later"),
        (f"2026-03-20 {'长' * (LONGEST_STAGE + 1)}", "Line 1: At most 200"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, words: str) -> None:
    with translation.override("en"), pytest.raises(Refused) as caught:
        read_stages(text)
    assert caught.value.code == "stages"
    assert words in str(caught.value)


def test_as_many_as_there_may_be() -> None:
    assert len(read_stages("\n".join(MANY.splitlines()[:MOST_STAGES]))) == MOST_STAGES
