"""Ending what others were asked for, when the issue goes on without it."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from issues.actions.batch import letters_in
from issues.actions.step import Step
from issues.lifecycle.states import NOT_CALLED, PROPOSED
from issues.models import Callee, Deadline, Decision, Issue, Part, Task

# Asked for by whoever has it: gone when somebody else has it. A supervision letter stays to be answered.
OWNERS = ("extension", "suspension", "reply", "all_clear")


def end_decisions(step: Step, *, kinds: Iterable[str] = OWNERS, **about: object) -> None:
    """What is still to be decided of these kinds (of this callee or whistle alone, if `about` names one) is no
    longer wanted."""
    if step.issue.open_decisions:
        waiting = Decision.objects.waiting().filter(issue=step.issue, kind__in=kinds, **about)
        step.change(open_decisions=step.issue.open_decisions - _end(step, waiting, "dropped"))


def end_tasks(step: Step) -> None:
    """Sub-tasks that nobody needs any more."""
    if step.issue.open_tasks:
        _end(step, Task.objects.waiting().filter(issue=step.issue), "called_off")
        step.change(open_tasks=0)


def end_whistles(step: Step) -> None:
    """Whoever is still called need not come any more; the caller's own clock is the caller's business."""
    issue = step.issue
    if not issue.open_whistles:
        return
    _end(step, Callee.objects.called().filter(issue=issue), "released")
    _end(step, Callee.objects.waiting().filter(issue=issue), NOT_CALLED)
    issue.whistles.filter(finished_at=None).update(finished_at=step.now)
    step.change(open_whistles=0)


def end_proposed(step: Step) -> None:
    """What the street has not agreed to yet (审哨) is dropped; nobody was called, so nobody is told."""
    issue = step.issue
    proposed = Callee.objects.waiting().filter(issue=issue, state=PROPOSED) if issue.open_whistles else None
    if not proposed:
        return
    end_decisions(step, kinds=["review"])
    _end(step, proposed, NOT_CALLED)
    over = issue.whistles.filter(finished_at=None).exclude(callees__in=Callee.objects.waiting())
    step.change(open_whistles=issue.open_whistles - over.update(finished_at=step.now))


def end_everything(step: Step) -> None:
    """The matter is over: nobody is asked for anything any more, but that supervision letters are still answered.

    The event names those who were called or had a sub-task, so that they hear that they need not come, and the
    letters, so that whoever sent them hears that the matter has ended.
    """
    if ended := _under_way(step.issue):
        step.data["ended"] = ended
    end_whistles(step)
    end_tasks(step)
    end_decisions(step, kinds=[*OWNERS, "review", "contest", "more_time"])
    if letters := letters_in(step.issue):
        step.data["letters"] = letters


def end_part_of(step: Step, part: Callee | Task) -> None:
    """Somebody called, or with a sub-task, has nothing more to do: what they have asked for is dropped, and so is whether
    they must come; what they have said of the whistle by contesting it stands. A letter to them is still to be
    answered."""
    end_decisions(step, kinds=["contest", "more_time"], **{part.PART: part})
    name_letters(step, [part])


def name_letters(step: Step, parts: Sequence[Callee | Task]) -> None:
    """The event names the letters to these, whose part has ended: whoever sent one hears of it."""
    if not (parts and step.issue.open_decisions):
        return
    waiting = Decision.objects.waiting().filter(kind="supervision", **{f"{parts[0].PART}__in": parts})
    if letters := list(waiting.order_by("pk").values_list("pk", flat=True)):
        step.data["letters"] = [*step.data.get("letters", ()), *letters]


def end_letters(step: Step) -> None:
    """The matter goes to others, from whom it is kept who had it: nobody of those answers for it."""
    end_decisions(step, kinds=["supervision"])
    step.data.pop("letters", None)


def _under_way(issue: Issue) -> dict[str, list[int]]:
    """Ids of those who are called and of the sub-tasks, by what they are; no query without."""
    found = {}
    if issue.open_whistles:
        called = Callee.objects.called().filter(issue=issue)
        found["callees"] = list(called.order_by("pk").values_list("pk", flat=True))
    if issue.open_tasks:
        given = Task.objects.waiting().filter(issue=issue)
        found["tasks"] = list(given.order_by("pk").values_list("pk", flat=True))
    return {kind: ids for kind, ids in found.items() if ids}


def _end(step: Step, rows: QuerySet, state: str) -> int:
    """The rows and their clocks; how many."""
    kind: type[Part] = rows.model
    ids = list(rows.values_list("pk", flat=True))
    running = Deadline.objects.open().filter(**{f"{kind.PART}__in": ids})
    running.update(cancelled_at=step.now)
    return kind.objects.filter(pk__in=ids).update(state=state, due_at=None, ended_at=step.now)
