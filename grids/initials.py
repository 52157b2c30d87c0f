"""The pinyin initials that a unit is found by: 长山花园 by 「cshy」 and, read otherwise, by 「zshy」. Pure."""

import re
import unicodedata
from functools import cache

# Nobody types more of them, and of a name with many readings the likelier ones do.
LONGEST, MOST_READINGS = 20, 8
# Of one character: the others are read so in no place's name.
LIKELY = 2
_PLAIN = re.compile(r"[0-9a-z]")
_NOT_PLAIN = re.compile(r"[^0-9a-z]")


def initials_of(name: str) -> str:
    """Every reading of the name with a blank between them; letters and digits stand for themselves, signs for
    nothing. "" where nothing is left."""
    readings = [""]
    for letter in filter(None, map(_letters, _even(name)[:LONGEST])):
        more = [reading + one for one in letter for reading in readings]
        # The first of a character's readings is the usual one.
        readings = more if len(more) <= MOST_READINGS else [reading + letter[0] for reading in readings]
    return " ".join(filter(None, dict.fromkeys(readings)))


def typed_initials(words: str) -> str:
    """What somebody typed, as initials are kept: 「C-S」 as 「cs」; "" where it is no initials."""
    even = _even(words)
    return _NOT_PLAIN.sub("", even) if even.isascii() else ""


def _even(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


@cache
def _letters(character: str) -> tuple[str, ...]:
    """The initials that one character may be read with, the usual one first."""
    if _PLAIN.fullmatch(character):
        return (character,)
    # Here, since the dictionary is large and only whoever names a unit needs it.
    from pypinyin import Style, pinyin

    (found,) = pinyin(character, style=Style.FIRST_LETTER, heteronym=True, errors="ignore") or ([],)
    return tuple(one for one in found if _PLAIN.fullmatch(one))[:LIKELY]
