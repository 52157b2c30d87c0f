"""An event with everything that telling of it needs, read for many events at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from grids.addressing import deputies_of_many
from grids.lineage import key_of
from grids.models import Body, Post, Unit
from grids.querysets import HELD_BY_A_PERSON
from issues import ladder, subjects, whistles
from issues.districts import rules_of
from issues.models import Callee, Deadline, Decision, Issue, Task, Whistle
from issues.notices.words import PASSED_ON

if TYPE_CHECKING:
    from trail.models import Event

Party = Unit | Body
# The rungs that call people by what they are rather than where the issue is.
CALL_DEPUTY = {rung.key for rung in ladder.RUNGS if "deputy" in rung.audience}
# By these somebody has it who did not have it before.
PASSING = {key.partition(".")[0] for key in PASSED_ON}
# Keys, numbers and dates of the event that a sentence may mention.
FACTS = ("clock", "mode", "outcome", "what", "verdict", "validity", "stage", "count", "whom", "severity")


@dataclass(frozen=True)
class Hearing:
    """An event, the issue as it is now, and those whom the event mentions: (kind, id) → unit or body.

    `callees`: the one that it is about, or all whom it names.
    """

    event: "Event"
    now: datetime
    issue: Issue
    # Of a rung: who hears of it in this district.
    audiences: tuple[str, ...]
    parties: Mapping[tuple[str, int], Party]
    callees: list[Callee]
    tasks: list[Task] = field(default_factory=list)
    # Of a complaint: those whom it is about, who never hear of it.
    kept_from: frozenset[int] = frozenset()
    # Who leads from now on, where a lead does not come.
    new_lead: Callee | None = None
    # Who is called from now on, where somebody does not come in an emergency.
    instead: Callee | None = None
    # Ids of the people whom a rung calls: the deputies of whoever was asked; who looks after the board.
    deputies: tuple[int, ...] = ()
    board: tuple[int, ...] = ()
    # Those whose date somebody else's step has moved.
    moved: list[Callee] = field(default_factory=list)
    # Those for whom the clock to report in is over, since all have met.
    met: list[Callee] = field(default_factory=list)
    # Of a rung: has this clock been on the board before.
    boarded: bool = False
    # A supervision letter that waits in it, addressed to somebody else than who has it now.
    letter: Decision | None = None
    # Of an end: the letters that are still to be answered.
    letters: tuple[Decision, ...] = ()

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
            called = (*self.callees, *self.moved, *self.met, *((self.new_lead,) if self.new_lead else ()))
            return "report_in" if any(one.body_id == party.pk for one in called) else "handle"
        return "screen" if self.event.data.get("state") == "reported" else "handle"


def hearings(events: Sequence["Event"], now: datetime) -> list[Hearing]:
    """Ten queries at most, however many events, but for complaints about somebody."""
    issues = Issue.objects.select_related("category").in_bulk({event.subject_id for event in events})
    heard = {event.pk: _audiences(event, issues[event.subject_id], now) for event in events}
    shown = {event.subject_id for event in events if "board" in heard[event.pk]}
    parties = _parties(events, {issues[pk].district_id for pk in shown})
    callees, tasks = _callees_of(events), _tasks_of(events)
    letters, still = _letters(events, issues), _still_to_answer(events)
    kept_from = {pk: subjects.kept_from(issue, now) for pk, issue in issues.items()}
    found = []
    for event in events:
        lead, moved, met = event.data.get("lead"), event.data.get("moved", ()), event.data.get("met", ())
        instead = event.data.get("instead")
        named = callees.get(event.pk, [])
        found.append(
            Hearing(
                event,
                now,
                issues[event.subject_id],
                heard[event.pk],
                parties,
                [one for one in named if one.pk not in {lead, instead, *moved, *met}],
                tasks.get(event.pk, []),
                kept_from=kept_from[event.subject_id],
                new_lead=next((one for one in named if one.pk == lead), None),
                instead=next((one for one in named if one.pk == instead), None),
                moved=[one for one in named if one.pk in moved],
                met=[one for one in named if one.pk in met],
                letter=letters.get(event.subject_id) if _passes(event) else None,
                letters=tuple(still[pk] for pk in event.data.get("letters", ()) if pk in still),
            )
        )
    return _with_boards(_with_deputies(found, now), now)


def _audiences(event: "Event", issue: Issue, now: datetime) -> tuple[str, ...]:
    """Of a rung of the ladder; a chase by a person has no clock, and is the table's."""
    if event.verb not in ladder.BY_KEY or "clock" not in event.data:
        return ()
    return rules_of(issue.district_id, now).ladder.told_of(event.verb)


def _with_deputies(made: list[Hearing], now: datetime) -> list[Hearing]:
    """A query per capability, if a deputy is called at all."""
    asked: dict[str, list[Party]] = {}
    for one in made:
        if one.event.verb in CALL_DEPUTY and (party := one.party("asked")):
            asked.setdefault(one.asked_for(party), []).append(party)
    found = {
        (capability, key): tuple(person.user_id for person in people)
        for capability, parties in asked.items()
        for key, people in deputies_of_many(parties, now, capability).items()
    }
    return [
        replace(one, deputies=found.get((one.asked_for(party), key_of(party)), ()))
        if one.event.verb in CALL_DEPUTY and (party := one.party("asked"))
        else one
        for one in made
    ]


def _with_boards(made: list[Hearing], now: datetime) -> list[Hearing]:
    """Two queries, if anything comes on the board: the supervisors of every level of the place and the
    district's dispatchers, the deputy of whoever is on leave."""
    shown = [one.issue for one in made if "board" in one.audiences]
    if not shown:
        return made
    before = _boarded([one.event for one in made if one.event.verb == "board"])
    levels = {pk for issue in shown for pk in _levels(issue)}
    districts = {issue.district_id for issue in shown}
    dispatching = Q(unit__in=districts) | Q(body__unit__in=districts)
    wanted = Q(role="supervisor", unit__in=levels) | Q(dispatching, role="district_dispatcher")
    posts: Any = Post.objects.active(now).with_absence(now).filter(wanted).select_related("body")
    at: dict[int, dict[int, None]] = {}
    for post in posts.annotate(there=HELD_BY_A_PERSON & Q(away=False)).order_by("pk"):
        if post.there or post.deputy_there:
            people = at.setdefault(post.unit_id or post.body.unit_id, {})
            people[post.user_id if post.there else post.deputy_id] = None
    return [
        replace(
            one,
            board=tuple({who: None for pk in _levels(one.issue) for who in at.get(pk, ())}),
            boarded=one.event.pk in before,
        )
        if "board" in one.audiences
        else one
        for one in made
    ]


def _boarded(events: Sequence["Event"]) -> set[int]:
    """Ids of those of these events that put a clock on the board which has stood there before."""
    fired = Deadline.objects.filter(issue__in={event.subject_id for event in events}, rung="board")
    times: dict[tuple[Any, ...], list[tuple[datetime, datetime]]] = {}
    parts = tuple(f"{name}_id" for name in ladder.PARTS)
    columns = ("issue_id", "clock", *parts, "started_at", "fired_at")
    for *key, started, at in fired.exclude(fired_at=None).order_by("fired_at").values_list(*columns):
        times.setdefault(tuple(key), []).append((started, at))
    again = set()
    for event in events:
        about = tuple(event.data.get(name) for name in ladder.PARTS)
        rows = times.get((event.subject_id, event.data.get("clock"), *about), [])
        past = [(started, at) for started, at in rows if at <= event.occurred_at]
        # A clock that was started anew since is another one.
        if past and any(one[0] == past[-1][0] and one[1] < past[-1][1] for one in past):
            again.add(event.pk)
    return again


def _passes(event: "Event") -> bool:
    """Has somebody else the matter itself by this event, and not only a part of it?"""
    passing = event.verb in PASSING or "relieved" in event.data
    return passing and not (event.verb == "climb" and ladder.climbed(event.data))


def _letters(events: Sequence["Event"], issues: Mapping[int, Issue]) -> dict[int, Decision]:
    """Issue → the supervision letter in it that is to be answered first and was addressed to somebody else than
    who has it now, with whom it is too. No query where nothing waits."""
    passed = {event.subject_id for event in events if _passes(event)}
    waiting = [pk for pk in passed if issues[pk].open_decisions]
    if not waiting:
        return {}
    found: dict[int, Decision] = {}
    letters = Decision.objects.waiting().letters_of_matter().filter(issue__in=waiting)
    for one in letters.order_by("due_at", "pk"):
        issue = issues[one.issue_id]
        if (one.unit_id, one.body_id) != (issue.owner_unit_id, issue.owner_body_id):
            found.setdefault(one.issue_id, one)
    return found


def _still_to_answer(events: Sequence["Event"]) -> dict[int, Decision]:
    """The letters that these events name as unanswered when the matter ended. No query where none does."""
    named = {pk for event in events for pk in event.data.get("letters", ())}
    return Decision.objects.select_related("unit", "body").in_bulk(named) if named else {}


def _levels(issue: Issue) -> list[int]:
    found = (issue.grid_id, issue.community_id, issue.street_id, issue.district_id)
    return [pk for pk in found if pk]


def _parties(events: Sequence["Event"], districts: set[int]) -> dict[tuple[str, int], Party]:
    """Every unit and body that the events mention, and these districts: of those that come on a board."""
    mentioned: set[tuple[str, int]] = {("unit", pk) for pk in districts}
    for data in (event.data for event in events):
        for name in ("owner", "to", "from", "asked", "for", "checker", "freed"):
            mentioned.update((data.get(name) or {}).items())
        mentioned.update(pair for one in data.get("contests", ()) for pair in one.items())
        mentioned.update(("unit", pk) for pk in (data.get("above"), *data.get("units", ())))
    found: dict[tuple[str, int], Party] = {}
    for kind, model in (("unit", Unit), ("body", Body)):
        if ids := {pk for name, pk in mentioned if name == kind and pk}:
            found |= {(kind, pk): row for pk, row in model.objects.order_by().in_bulk(ids).items()}
    return found


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
    several = (
        *data.get("moved", ()),
        *data.get("met", ()),
        *(one["callee"] for one in data.get("callees", ())),
    )
    several += _ended(data, "callees")
    return {data.get("callee"), data.get("lead"), data.get("instead"), *several} - {None}


def _tasks_of(events: Sequence["Event"]) -> dict[int, list[Task]]:
    """Event → the sub-tasks that it gave or ended, or the one that it is about. No query if there are none."""
    wanted = {event.pk: _tasks_in(event.data) for event in events}
    ids = {pk for found in wanted.values() for pk in found}
    if not ids:
        return {}
    rows = Task.objects.select_related("unit", "body").in_bulk(ids)
    return {event: [rows[pk] for pk in sorted(found) if pk in rows] for event, found in wanted.items()}


def _tasks_in(data: Mapping[str, Any]) -> set[int]:
    several = (*(one["task"] for one in data.get("tasks", ())), *_ended(data, "tasks"))
    return {data.get("task"), *several} - {None}


def _ended(data: Mapping[str, Any], kind: str) -> tuple[int, ...]:
    """Who is free again, since the issue itself has ended."""
    return tuple(data.get("ended", {}).get(kind, ()))


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
        "due": _clocks_own(hearing) or iso(callee.due_at if callee and callee.due_at else issue.due_at),
        "callee": callee.party.name if callee else None,
        "kind": hearing.whistle.kind if hearing.whistle else None,
        **{name: data.get(name) for name in FACTS},
        **{name: party.name for name, party in names.items() if party},
    }


def _clocks_own(hearing: Hearing) -> str | None:
    """Of a rung the date of its own clock: that of a promise, a letter or a sub-task is not the matter's."""
    return hearing.event.data.get("due") if hearing.event.verb in ladder.BY_KEY else None


def iso(moment: datetime | None) -> str | None:
    """As it is kept among the parameters of a notice."""
    return moment.isoformat() if moment else None
