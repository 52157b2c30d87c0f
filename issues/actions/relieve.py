"""A grid is relieved of what stands outside its duty list (S4:9): the district takes it back, or a danger is dropped."""

from datetime import datetime
from typing import TYPE_CHECKING

from grids.actions.locks import hold_open
from grids.models import Body, Unit
from grids.standing import standing_of
from issues.actions.batch import party
from issues.actions.parts import end_decisions, end_proposed
from issues.actions.route import assign
from issues.actions.step import Step, finish
from issues.actions.takeover import take_over
from issues.models import Callee, Issue
from issues.routing import columns_of

if TYPE_CHECKING:
    from accounts.models import User


def take_back(issue: Issue, target: Unit | Body, *, by: "User", now: datetime) -> None:
    """The locked issue goes from its grid to `target`; as of a return (退单) the promised date stays."""
    step = Step(issue, "take_back", by, now, standing_of(by, now))
    relieve(step, target, since=issue.counts_from)
    finish(step)


def relieve(step: Step, target: Unit | Body, *, since: datetime | None = None) -> None:
    """The grid is out of it: `target` has to sign for it. While somebody is called or has a sub-task it has it in hand
    at once instead, as after a lift (提级办理), so that nothing of theirs is lost.

    Its time counts from `since`, and the promised date stays; else it has all of its time from now on.
    """
    issue = step.issue
    step.data |= {"from": party(issue.owner), "to": party(target)}
    step.change(keeper_unit=None, keeper_body=None, cause="")
    end_proposed(step)
    if not (issue.open_tasks or Callee.objects.called().filter(issue=issue).exists()):
        step.data["relieved"] = "to_sign"
        assign(step, target, promise=since is None, since=since)
        step.change(**columns_of("sender", None))
        return
    step.data["relieved"] = "in_hand"
    hold_open(target)
    end_decisions(step)
    take_over(step, target, sender=None, since=since)
