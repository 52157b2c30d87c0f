"""What goes back to the hotline: its own columns, filled in with what came of each order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from grids.workbook import Cell
from issues.hotline.columns import KEPT, Columns

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
    """An order with its result. `ended_at`: when the result was handed in, or the order returned; None while it
    is in hand. `solved` and `satisfied` are the reporter's words about this result; None: not rated."""

    number: str
    given: Mapping[str, str]
    dispatched_at: datetime | None = None
    deadline_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ""
    returned: bool = False
    answer: str = ""
    solved: bool | None = None
    satisfied: bool | None = None


def reply_row(reply: Reply, columns: Columns) -> list[Cell]:
    """In the order of the columns. Name and telephone stay away: the hotline has them."""
    cells: dict[str, Cell] = {name: reply.given.get(name, "") for name in KEPT}
    cells |= {"number": reply.number, "dispatched": reply.dispatched_at, "deadline": reply.deadline_at}
    cells["outcome"] = OPEN
    if reply.ended_at:
        cells |= {
            "closed": reply.ended_at,
            "outcome": RETURNED if reply.returned else OUTCOMES.get(reply.outcome, ""),
            "answer": reply.answer,
        }
    if reply.ended_at and not reply.returned:
        cells |= {"solved": YES_NO[reply.solved], "satisfied": YES_NO[reply.satisfied]}
    return [cells.get(name, "") for name in columns.headings]
