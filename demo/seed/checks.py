"""Is it all there, and is it all right? Asked after every seeding; what is missing fails it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.models import User
from demo.seed.people import Home
from grids.addressing import addressees_of_many
from grids.lineage import key_of
from grids.models import Body, Unit
from grids.roles import ROLES
from issues.answering import Answering
from issues.decisions import KINDS as DECISIONS
from issues.kinds import ASSISTS, OUTSIDE, SOURCES
from issues.ladder import RUNGS
from issues.lifecycle import CALLEE_STATES, DECISION_STATES, STATES, TASK_STATES
from issues.models import (
    Alert,
    Callee,
    Category,
    Deadline,
    Decision,
    HotlineOrder,
    ImportBatch,
    Issue,
    OutsideTask,
    RateDay,
    Rating,
    Schedule,
    Stage,
    Task,
)
from issues.whistles import KINDS
from trail.models import Event
from volunteers.models import (
    Activity,
    CheckIn,
    Claim,
    Correction,
    DutyDone,
    Good,
    Offer,
    Pairing,
    Redemption,
    Service,
    SignUp,
    Station,
    Team,
    Transfer,
    Volunteer,
    Wish,
)
from volunteers.points_check import faults as faults_of_points

# What the three administrators do; none of it is an issue.
BEHIND_THE_SCENES = {"manage_units", "manage_posts", "manage_policies"}
BEHIND_THE_SCENES |= {"connect_systems", "keep_roster", "manage_accounts", "read_trail"}
# What those called by any whistle come to; the other states are for some whistles alone.
ORDINARY = ("called", "acknowledged", "reported_in", "done")


class Keyed(Protocol):
    """A row of a table."""

    @property
    def key(self) -> str: ...


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
    report.faults += _missing("source", _values(Issue, "source"), SOURCES)
    report.faults += [f"the rung {row.key} never fired" for row in RUNGS if not report.rungs[row.key]]
    report.faults += [
        f"no callee of a {kind.key} whistle is {state}"
        for kind in KINDS
        for state in ORDINARY
        if not report.callees[kind.key, state]
    ]
    report.faults += _missing("callee", {state for _kind, state in report.callees}, CALLEE_STATES)
    report.faults += _missing("sub-task", _values(Task, "state"), TASK_STATES)
    report.faults += _missing("decision", _values(Decision, "state"), DECISION_STATES)
    report.faults += _missing("decision", _values(Decision, "kind"), DECISIONS)
    report.faults += _missing("task outside the duty list", _values(OutsideTask, "state"), OUTSIDE)
    report.faults += [f"there is nothing {what}" for what, rows in _sights(now).items() if not rows.exists()]
    report.faults += [*_by_no_way_of_its_own(), *_invariants(now), *faults_of_points()]
    for prefix, home in homes:
        report.faults += [*_idle(prefix, home, now), *_shown(prefix, home, now)]
    return report


def _values(model: type[Model], field: str) -> set[str]:
    return set(model._default_manager.order_by().values_list(field, flat=True).distinct())


def _missing(what: str, found: set[str], rows: Iterable[Keyed]) -> list[str]:
    """Rows of a table that nothing shows."""
    return [f"no {what} is {row.key}" for row in rows if row.key not in found]


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
        "assessed by both sides": Callee.objects.rated().exclude(validity=""),
        "planned and met for": Stage.objects.exclude(done_at=None).exclude(whistle__met_at=None),
        "merged into an open one": issues.filter(state="merged", main__in=issues.open()),
        "asked of its reporter": issues.open().exclude(asked_at=None),
        "answered by its reporter": _events("supply_info"),
        "objected to": issues.exclude(objected_at=None),
        "withdrawn": issues.filter(outcome="withdrawn"),
        "settled at once": issues.filter(at_once=True),
        "returned": _events("return"),
        "that waits for a ruling": issues.open().filter(ruling="asked"),
        "ruled on": issues.filter(ruling="given"),
        "chased by its reporter": issues.exclude(chased_at=None),
        "led in person": issues.exclude(leader=None),
        "given to an officer": issues.exclude(officer=None),
        "granted for longer": _decisions("extension", "granted"),
        "refused to be longer": _decisions("extension", "refused"),
        "seen on the spot": issues.exclude(checked_at=None),
        "drawn as a sample": issues.filter(check_reason="sample"),
        "to be checked on the spot": issues.filter(state="resolved", checked_at=None).exclude(
            check_reason=""
        ),
        "ordered by the hotline and in hand": _ordered("handling"),
        "ordered by the hotline and done": _ordered("closed"),
        "returned to the hotline": _ordered("rejected"),
        "changed by the hotline": _events("hotline_update").filter(data__has_key="was"),
        "planned to come again": Schedule.objects.filter(is_active=True, next_at__gt=now),
        "raised again by another system": Alert.objects.filter(count__gt=1),
        "dangerous and raised by another system": Alert.objects.filter(severity="critical"),
        "sent again by the hotline after it had ended": _events("hotline_again"),
        "only assisted in, and tied to others by the hotline": HotlineOrder.objects.filter(
            nature=ASSISTS
        ).exclude(related=[]),
        "wrong in a file of the hotline": ImportBatch.objects.filter(state="done", wrong__gt=0),
        "kept from grids by the duty list": _events("dispatch").filter(data__rule="duty_list"),
        "rated with a reason": Rating.objects.exclude(reasons=[]),
        "called back and heard": Rating.objects.filter(source="call"),
        "called back in vain": _events("call_back").filter(data__reached=False),
        "added to the categories by a district": Category.objects.exclude(district=None),
        "counted for the rates": RateDay.objects.filter(rated__gt=0),
        **_volunteering(now),
    }


def _volunteering(now: datetime) -> dict[str, QuerySet]:
    """The same of volunteers, what they do and what they get for it; of those who check in and answer for places."""
    today = timezone.localdate(now)
    return {
        "written down as a volunteer": Volunteer.objects.active(),
        "done by a volunteer team with a leader": Team.objects.open().exclude(leader=None),
        "open as a volunteer service station": Station.objects.open(),
        "asked for as a transfer": Transfer.objects.waiting(),
        "settled as an activity": Activity.objects.filter(state="settled"),
        "waited for at an activity": SignUp.objects.queue(),
        "to be ticked by a team leader who can sign in": SignUp.objects.unaccounted().filter(
            shift__starts_at__lte=now, activity__team__leader__user__isnull=False
        ),
        "to be reviewed as a wish": Wish.objects.filter(state="proposed"),
        "waiting for somebody as a wish": Wish.objects.waiting(),
        "open again as a wish that nobody fulfilled in time": Wish.objects.waiting().filter(
            claims__outcome="overdue"
        ),
        "claimed as a wish": Wish.objects.running(),
        "claimed by an organisation": Claim.objects.current().exclude(organisation=None),
        "said to be fulfilled as a wish": Wish.objects.to_confirm(),
        "granted as a wish and thanked for": Wish.objects.granted(now - timedelta(days=30)).exclude(
            thanked_at=None
        ),
        "not accepted as a wish": Wish.objects.filter(state="refused"),
        "to be confirmed as hours": Service.objects.proposed(),
        "asked for as a correction of hours": Correction.objects.waiting(),
        "offered for points and out of stock": Good.objects.open().filter(stock=0),
        "put aside for somebody who can sign in": Redemption.objects.waiting().exclude(
            account__volunteer__user=None
        ),
        "collected for points": Redemption.objects.filter(state="collected"),
        "checked in as an organisation": CheckIn.objects.current().organisations(),
        "checked in as a serving member": CheckIn.objects.current().members(),
        "offered to a community": Offer.objects.standing(today),
        "paired beside another one": Pairing.objects.overlapping(today),
        "noted as a duty done": DutyDone.objects.all(),
    }


def _ordered(state: str) -> QuerySet:
    return HotlineOrder.objects.filter(issue__state=state)


def _by_no_way_of_its_own() -> list[str]:
    """What says that it is an order, an alert or a scheduled task, and did not come in as one."""
    return [
        f"{issue} says that it came by {source}"
        for source, what in (("hotline", "hotline"), ("alert", "alert"), ("schedule", "occurrence"))
        for issue in Issue.objects.filter(source=source, **{what: None})
    ]


def _decisions(kind: str, state: str) -> QuerySet:
    return Decision.objects.filter(kind=kind, state=state)


def _events(verb: str) -> QuerySet:
    return Event.objects.filter(subject_type="issue", verb=verb)


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


def _shown(prefix: str, home: Home, now: datetime) -> list[str]:
    """What every demo place has to decide on, and what its community must not see."""
    here = Issue.objects.within(home.street).open()
    review = Deadline.objects.open().filter(clock="suspension")
    wanted = {
        "suspended with a review date": here.filter(state="suspended", pk__in=review.values("issue")),
        "supervised by letter": here.filter(pk__in=_decisions("supervision", "open").values("issue")),
        "complained about": here.filter(about_unit=home.community),
    }
    faults = [
        f"there is nothing {what} in {home.street}" for what, rows in wanted.items() if not rows.exists()
    ]
    sources = Issue.objects.within(home.street).order_by().values_list("source", flat=True)
    faults += _missing(f"source in {home.street}", set(sources), SOURCES)
    subject = User.objects.get(username=f"{prefix}community_secretary")
    if wanted["complained about"].visible_to(subject, now).exists():
        faults.append(f"{subject.username} reads a complaint about the community")
    return faults


def _idle(prefix: str, home: Home, now: datetime) -> list[str]:
    """Demo users who find nothing to look at."""
    at_work = [role.key for role in ROLES.values() if role.can - BEHIND_THE_SCENES]
    users = User.objects.in_bulk([f"{prefix}{role}" for role in at_work], field_name="username")
    faults = []
    for role in at_work:
        user, place = users[f"{prefix}{role}"], home.places()[role]
        seen = Issue.objects.visible_to(user, now).open()
        if isinstance(place, Body) or (isinstance(place, Unit) and ROLES[role].can & {"handle", "dispatch"}):
            seen = Issue.objects.waiting_for(Answering(user, now))
        if not seen.exists():
            faults.append(f"{user.username} has nothing to do")
    return faults
