"""What a hotline's sheet calls its columns. The defaults are the usual ones; a city may have its own."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

_REMARK = re.compile(r"[(\[【〔].*$")
_STRAY = re.compile(r"[\s*:]")


@dataclass(frozen=True)
class Columns:
    """Meaning → header. What comes in, then what goes back."""

    number: str = "工单编号"
    type: str = "工单类型"
    category: str = "问题分类"
    tags: str = "标签"
    title: str = "标题"
    content: str = "主要内容"
    caller: str = "来电人"
    phone: str = "电话"
    secret: str = "保密"
    district: str = "被反映区"
    street: str = "被反映街乡镇"
    community: str = "村/社区"
    spot: str = "小区点位"
    way: str = "处理受理方式"
    nature: str = "工单性质"
    dispatched: str = "派单时间"
    deadline: str = "办理时限"
    related: str = "关联单号"
    closed: str = "办结时间"
    outcome: str = "办理结果"
    answer: str = "回复内容"
    solved: str = "是否解决"
    satisfied: str = "是否满意"

    @classmethod
    def from_mapping(cls, headers: Mapping[str, str]) -> "Columns":
        """The defaults with other headers for some meanings; ValueError for an unknown, empty or double one."""
        known = {field.name for field in fields(cls)}
        if strange := sorted(set(headers) - known):
            raise ValueError(f"no such columns: {', '.join(strange)}")
        made = cls(**headers)
        if len(made.meaning_of) != len(known) or "" in made.meaning_of:
            raise ValueError("every column needs a header of its own")
        return made

    @cached_property
    def meaning_of(self) -> dict[str, str]:
        """Header as it is compared → meaning."""
        return {bare(getattr(self, field.name)): field.name for field in fields(self)}

    def header(self, meaning: str) -> str:
        """What the sheet calls this."""
        return str(getattr(self, meaning))

    def headers(self, meanings: Iterable[str] | None = None) -> list[str]:
        """The headers of these meanings, of all of them without."""
        return [self.header(name) for name in (MEANINGS if meanings is None else meanings)]


MEANINGS = tuple(field.name for field in fields(Columns))
RESULTS = ("closed", "outcome", "answer", "solved", "satisfied")
INCOMING = tuple(name for name in MEANINGS if name not in RESULTS)
# Kept encrypted with the reporter alone, never beside the order.
PERSONAL = ("caller", "phone")
# Given back word for word.
KEPT = tuple(name for name in INCOMING if name not in PERSONAL)
REQUIRED = ("number", "content", "deadline")
DEFAULT = Columns()


def bare(header: object) -> str:
    """A header as it is compared: without spaces, stars and remarks in brackets."""
    text = unicodedata.normalize("NFKC", str(header or ""))
    return _STRAY.sub("", _REMARK.sub("", text))
