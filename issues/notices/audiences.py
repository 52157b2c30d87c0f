"""Whom an audience means: a function each. Nothing is ever told to nobody while there is somebody."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from issues.lifecycle import STATES
from issues.models import OutsideTask
from issues.notices.hearing import Hearing, Party, iso

OVER = frozenset(state.key for state in STATES if not state.is_open)


@dataclass(frozen=True)
class Told:
    """Told in the words of this variant: whoever answers for `party` (who has the capability that the event
    asks for, unless another is given; in danger who is on the roster) `but` these, and `people` by their ids."""

    variant: str
    party: Party | None = None
    capability: str = ""
    people: tuple[int, ...] = ()
    # Of those who answer for the party these are told already.
    but: frozenset[int] = frozenset()
    roster: bool = True
    # Of the roster that one alone, counted from 0.
    rank: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    # Of words that are the same whatever the verb is.
    key: str = ""


def _owner(hearing: Hearing) -> Iterable[Told]:
    """Who has to act: the one asked, after climbing the level it was passed to, else the owner."""
    if hearing.event.verb == "chase" and "clock" not in hearing.event.data:
        yield Told("person", hearing.party("asked"))
        return
    climbed = hearing.party("above") if hearing.event.verb == "climb" else None
    yield Told("owner", climbed or hearing.party("asked") or hearing.party("owner"), rank=_rank(hearing))


def _updated(hearing: Hearing) -> Iterable[Told]:
    """The owner of what the hotline has changed, of what follows another that one's; of a deadline how it was before."""
    data, owner = hearing.event.data, hearing.party("asked") or hearing.party("owner")
    more = {"changed": " ".join(data["changed"])}
    if "due" in data:
        yield Told("moved", owner, more=more | {"was": data["was"], "due": data["due"]})
    else:
        yield Told("updated", owner, more=more)


def _redo(hearing: Hearing) -> Iterable[Told]:
    """Who has an order to redo that the hotline has sent again after it had ended."""
    if hearing.event.data["what"] == "redo":
        yield Told("redo", hearing.party("to"))


def _returned(hearing: Hearing) -> Iterable[Told]:
    """Who looks again at an order that the hotline does not take back."""
    if hearing.event.data["what"] == "returned":
        yield Told("returned", hearing.party("to"))


def _freed(hearing: Hearing) -> Iterable[Told]:
    """Who was to look at a result on the spot that does not stand any more."""
    if party := hearing.party("freed"):
        yield Told("freed", party, "verify", roster=False)


def _to(hearing: Hearing) -> Iterable[Told]:
    yield Told("to", hearing.party("to"))


def _left(hearing: Hearing) -> Iterable[Told]:
    """Those it was taken from."""
    yield Told("left", hearing.party("asked"))


def _tasks(hearing: Hearing) -> Iterable[Told]:
    """Those who have, or had, a part of it to do."""
    for one in hearing.tasks:
        yield Told("tasks", one.party, "handle", roster=False, more={"due": iso(one.due_at)})


def _asked(hearing: Hearing) -> Iterable[Told]:
    """Who has to decide or to answer; a reply is approved by the head of the body."""
    capability = "assign_officer" if hearing.event.data.get("what") == "reply" else ""
    yield Told("asked", hearing.party("asked"), capability, roster=False)


def _hurried(hearing: Hearing) -> Iterable[Told]:
    """Somebody called, or with a sub-task; and the level above that it has come up to since they stayed silent."""
    for one in (*hearing.callees, *hearing.tasks):
        more = {"due": iso(one.due_at)}
        yield Told("hurried", one.party, more=more)
        yield Told("raised", hearing.party("above"), "handle", more=more)


def _arbiters(hearing: Hearing) -> Iterable[Told]:
    """Everybody who decides from now on whether somebody who contests must come, each once."""
    yield from _asked(hearing)  # An event of an earlier version names one.
    named = [pair for one in hearing.event.data.get("contests", ()) for pair in one.items()]
    for party in dict.fromkeys(hearing.parties[pair] for pair in named if pair in hearing.parties):
        yield Told("asked", party, roster=False, more={"asked": party.name})


def _asker(hearing: Hearing) -> Iterable[Told]:
    """Who asked for the decision, and whoever stands with them."""
    asker = hearing.event.data.get("asker")
    yield Told("asker", hearing.party("for"), people=(asker,) if asker else (), roster=False)


def _left_by(hearing: Hearing) -> Iterable[Told]:
    """Those who have it no more."""
    yield Told("left_by", hearing.party("from"))


def _relieved(hearing: Hearing) -> Iterable[Told]:
    """Of what a grid need not do: who has it instead, the grid, and those who are called or have a part of it."""
    data = hearing.event.data
    if "relieved" not in data:
        return
    what = "taken_back" if hearing.event.verb == "take_back" else "calm"
    # Whoever was asked to drop the danger decides on no contest by that.
    arbiters = (one for one in _arbiters(hearing) if "asked" in one.more)
    others = (*arbiters, *_callees(hearing), *_new_lead(hearing), *_tasks(hearing))
    yield Told(what, hearing.party("to"), key=f"{what}.{data['relieved']}")
    yield from (replace(one, key=f"relieved.{one.variant}") for one in others)
    yield Told(what, hearing.party("from"), key=f"{what}.left_by", but=_reporters(hearing))


def _reporters(hearing: Hearing) -> frozenset[int]:
    """Whoever reported what is taken back: they are told what the district has decided (issues.notices.outside)."""
    event = hearing.event
    if event.verb != "take_back":
        return frozenset()
    settled = OutsideTask.objects.filter(issue=event.subject_id, settled_at=event.occurred_at)
    return frozenset(pk for pk in settled.values_list("reported_by", flat=True) if pk)


def _spared(hearing: Hearing) -> Iterable[Told]:
    """The grids whose sub-task is called off, since without the danger it stands outside the duty list."""
    if hearing.event.data.get("ended"):
        yield from (replace(one, key="call_off.tasks") for one in _tasks(hearing))


def _above(hearing: Hearing) -> Iterable[Told]:
    yield Told("above", hearing.party("above"), "handle")


def _above_too(hearing: Hearing) -> Iterable[Told]:
    """The level above; of a deputy who is called it hears beforehand, of one who is not it does anyway."""
    if hearing.event.verb != "call_deputy":
        yield from _above(hearing)
    elif hearing.deputies:
        yield from (replace(one, variant="early") for one in _above(hearing))


def _deputy(hearing: Hearing) -> Iterable[Told]:
    """Without a deputy the asked hear of it again, and the level above earlier than it would have to act."""
    if hearing.deputies:
        yield Told("deputy", people=hearing.deputies)
    else:
        yield Told("again", hearing.party("asked"))
        yield from _above(hearing)


def _board(hearing: Hearing) -> Iterable[Told]:
    """The supervisors of every level of the place and the district's dispatchers; failing these, its root. Once: the
    week's digest sums up what stays there; but a danger is told each time."""
    if hearing.boarded and not hearing.danger:
        return
    root = None if hearing.board else hearing.parties["unit", hearing.issue.district_id]
    yield Told("board", root, "supervise", people=hearing.board)


def _units(hearing: Hearing) -> Iterable[Told]:
    """The duty posts of the levels that an alarm calls, and the owner, wherever it is."""
    called = [hearing.parties.get(("unit", pk)) for pk in hearing.event.data["units"]]
    for party in dict.fromkeys([*called, hearing.party("owner")]):
        yield Told("units", party, "handle")


def _senders(hearing: Hearing) -> Iterable[Told]:
    """Of a matter that has ended, or of somebody's part in one that goes on: whoever has sent a letter that is still to
    be answered."""
    key = "ended.letter" if hearing.event.data["state"] in OVER else "ended.part_letter"
    for letter in hearing.letters:
        people = (letter.asked_by_id,) if letter.asked_by_id else ()
        more = {"letter": letter.number, "answer_by": iso(letter.due_at)}
        yield Told("senders", people=people, more=more | {"asked": letter.party.name}, key=key)


def _calmed(hearing: Hearing) -> Iterable[Told]:
    """Those whom the alarm had called: there is no danger any more."""
    for pk in hearing.event.data.get("units", ()):
        yield Told("calmed", hearing.parties.get(("unit", pk)), "handle")


def _callees(hearing: Hearing) -> Iterable[Told]:
    """Each one called, with a deadline of its own; nobody is while the street still reviews the whistle."""
    if hearing.event.verb in {"whistle", "join"} and hearing.event.data.get("what") == "review":
        return
    for callee in hearing.callees:
        more = {"callee": callee.party.name, "due": iso(callee.due_at)}
        yield Told("callees", callee.party, rank=_rank(hearing), more=more)


def _reviewed(hearing: Hearing) -> Iterable[Told]:
    """Those who are called by a whistle that the street has agreed to."""
    if hearing.event.data.get("what") == "review":
        yield from _callees(hearing)


def _caller(hearing: Hearing) -> Iterable[Told]:
    """Whoever whistled; the last one to be done sets the caller's own clock going again. Nobody where a rung is that of
    another clock than a callee's."""
    whistle = hearing.whistle
    if whistle is None:
        return
    caller = whistle.caller_unit or whistle.caller_body
    if hearing.event.data.get("whistle_over"):
        yield Told("last", caller, "handle", roster=False, more={"due": iso(hearing.issue.due_at)})
    else:
        yield Told("caller", caller, "handle", roster=False)


def _giver(hearing: Hearing) -> Iterable[Told]:
    """Whoever has the matter that somebody else has a sub-task of."""
    yield Told("giver", hearing.party("owner"), "handle", roster=False)


def _declined(hearing: Hearing) -> Iterable[Told]:
    """The caller of somebody who does not come: who is called instead, and in an emergency that nobody is."""
    for one in _caller(hearing):
        if hearing.instead is not None:
            yield replace(one, variant="raised", more={"to": hearing.instead.party.name})
        elif hearing.urgent and one.variant == "last":
            yield replace(one, variant="alone")
        else:
            yield one


def _instead(hearing: Hearing) -> Iterable[Told]:
    """The level above that is called instead of somebody who does not come."""
    called = hearing.instead
    if called is not None:
        gone = hearing.callees[0].party.name
        more = {"from": gone, "callee": called.party.name, "due": iso(called.due_at)}
        yield Told("instead", called.party, rank=_rank(hearing), more=more)


def _ruled(hearing: Hearing) -> Iterable[Told]:
    """The caller, when the level above has released somebody."""
    if hearing.event.data.get("what") == "contest":
        yield from _caller(hearing)


def _new_lead(hearing: Hearing) -> Iterable[Told]:
    """Who leads now, since whoever did does not come."""
    lead = hearing.new_lead
    if lead is not None:
        yield Told("new_lead", lead.party, more={"callee": lead.party.name, "due": iso(lead.due_at)})


def _moved(hearing: Hearing) -> Iterable[Told]:
    """Those called whose own date the lead's plan has moved; it ends on that day."""
    until = hearing.event.data.get("until")
    for one in hearing.moved:
        yield Told("moved", one.party, roster=False, more={"to": one.party.name, "until": until})


def _met(hearing: Hearing) -> Iterable[Told]:
    """Those for whom the clock to report in is over, since all have met."""
    for one in hearing.met:
        yield Told("met", one.party, roster=False, more={"to": one.party.name, "due": iso(one.due_at)})


def _officer(hearing: Hearing) -> Iterable[Told]:
    """Whom the head of the body has named."""
    yield Told("officer", people=(hearing.event.data["officer"],))


def _registrar(hearing: Hearing) -> Iterable[Told]:
    """Whoever registered it with an account of their own, for themselves or for somebody else."""
    issue = hearing.issue
    if issue.registered_by_id and hearing.event.data.get("passed") is not False:
        on_behalf = issue.on_behalf and hearing.event.verb in {"submit_result", "answer"}
        yield Told("on_behalf" if on_behalf else "registrar", people=(issue.registered_by_id,))


def _checker(hearing: Hearing) -> Iterable[Told]:
    """Who looks at the result on the spot, if somebody has to."""
    if party := hearing.party("checker"):
        yield Told("checker", party, "verify", roster=False, more={"to": party.name})


def _failed(hearing: Hearing) -> Iterable[Told]:
    """Who has to do it again, since the check on the spot was not passed."""
    data = hearing.event.data
    if data.get("passed") is False and not data.get("review"):
        yield Told("failed", hearing.party("owner"))


def _review(hearing: Hearing) -> Iterable[Told]:
    """Who has to review a result that was redone as often as possible and still does not hold."""
    if hearing.event.data.get("review") or hearing.event.data.get("what") == "review":
        yield Told("review", hearing.party("owner"))


def _rank(hearing: Hearing) -> int | None:
    """Which of those on duty is called: in an emergency one after the other (值班表)."""
    event = hearing.event
    one_by_one = event.verb in {"whistle", "join", "call_next", "climb", "decline"}
    return event.data.get("rank", 0) if one_by_one and hearing.urgent else None


AUDIENCES: dict[str, Callable[[Hearing], Iterable[Told]]] = {
    "owner": _owner,
    "updated": _updated,
    "redo": _redo,
    "returned": _returned,
    "freed": _freed,
    "met": _met,
    "to": _to,
    "left": _left,
    "left_by": _left_by,
    "relieved": _relieved,
    "spared": _spared,
    "tasks": _tasks,
    "asked": _asked,
    "hurried": _hurried,
    "arbiters": _arbiters,
    "asker": _asker,
    "above": _above_too,
    "deputy": _deputy,
    "board": _board,
    "units": _units,
    "senders": _senders,
    "calmed": _calmed,
    "callees": _callees,
    "reviewed": _reviewed,
    "caller": _caller,
    "giver": _giver,
    "ruled": _ruled,
    "declined": _declined,
    "instead": _instead,
    "new_lead": _new_lead,
    "moved": _moved,
    "officer": _officer,
    "registrar": _registrar,
    "checker": _checker,
    "failed": _failed,
    "review": _review,
}
