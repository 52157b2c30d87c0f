"""Driving issues through the real actions, with the invariants asked after every step."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from issues.actions import PERFORM
from issues.actions.escalate import sweep_once
from issues.kinds import REPLY_CHECKS
from issues.lifecycle import MOST_REDOS
from issues.models import Issue, Part
from notices.actions import fan_out_once
from notices.models import Notice
from tests.builders import Town
from tests.issues.invariants import check_invariants
from trail.models import Delivery, Event
from trail.refusals import Refused

# What a verb asks for when a test does not care.
USUAL: dict[str, dict[str, Any]] = {
    "answer": {"text": "演示:已答复", "checks": [word.key for word in REPLY_CHECKS]},
    "reject": {"channel": "12345", "text": "演示:不属本平台"},
    "contact": {"way": "phone"},
    "note": {"text": "演示:正在处理"},
    "hand_up": {"text": "演示:本级无法解决"},
    "whistle": {"text": "演示:请到场"},
    "submit_result": {
        "outcome": "solved",
        "text": "演示:已清运",
        "checks": [word.key for word in REPLY_CHECKS],
    },
    "call_back": {"reached": True, "answered": True, "solved": True, "satisfied": True},
    "redo": {"text": "演示:还没有清完"},
    "close": {"text": "演示:已到现场核实"},
    "report_in": {"mode": "on_spot"},
    "done": {"text": "演示:已修好"},
    "correct": {"text": "演示:地点写错了"},
    "ask_all_clear": {"text": "演示:只是烧饭的烟"},
    "all_clear": {"text": "演示:现场没有险情"},
    "return": {"why": "unclear", "text": "演示:看不明白说的是什么"},
    "return_to_hotline": {"text": "演示:不在本区"},
    "supervise": {"until": date(2026, 3, 20), "text": "演示:请说明进展"},
    **{
        verb: {"until": date(2026, 3, 20), "text": "演示:请说明进展"}
        for verb in ("supervise_callee", "supervise_task")
    },
    "ask_extension": {"until": date(2026, 3, 12), "text": "演示:零件还没到"},
    "ask_suspension": {"cause": "season", "until": date(2026, 5, 6), "text": "演示:要等停暖后施工"},
    "refuse": {"text": "演示:不同意,请按期办理"},
    "answer_letter": {"text": "演示:三日内办结"},
    "withdraw_letter": {"text": "演示:情况已清楚"},
    "verify": {"passed": True, "text": "演示:现场已看"},
    "send_back": {"text": "演示:结果不实"},
    "ask_info": {"text": "演示:请问具体位置?"},
    "supply_info": {"text": "演示:二单元门口"},
    "add_info": {"text": "演示:今天又多了一处"},
    "reopen": {"text": "演示:第二天又堵上了"},
    "object": {"text": "演示:这是本街道的事"},
    "object_merge": {"text": "演示:我家漏水,不是公共管道"},
    "unmerge": {"text": "演示:不是同一件事"},
    "split": {"text": "演示:各做一部分"},
    "finish_task": {"text": "演示:我方已完成"},
    "give_back": {"text": "演示:不归我方"},
    "call_off": {"text": "演示:不需要了"},
    "join": {"text": "演示:还需要贵单位"},
    "call_off_whistle": {"text": "演示:已经解决"},
    "meet": {"on": date(2026, 3, 10)},
    "plan": {"stages": "2026-03-20 演示:查清原因\n2026-04-03 演示:修复"},
    "stage_done": {"text": "演示:本阶段完成"},
    "decline": {"text": "演示:不在辖区"},
    "contest": {"validity": "not_ours", "text": "演示:不是我单位职责"},
    "release_callee": {"text": "演示:不用来了"},
    "ask_more_time": {"text": "演示:零件还没到"},
    "ask_task_time": {"text": "演示:人手不够"},
    "rate_callee": {"verdict": "good"},
    "judge": {"validity": "valid"},
    "phoned": {"whom": "fire"},
}


def who_of(row: Notice) -> str:
    """Whom a notice is for: a person of the town, or somebody without an account."""
    return row.recipient.username if row.recipient else row.contact


@dataclass
class Acting:
    """`act("sign", issue, "grid_worker")`: the person of that name in the town does it at `now`."""

    town: Town
    now: datetime
    told: int = 0

    def __call__(self, verb: str, subject: Issue | Part, who: str | None, **inputs: Any) -> Issue:
        """Do it, hold the invariants, and return the issue as it is then."""
        by = self.town.people[who] if who else None
        PERFORM[verb](subject, by=by, now=self.now, **(USUAL.get(verb, {}) | inputs))
        check_invariants(self.now)
        return Issue.objects.get(pk=issue_of(subject))

    def refused(self, verb: str, subject: Issue | Part, who: str | None, **inputs: Any) -> Refused:
        """It is refused, and nothing has changed."""
        pk = issue_of(subject)
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

    def heard(self) -> set[tuple[str, str]]:
        """(person, word) of everything told since the last call, through the real fan-out."""
        while fan_out_once(now=self.now):
            pass
        assert not Delivery.objects.filter(done_at=None).exists(), "a handler has failed"
        new = Notice.objects.filter(pk__gt=self.told).select_related("recipient")
        rows = {(who_of(row), row.key.removeprefix("issues.")) for row in new}
        self.told = max(new.values_list("pk", flat=True), default=self.told)
        return rows

    def handling(self, category: str = "litter", who: str = "grid_worker", **given: Any) -> Issue:
        """A new issue that this person has signed for."""
        return self("sign", self.town.report(category, now=self.now, **given), who)


def never_in_order(act: Acting, times: int = MOST_REDOS + 1, **given: Any) -> Issue:
    """A danger whose result is so often checked on the spot and found wanting: after the last time it is reviewed."""
    issue = act.handling("fire", **given)
    for again in range(times):
        issue = act("sign", issue, "grid_worker") if again else issue
        issue = act("verify", act("submit_result", issue, "grid_worker"), "community_worker", passed=False)
    return issue


def issue_of(subject: Issue | Part) -> int:
    """The id of the issue that it is, or is part of."""
    return subject.pk if isinstance(subject, Issue) else subject.issue_id


def events(issue: Issue) -> list[str]:
    """The verbs of its history."""
    return list(Event.objects.about("issue", issue.pk).values_list("verb", flat=True))


def last(issue: Issue) -> Event:
    """What happened last."""
    return Event.objects.about("issue", issue.pk).last()
