"""One issue's history with names, words and photos, for staff or for the resident: a handful of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from grids.models import Body, Unit
from grids.roles import ROLES
from issues import kinds, ladder, whistles
from issues.models import Attachment, Callee, Category, Issue, Note
from issues.sentences import badge, sentence
from trail.models import Event

Party = tuple[str, int]


@dataclass(frozen=True)
class Line:
    """One thing that happened. `who` is a role at a place, for staff also the person."""

    seq: int
    verb: str
    at: datetime
    recorded_at: datetime
    who: str
    words: str
    badge: str
    promised: datetime | None = None
    notes: tuple[Note, ...] = ()
    photos: tuple[Attachment, ...] = ()


@dataclass
class Names:
    """What ids are called; filled by one query per kind."""

    parties: dict[Party, str] = field(default_factory=dict)
    callees: dict[int, str] = field(default_factory=dict)
    categories: dict[str, str] = field(default_factory=dict)

    def of(self, party: Mapping[str, int] | None) -> str:
        """The name of {"unit": id} or {"body": id}."""
        return next((self.parties.get((kind, pk), "—") for kind, pk in (party or {}).items() if pk), "—")


def timeline(
    issue: Issue, *, resident: bool = False, internal: bool = True, callees: Iterable[Callee] | None = None
) -> list[Line]:
    """Oldest first. The resident's has no internal notes, no persons and none of the escalation behind it.

    `internal=False` leaves internal notes and photos out for others too (outside bodies, spotters).
    `callees`: all of the issue's, from whoever has read them already.
    """
    internal = internal and not resident
    events = list(Event.objects.about("issue", issue.pk).select_related("actor"))
    names = _names(issue, events, callees)
    notes = _by_seq(issue.notes.all(), internal)
    photos = _by_seq(issue.attachments.all(), internal)
    lines = []
    for event in events:
        if not internal and event.data.get("internal"):
            continue
        words = sentence(event.verb, parameters(event, names), resident=resident)
        if words is None:
            continue
        lines.append(
            Line(
                seq=event.seq,
                verb=event.verb,
                at=event.occurred_at,
                recorded_at=event.recorded_at,
                who=_who(event, names, resident),
                words=words,
                badge=badge(event.verb),
                promised=_promised(event),
                notes=tuple(notes.get(event.seq, ())),
                photos=tuple(photos.get(event.seq, ())),
            )
        )
    return lines


def parameters(event: Event, names: Names) -> dict[str, str]:
    """Everything that a sentence may mention, in the active language."""
    data = event.data
    return {
        "owner": names.of(data.get("owner")),
        "to": names.of(data.get("to")),
        "from": names.of(data.get("from")),
        "asked": names.of(data.get("asked")),
        "above": names.of({"unit": data.get("above") or 0}),
        "units": _(", ").join(names.of({"unit": pk}) for pk in data.get("units", ())),
        "callee": names.callees.get(data.get("callee"), "—"),
        "callees": _(", ").join(names.callees.get(one["callee"], "—") for one in data.get("callees", ())),
        "category": names.categories.get(data.get("category"), "—"),
        "source": str(kinds.label(kinds.SOURCES, data.get("source", ""))),
        "way": str(kinds.label(kinds.CONTACT_WAYS, data.get("way", ""))),
        "mode": str(kinds.label(kinds.REPORT_MODES, data.get("mode", ""))),
        "outcome": str(kinds.label(kinds.OUTCOMES, data.get("outcome", ""))),
        "kind": str(whistles.BY_KEY[data["kind"]].label) if data.get("kind") in whistles.BY_KEY else "—",
        "clock": str(ladder.CLOCK[data["clock"]].label) if data.get("clock") in ladder.CLOCK else "—",
        "rated": _("rated") if data.get("rated") else _("unrated"),
        **{name: _yes_no(data.get(name)) for name in ("answered", "solved", "satisfied")},
    }


def _promised(event: Event) -> datetime | None:
    """The promised date, if this event moved it."""
    stated = event.data.get("promised_at")
    return datetime.fromisoformat(stated) if stated else None


def _yes_no(value: Any) -> str:
    return "—" if value is None else (_("yes") if value else _("no"))


def _who(event: Event, names: Names, resident: bool) -> str:
    role, _at, place = event.actor_label.partition("@")
    if role not in ROLES:
        return "" if event.actor_id is None else str(event.actor)
    kind, _colon, pk = place.partition(":")
    where = names.parties.get((kind, int(pk)), "") if pk.isdigit() else ""
    person = "" if resident or event.actor is None else str(event.actor)
    return " ".join(part for part in (where, str(ROLES[role].label), person) if part)


def _by_seq(rows: Iterable[Any], internal: bool) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        if internal or not row.internal:
            found.setdefault(row.seq, []).append(row)
    return found


def _names(issue: Issue, events: list[Event], called: Iterable[Callee] | None) -> Names:
    """Names of all units, bodies, callees and categories that the events mention: at most four queries."""
    wanted: dict[str, set[int]] = {"unit": set(), "body": set()}
    for event in events:
        for kind, pk in _mentioned(event):
            wanted[kind].add(pk)
    if called is None:
        called = Callee.objects.filter(issue=issue).select_related("unit", "body")
    names = Names(callees={row.pk: row.party.name for row in called})
    names.categories = {issue.category.key: issue.category.label}
    if keys := {event.data.get("category") for event in events} - {None, issue.category.key}:
        names.categories |= {row.key: row.label for row in Category.objects.filter(key__in=keys)}
    for kind, model in (("unit", Unit), ("body", Body)):
        if wanted[kind]:
            found = model.objects.filter(pk__in=wanted[kind]).order_by().values_list("pk", "name")
            names.parties |= {(kind, pk): name for pk, name in found}
    return names


def _mentioned(event: Event) -> Iterable[Party]:
    data = event.data
    for key in ("owner", "to", "from", "asked"):
        yield from ((kind, pk) for kind, pk in (data.get(key) or {}).items() if pk)
    if data.get("above"):
        yield ("unit", data["above"])
    yield from (("unit", pk) for pk in data.get("units", ()))
    kind, _colon, pk = event.actor_label.partition("@")[2].partition(":")
    if kind in {"unit", "body"} and pk.isdigit():
        yield (kind, int(pk))
