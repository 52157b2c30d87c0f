"""Before a whistle is blown: whom it would call, and by when each of them would answer, come and be done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from grids.models import Body, Unit
from issues.actions.calling import call
from issues.actions.step import Step, lock_issue
from issues.actions.trying import tried
from issues.actions.whistle import blow_whistle, call_in
from issues.lifecycle.states import PROPOSED
from issues.models import Callee, Deadline, Decision, Issue, Whistle
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

# What an action demands besides, and what nobody needs before it is sent.
UNSAID = "—"


@dataclass(frozen=True)
class Foreseen:
    """What a whistle would come to. `review` is the question to the street where it looks at it first: the times then
    begin when it agrees, and are those that began now."""

    kind: str
    callees: list[Callee]
    clocks: list[Deadline]
    review: Decision | None
    promised_at: datetime | None

    def clocks_of(self, callee: Callee) -> list[Deadline]:
        return [one for one in self.clocks if one.callee_id == callee.pk]


def foresee_whistle(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    kind: str,
    units: Sequence[Unit] = (),
    bodies: Sequence[Body] = (),
    lead: str = "",
    remote: bool = False,
) -> Foreseen:
    """What blowing this whistle would come to; nothing is written. Raises what `blow_whistle` does."""

    def blow() -> Whistle:
        return blow_whistle(
            issue, by=by, now=now, kind=kind, units=units, bodies=bodies, lead=lead, remote=remote
        )

    return _foreseen(blow, by, now)


def foresee_call_in(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    units: Sequence[Unit] = (),
    bodies: Sequence[Body] = (),
) -> Foreseen:
    """What calling these in would come to; nothing is written. Raises what `call_in` does."""
    return _foreseen(
        lambda: call_in(issue, by=by, now=now, text=UNSAID, units=units, bodies=bodies), by, now, issue
    )


def _foreseen(
    blow: Callable[[], Whistle], by: "User", now: datetime, joined: Issue | None = None
) -> Foreseen:
    """By blowing it and taking it back. `joined`: of whom this issue has called already nothing is said."""
    before = set(Callee.objects.filter(issue=joined).values_list("pk", flat=True)) if joined else set()

    def act() -> Foreseen:
        whistle = blow()
        rows = Callee.objects.filter(whistle=whistle).exclude(pk__in=before)
        callees = list(rows.select_related("unit", "body__unit").order_by("pk"))
        review = Decision.objects.waiting().filter(whistle=whistle, kind="review")
        asked = review.select_related("unit", "body").first()
        issue = lock_issue(whistle.issue_id)
        if asked:
            _begin_now(Step(issue, "whistle", by, now), whistle, callees)
        clocks = Deadline.objects.open().filter(callee__in=callees).order_by("limit_at", "pk")
        return Foreseen(whistle.kind, callees, list(clocks), asked, issue.promised_at)

    found = tried(act)
    if isinstance(found, Refused):
        raise found
    return found


def _begin_now(step: Step, whistle: Whistle, callees: Sequence[Callee]) -> None:
    """As if the street agreed at once."""
    proposed = [one for one in callees if one.state == PROPOSED]
    for one in proposed:
        one.whistle = whistle
    call(step, whistle, proposed)
