"""Messages copied from WeChat or WeCom: who wrote what and when, a telephone number, the places named."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from calendars.worktime import SHANGHAI

MOST_PLACES = 8
SHORTEST_NAME = 2
_DATE = (
    r"(?:(?P<year>\d{4})[-/.年])?(?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?|(?P<near>今天|昨天|前天)"
    r"|(?:星期|周)(?P<week>[一二三四五六日天])"
)
_TIME = r"(?P<half>凌晨|早上|上午|中午|下午|晚上)?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?"
_WHEN = rf"(?:(?:{_DATE})\s*)?{_TIME}"
# 「张三 3/10 09:05:33」, 「张三@微信 2026年3月10日 9:05」: the text follows below.
_NAME_FIRST = re.compile(rf"(?P<name>\S.{{0,30}}?)\s+{_WHEN}\s*")
# 「[2026-03-10 09:05] 张三: …」, 「09:05 张三:…」
_TIME_FIRST = re.compile(rf"[\[(【]?\s*{_WHEN}\s*[\])】]?\s*(?P<name>[^:]{{1,30}}):\s*(?P<text>.*)")
# 「张三: …」; the words before a colon may also belong to the message.
_NAME_ONLY = re.compile(r"(?P<name>[^:\d]{1,20}):\s*(?P<text>.*)")
_DAY_ALONE = re.compile(rf"[-—–\s]*(?:{_DATE})[-—–\s]*")
_LABELS = re.compile(
    r"地址|地点|位置|电话|手机|联系|时间|姓名|问题|诉求|内容|情况|小区|备注|注|http|ps", re.I
)
_AT_COMPANY = re.compile(r"@\S+$")
_STICKER = re.compile(r"\[[^\[\]\d]{1,8}\]")
_ONLY_STICKERS = re.compile(r"(?:\s*\[[^\[\]]{1,12}\]\s*)+")
# A mobile number or one with an area code; not the middle of a longer one.
_PHONE = re.compile(r"(?<!\d)(?:(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)")
_DAYS_AGO = {"今天": 0, "昨天": 1, "前天": 2}
_WEEK = "一二三四五六日"
_AFTERNOON = {"中午", "下午", "晚上"}


@dataclass
class Message:
    """One message; `at` where its line says so."""

    name: str = ""
    at: datetime | None = None
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Proposal:
    """What a report could be made of. The number stands only in `phone`; in the text it is masked."""

    text: str
    at: datetime | None
    name: str
    phone: str


@dataclass(frozen=True)
class PlaceName:
    """A unit as far as names go; `depth` is larger for what is smaller."""

    code: str
    name: str
    depth: int


def read_chat(pasted: str, now: datetime) -> Proposal:
    """The messages as one report: all words, when the first was sent, who wrote it if it was one person."""
    messages = [one for one in split_messages(pasted, now) if any(one.lines)]
    words = "\n".join(line for one in messages for line in one.lines).strip()
    found = _PHONE.search(words)
    phone = _digits(found.group()) if found else ""
    names = {one.name for one in messages if one.name}
    times = [one.at for one in messages if one.at and one.at <= now]
    return Proposal(
        text=_PHONE.sub(lambda match: _masked(match.group()), words),
        at=min(times, default=None),
        name=names.pop() if len(names) == 1 else "",
        phone=phone,
    )


def split_messages(pasted: str, now: datetime) -> list[Message]:
    """One message per head line; what stands before the first head belongs to nobody."""
    today = now.astimezone(SHANGHAI).date()
    messages, day = [Message()], today
    for raw in pasted.splitlines():
        line = unicodedata.normalize("NFKC", raw).strip()
        if not line or _ONLY_STICKERS.fullmatch(line):
            continue
        if match := _DAY_ALONE.fullmatch(line):
            day = _day(match, today) or day
        elif head := _head(line, day, today):
            messages.append(head)
        else:
            messages[-1].lines.append(_STICKER.sub("", line).strip())
    return messages


def places_in(text: str, names: Iterable[PlaceName], *, most: int = MOST_PLACES) -> list[str]:
    """Codes of the units that the text names: the smallest first, of those the longest name."""
    plain = unicodedata.normalize("NFKC", text)
    found = []
    for one in names:
        name = unicodedata.normalize("NFKC", one.name)
        said = next(
            (part for part in (name, _short(name)) if len(part) >= SHORTEST_NAME and part in plain), ""
        )
        if said:
            found.append((-one.depth, -len(said), one.code))
    return [code for *_rank, code in sorted(found)[:most]]


def _digits(number: str) -> str:
    """Without the country's prefix, spaces and dashes."""
    digits = re.sub(r"[^\d]", "", number)
    return digits.removeprefix("86") if len(digits) == 13 else digits


def _masked(number: str) -> str:
    """138****1234: enough to see that there is one."""
    digits = _digits(number)
    return f"{digits[:3]}****{digits[-4:]}"


def _short(name: str) -> str:
    """As people write it: 天光 for 天光社区. Numbers alone say nothing."""
    short = re.sub(r"(社区|街道|小区|网格|村|镇|乡)$", "", name)
    return "" if re.fullmatch(r"第?[\d一二三四五六七八九十]+", short) else short


def _head(line: str, day: date, today: date) -> Message | None:
    """The beginning of a message, if the line is one."""
    for pattern in (_NAME_FIRST, _TIME_FIRST):
        if match := pattern.fullmatch(line):
            at = _moment(match, day, today)
            if at:
                text = match.groupdict().get("text") or ""
                return Message(_name(match["name"]), at, [_STICKER.sub("", text).strip()] if text else [])
    match = _NAME_ONLY.fullmatch(line)
    if match and not _LABELS.search(match["name"]) and not re.search(r"[,。,!?;]", match["name"]):
        text = _STICKER.sub("", match["text"]).strip()
        return Message(_name(match["name"]), None, [text] if text else [])
    return None


def _name(said: str) -> str:
    return _AT_COMPANY.sub("", said.strip()).strip()


def _moment(match: re.Match[str], day: date, today: date) -> datetime | None:
    hour, minute = int(match["hour"]), int(match["minute"])
    if match["half"] in _AFTERNOON and hour < 12:
        hour += 12
    if hour > 23 or minute > 59:
        return None
    return datetime.combine(_day(match, today) or day, time(hour, minute), tzinfo=SHANGHAI)


def _day(match: re.Match[str], today: date) -> date | None:
    """The day that a line names; without a year the last such day."""
    if near := match["near"]:
        return today - timedelta(days=_DAYS_AGO[near])
    if week := match["week"]:
        weekday = _WEEK.index("日" if week == "天" else week)
        return today - timedelta(days=(today.weekday() - weekday) % 7)
    if match["month"] is None:
        return None
    try:
        found = date(int(match["year"] or today.year), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    if match["year"] is None and found > today:
        return _year_before(found)
    return found


def _year_before(day: date) -> date | None:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return None
