"""Driving issues through the real actions, with the invariants asked after every step."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.models import Callee, Issue
from tests.builders import Town
from tests.issues.invariants import check_invariants
from trail.models import Event
from trail.refusals import Refused

# What a verb asks for when a test does not care.
USUAL: dict[str, dict[str, Any]] = {
    "answer": {"text": "演示:已答复"},
    "reject": {"channel": "12345", "text": "演示:不属本平台"},
    "contact": {"way": "phone"},
    "note": {"text": "演示:正在处理"},
    "hand_up": {"text": "演示:本级无法解决"},
    "whistle": {"text": "演示:请到场"},
    "submit_result": {"outcome": "solved", "text": "演示:已清运"},
    "redo": {"text": "演示:还没有清完"},
    "close": {"text": "演示:已到现场核实"},
    "report_in": {"mode": "on_spot"},
    "done": {"text": "演示:已修好"},
}


@dataclass
class Acting:
    """`act("sign", issue, "grid_worker")`: the person of that name in the town does it at `now`."""

    town: Town
    now: datetime

    def __call__(self, verb: str, subject: Issue | Callee, who: str | None, **inputs: Any) -> Issue:
        """Do it, hold the invariants, and return the issue as it is then."""
        by = self.town.people[who] if who else None
        PERFORM[verb](subject, by=by, now=self.now, **(USUAL.get(verb, {}) | inputs))
        check_invariants(self.now)
        return Issue.objects.get(pk=subject.issue_id if isinstance(subject, Callee) else subject.pk)

    def refused(self, verb: str, subject: Issue | Callee, who: str | None, **inputs: Any) -> Refused:
        """It is refused, and nothing has changed."""
        pk = subject.issue_id if isinstance(subject, Callee) else subject.pk
        before = Issue.objects.filter(pk=pk).values().get(), Event.objects.count()
        with pytest.raises(Refused) as caught:
            self(verb, subject, who, **inputs)
        assert (Issue.objects.filter(pk=pk).values().get(), Event.objects.count()) == before
        return caught.value

    def later(self, **time: float) -> datetime:
        """Let time pass; nobody looks."""
        self.now += timedelta(**time)
        return self.now

    def sweep(self) -> int:
        """One sweep; how many rungs fired."""
        fired = sweep_once(now=self.now)
        check_invariants(self.now)
        return fired

    def handling(self, category: str = "litter", who: str = "grid_worker", **given: Any) -> Issue:
        """A new issue that this person has signed for."""
        return self("sign", self.town.report(category, now=self.now, **given), who)


def events(issue: Issue) -> list[str]:
    """The verbs of its history."""
    return list(Event.objects.about("issue", issue.pk).values_list("verb", flat=True))


def last(issue: Issue) -> Event:
    """What happened last."""
    return Event.objects.about("issue", issue.pk).last()
