"""What the grid worker of the demo home was given outside the duty list, and what the district made of it."""

from datetime import datetime, timedelta
from typing import Any

from demo.seed.people import Home
from demo.seed.texts import phrases
from grids.models import Body, Unit
from issues.actions.outside import report_outside, settle_outside

# What was to be done, and how it ended; "" while the district has not decided.
TASKS = (
    ("替街道填报辖区商户信息表", ""),
    ("代收物业费欠费名单", "taken_back"),
    ("协助统计养犬数量", "allowed"),
    ("入户提醒燃气安全检查", "on_list"),
)
# So long a permission lasts.
ALLOWED = timedelta(days=30)


def report_tasks(home: Home, worker: Any, dispatcher: Any, *, now: datetime) -> None:
    """One of each way in which it ends, given by those above the grid and by a department."""
    givers: tuple[Unit | Body, ...] = (home.street, home.community, home.department, home.street)
    for (text, ends), giver in zip(TASKS, givers, strict=True):
        task = report_outside(
            grid=home.grid, given_by=giver, text=text + phrases()["mark"], by=worker, now=now
        )
        if ends:
            until = (now + ALLOWED).date() if ends == "allowed" else None
            settle_outside(task, state=ends, until=until, by=dispatcher, now=now)
