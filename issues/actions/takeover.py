"""What becomes of those who are called or have a part when a level above takes the matter over (提级办理)."""

from datetime import datetime

from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.calling import last_of, leave, named, promise_after
from issues.actions.clocks import cancel_clocks, new_deadline
from issues.actions.concerns import concern
from issues.actions.handle import sign, take
from issues.actions.parts import end_proposed
from issues.actions.pausing import show_next_due, stand_still
from issues.actions.step import Step
from issues.districts import rules_of
from issues.models import Callee, Decision, Issue, Task
from issues.routing import arbiter_of, columns_of


def take_over(
    step: Step, owner: Unit | Body, *, sender: Unit | Body | None, since: datetime | None = None
) -> None:
    """`owner` has it from now on, and has signed for it. `sender`: who had it, if they gave it. What came back has its
    time counted from `since`, and keeps its promised date; else all of its time counts from now."""
    step.change(
        **columns_of("sender", sender),
        **columns_of("owner", owner),
        assigned_at=step.now,
        counted_from=since,
        disputed=False,
        submit_left=None,
        cause="",
        asked_at=None,
        officer=None,
        leader_id=None,
    )
    concern(step.issue, [owner], step.now)
    _take_with_parts(step)


def _take_with_parts(step: Step) -> None:
    """The new owner has signed for it, and stands in the place of the old one: it is the caller of those who are
    still called, and the giver of the sub-tasks.

    What the street has not agreed to yet is dropped; whoever takes it over need not report in to itself. While
    anybody is called its own clock stands still, with the whole of its time, or of what came back with as much of it as
    the promised date leaves.
    """
    issue = step.issue
    _answer_for(step)
    end_proposed(step)
    called = _called(step)
    if called:
        _become_caller(step, called)
    else:
        take(step, stays=_keeps_date(issue))
    if issue.open_tasks:
        waiting = Task.objects.waiting().filter(issue=issue).select_related("unit", "body").order_by("pk")
        step.data["tasks"] = [{"task": one.pk} | party(one.party) for one in waiting]


def _become_caller(step: Step, called: list[Callee]) -> None:
    issue, now, owner = step.issue, step.now, step.issue.owner
    issue.whistles.filter(finished_at=None).update(**columns_of("caller", owner))
    cancel_clocks(issue, now=now)
    sign(step)
    for one in called:
        if one.party == owner:
            leave(step, one, "released", runs_on=False, ended_at=now)
    step.data["callees"] = named(called)
    still = [one for one in called if one.party != owner]
    if not still:
        return take(step, stays=_keeps_date(issue))
    stand_still(step, until_promised=max(last_of(still), now) if _keeps_date(issue) else None)
    promise_after(step, still)
    show_next_due(step)


def _keeps_date(issue: Issue) -> bool:
    """What came back (退单) costs the reporter nothing, whoever has it now."""
    return issue.counted_from is not None


def _answer_for(step: Step) -> None:
    """Whoever asks for more time asks the new owner, whoever was asked before; whether those who contest must come
    is decided above it, by nobody's own whistle. Each of those who decide on one from now on is told."""
    if step.issue.open_decisions:
        asked = Decision.objects.waiting().filter(issue=step.issue)
        owner = {"unit": step.issue.owner_unit, "body": step.issue.owner_body}
        asked.filter(kind="more_time").update(**owner, raised_to=None)
        callees = ("callee__unit", "callee__body__unit")
        for contest in asked.filter(kind="contest").select_related(*callees).order_by("pk"):
            called = contest.callee
            if called and called.party != step.issue.owner:
                _ask_above(step, contest, called)
                asked_now = {"decision": contest.pk} | party(contest.party)
                step.data.setdefault("contests", []).append(asked_now)


def _ask_above(step: Step, contest: Decision, called: Callee) -> None:
    """With the whole time again: it has just been asked."""
    issue, now = step.issue, step.now
    contest.unit, contest.raised_to = arbiter_of(issue.owner, called.party), None
    cancel_clocks(issue, now=now, part=contest)
    span = rules_of(issue.district_id, now).decision_span(contest.kind)
    running = new_deadline(issue, "decide", span, now=now, round=issue.version + 1, part=contest)
    running.save(force_insert=True)
    contest.due_at = running.limit_at
    contest.save(update_fields=["unit", "raised_to", "due_at"])
    concern(issue, [contest.party], now)


def _called(step: Step) -> list[Callee]:
    waiting = Callee.objects.called().filter(issue=step.issue).order_by("pk")
    return list(waiting.select_related("whistle", "unit", "body__unit", "raised_to"))
