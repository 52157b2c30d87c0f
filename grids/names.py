"""Names on official lists, read as residents say them. Pure; one row per rule.

Lists write 「北街办事处街道」 for 北街街道, 「上台子村委会」 for 上台子村, and hang brackets on names.
"""

import re
import unicodedata
from typing import NamedTuple

_BRACKETS = re.compile(r"[(\[【〔][^()\[\]【】〔〕]*[)\]】〕]")
_STRAY = re.compile(r"[()\[\]【】〔〕\s]")
_DISTRICT = re.compile(r"(?P<city>.+?(?:市|地区|自治州|盟))(?P<name>.+(?:区|县|市|旗))")


class Rule(NamedTuple):
    """What ends in `suffix` loses it and ends in `ending` instead (once)."""

    level: str
    suffix: re.Pattern[str]
    ending: str


RULES = (
    Rule("street", re.compile(r"(街道)?办事处(街道)?$"), "街道"),
    Rule("street", re.compile(r"镇人民政府$"), "镇"),
    Rule("street", re.compile(r"乡人民政府$"), "乡"),
    Rule("community", re.compile(r"(居民)*(居民委员会|居委会)$"), "社区"),
    Rule("community", re.compile(r"(村民)*(村民委员会|村委会)$"), "村"),
    Rule("community", re.compile(r"虚拟生活区$"), "生活区"),
)


def clean_name(raw: str, level: str) -> str:
    """The name without brackets and office words; "" when nothing is left."""
    name = unicodedata.normalize("NFKC", raw)
    name = _STRAY.sub("", _BRACKETS.sub("", _BRACKETS.sub("", name)))
    for rule in RULES:
        if rule.level == level and rule.suffix.search(name):
            base = rule.suffix.sub("", name).removesuffix(rule.ending)
            return base + rule.ending if base else ""
    return name


def split_city(name: str) -> tuple[str, str]:
    """A district's name on a list: 长春市宽城区 → 长春市, 宽城区. "" for a city that is not named."""
    match = _DISTRICT.fullmatch(name)
    return (match["city"], match["name"]) if match else ("", name)
