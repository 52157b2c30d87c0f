"""Whom an audience means: a function each. Nothing is ever told to nobody while there is somebody."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from grids.addressing import deputies
from grids.models import Post, Unit
from issues.notices.hearing import Hearing, Party, iso


@dataclass(frozen=True)
class Told:
    """Told in the words of this variant: whoever answers for `party` (who has the capability that the event
    asks for, unless another is given; in danger who is on the roster), and `people` by their ids."""

    variant: str
    party: Party | None = None
    capability: str = ""
    people: tuple[int, ...] = ()
    roster: bool = True
    # Of the roster that one alone, counted from 0.
    rank: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def _owner(hearing: Hearing) -> Iterable[Told]:
    """Who has to act: the one asked, after climbing the level it was passed to, else the owner."""
    if hearing.event.verb == "chase" and "clock" not in hearing.event.data:
        yield Told("person", hearing.party("asked"))
        return
    climbed = hearing.party("above") if hearing.event.verb == "climb" else None
    yield Told("owner", climbed or hearing.party("asked") or hearing.party("owner"), rank=_rank(hearing))


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


def _asker(hearing: Hearing) -> Iterable[Told]:
    """Who asked for the decision, and whoever stands with them."""
    asker = hearing.event.data.get("asker")
    yield Told("asker", hearing.party("for"), people=(asker,) if asker else (), roster=False)


def _left_by(hearing: Hearing) -> Iterable[Told]:
    """Those who have it no more."""
    yield Told("left_by", hearing.party("from"))


def _above(hearing: Hearing) -> Iterable[Told]:
    yield Told("above", hearing.party("above"), "handle")


def _deputy(hearing: Hearing) -> Iterable[Told]:
    """Without a deputy the asked hear of it again, and the level above earlier than it would have to act."""
    asked = hearing.party("asked")
    assert asked is not None, "a rung always names whom it asked"
    found = deputies(asked, hearing.now, hearing.asked_for(asked))
    if found:
        yield Told("deputy", people=tuple(one.user_id for one in found))
    else:
        yield Told("again", asked)
        yield from _above(hearing)


def _board(hearing: Hearing) -> Iterable[Told]:
    """The supervisors of every level of the place and the district's dispatchers; failing these, its root."""
    issue = hearing.issue
    levels = [pk for pk in (issue.grid_id, issue.community_id, issue.street_id, issue.district_id) if pk]
    dispatching = Q(unit=issue.district_id) | Q(body__unit=issue.district_id)
    wanted = Q(role="supervisor", unit__in=levels) | Q(dispatching, role="district_dispatcher")
    posts: Any = Post.objects.active(hearing.now).with_absence(hearing.now).filter(wanted)
    people = []
    for post in posts.annotate(there=Q(user__is_active=True, away=False)):
        if post.there or post.deputy_there:
            people.append(post.user_id if post.there else post.deputy_id)
    root = None if people else Unit.objects.get(pk=issue.district_id)
    yield Told("board", root, "supervise", people=tuple(people))


def _units(hearing: Hearing) -> Iterable[Told]:
    """The duty posts of the levels that an alarm calls, and the owner, wherever it is."""
    called = [hearing.parties.get(("unit", pk)) for pk in hearing.event.data["units"]]
    for party in dict.fromkeys([*called, hearing.party("owner")]):
        yield Told("units", party, "handle")


def _callees(hearing: Hearing) -> Iterable[Told]:
    """Each one called, with a deadline of its own; nobody is while the street still reviews the whistle."""
    if hearing.event.verb == "whistle" and hearing.event.data.get("what") == "review":
        return
    for callee in hearing.callees:
        more = {"callee": callee.party.name, "due": iso(callee.due_at)}
        yield Told("callees", callee.party, rank=_rank(hearing), more=more)


def _reviewed(hearing: Hearing) -> Iterable[Told]:
    """Those who are called by a whistle that the street has agreed to."""
    if hearing.event.data.get("what") == "review":
        yield from _callees(hearing)


def _caller(hearing: Hearing) -> Iterable[Told]:
    """Whoever whistled; the last one to be done sets the caller's own clock going again."""
    whistle = hearing.whistle
    assert whistle is not None, "a callee's verb always names the callee"
    caller = whistle.caller_unit or whistle.caller_body
    if hearing.event.data.get("whistle_over"):
        yield Told("last", caller, "handle", roster=False, more={"due": iso(hearing.issue.due_at)})
    else:
        yield Told("caller", caller, "handle", roster=False)


def _ruled(hearing: Hearing) -> Iterable[Told]:
    """The caller, when the level above has released somebody."""
    if hearing.event.data.get("what") == "contest":
        yield from _caller(hearing)


def _new_lead(hearing: Hearing) -> Iterable[Told]:
    """Who leads now, since whoever did does not come."""
    lead = hearing.new_lead
    if lead is not None:
        yield Told("new_lead", lead.party, more={"callee": lead.party.name, "due": iso(lead.due_at)})


def _officer(hearing: Hearing) -> Iterable[Told]:
    """Whom the head of the body has named."""
    yield Told("officer", people=(hearing.event.data["officer"],))


def _registrar(hearing: Hearing) -> Iterable[Told]:
    """Whoever registered it with an account of their own, for themselves or for somebody else."""
    issue = hearing.issue
    if issue.registered_by_id:
        on_behalf = issue.on_behalf and hearing.event.verb in {"submit_result", "answer"}
        yield Told("on_behalf" if on_behalf else "registrar", people=(issue.registered_by_id,))


def _rank(hearing: Hearing) -> int | None:
    """Which of those on duty is called: in an emergency one after the other (值班表)."""
    event = hearing.event
    one_by_one = event.verb in {"whistle", "join", "call_next", "climb"}
    return event.data.get("rank", 0) if one_by_one and hearing.urgent else None


AUDIENCES: dict[str, Callable[[Hearing], Iterable[Told]]] = {
    "owner": _owner,
    "to": _to,
    "left": _left,
    "left_by": _left_by,
    "tasks": _tasks,
    "asked": _asked,
    "asker": _asker,
    "above": _above,
    "deputy": _deputy,
    "board": _board,
    "units": _units,
    "callees": _callees,
    "reviewed": _reviewed,
    "caller": _caller,
    "ruled": _ruled,
    "new_lead": _new_lead,
    "officer": _officer,
    "registrar": _registrar,
}
