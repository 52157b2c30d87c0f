"""What came in, as it is put down: planned without writing, then written, one or many at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from accounts.phones import clean_phone
from accounts.secrets import keyed_hash
from grids.lineage import COLUMNS
from grids.standing import standing_of
from issues.actions.batch import party
from issues.actions.clocks import new_deadline
from issues.actions.concerns import write_concerns
from issues.actions.naming import named
from issues.actions.photos import Photo, keep_photos
from issues.districts import limits_of
from issues.models import Deadline, Issue, Reporter
from issues.on_duty import danger_units
from issues.routing import Route
from issues.ties import actor_label
from issues.worktimes import worktime_of
from trail.actions import NewEvent, insert_rows, record_events

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Contact:
    """Who may be called back. Both optional; kept encrypted, masked on screen."""

    name: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Intake:
    """What the rules make of one report; nothing of it is written yet."""

    issue: Issue
    clock: Deadline
    route: Route
    contact: Contact | None = None
    photos: tuple[Photo, ...] = ()


def opened(issue: Issue, route: Route, now: datetime) -> Deadline:
    """State, promise and the first clock; they all run from when it came to us, by the rules of now."""
    limits = limits_of(issue, route.target.kind, now)
    issue.state = "assigned" if route.by_rule else "reported"
    if route.by_rule and issue.promised_at is None:
        issue.promised_at = worktime_of(issue.district_id).due(now, limits.submit).at
    # One event each: reported; dispatched by rule; three levels called.
    issue.version = 1 + route.by_rule + issue.is_danger
    clock = "sign" if route.by_rule else "screen"
    deadline = new_deadline(issue, clock, limits.answer, now=now, round=issue.version)
    issue.due_at, issue.due_provisional = deadline.limit_at, deadline.provisional
    return deadline


def cleaned(contact: Contact | None) -> Contact | None:
    """As it is kept; None where nobody said who they are. Raises Refused("phone") for what is no number."""
    if contact is None or not (contact.name or contact.phone):
        return None
    return Contact(contact.name.strip()[:60], clean_phone(contact.phone))


def write_intakes(intakes: Sequence[Intake], *, by: "User | None", now: datetime) -> None:
    """Issues, clocks, contact data, concerns and events: as many statements for five hundred as for one."""
    issues = [one.issue for one in intakes]
    insert_rows(issues)
    for one in intakes:
        one.clock.issue = one.issue
    insert_rows([one.clock for one in intakes])
    if reporters := [_reporter(one.issue, one.contact) for one in intakes if one.contact]:
        Reporter.objects.bulk_create(reporters)
    # Those of the place itself see it by lineage.
    asked = [one for one in intakes if one.route.body or one.issue.is_about_somebody]
    write_concerns([(one.issue, one.route.target) for one in asked], now)
    record_events([event for one in intakes for event in _events(one, by, now)], now=now)
    for one in intakes:
        keep_photos(one.issue, one.photos, seq=1, now=now)


def rule_of(route: Route) -> dict[str, Any]:
    """What an event says of the rule: its reason, and the policy that decided, if one did."""
    return {"rule": route.reason} | ({"policy": route.policy} if route.policy else {})


def _events(one: Intake, by: "User | None", now: datetime) -> Iterable[NewEvent]:
    """reported; dispatched by rule; and in danger the call to three levels."""
    issue, route = one.issue, one.route
    facts = {"state": issue.state, "owner": party(route.target), "category": issue.category.key}
    place = next(pk for name in reversed(COLUMNS) if (pk := getattr(issue, name)))
    known = {"source": issue.source, "place": {"unit": place}} | named(issue)
    promised = {"promised_at": issue.promised_at.isoformat()} if issue.promised_at else {}
    told = {} if route.by_rule else promised
    screened = {} if route.by_rule else rule_of(route)
    verbs: list[tuple[str, dict]] = [("report", facts | known | told | screened)]
    if route.by_rule:
        verbs.append(("dispatch", facts | {"to": party(route.target)} | rule_of(route) | promised))
    if issue.is_danger:
        verbs.append(("alarm", facts | {"units": danger_units(issue)}))
    events = [
        NewEvent(
            "issue",
            issue.pk,
            verb,
            seq=number,
            unit_id=route.unit.pk,
            unit_label=issue.place_label[:120],
            district_id=issue.district_id,
            data=data,
        )
        for number, (verb, data) in enumerate(verbs, start=1)
    ]
    label = actor_label(standing_of(by, now) if by else None, issue.owner)
    return [replace(events[0], by=by, actor_label=label, occurred_at=issue.reported_at), *events[1:]]


def _reporter(issue: Issue, contact: Contact) -> Reporter:
    last_four = f"{issue.code}:{contact.phone[-4:]}" if contact.phone else ""
    return Reporter(
        issue=issue,
        name=contact.name,
        phone=contact.phone,
        phone_hash=keyed_hash(contact.phone, purpose="phone"),
        last_four_hash=keyed_hash(last_four, purpose="last_four"),
    )
