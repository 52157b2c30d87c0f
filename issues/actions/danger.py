"""A danger that is found later, and one that turns out to be none: the clocks run anew, by other limits."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from issues.actions.batch import party
from issues.actions.clocks import cancel_clocks, is_danger, is_district
from issues.actions.naming import check_named
from issues.actions.oversight import ask
from issues.actions.parts import end_decisions
from issues.actions.pausing import stand_still
from issues.actions.promises import CLOCK as PROMISE
from issues.actions.promises import own_limit
from issues.actions.relieve import relieve
from issues.actions.report import check_category
from issues.actions.route import assign, target_or_above
from issues.actions.split import end_task, task_clocks
from issues.actions.step import Step, begin, finish, put_clock
from issues.districts import limits_of, rules_of
from issues.ladder import rung_when_due
from issues.models import Callee, Category, Deadline, Decision, Issue, Task
from issues.models.clock import OF_ISSUE
from issues.on_duty import danger_units
from issues.relieving import is_duty
from issues.routing import level_above, now_at
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

# What nobody waits for in danger.
CALM = ("extension", "suspension")


@transaction.atomic
def ask_all_clear(
    issue: Issue, *, by: "User", now: datetime, category: Category, text: str, version: int | None = None
) -> Decision:
    """It is no danger: the level above is asked to drop it, and until then the clocks of danger run on.

    `category` is what it is instead. Raises Refused("still_danger") for another danger, ("inactive_category"),
    ("about_needed") for one that is meant for complaints.
    """
    step = begin(issue, "ask_all_clear", by=by, now=now, version=version)
    _check(step, category)
    decision = ask(step, "all_clear", level_above(step.issue.owner), category=category)
    finish(step, data={"decision": decision.pk, "asked": party(decision.party)}, text=text, internal=True)
    return decision


@transaction.atomic
def all_clear(
    issue: Issue, *, by: "User", now: datetime, category: Category, text: str, version: int | None = None
) -> Issue:
    """解除险情, by whoever stands above: it is of this `category` from now on, with the whole of its time.

    Raises Refused as ask_all_clear.
    """
    step = begin(issue, "all_clear", by=by, now=now, version=version)
    _check(step, category)
    _drop(step, category)
    end_decisions(step, kinds=["all_clear"])
    return finish(step, text=text, internal=True)


def drop_danger(step: Step, decision: Decision) -> None:
    """Granted."""
    assert decision.category is not None, "what it is instead was asked"
    _drop(step, decision.category)


def find_danger(step: Step) -> None:
    """It is one from now on: nobody waits for anything any more, and what waited for screening is given to
    whoever has it, so that the first of the three levels can sign for it."""
    step.change(is_danger=True)
    if step.issue.state == "reported":
        assign(step, step.issue.owner)
        return
    end_decisions(step, kinds=CALM)
    _start_anew(step)


def _check(step: Step, category: Category) -> None:
    issue = step.issue
    check_category(category, rules_of(issue.district_id, step.now), issue.street_id)
    check_named(category, issue)
    if category.is_danger:
        raise Refused(_("This is a danger too: choose what it is instead."), code="still_danger")


def _drop(step: Step, category: Category) -> None:
    """What a grid had only because it was a danger does not stay with it past its duty list (S4:9)."""
    was, units = step.issue.category.key, danger_units(step.issue)
    step.data |= {"category": category.key, "was_category": was, "units": units}
    step.change(category=category, is_danger=False)
    _spare_grids(step)
    owner = target_or_above(step, step.issue.owner)
    if owner == step.issue.owner:
        return _start_anew(step)
    relieve(step, now_at(owner))
    _start_parts_anew(step)


def _spare_grids(step: Step) -> None:
    """Nor do the sub-tasks of grids: they are called off, and the event names them."""
    if not step.issue.open_tasks:
        return
    given = Task.objects.waiting().filter(issue=step.issue, unit__kind="grid").select_related("unit")
    spared = [task for task in given.order_by("pk") if not is_duty(step.issue, task.party, step.now)]
    for task in spared:
        end_task(step, task, "called_off")
    if spared:
        step.data["ended"] = {"tasks": [task.pk for task in spared]}


def _start_anew(step: Step) -> None:
    """Whoever has it, or has a part of it, has the whole of the time that holds now; those who were called keep
    theirs, but climb as fast as it asks."""
    issue, now = step.issue, step.now
    step.change(assigned_at=now, counted_from=None)
    limits = limits_of(issue, issue.owner.kind, now)
    if issue.state == "handling" and Callee.objects.called().filter(issue=issue).exists():
        stand_still(step)
        # Put on again by the step, with the rungs of now.
        cancel_clocks(issue, now=now, only=(PROMISE,))
    elif issue.state == "handling":
        cancel_clocks(issue, now=now)
        step.change(submit_left=None, asked_at=None)
        step.promise(put_clock(step, "submit", limits.submit, limit=own_limit(issue)).limit_at)
    else:
        cancel_clocks(issue, now=now)
        put_clock(step, "sign", limits.answer)
    _start_parts_anew(step)


def _start_parts_anew(step: Step) -> None:
    _start_tasks_anew(step)
    _set_rungs(step)


def _start_tasks_anew(step: Step) -> None:
    issue, now = step.issue, step.now
    if not issue.open_tasks:
        return
    for task in Task.objects.waiting().filter(issue=issue).select_related("unit", "body__unit", "raised_to"):
        cancel_clocks(issue, now=now, part=task)
        Deadline.objects.bulk_create(task_clocks(step, task))
        task.save(update_fields=["due_at", "limit_at"])


def _set_rungs(step: Step) -> None:
    """What fires at the deadlines of those who are called, or are asked to decide, that have not passed yet."""
    issue = step.issue
    running = Deadline.objects.open().filter(issue=issue, waits_from=None).exclude(OF_ISSUE)
    running = running.exclude(rung="remind").exclude(task__isnull=False)
    ladder = rules_of(issue.district_id, step.now).ladder
    for row in running.select_related("callee__whistle", "decision"):
        part = row.part
        assert part is not None
        top, urgent = is_district(part.raised_to or part.party), part.urgent
        danger = is_danger(issue, part)
        row.rung = rung_when_due(row.clock, danger=danger, top=top, roster=urgent, ladder=ladder)
        row.save(update_fields=["rung"])
