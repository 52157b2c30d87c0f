"""An event with everything that telling of it needs, read for many events at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from grids.lineage import column
from grids.models import Body, Post, Unit
from issues import whistles
from issues.models import Callee, Issue, Task, Whistle

if TYPE_CHECKING:
    from trail.models import Event

Party = Unit | Body
# Keys, numbers and dates of the event that a sentence may mention.
FACTS = ("clock", "mode", "outcome", "what", "verdict", "validity", "stage", "count", "whom")


@dataclass(frozen=True)
class Hearing:
    """An event, the issue as it is now, and those whom the event mentions: (kind, id) → unit or body.

    `callees`: the one that it is about, or all whom it names.
    """

    event: "Event"
    now: datetime
    issue: Issue
    parties: Mapping[tuple[str, int], Party]
    callees: list[Callee]
    tasks: list[Task] = field(default_factory=list)
    # Of a complaint: those whom it is about, who never hear of it.
    kept_from: frozenset[int] = frozenset()
    # Who leads from now on, where a lead does not come.
    new_lead: Callee | None = None

    def party(self, name: str) -> Party | None:
        """The unit or body under this name in the event's data."""
        found = self.event.data.get(name)
        pairs = found.items() if isinstance(found, dict) else [("unit", found)]
        return next((self.parties[pair] for pair in pairs if pair in self.parties), None)

    @property
    def whistle(self) -> Whistle | None:
        return self.callees[0].whistle if self.callees else None

    @property
    def urgent(self) -> bool:
        """Is it about an emergency whistle?"""
        return self.whistle is not None and whistles.BY_KEY[self.whistle.kind].urgent

    @property
    def danger(self) -> bool:
        return self.issue.is_danger or self.urgent

    def asked_for(self, party: Party) -> str:
        """The capability that the event asks of this party."""
        if isinstance(party, Body):
            return "report_in" if self.whistle else "handle"
        return "screen" if self.event.data.get("state") == "reported" else "handle"


def hearings(events: Sequence["Event"], now: datetime) -> list[Hearing]:
    """Five queries at most, however many events."""
    issues = Issue.objects.select_related("category").in_bulk({event.subject_id for event in events})
    parties, callees, tasks = _parties(events), _callees_of(events), _tasks_of(events)
    kept_from = {pk: _kept_from(issue, now) for pk, issue in issues.items() if issue.is_about_somebody}
    return [
        Hearing(
            event,
            now,
            issues[event.subject_id],
            parties,
            [one for one in callees.get(event.pk, []) if one.pk != event.data.get("lead")],
            tasks.get(event.pk, []),
            kept_from=kept_from.get(event.subject_id, frozenset()),
            new_lead=next(
                (one for one in callees.get(event.pk, []) if one.pk == event.data.get("lead")), None
            ),
        )
        for event in events
    ]


def _parties(events: Sequence["Event"]) -> dict[tuple[str, int], Party]:
    """Every unit and body that the events mention."""
    mentioned: set[tuple[str, int]] = set()
    for data in (event.data for event in events):
        for name in ("owner", "to", "from", "asked", "for"):
            mentioned.update((data.get(name) or {}).items())
        mentioned.update(("unit", pk) for pk in (data.get("above"), *data.get("units", ())))
    found: dict[tuple[str, int], Party] = {}
    for kind, model in (("unit", Unit), ("body", Body)):
        if ids := {pk for name, pk in mentioned if name == kind and pk}:
            found |= {(kind, pk): row for pk, row in model.objects.order_by().in_bulk(ids).items()}
    return found


def _kept_from(issue: Issue, now: datetime) -> frozenset[int]:
    """Those who stand where the complaint is about, or below that, or stand in for them; but for whoever
    registered it. As IssueQuerySet.visible_to hides it from them."""
    here = Q(body=issue.about_body_id) if issue.about_body_id else Q(pk=None)
    if issue.about_unit_id:
        unit = Unit.objects.get(pk=issue.about_unit_id)
        level = column(unit.kind)
        here |= Q(unit=unit)
        if level != "building_id":
            here |= Q(**{f"unit__{level}": unit.pk})
        if level == "street_id":
            here |= Q(body__street_id=unit.pk)
    posts = Post.objects.active(now).filter(here)
    people = {pk for pair in posts.values_list("user", "deputy") for pk in pair if pk}
    return frozenset(people - {issue.registered_by_id})


def _callees_of(events: Sequence["Event"]) -> dict[int, list[Callee]]:
    """Event → the callee that it is about, or all whom it names, the lead first."""
    wanted = {event.pk: _called_in(event.data) for event in events}
    ids = {pk for found in wanted.values() for pk in found}
    if not ids:
        return {}
    rows = Callee.objects.filter(pk__in=ids).order_by("-is_lead", "pk")
    rows = rows.select_related("whistle__caller_unit", "whistle__caller_body", "unit", "body")
    return {event: [row for row in rows if row.pk in found] for event, found in wanted.items()}


def _called_in(data: Mapping[str, Any]) -> set[int]:
    named = {data.get("callee"), data.get("lead"), *(one["callee"] for one in data.get("callees", ()))}
    return named - {None}


def _tasks_of(events: Sequence["Event"]) -> dict[int, list[Task]]:
    """Event → the sub-tasks that it gave, or the one that it is about. No query if there are none."""
    wanted = {
        event.pk: {one["task"] for one in event.data.get("tasks", ())} | {event.data.get("task")} - {None}
        for event in events
    }
    ids = {pk for found in wanted.values() for pk in found}
    if not ids:
        return {}
    rows = Task.objects.select_related("unit", "body").in_bulk(ids)
    return {event: [rows[pk] for pk in sorted(found) if pk in rows] for event, found in wanted.items()}


def facts_of(hearing: Hearing) -> dict[str, Any]:
    """Everything that a sentence may mention: numbers, keys and names of places."""
    issue, data = hearing.issue, hearing.event.data
    callee = hearing.callees[0] if hearing.callees else None
    names = {name: hearing.party(name) for name in ("owner", "to", "from", "asked", "above")}
    return {
        "number": issue.number,
        "place": issue.place_label,
        "category": issue.category.name,
        "category_en": issue.category.name_en,
        "due": iso(callee.due_at if callee and callee.due_at else issue.due_at),
        "callee": callee.party.name if callee else None,
        "kind": hearing.whistle.kind if hearing.whistle else None,
        **{name: data.get(name) for name in FACTS},
        **{name: party.name for name, party in names.items() if party},
    }


def iso(moment: datetime | None) -> str | None:
    """As it is kept among the parameters of a notice."""
    return moment.isoformat() if moment else None
