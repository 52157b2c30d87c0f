"""What tests of whistles share: callees by the party they are, their running clocks, the decision asked for."""

from datetime import datetime

from django.utils.dateparse import parse_datetime

from grids.models import Body, Unit
from issues.models import Callee, Deadline, Decision, Issue
from issues.models.clock import OF_ISSUE


def at(text: str) -> datetime:
    """ "03-10 14:30" in Shanghai, of the town's year."""
    found = parse_datetime(f"2026-{text}+08:00")
    assert found is not None
    return found


def callee_of(issue: Issue, party: Unit | Body) -> Callee:
    """The newest row of this unit or body."""
    name = "unit" if isinstance(party, Unit) else "body"
    return Callee.objects.filter(issue=issue, **{name: party}).latest("pk")


def clocks(callee: Callee) -> dict[str, datetime]:
    """Its running clocks and when each ends."""
    return dict(Deadline.objects.open().filter(callee=callee).values_list("clock", "limit_at"))


def own_clocks(issue: Issue) -> dict[str, datetime]:
    """The running clocks of the issue itself, but for that of the promised date, which runs while the handler's stands
    still (check_invariants)."""
    running = Deadline.objects.open().filter(OF_ISSUE, issue=issue).exclude(clock="promise")
    return dict(running.values_list("clock", "limit_at"))


def asked(issue: Issue, kind: str) -> Decision:
    """The decision of this kind that is open."""
    return Decision.objects.waiting().get(issue=issue, kind=kind)
