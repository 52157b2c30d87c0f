"""What goes back to the hotline: its own columns, filled in with what came of each order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from calendars.worktime import SHANGHAI
from issues.hotline.columns import KEPT, MEANINGS, Columns

# The hotline reads Chinese whoever downloads the file.
OUTCOMES = {
    "solved": "已解决",
    "answered": "已解答",
    "explained": "解释说明",
    "not_substantiated": "不属实",
    "unreachable": "联系不上",
    "legal": "已转法定程序",
    "withdrawn": "诉求人撤回",
}
YES_NO = {True: "是", False: "否", None: "未评价"}
RETURNED = "退回热线"
OPEN = "办理中"


@dataclass(frozen=True)
class Reply:
    """An order with its result. `solved` and `satisfied` are the reporter's words; None: not rated."""

    number: str
    given: Mapping[str, str]
    ended_at: datetime | None = None
    outcome: str = ""
    returned: bool = False
    answer: str = ""
    solved: bool | None = None
    satisfied: bool | None = None


def reply_row(reply: Reply) -> list[str]:
    """In the order of the columns. Name and telephone stay away: the hotline has them."""
    cells = {name: reply.given.get(name, "") for name in KEPT} | {"number": reply.number}
    cells["outcome"] = OPEN
    if reply.ended_at:
        cells |= {
            "closed": f"{reply.ended_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
            "outcome": RETURNED if reply.returned else OUTCOMES.get(reply.outcome, ""),
            "answer": reply.answer,
            "solved": YES_NO[reply.solved],
            "satisfied": YES_NO[reply.satisfied],
        }
    return [cells.get(name, "") for name in MEANINGS]


def reply_headers(columns: Columns) -> list[str]:
    """The header above `reply_row`."""
    return columns.headers()
