"""An issue comes in: by a resident, by somebody on duty, or on somebody's behalf."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions import clean_phone
from accounts.secrets import keyed_hash
from grids.models import Body, Unit
from grids.standing import standing_of
from issues.actions.batch import party
from issues.actions.clocks import new_deadline
from issues.actions.concerns import concern
from issues.actions.photos import Photo, keep_photos
from issues.districts import limits_of, rules_of
from issues.kinds import KINDS, SOURCES
from issues.models import Category, Deadline, Issue, Reporter
from issues.policies import SHIPPED, DistrictRules
from issues.questions import WrongAnswers, clean_answers
from issues.routing import Line, Route, label_of, line_of, route_by_rule, route_complaint
from issues.ties import actor_label
from issues.worktimes import worktime_of
from trail.actions import NewEvent, insert_rows, record_events
from trail.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from accounts.models import User

SHORTEST_TEXT = 2
LONGEST_TEXT = 2000


COMPLAINED_ABOUT = frozenset({"grid", "community", "street"})
# Reported by somebody who is there.
PHOTO_SOURCES = frozenset({"resident", "patrol", "spotter"})


class BadAnswers(Refused):
    """Answers that do not fit the category's questions; `errors` says per question why."""

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__(
            _("Some questions of this category are not answered as asked: %(keys)s.")
            % {"keys": ", ".join(sorted(errors))},
            code="answers",
        )
        self.errors = errors


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
    answers: Mapping[str, Any] | None = None,
    deadline: datetime | None = None,
    about: Unit | Body | None = None,
) -> Issue:
    """Take in an issue at `place` and give it an owner and a deadline at once.

    `by=None` is a resident without sign-in. The clocks run from `occurred_at`, if it was reported earlier
    (offline). `answers` to the category's questions: None where nobody could be asked. `deadline` is the
    hotline's own: it is the promised date, and the time to answer runs from now, since nobody here could have
    answered before. `about` makes it a complaint about those in charge: it goes to the level above them, and
    they never see it. Raises NotAllowed without the right to report, BadAnswers, Refused for other bad input.
    """
    _check(text, by, now)
    photos, rules = tuple(photos), rules_of(place.district_id, now)
    check_category(category, rules, place.street_id)
    check_kind(kind, source)
    _check_photos(category, rules, place.street_id, source, photos)
    line = _line(place)
    route = _route(line, category, about, rules, now)
    reported_at = min(occurred_at or now, now)
    issue = Issue(
        source=source,
        kind="complaint" if about else kind or category.kind,
        category=category,
        text=text.strip(),
        spot=spot.strip(),
        is_danger=category.is_danger and not about,
        place_code=place.code,
        place_label=label_of(line),
        lon=lon,
        lat=lat,
        registered_by=by,
        on_behalf=on_behalf,
        reported_at=reported_at,
        received_at=now,
        promised_at=deadline,
        assigned_at=now if deadline else reported_at,
        answers={} if answers is None else _answers(category, answers),
        about_unit=about if isinstance(about, Unit) else None,
        about_body=about if isinstance(about, Body) else None,
        **line[place.kind].lineage(),
    )
    clock = _open(issue, route, now)
    _write(issue, clock, contact)
    if route.body or about:
        concern(issue, [route.target], now)
    record_events(_events(issue, route, by, now), now=now)
    keep_photos(issue, photos, seq=1, now=now)
    return issue


def _line(place: Unit) -> Line:
    """The units that the place lies in, as they are now."""
    line = line_of(place.lineage())
    if not line[place.kind].is_open:
        raise Refused(_("This place is closed; choose the unit that it became part of."), code="closed_place")
    return line


def _route(
    line: Line, category: Category, about: Unit | Body | None, rules: DistrictRules, now: datetime
) -> Route:
    """By rule; a complaint about somebody goes above them."""
    if about is None:
        return route_by_rule(line, category, rules, timezone.localdate(now))
    _check_about(line, about)
    return route_complaint(about)


def _write(issue: Issue, clock: Deadline, contact: Contact | None) -> None:
    insert_rows([issue])
    clock.issue = issue
    insert_rows([clock])
    if contact and (contact.name or contact.phone):
        _keep_contact(issue, contact)


def _check(text: str, by: "User | None", now: datetime) -> None:
    if by is not None and not standing_of(by, now).can("report"):
        raise NotAllowed(_("Your post does not include reporting."), code="not_yours")
    if not SHORTEST_TEXT <= len(text.strip()) <= LONGEST_TEXT:
        raise Refused(_("Describe the matter in 2 to 2000 characters."), code="text_length")


def _check_about(line: Line, about: Unit | Body) -> None:
    """Those in charge of the place: its grid, community or street, or a body that serves it."""
    if isinstance(about, Unit):
        fits = about.kind in COMPLAINED_ABOUT and about in line.values()
    else:
        street = line["street"].pk if "street" in line else None
        fits = about.district_id == line["district"].pk and about.street_id in {None, street}
    if not fits or not about.is_open:
        raise Refused(_("Choose who is in charge of this place."), code="about")


def rule_of(route: Route) -> dict[str, Any]:
    """What an event says of the rule: its reason, and the policy that decided, if one did."""
    return {"rule": route.reason} | ({"policy": route.policy} if route.policy else {})


def _answers(category: Category, given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return clean_answers(category.asked, given)
    except WrongAnswers as wrong:
        raise BadAnswers(wrong.errors) from wrong


def _check_photos(
    category: Category, rules: DistrictRules, street: int | None, source: str, photos: tuple[Photo, ...]
) -> None:
    """Whoever stands there can be asked for a photo; danger never waits for one."""
    needed = source in PHOTO_SOURCES and not category.is_danger
    if needed and not photos and rules.photo_for(category.key, street) == "required":
        raise Refused(_("Please add a photo: this kind of matter needs one."), code="photo_needed")


def check_category(category: Category, rules: DistrictRules = SHIPPED, street: int | None = None) -> None:
    """Raises Refused for one that is no longer in use, here or at all."""
    if not category.is_active or not rules.category(category.key, street).active:
        raise Refused(_("This category is no longer in use; choose another."), code="inactive_category")


def check_kind(kind: str, source: str = "resident") -> None:
    """Raises Refused for a kind or source that the tables do not have; an empty kind is the category's."""
    if kind and kind not in {word.key for word in KINDS}:
        raise Refused(_("There is no such kind of issue."), code="kind")
    if source not in {word.key for word in SOURCES}:
        raise Refused(_("There is no such source."), code="source")


def _open(issue: Issue, route: Route, now: datetime) -> Deadline:
    """Owner, state, promise and the first clock; they all run from when it was reported, or came to us."""
    start = issue.assigned_at
    limits = limits_of(issue, route.target.kind, now)
    issue.state = "assigned" if route.by_rule else "reported"
    issue.owner_unit, issue.owner_body = (None, route.body) if route.body else (route.unit, None)
    if route.by_rule and issue.promised_at is None:
        issue.promised_at = worktime_of(issue.district_id).due(start, limits.submit).at
    # One event each: reported; dispatched by rule; three levels called.
    issue.version = 1 + route.by_rule + issue.is_danger
    clock = "sign" if route.by_rule else "screen"
    deadline = new_deadline(issue, clock, limits.answer, now=start, round=issue.version)
    issue.due_at, issue.due_provisional = deadline.limit_at, deadline.provisional
    return deadline


def _events(issue: Issue, route: Route, by: "User | None", now: datetime) -> list[NewEvent]:
    """reported; dispatched by rule; and in danger the call to three levels."""
    facts = {"state": issue.state, "owner": party(route.target), "category": issue.category.key}
    promised = {"promised_at": issue.promised_at.isoformat()} if issue.promised_at else {}
    told = {} if route.by_rule else promised
    screened = {} if route.by_rule else rule_of(route)
    verbs: list[tuple[str, dict]] = [("report", facts | {"source": issue.source} | told | screened)]
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
