"""What an Open311 reader sees of requests. Everybody: what, roughly where, how far, by when. The account that reported
it, besides: the words, the exact place and the answers. Nobody: persons, telephones, notes of the staff."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.models import Unit
from issues.coarse import coarse_position, is_personal
from issues.districts import rules_of
from issues.models import Issue, Note
from open311.history import (
    DECIDED,
    DROPPED,
    RELIEVED,
    SUSPENSION,
    VERBS,
    state_after,
    status_of,
    words_of,
)
from trail.models import Event

COLUMNS = (
    *(
        "code",
        "state",
        "kind",
        "text",
        "spot",
        "place_code",
        "place_label",
        "lon",
        "lat",
        "registered_by",
        "answers",
        "district",
    ),
    *(
        "promised_at",
        "reported_at",
        "objected_at",
        "outcome",
        "is_danger",
    ),
    *("category__key", "category__name", "category__name_en", "category__questions", "category__parent__key"),
    *("owner_unit__name", "owner_unit__kind", "owner_body__name", "street__name"),
    *(f"{level}__{name}" for level in ("community", "grid") for name in ("name", "code", "lon", "lat")),
)
JOINED = ("category__parent", "owner_unit", "owner_body", "street", "community", "grid")
BELOW_COMMUNITY = frozenset({"grid", "building"})
# Those of the application and of the database.
CLOCKS_AGREE = timedelta(minutes=5)


def requests_in(district: Unit) -> QuerySet:
    """Of this jurisdiction, for everybody."""
    return Issue.objects.for_everybody().filter(district=district.pk)


def request_named(code: str, district: Unit, user: Any) -> Issue | None:
    """The one with this code, if it is for everybody or this account reported it and it is about nobody."""
    here = Issue.objects.filter(code=code, district=district.pk)
    found = with_columns(here.for_everybody()).first()
    if found is None and user:
        own = here.about_nobody().filter(registered_by=user.pk).exclude(kind="dispute")
        found = with_columns(own.exclude(category__kind="dispute")).first()
    return found


def with_columns(issues: QuerySet) -> QuerySet:
    """With all that a row shows, in one query."""
    return issues.select_related(*JOINED).only(*COLUMNS)


def updated_between(
    issues: QuerySet, district: Unit, after: datetime | None, before: datetime | None
) -> QuerySet:
    """Those of the jurisdiction to whom something happened last in this time, as `updated_datetime` says it."""
    events = _telling(Event.objects.filter(district_id=district.pk)).order_by().values("subject_id")

    def since(moment: datetime, **bound: datetime) -> QuerySet:
        # Nothing is recorded before it happens, as far as clocks agree; by that there is an index.
        return events.filter(recorded_at__gte=moment - CLOCKS_AGREE, **bound)

    if after:
        issues = issues.filter(pk__in=since(after, occurred_at__gte=after))
    return issues.exclude(pk__in=since(before, occurred_at__gt=before)) if before else issues


def updates(issues: Collection[Issue]) -> Mapping[int, datetime]:
    """Issue → when something happened to it last that everybody may know of; what happens inside says nothing. One
    query."""
    events = _telling(Event.objects.filter(subject_id__in=[issue.pk for issue in issues])).order_by()
    return dict(events.values_list("subject_id").annotate(Max("occurred_at")))


def is_own(issue: Issue, user: Any) -> bool:
    """Did this account report it?"""
    return user is not None and issue.registered_by_id == user.pk


def request_row(issue: Issue, user: Any, updated_at: datetime | None) -> dict[str, Any]:
    """A request as the lists show it. `updated_at`: of `updates`."""
    own = is_own(issue, user)
    category = issue.category
    return {
        "service_request_id": issue.code,
        "status": status_of(issue.state),
        "status_notes": str(words_of(issue.state)),
        "service_name": category.label,
        "service_code": category.key,
        "description": issue.text if own else None,
        "agency_responsible": _owner_name(issue, own=own),
        "service_notice": None,
        "requested_datetime": written(issue.reported_at),
        "updated_datetime": written(updated_at or issue.reported_at),
        "expected_datetime": written(issue.promised_at),
        **(_exact(issue) if own else _coarse(issue)),
        "media_url": None,
    }


def written(moment: datetime | None) -> str | None:
    """ISO 8601 with the offset of the district's zone."""
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None


def _owner_name(issue: Issue, *, own: bool) -> str | None:
    """Who has it. The name of a grid says as much as the place: where that tells who it is about, it is with the
    community."""
    unit = issue.owner_unit
    if unit and not own and is_personal(issue.category) and unit.kind in BELOW_COMMUNITY:
        return issue.community.name if issue.community else None
    return issue.owner.name if issue.owner else None


def _exact(issue: Issue) -> dict[str, Any]:
    return {
        "address": " ".join(filter(None, (issue.place_label, issue.spot))),
        "address_id": issue.place_code,
        "zipcode": None,
        "lat": issue.lat,
        "long": issue.lon,
    }


def _coarse(issue: Issue) -> dict[str, Any]:
    """Community and grid by name, and a position within a hundred metres."""
    around = [unit for unit in (None if is_personal(issue.category) else issue.grid, issue.community) if unit]
    where = coarse_position(issue)
    named = [unit.name for unit in (*around, issue.street) if unit]
    return {
        "address": " · ".join(reversed(named)) or None,
        "address_id": around[0].code if around else None,
        "zipcode": None,
        "lat": where.lat if where else None,
        "long": where.lon if where else None,
    }


# --- extensions -------------------------------------------------------------------------------------------
def extended(issue: Issue, user: Any, history: Iterable[Event], now: datetime) -> dict[str, Any]:
    """What `extensions=true` adds: the state in our words, the answers to one's own, and what happened."""
    answers = _answers(issue, now) if is_own(issue, user) else []
    return {
        "attributes": answers,
        "extended_attributes": {"state": issue.state, "is_danger": issue.is_danger},
        "notes": [
            {
                "datetime": written(event.recorded_at),
                "description": str(words_of(after)),
                "type": after,
            }
            for event in history
            for after in [state_after(event.verb, event.data["state"])]
        ],
    }


def _answers(issue: Issue, now: datetime) -> list[dict[str, Any]]:
    """In the order of the questions as they are asked now, in the reader's language: no query, however many."""
    questions = rules_of(issue.district_id, now).questions_for(issue.category.key, issue.category.asked)
    asked = [one.key for one in questions if one.key in issue.answers]
    codes = [*asked, *(key for key in issue.answers if key not in asked)]
    read = issue.category.read(issue.answers, questions)
    return [
        {"code": code, "name": name, "value": value} for code, (name, value) in zip(codes, read, strict=True)
    ]


def histories(issues: Collection[Issue]) -> Mapping[int, list[Event]]:
    """Issue → what happened to it, oldest first. One query."""
    found: dict[int, list[Event]] = {issue.pk: [] for issue in issues}
    for event in _telling(Event.objects.filter(subject_id__in=found)).order_by("subject_id", "seq"):
        found[event.subject_id].append(event)
    return found


def happened(district: Unit, start: datetime, end: datetime) -> QuerySet:
    """Events of the jurisdiction's requests in this time, oldest first."""
    events = Event.objects.filter(district_id=district.pk, recorded_at__range=(start, end))
    requests = requests_in(district).screened().order_by().values("pk")
    return _telling(events).filter(subject_id__in=requests).order_by("recorded_at", "pk")


def updates_of(events: Collection[Event], user: Any) -> list[dict[str, Any]]:
    """Events as updates; the words that were written to the reporter stand in those of one's own. Two queries."""
    ids = {event.subject_id for event in events}
    issues = Issue.objects.only("code", "registered_by").in_bulk(ids)
    own = [pk for pk, issue in issues.items() if is_own(issue, user)]
    told: dict[tuple[int, int], list[str]] = {}
    if own:
        for note in Note.objects.filter(issue__in=own, internal=False).order_by("pk"):
            told.setdefault((note.issue_id, note.seq), []).append(note.text)
    return [_update(event, issues[event.subject_id], told) for event in events]


def _update(event: Event, issue: Issue, told: Mapping[tuple[int, int], list[str]]) -> dict[str, Any]:
    after = state_after(event.verb, event.data["state"])
    words = [str(words_of(after)), *told.get((issue.pk, event.seq), ())]
    return {
        "update_id": update_id(issue, event.seq),
        "service_request_id": issue.code,
        "status": status_of(after),
        "updated_datetime": written(event.recorded_at),
        "description": "\n".join(words),
        "media_url": None,
    }


def update_id(issue: Issue, seq: int) -> str:
    """Names one thing that happened to one request."""
    return f"{issue.code}-{seq}"


def _telling(events: QuerySet) -> QuerySet:
    """Those of issues that everybody may know of."""
    suspended = Q(verb=DECIDED, data__what=SUSPENSION)
    dropped = Q(verb__in=DROPPED, data__has_key=RELIEVED)
    # A verdict that ends it; any other one is the reporter's and the staff's.
    ended = Q(verb="rate", data__state="closed")
    return events.filter(Q(verb__in=VERBS) | suspended | dropped | ended, subject_type="issue")


def promise_of(issue: Issue) -> str:
    """What whoever has just reported it is told."""
    if issue.is_danger:
        return _(
            "This is treated as a danger: those on duty are called now. In an emergency call 119, 110 or 120."
        )
    if issue.promised_at is None:
        return _("The community looks at it first and says then by when it will be done.")
    moment = timezone.localtime(issue.promised_at)
    return _("You get an answer by %(when)s at the latest.") % {"when": f"{moment:%Y-%m-%d %H:%M}"}
