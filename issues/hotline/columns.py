"""What a hotline's sheet calls its columns. What is shipped are the usual headings; a city may have its own."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

_REMARK = re.compile(r"[(\[【〔].*$")
_STRAY = re.compile(r"[\s*:]")
# Meaning → usual heading. What comes in, then what goes back.
USUAL: dict[str, str] = {
    "number": "工单编号",
    "type": "工单类型",
    "category": "问题分类",
    "tags": "标签",
    "title": "标题",
    "content": "主要内容",
    "caller": "来电人",
    "phone": "电话",
    "secret": "保密",
    "district": "被反映区",
    "street": "被反映街乡镇",
    "community": "村/社区",
    "spot": "小区点位",
    "way": "处理受理方式",
    "nature": "工单性质",
    "dispatched": "派单时间",
    "deadline": "办理时限",
    "related": "关联单号",
    "closed": "办结时间",
    "outcome": "办理结果",
    "answer": "回复内容",
    "solved": "是否解决",
    "satisfied": "是否满意",
}
MEANINGS = tuple(USUAL)
RESULTS = ("closed", "outcome", "answer", "solved", "satisfied")
INCOMING = tuple(name for name in MEANINGS if name not in RESULTS)
# Kept encrypted with the reporter alone, never beside the order.
PERSONAL = ("caller", "phone")
# Given back word for word.
KEPT = tuple(name for name in INCOMING if name not in PERSONAL)
# No row can be taken without these; nor without one of the places.
REQUIRED = ("number", "content", "deadline")
PLACES = ("district", "street", "community")
# Without these the hotline would not hear what came of it.
ANSWERING = ("outcome", "answer")


@dataclass(frozen=True)
class Columns:
    """Meaning → heading, of those that a city has; in the order in which results go back."""

    headings: Mapping[str, str] = field(default_factory=lambda: USUAL)

    @cached_property
    def meaning_of(self) -> dict[str, str]:
        """Heading as it is compared → meaning."""
        return {bare(heading): meaning for meaning, heading in self.headings.items()}

    @property
    def place(self) -> str:
        """The highest place that has a column."""
        return next((name for name in PLACES if name in self.headings), PLACES[0])

    def header(self, meaning: str) -> str:
        """What the sheet calls this; its usual heading where this city has no such column."""
        return self.headings.get(meaning, USUAL[meaning])

    def headers(self, meanings: Iterable[str] | None = None) -> list[str]:
        """The headings of these meanings; of all that the city has without."""
        return [self.header(name) for name in (self.headings if meanings is None else meanings)]


DEFAULT = Columns()


def bare(heading: object) -> str:
    """A heading as it is compared: without spaces, stars and remarks in brackets."""
    text = unicodedata.normalize("NFKC", str(heading or ""))
    return _STRAY.sub("", _REMARK.sub("", text))
