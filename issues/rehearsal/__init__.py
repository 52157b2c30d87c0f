"""What a changed rule would have done to the issues of the last 30 days: reads, and changes nothing.

A kind of policy is replayed from what is kept: the issues and their routes, the deadlines that ran, the whistles,
requests and results. What left no trace (somebody who was refused and gave up) cannot be.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from grids.models import Unit
from grids.policies import Finding, Rehearsal, Value
from issues.rehearsal import calling, clocks, ladders, results, routes
from issues.rehearsal.past import DAYS, MOST, Change, Past, past_of

# Kind of policy → how it is replayed. Every kind stands here or says itself why it is not replayed.
REPLAYS: dict[str, Callable[[Past], Iterable[Change]]] = {
    "categories": routes.categories,
    "own_categories": routes.in_use,
    "questions": routes.questions,
    "hotline_topics": routes.topics,
    "limits": routes.routes,
    "duty_list": routes.routes,
    "windows": clocks.windows,
    "whistle_times": clocks.whistle_times,
    "decisions": clocks.decisions,
    "extension": clocks.extensions,
    "ladder": ladders.numbers,
    "rungs": ladders.rungs,
    "callable": calling.callees,
    "whistle_review": calling.reviews,
    "powers": calling.powers,
    "checks": results.checks,
    "sampling": results.checks,
}


def rehearse(key: str, unit: Unit, value: Value, by: Any, now: datetime) -> Rehearsal:
    """Replay everything that was reported in the unit within 30 days, at most 5,000 of the newest.

    Complaints about somebody are left out: they go by no rule, and must not be told of. As many queries however
    many issues. Whoever may see an issue gets its address.
    """
    past = past_of(key, unit, value, by, now)
    groups: dict[str, list[tuple[str, str, Any]]] = {}
    for label, issue, how in REPLAYS[key](past):
        groups.setdefault(str(label), []).append((issue.number, past.address(issue), how))
    findings = [Finding(label, rows) for label, rows in groups.items()]
    return Rehearsal(DAYS, len(past.issues), past.complete, findings)


__all__ = ["DAYS", "MOST", "REPLAYS", "rehearse"]
