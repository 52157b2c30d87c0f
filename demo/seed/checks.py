"""Is it all there, and is it all right? Asked after every seeding; what is missing fails it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import User
from demo.seed.people import Home
from grids.addressing import addressees_of_many
from grids.lineage import key_of
from grids.models import Body, Unit
from grids.roles import ROLES
from issues.ladder import RUNGS
from issues.lifecycle import CALLEE_STATES, STATES
from issues.models import Callee, Deadline, Issue
from issues.whistles import KINDS


@dataclass
class Report:
    """What was counted, and what is wrong."""

    states: Counter = field(default_factory=Counter)
    callees: Counter = field(default_factory=Counter)
    rungs: Counter = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def check(now: datetime, homes: list[tuple[str, Home]]) -> Report:
    """Count, and find what is missing. `homes`: prefix of the sign-in names, and where these users serve."""
    report = Report(
        Counter(Issue.objects.order_by().values_list("state", flat=True)),
        Counter(Callee.objects.order_by().values_list("whistle__kind", "state")),
        Counter(Deadline.objects.exclude(fired_at=None).order_by().values_list("rung", flat=True)),
    )
    report.faults += [f"no issue is {row.key}" for row in STATES if not report.states[row.key]]
    report.faults += [f"the rung {row.key} never fired" for row in RUNGS if not report.rungs[row.key]]
    for kind in KINDS:
        missing = [row.key for row in CALLEE_STATES if not report.callees[kind.key, row.key]]
        report.faults += [f"no callee of a {kind.key} whistle is {state}" for state in missing]
    report.faults += [f"there is nothing {what}" for what, rows in _sights(now).items() if not rows.exists()]
    report.faults += [*_invariants(now), *(fault for home in homes for fault in _idle(*home, now))]
    return report


def _sights(now: datetime) -> dict[str, QuerySet]:
    """What somebody who looks around must come upon."""
    issues = Issue.objects.all()
    board = Deadline.objects.exclude(fired_at=None).filter(rung="board")
    return {
        "late": issues.overdue(now).filter(state="handling"),
        "dangerous": issues.open().filter(is_danger=True),
        "disputed": issues.open().filter(disputed=True),
        "redone": issues.filter(redo_count__gt=0),
        "closed without rating": issues.filter(state="closed", ratings=None),
        "closed with rating": issues.filter(state="closed", ratings__satisfied=True),
        "open on the supervision board": issues.open().filter(pk__in=board.values("issue")),
        "raised for a silent callee": Callee.objects.exclude(raised_to=None),
    }


def _invariants(now: datetime) -> list[str]:
    """Every open issue has an owner with a person behind it and a running clock that is not overdue."""
    open_issues = list(Issue.objects.open().select_related("owner_unit", "owner_body"))
    running = Deadline.objects.open()
    clocked = set(running.values_list("issue_id", flat=True))
    people = addressees_of_many(
        {key_of(issue.owner): issue.owner for issue in open_issues if issue.owner}.values(), "handle", now
    )
    faults = []
    for issue in open_issues:
        if issue.owner is None or not people[key_of(issue.owner)]:
            faults.append(f"{issue} has nobody behind it")
        if issue.pk not in clocked:
            faults.append(f"{issue} has no clock")
    if late := running.filter(due_at__lte=now).count():
        faults.append(f"{late} deadlines are due and were not swept")
    return faults


def _idle(prefix: str, home: Home, now: datetime) -> list[str]:
    """Demo users who find nothing to look at."""
    at_work = [
        role.key
        for role in ROLES.values()
        if role.can - {"manage_units", "manage_posts", "manage_accounts", "read_trail"}
    ]
    users = User.objects.in_bulk([f"{prefix}{role}" for role in at_work], field_name="username")
    faults = []
    for role in at_work:
        user, place = users[f"{prefix}{role}"], home.places()[role]
        seen = Issue.objects.visible_to(user, now).open()
        if isinstance(place, Body) or (isinstance(place, Unit) and ROLES[role].can & {"handle", "dispatch"}):
            seen = Issue.objects.held_by_person(user, now).open()
        if not seen.exists():
            faults.append(f"{user.username} has nothing to do")
    return faults
