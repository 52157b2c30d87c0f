"""Words are made when they are read, in the language of whoever reads."""

import pytest
from django.utils import translation
from django.utils.functional import lazystr
from django.utils.translation import get_language

from notices.words import URGENCIES, WORDS, lawful, name, say, urgency_choices, word

KEY = "test.hello"


def test_say_fills_the_template_with_what_the_parameters_become() -> None:
    word(
        "test.twice",
        "%(number)s doubled is %(twice)s",
        "number",
        fill=lambda kept: kept | {"twice": kept["number"] * 2},
    )
    assert say("test.twice", {"number": 21}) == "21 doubled is 42"


def test_the_reader_s_language_decides_not_the_writer_s() -> None:
    word("test.tongue", lazystr("%(tongue)s"), fill=lambda kept: {"tongue": get_language()})
    with translation.override("en"):
        assert say("test.tongue", {}) == "en"
    with translation.override("zh-hans"):
        assert say("test.tongue", {}) == "zh-hans"


def test_a_word_nobody_knows_and_a_parameter_nobody_kept_do_not_fail() -> None:
    with translation.override("en"):
        assert say("test.of_a_later_version", {"x": 1}) == "Something has happened here; open it to see."
    assert say(KEY, {}) == "hello from —"
    assert name("test.of_a_later_version", {}) == ""


def test_a_word_may_name_what_it_is_about() -> None:
    word("test.about", "given to you", "number", about="issue %(number)s")
    assert (name("test.about", {"number": 7}), name(KEY, {"number": 7})) == ("issue 7", "")


def test_only_named_parameters_may_be_kept() -> None:
    assert lawful(KEY, {"place": "兴业街道", "number": 3}) == {"place": "兴业街道", "number": 3}
    with pytest.raises(ValueError, match="phone"):
        lawful(KEY, {"place": "兴业街道", "phone": "13800000000"})


@pytest.mark.parametrize("value", ["x" * 201, {"name": "x"}, ["x"], 1.5])
def test_only_short_words_and_numbers_may_be_kept(value: object) -> None:
    with pytest.raises(ValueError, match="place"):
        lawful(KEY, {"place": value})


def test_an_unknown_word_and_an_unknown_urgency_are_refused_where_they_are_written() -> None:
    with pytest.raises(KeyError):
        lawful("test.nobody", {})
    with pytest.raises(KeyError):
        word("test.loud", "x", urgency="very")


def test_every_urgency_has_a_label_and_a_badge() -> None:
    assert [key for key, _label in urgency_choices()] == [row.key for row in URGENCIES]
    assert all(str(row.label) and row.badge for row in URGENCIES)


def test_every_registered_word_reads_without_any_parameter() -> None:
    for key in WORDS:
        for language in ("en", "zh-hans"):
            with translation.override(language):
                assert say(key, {}).strip()
