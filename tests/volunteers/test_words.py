"""The tables of words: keys once each, labels in both languages; how a name is shown."""

import re

import pytest
from django.utils import translation

from volunteers import words
from volunteers.contacts import OCCASIONS, shown_name

TABLES = {
    "states": words.STATES,
    "transfers": words.TRANSFER_STATES,
    "skills": words.SKILLS,
    "languages": words.LANGUAGES,
    "availability": words.AVAILABILITY,
    "topics": words.TOPICS,
    "occasions": OCCASIONS,
}


@pytest.mark.parametrize("name", TABLES)
def test_every_word_has_a_key_of_its_own_and_speaks_both_languages(name: str) -> None:
    table = TABLES[name]
    assert len({word.key for word in table}) == len(table)
    for word in table:
        with translation.override("zh-hans"):
            assert re.search("[\u3400-\u9fff]", str(word.label)), word.key
        with translation.override("en"):
            assert not re.search("[\u3400-\u9fff]", str(word.label)), word.key


def test_others_see_an_alias_or_the_first_letter() -> None:
    assert shown_name("王小明", "") == "王*"
    assert shown_name("王小明", "热心人") == "热心人"
    assert shown_name("", "") == ""


def test_labels_come_in_the_order_of_the_table() -> None:
    with translation.override("en"):
        assert words.labels(words.LANGUAGES, ["en", "zh", "none"]) == ["Standard Chinese", "English"]
