"""One issue's history with names, words and photos, for staff or for the resident: a handful of queries."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from grids.lineage import key_of
from grids.roles import ROLES
from issues import decisions, kinds, ladder, whistles
from issues.models import Attachment, Callee, Issue, Note
from issues.names import Names, names_of, place_of
from issues.sentences import OUTSIDE, RESIDENT, SENTENCES, STAFF, badge, framed, is_told, sentence
from issues.sights import INSIDE, Sight, called_in_sight
from trail.models import Event


@dataclass(frozen=True)
class Words:
    """What somebody wrote."""

    text: str
    internal: bool


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
    notes: tuple[Words, ...] = ()
    photos: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Reader:
    """For whom lines are made: the kind of sentence, and what of the issue is theirs alone."""

    kind: str
    sight: Sight = INSIDE
    callees: frozenset[int] = frozenset()

    def owns(self, event: Event) -> bool:
        """Somebody outside reads in full what they, or theirs, did or were asked for."""
        if self.kind != OUTSIDE:
            return False
        data = event.data
        called = {data.get("callee"), *(one.get("callee") for one in data.get("callees", ()))}
        return self.did(event) or bool(called & self.callees) or self.asked_by(event)

    def asked_by(self, event: Event) -> bool:
        """Does the event ask something of their own place?"""
        asked = (event.data.get("asked") or {}).items()
        return not self.sight.parties.isdisjoint(asked)

    def did(self, event: Event) -> bool:
        """They themselves, or somebody of their own place."""
        mine = event.actor_id is not None and event.actor_id == self.sight.user_id
        return mine or place_of(event) in self.sight.parties

    def reads(self, note: Note) -> bool:
        """Internal words are for staff, and for those who wrote them or were called by them."""
        if self.kind == STAFF or not note.internal:
            return True
        if self.kind == RESIDENT:
            return False
        return note.callee_id in self.callees or note.author_id == self.sight.user_id


def timeline(
    issue: Issue, *, resident: bool = False, sight: Sight = INSIDE, callees: Iterable[Callee] | None = None
) -> list[Line]:
    """Oldest first. The resident's has no internal notes, no persons and none of the escalation behind it.

    Who sees the issue from outside (`sight`: firms, spotters) reads the same, with places for persons, and the
    steps of their own whistle. `callees`: all of the issue's, from whoever has read them already.
    """
    if callees is None:
        callees = Callee.objects.filter(issue=issue).select_related("unit", "body")
    called = list(callees)
    mine = frozenset(one.pk for one in called if key_of(one.party) in sight.parties)
    kind = RESIDENT if resident else (STAFF if sight.inside else OUTSIDE)
    known = called_in_sight(called, sight) if kind == OUTSIDE else called
    reader = Reader(kind, sight, mine)
    events = list(Event.objects.about("issue", issue.pk).select_related("actor"))
    names = names_of(issue, events, known)
    # What somebody outside is asked for, they read in the words of whoever asked.
    asked = {event.seq for event in events if reader.asked_by(event)}
    notes = _by_seq(note for note in issue.notes.all() if reader.reads(note) or note.seq in asked)
    photos = _by_seq(one for one in issue.attachments.all() if kind == STAFF or not one.internal)
    found = (_line(event, names, reader, notes, photos) for event in events)
    return [line for line in found if line]


def _line(
    event: Event,
    names: Names,
    reader: Reader,
    notes: Mapping[int, list[Note]],
    photos: Mapping[int, list[Attachment]],
) -> Line | None:
    """The event as this reader may read it; None if it is not theirs."""
    if not readable(event, reader, names.callees):
        return None
    own, known = reader.owns(event), parameters(event, names)
    words = sentence(_key(event), known, reader=STAFF if own else reader.kind)
    if words is None:
        return None
    return Line(
        seq=event.seq,
        verb=event.verb,
        at=event.occurred_at,
        recorded_at=event.recorded_at,
        who=_who(event, names, reader),
        words=words,
        badge=badge(_key(event)),
        promised=_promised(event),
        notes=_words(event, notes.get(event.seq, ()), known),
        photos=tuple(photos.get(event.seq, ())),
    )


def readable(event: Event, reader: Reader, callees: Collection[int]) -> bool:
    """Whether this reader hears of the event at all. `callees`: ids of the called whom the reader may know of."""
    own = reader.owns(event)
    if event.data.get("internal") and reader.kind != STAFF and not own:
        return False
    if reader.kind == OUTSIDE and _about_others(event, callees):
        return False
    return is_told(_key(event), reader=STAFF if own else reader.kind)


def _about_others(event: Event, callees: Collection[int]) -> bool:
    """Is it about called ones alone that the reader does not know of?"""
    about = {event.data.get("callee"), *(one.get("callee") for one in event.data.get("callees", ()))} - {None}
    return bool(about) and about.isdisjoint(callees)


def _words(event: Event, notes: Iterable[Note], known: Mapping[str, str]) -> tuple[Words, ...]:
    """What was written; words that stand in a sentence of ours come last, in the reader's language."""
    frames = {pk: frame for frame, pk in event.data.get("frames", {}).items()}
    plain, framing = [], []
    for note in notes:
        if note.pk in frames:
            framing.append(Words(framed(frames[note.pk], note.text, known), note.internal))
        else:
            plain.append(Words(note.text, note.internal))
    return (*plain, *framing)


def parameters(event: Event, names: Names) -> dict[str, str]:
    """Everything that a sentence may mention, in the active language."""
    data = event.data
    return {
        "owner": names.of(data.get("owner")),
        "by": names.parties.get(place_of(event)) or names.of(data.get("owner")),
        "to": names.of(data.get("to")),
        "from": names.of(data.get("from")),
        "for": names.of(data.get("for")),
        "proposed": names.of(data.get("proposed")),
        "about": _named(data, names),
        "with": names.of(data.get("with")),
        "corrected": _(", ").join(_corrected(data, names)) or "—",
        "passed": _yes_no(data.get("passed")),
        "task": names.tasks.get(data.get("task"), "—"),
        "tasks": _(", ").join(names.of(one) for one in data.get("tasks", ())),
        "why": str(kinds.label(kinds.RETURN_REASONS, data.get("why", ""))),
        "asked": names.of(data.get("asked")),
        "above": names.of({"unit": data.get("above") or 0}),
        "units": _(", ").join(names.of({"unit": pk}) for pk in data.get("units", ())),
        "callee": names.callees.get(data.get("callee"), "—"),
        "callees": _(", ").join(_called(data, names)) or "—",
        "category": names.categories.get(data.get("category"), "—"),
        "source": str(kinds.label(kinds.SOURCES, data.get("source", ""))),
        "way": str(kinds.label(kinds.CONTACT_WAYS, data.get("way", ""))),
        "mode": str(kinds.label(kinds.REPORT_MODES, data.get("mode", ""))),
        "outcome": str(kinds.label(kinds.OUTCOMES, data.get("outcome", ""))),
        "whom": str(kinds.label(kinds.PHONED, data.get("whom", ""))),
        "verdict": str(kinds.label(kinds.VERDICTS, data.get("verdict", ""))),
        "validity": str(kinds.label(kinds.VALIDITIES, data.get("validity", ""))),
        "officer": names.people.get(data.get("officer"), "—"),
        "on": _day(data.get("on")),
        "stage": str(data.get("stage", "")),
        "kind": str(whistles.BY_KEY[data["kind"]].label) if data.get("kind") in whistles.BY_KEY else "—",
        "clock": str(ladder.CLOCK[data["clock"]].label) if data.get("clock") in ladder.CLOCK else "—",
        "feedback_on": _day(data.get("feedback_on")),
        **{name: _moment(data.get(name)) for name in ("due", "was")},
        "cause": str(kinds.label(kinds.CAUSES, data.get("cause", ""))),
        "what": str(decisions.BY_KEY[data["what"]].label) if data.get("what") in decisions.BY_KEY else "—",
        "until": _day(data.get("until")),
        "count": str(data.get("count", "")),
        "changed": kinds.labels(kinds.CHANGES, data.get("changed", ())) or "—",
        "rated": _rated(data),
        "reasons": _(", ").join(names.reasons.get(key, key) for key in data.get("reasons", ())) or "—",
        **{name: _yes_no(data.get(name)) for name in ("answered", "solved", "satisfied")},
    }


def _named(data: Mapping[str, Any], names: Names) -> str:
    """Whom a complaint is about: those at a place, and the one person meant."""
    person = names.people.get(data.get("person"))
    return " · ".join([names.of(data.get("about")), *([person] if person else [])])


def _called(data: Mapping[str, Any], names: Names) -> list[str]:
    """Those of the called whom the reader may know of."""
    return [names.callees[one["callee"]] for one in data.get("callees", ()) if one["callee"] in names.callees]


def _moment(stated: str | None) -> str:
    """What an event calls "was" is no moment everywhere: a corrected category's is its key."""
    try:
        return f"{timezone.localtime(datetime.fromisoformat(stated or '')):%Y-%m-%d %H:%M}"
    except ValueError:
        return "—"


def _promised(event: Event) -> datetime | None:
    """The promised date, if this event moved it."""
    stated = event.data.get("promised_at")
    return datetime.fromisoformat(stated) if stated else None


def _day(stated: str | None) -> str:
    """The day that an event names, or the day of the moment that it names."""
    if not stated:
        return "—"
    moment = datetime.fromisoformat(stated)
    return date_format(timezone.localtime(moment) if moment.tzinfo else moment.date(), "DATE_FORMAT")


def _key(event: Event) -> str:
    """Which sentence: some verbs have one of their own for what they were about, or for who did it."""
    if event.verb == "chase" and "clock" not in event.data:
        return "chase.person"
    if event.verb == "climb" and (what := ladder.climbed(event.data)):
        return f"climb.{what}"
    special = f"{event.verb}.{_what(event.data)}"
    return special if special in SENTENCES else event.verb


def _what(data: Mapping[str, Any]) -> str:
    """What it was about: of a verdict whether it has reasons, of a call-back whether anybody was reached, of
    a danger that was dropped whether its grid is out of it."""
    if data.get("reached") is False:
        return "missed"
    if "relieved" in data:
        return "relieved"
    return "reasons" if data.get("reasons") else str(data.get("what"))


def _corrected(data: Mapping[str, Any], names: Names) -> list[str]:
    """What it is now, of what was put right."""
    found = [names.categories.get(data.get("category"), ""), names.of(data.get("place"))]
    return [name for name in found if name not in {"", "—"}] + (
        [str(kinds.label(kinds.KINDS, data["kind_now"]))] if "kind_now" in data else []
    )


def _rated(data: Mapping[str, Any]) -> str:
    if data.get("rated"):
        return _("rated")
    return _("unrated") if data.get("reporter", True) else _("nobody has reported it")


def _yes_no(value: Any) -> str:
    return "—" if value is None else (_("yes") if value else _("no"))


def _who(event: Event, names: Names, reader: Reader) -> str:
    """Staff read place, role and person; a resident no person; others from outside only the place."""
    role = event.actor_label.partition("@")[0]
    own = reader.did(event)
    if role not in ROLES:
        hidden = event.actor_id is None or (reader.kind == OUTSIDE and not own)
        return "" if hidden else str(event.actor)
    where = names.parties.get(place_of(event), "")
    if reader.kind == OUTSIDE and not own:
        return where
    person = "" if reader.kind == RESIDENT or event.actor is None else str(event.actor)
    return " ".join(part for part in (where, str(ROLES[role].label), person) if part)


def _by_seq(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.seq, []).append(row)
    return found
