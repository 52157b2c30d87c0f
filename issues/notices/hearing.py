"""An event with everything that telling of it needs, read for many events at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from grids.models import Body, Unit
from issues import whistles
from issues.models import Callee, Issue, Whistle

if TYPE_CHECKING:
    from trail.models import Event

Party = Unit | Body


@dataclass(frozen=True)
class Hearing:
    """An event, the issue as it is now, and those whom the event mentions: (kind, id) → unit or body.

    `callees`: the one that it is about, or all whom a whistle has called.
    """

    event: "Event"
    now: datetime
    issue: Issue
    parties: Mapping[tuple[str, int], Party]
    callees: list[Callee]

    def party(self, name: str) -> Party | None:
        """The unit or body under this name in the event's data."""
        found = self.event.data.get(name)
        pairs = found.items() if isinstance(found, dict) else [("unit", found)]
        return next((self.parties[pair] for pair in pairs if pair in self.parties), None)

    @property
    def whistle(self) -> Whistle | None:
        return self.callees[0].whistle if self.callees else None

    @property
    def danger(self) -> bool:
        urgent = self.whistle is not None and whistles.BY_KEY[self.whistle.kind].urgent
        return self.issue.is_danger or urgent

    def asked_for(self, party: Party) -> str:
        """The capability that the event asks of this party."""
        if isinstance(party, Body):
            return "report_in" if self.whistle else "handle"
        return "screen" if self.event.data.get("state") == "reported" else "handle"


def hearings(events: Sequence["Event"], now: datetime) -> list[Hearing]:
    """Four queries at most, however many events."""
    issues = Issue.objects.select_related("category").in_bulk({event.subject_id for event in events})
    parties, callees = _parties(events), _callees_of(events)
    return [
        Hearing(event, now, issues[event.subject_id], parties, callees.get(event.pk, [])) for event in events
    ]


def _parties(events: Sequence["Event"]) -> dict[tuple[str, int], Party]:
    """Every unit and body that the events mention."""
    mentioned: set[tuple[str, int]] = set()
    for data in (event.data for event in events):
        for name in ("owner", "to", "from", "asked"):
            mentioned.update((data.get(name) or {}).items())
        mentioned.update(("unit", pk) for pk in (data.get("above"), *data.get("units", ())))
    found: dict[tuple[str, int], Party] = {}
    for kind, model in (("unit", Unit), ("body", Body)):
        if ids := {pk for name, pk in mentioned if name == kind and pk}:
            found |= {(kind, pk): row for pk, row in model.objects.order_by().in_bulk(ids).items()}
    return found


def _callees_of(events: Sequence["Event"]) -> dict[int, list[Callee]]:
    """Event → the callee that it is about, or all of the whistle that it tells of, the lead first."""
    wanted = {event.pk: (event.data.get("whistle"), event.data.get("callee")) for event in events}
    whistled, one = ({pair[n] for pair in wanted.values()} - {None} for n in (0, 1))
    if not whistled and not one:
        return {}
    rows = Callee.objects.filter(Q(whistle__in=whistled) | Q(pk__in=one)).order_by("-is_lead", "pk")
    rows = rows.select_related("whistle__caller_unit", "whistle__caller_body", "unit", "body")
    return {
        event: [row for row in rows if row.whistle_id == whistle or row.pk == callee]
        for event, (whistle, callee) in wanted.items()
    }


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
        **{name: data.get(name) for name in ("clock", "mode", "outcome")},
        **{name: party.name for name, party in names.items() if party},
    }


def iso(moment: datetime | None) -> str | None:
    """As it is kept among the parameters of a notice."""
    return moment.isoformat() if moment else None
