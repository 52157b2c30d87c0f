"""What an issue's events alone say: its state and owner, step by step, and which clock fired when."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import F, Q

from issues.ladder import BY_KEY as RUNGS
from issues.lifecycle import OPEN_STATES, VERB
from issues.models import Deadline, Issue
from trail.models import Event

# Steps that nobody takes: from → to.
SAME = "as it was"
BY_ITSELF = {
    "dispatch": ({"reported", "assigned"}, "assigned"),
    **dict.fromkeys(("alarm", "gain", "lose", "recompute", *RUNGS), (set(OPEN_STATES), SAME)),
    "follow": (set(OPEN_STATES), SAME),
    "go_on": ({"handling"}, "handling"),
    "wait_for_check": ({"resolved"}, "resolved"),
    "close": ({"resolved", "closed"}, "closed"),
    "resolve_with": ({"merged"}, "resolved"),
    "follow_again": ({"resolved"}, "merged"),
    "reject_with": ({"merged"}, "rejected"),
    "release": ({"merged"}, "assigned"),
    "take_back": ({"reported", "assigned", "handling", "suspended"}, {"assigned", "handling"}),
    "propose_reply": ({"assigned", "handling"}, "handling"),
    "hotline_update": ({*OPEN_STATES, "merged", "closed", "rejected"}, SAME),
    "hotline_again": ({"resolved", "closed", "rejected"}, {"assigned", "reported", "resolved"}),
}
# Where the table leaves it to the action; else it stays as it was.
ELSE_TO = {
    "grant": {"suspended", "resolved"},
    "mark_complaint": {"assigned"},
    "correct": {"assigned"},
    "verify": {"assigned", "closed"},
    "rate": {"closed"},
    "call_back": {"resolved"},
    "submit_result": {"closed"},
    "answer": {"closed"},
    "propose_reply": {"handling"},
}
# Of a danger that is dropped outside the duty list of its grid; nothing else granted or dropped leads there.
RELIEVED = {"to_sign": "assigned", "in_hand": "handling"}
# Verbs that give it to somebody else without saying from whom to whom: to the level above, or back.
MOVES = {
    "climb",
    "rate",
    "call_back",
    "reopen",
    "object",
    "verify",
    "send_back",
    "redo",
    "resolve_with",
    "sign",
    "contact",
}


def unexplained(issues: list[Issue]) -> Iterator[str]:
    """Where the events do not lead to what the rows say, as sentences."""
    found: dict[int, list[Event]] = {}
    rows = Event.objects.filter(subject_type="issue", subject_id__in=[issue.pk for issue in issues])
    for event in rows.order_by("subject_id", "seq"):
        found.setdefault(event.subject_id, []).append(event)
    fired = Deadline.objects.filter(issue__in=issues).exclude(fired_at=None)
    clocks: dict[int, Counter[tuple[str, str]]] = {}
    for issue, clock, rung in fired.values_list("issue", "clock", "rung"):
        clocks.setdefault(issue, Counter())[clock, rung] += 1
    for issue in issues:
        events = found.get(issue.pk, [])
        for problem in (*_replayed(issue, events), *_rungs(events, clocks.get(issue.pk, Counter()))):
            yield f"issue {issue.pk}: {problem}"


def _replayed(issue: Issue, events: list[Event]) -> Iterator[str]:
    """Follow the table of verbs from the report on."""
    state, owner = events[0].data["state"], events[0].data["owner"]
    if events[0].verb != "report" or state not in {"reported", "assigned"}:
        yield f"begins with {events[0].verb}"
    for event in events[1:]:
        if problem := _wrong_way(event, state):
            yield f"{event.seq} {event.verb}: {problem}"
        now_at = event.data["owner"]
        # Whoever declines an emergency has the level above called; the matter stays where it is.
        if "to" in event.data and event.verb != "decline" and now_at != event.data["to"]:
            yield f"{event.seq} {event.verb} gives it to {event.data['to']}, it is at {now_at}"
        if now_at != owner and "to" not in event.data and event.verb not in MOVES:
            yield f"{event.seq} {event.verb} moves it from {owner} to {now_at} without a word"
        state, owner = event.data["state"], now_at
    said = {issue.owner._meta.model_name: issue.owner.pk} if issue.owner else {}
    if (state, owner) != (issue.state, said):
        yield f"the events end at {state} {owner}, the row at {issue.state} {said}"


def _wrong_way(event: Event, state: str) -> str:
    """Why this step does not lead from this state to the one it says; "" if it does."""
    to, verb = event.data["state"], VERB.get(event.verb)
    if event.actor_id is None and event.verb in BY_ITSELF and (verb is None or "clock" in event.data):
        verb = None
    if verb is None or (event.actor_id is None and event.verb in {"close", "dispatch"}):
        sources, goal = BY_ITSELF[event.verb]
        if event.data.get("clock") == "letter":
            # It is still to be answered when the matter has ended.
            sources = sources | {"closed", "rejected"}
        goals = goal if isinstance(goal, set) else {state if goal == SAME else goal}
        if state not in sources or to not in goals:
            return f"from {state} to {to}"
        return ""
    if verb.on == "issue" and state not in verb.from_states:
        return f"from {state}"
    goals = {verb.to} if verb.on == "issue" and verb.to else {state}
    if event.verb in {"grant", "all_clear"} and "relieved" in event.data:
        goals = {RELIEVED[event.data["relieved"]]}
    return "" if to in goals | ELSE_TO.get(event.verb, set()) else f"from {state} to {to}"


def _rungs(events: list[Event], fired: Counter[tuple[str, str]]) -> Iterator[str]:
    """Every rung that fired is one event, and the other way round."""
    told: Counter[Any] = Counter()
    for event in events:
        if event.verb in RUNGS and "clock" in event.data:
            told[event.data["clock"], event.verb] += 1
        elif event.verb == "go_on":
            told["supply", "expire"] += 1
        elif event.verb == "wait_for_check" or _is_over(event):
            nobody = event.data.get("at_once", False) or not event.data.get("reporter", True)
            told["rate", "expire"] += not nobody
    if +told != fired:
        yield f"fired {fired - told}, told {told - fired}"


def _is_over(event: Event) -> bool:
    """Has the rating window closed it, unrated or with what was heard by telephone?"""
    by_itself = event.verb == "close" and event.actor_id is None
    return by_itself and (event.data.get("rated") is False or "heard" in event.data)


def fired_wrongly() -> Iterator[str]:
    """Clocks that fired early, and results that came before what they had to wait for."""
    for row in Deadline.objects.filter(fired_at__lt=F("due_at")):
        yield f"{row.clock} of {row.issue_id} fired at {row.fired_at}, due {row.due_at}"
    ahead = Q(state="resolved") & (Q(open_whistles__gt=0) | Q(open_tasks__gt=0))
    for issue in Issue.objects.filter(ahead):
        yield f"{issue.pk} is {issue.state} before its whistles and sub-tasks"
