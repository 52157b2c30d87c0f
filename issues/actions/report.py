"""An issue comes in: by a resident, by somebody on duty, or on somebody's behalf."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions import clean_phone
from accounts.secrets import keyed_hash
from grids.models import Unit
from grids.standing import standing_of
from issues.actions.batch import party
from issues.actions.clocks import new_deadline
from issues.actions.photos import Photo, keep_photos
from issues.kinds import KINDS, SOURCES
from issues.limits import limits_for
from issues.models import Category, Deadline, Issue, Reporter
from issues.routing import Route, label_of, line_of, route_by_rule
from issues.ties import actor_label
from issues.worktimes import worktime_of
from trail.actions import NewEvent, record_events
from trail.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from accounts.models import User

SHORTEST_TEXT = 2
LONGEST_TEXT = 2000


@dataclass(frozen=True)
class Contact:
    """Who may be called back. Both optional; kept encrypted, masked on screen."""

    name: str = ""
    phone: str = ""


@transaction.atomic
def report_issue(
    *,
    place: Unit,
    category: Category,
    text: str,
    by: "User | None",
    now: datetime,
    source: str = "resident",
    kind: str = "",
    spot: str = "",
    contact: Contact | None = None,
    on_behalf: bool = False,
    occurred_at: datetime | None = None,
    lon: float | None = None,
    lat: float | None = None,
    photos: Iterable[Photo] = (),
) -> Issue:
    """Take in an issue at `place` and give it an owner and a deadline at once.

    `by=None` is a resident without sign-in. The clocks run from `occurred_at`, if it was reported earlier
    (offline, hotline). Raises NotAllowed without the right to report, Refused for bad input.
    """
    _check(text, by, now)
    check_category(category)
    check_kind(kind, source)
    line = line_of(place.lineage())
    if not line[place.kind].is_open:
        raise Refused(_("This place is closed; choose the unit that it became part of."), code="closed_place")
    route = route_by_rule(line, category)
    reported_at = min(occurred_at or now, now)
    issue = Issue(
        source=source,
        kind=kind or category.kind,
        category=category,
        text=text.strip(),
        spot=spot.strip(),
        is_danger=category.is_danger,
        place_code=place.code,
        place_label=label_of(line),
        lon=lon,
        lat=lat,
        registered_by=by,
        on_behalf=on_behalf,
        reported_at=reported_at,
        received_at=now,
        assigned_at=reported_at,
        **line[place.kind].lineage(),
    )
    deadline = _open(issue, route)
    issue.save(force_insert=True)
    deadline.issue = issue
    Deadline.objects.bulk_create([deadline])
    if contact and (contact.name or contact.phone):
        _keep_contact(issue, contact)
    record_events(_events(issue, route, by, now), now=now)
    keep_photos(issue, photos, seq=1, now=now)
    return issue


def _check(text: str, by: "User | None", now: datetime) -> None:
    if by is not None and not standing_of(by, now).can("report"):
        raise NotAllowed(_("Your post does not include reporting."), code="not_yours")
    if not SHORTEST_TEXT <= len(text.strip()) <= LONGEST_TEXT:
        raise Refused(_("Describe the matter in 2 to 2000 characters."), code="text_length")


def check_category(category: Category) -> None:
    """Raises Refused for one that is no longer in use."""
    if not category.is_active:
        raise Refused(_("This category is no longer in use; choose another."), code="inactive_category")


def check_kind(kind: str, source: str = "resident") -> None:
    """Raises Refused for a kind or source that the tables do not have; an empty kind is the category's."""
    if kind and kind not in {word.key for word in KINDS}:
        raise Refused(_("There is no such kind of issue."), code="kind")
    if source not in {word.key for word in SOURCES}:
        raise Refused(_("There is no such source."), code="source")


def _open(issue: Issue, route: Route) -> Deadline:
    """Owner, state, promise and the first clock; they all run from when it was reported."""
    start = issue.reported_at
    limits = limits_for(route.unit.kind, danger=issue.is_danger)
    issue.state = "assigned" if route.by_rule else "reported"
    issue.owner_unit = route.unit
    if route.by_rule:
        issue.promised_at = worktime_of(issue.district_id).due(start, limits.submit).at
    # One event each: reported; dispatched by rule; three levels called.
    issue.version = 1 + route.by_rule + issue.is_danger
    clock = "sign" if route.by_rule else "screen"
    deadline = new_deadline(issue, clock, limits.answer, now=start, round=issue.version)
    issue.due_at, issue.due_provisional = deadline.limit_at, deadline.provisional
    return deadline


def _events(issue: Issue, route: Route, by: "User | None", now: datetime) -> list[NewEvent]:
    """reported; dispatched by rule; and in danger the call to three levels."""
    facts = {"state": issue.state, "owner": party(route.unit), "category": issue.category.key}
    verbs: list[tuple[str, dict]] = [("report", facts | {"source": issue.source})]
    if route.by_rule:
        promised = {"promised_at": issue.promised_at.isoformat()} if issue.promised_at else {}
        verbs.append(("dispatch", facts | {"to": party(route.unit), "rule": route.reason} | promised))
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
            data=data,
        )
        for number, (verb, data) in enumerate(verbs, start=1)
    ]
    label = actor_label(standing_of(by, now) if by else None, issue.owner)
    return [replace(events[0], by=by, actor_label=label, occurred_at=issue.reported_at), *events[1:]]


def danger_units(issue: Issue) -> list[int]:
    """The three levels that are called at once: grid, community, street, as far as the place has them."""
    levels = (issue.grid_id, issue.community_id, issue.street_id)
    return [pk for pk in levels if pk] or [pk for pk in (issue.district_id,) if pk]


def _keep_contact(issue: Issue, contact: Contact) -> None:
    phone = clean_phone(contact.phone)
    last_four = f"{issue.code}:{phone[-4:]}" if phone else ""
    Reporter.objects.create(
        issue=issue,
        name=contact.name.strip()[:60],
        phone=phone,
        phone_hash=keyed_hash(phone, purpose="phone"),
        last_four_hash=keyed_hash(last_four, purpose="last_four"),
    )
