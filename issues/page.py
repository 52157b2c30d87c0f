"""What a page about one issue shows, for the staff's desktop and the worker's phone alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from grids.addressing import Key, covered
from grids.models import Body, Unit
from grids.standing import standing_of
from issues.contacts import reads_internal, sees_contact
from issues.countdown import Countdown, countdown
from issues.lifecycle import VERB, Verb
from issues.models import Callee, Issue, Reporter
from issues.rules import allowed_verbs
from issues.ties import facts_of, ties_of
from issues.timeline import Line, timeline
from issues.worktimes import worktime_of


@dataclass(frozen=True)
class CalleePage:
    """One callee and what the reader may do for it now."""

    callee: Callee
    verbs: tuple[Verb, ...]
    due: Countdown | None


@dataclass(frozen=True)
class IssuePage:
    """Everything one page needs. `primary` is the one button that stands first, if any."""

    issue: Issue
    lines: list[Line]
    verbs: tuple[Verb, ...]
    primary: Verb | None
    callees: list[CalleePage]
    reporter: Reporter | None
    late: bool
    due: Countdown | None


def issue_page(issue: Issue, user: User, now: datetime) -> IssuePage:
    """The issue as this person may see and move it now. `issue` comes from `visible_to`."""
    standing = standing_of(user, now)
    called = callees_of(issue)
    waiting = [one for one in called if one.state != "done"]
    covering = covered(standing, _asked(issue, waiting), now)
    ties = ties_of(issue, standing, now=now, callees=waiting, covering=covering)
    verbs = tuple(VERB[key] for key in allowed_verbs(facts_of(issue, by=user), ties))
    callees = [
        CalleePage(one, callee_verbs(issue, one, user, now, covering), standing_due(issue, one.due_at, now))
        for one in called
    ]
    candidates = [*verbs, *(verb for one in callees for verb in one.verbs)]
    states = {issue.state, *(one.callee.state for one in callees if one.verbs)}
    return IssuePage(
        issue=issue,
        lines=timeline(issue, internal=reads_internal(standing), callees=called),
        verbs=verbs,
        primary=next((verb for verb in candidates if verb.primary_in & states), None),
        callees=callees,
        reporter=reporter_of(issue, user, now, called),
        late=bool(issue.due_at and issue.due_at < now),
        due=standing_due(issue, issue.due_at, now),
    )


def callees_of(issue: Issue) -> list[Callee]:
    """All that were ever called, newest whistle first, with everything a page shows of them."""
    whistle = ("whistle__caller_unit", "whistle__caller_body")
    rows = Callee.objects.filter(issue=issue).select_related(*whistle, "unit", "body__unit", "raised_to")
    # Sorted here: ordering so many columns costs the query builder more than the rest of the page.
    return sorted(rows, key=lambda one: (-one.whistle_id, one.pk))


def callee_verbs(
    issue: Issue, callee: Callee, user: User, now: datetime, covering: Mapping[Key, str]
) -> tuple[Verb, ...]:
    """What this person may do for this callee now."""
    if callee.state == "done":
        return ()
    ties = ties_of(issue, standing_of(user, now), now=now, callee=callee, covering=covering)
    return tuple(VERB[key] for key in allowed_verbs(facts_of(issue, by=user, callee=callee), ties))


def _asked(issue: Issue, waiting: list[Callee]) -> list[Unit | Body]:
    """Whoever must act now: the question whether the reader stands in for them is asked once for all."""
    parties = [issue.owner, *(party for one in waiting for party in (one.party, one.raised_to))]
    return [one for one in parties if one is not None]


def reporter_of(issue: Issue, user: Any, now: datetime, callees: list[Callee]) -> Reporter | None:
    """Masked contact data for those whose post includes it; nobody else learns even that there is any."""
    if not sees_contact(standing_of(user, now), issue, callees):
        return None
    return Reporter.objects.filter(issue=issue.pk, erased_at=None).first()


def standing_due(issue: Issue, due_at: datetime | None, now: datetime) -> Countdown | None:
    """How a deadline of this issue stands, in its district's working time; None without one."""
    if due_at is None:
        return None
    worktime = worktime_of(issue.district_id)
    return countdown(due_at, now, worktime, provisional=issue.due_provisional)
