"""How a person is tied to an issue, and the facts the rules ask for. Reads; decides nothing."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, Q, QuerySet

from grids.addressing import Key, covers
from grids.lineage import chain, key_of
from grids.models import Body, Post, Unit
from grids.roles import ROLES
from grids.standing import Position, Standing, standing_of
from issues.districts import rules_of
from issues.kinds import LINK, TOLD
from issues.lifecycle import TASK_ENDED, VERB, Facts
from issues.lifecycle.states import NO_WORK
from issues.limits import CHASED_LATELY
from issues.models import Callee, Concern, Decision, HotlineOrder, Issue, Part, Task
from issues.part_facts import facts_of_callee, works_at
from issues.reporters import (
    is_confidential,
    may_reopen,
    nobody_to_ask,
    only_heard,
    questions_left,
    reported_by,
    same_day,
    waits_for_answer,
    waits_for_call,
    writes_for,
)
from issues.routing import came_up, may_give
from issues.rules import Ties
from issues.subjects import is_about
from issues.whistles import CALL_SEVERAL
from issues.worktimes import worktime_of
from trail.models import Event

RETURNABLE_FROM = VERB["return"].from_states
EXTENDED_FROM = VERB["ask_extension"].from_states
MERGED_FROM = VERB["merge"].from_states
PROPOSED_FROM = VERB["give_proposed"].from_states


def ties_of(
    issue: Issue,
    standing: Standing | None,
    *,
    now: datetime,
    part: Part | None = None,
    reporter: bool = False,
    working: Iterable[Part] | None = None,
    covering: Mapping[Key, str] | None = None,
) -> Ties:
    """Tie → capabilities held through it; `reporter` is whoever holds the follow link.

    No query while no whistle or sub-task is open, but for somebody above a vacant owner, or while nobody
    answers. Whoever has those still called and the open sub-tasks (`working`) and for whom the person stands
    in (`covering`, from addressing.covered) spares them.
    """
    found: dict[str, frozenset[str]] = {}
    if reporter or _reported(issue, standing):
        found["reporter"] = frozenset()
    # Nobody has anything to do with a complaint about themselves, wherever else they stand.
    if standing is None or standing.user_id is None or is_about(issue, standing):
        return found
    if writes_for(issue, standing.user_id) and standing.positions:
        found["registrar"] = frozenset()
    if issue.owner:
        silent = issue if issue.is_unanswered(now) else None
        _add(found, "owner", can_at(standing, issue.owner, now, silent=silent, covering=covering))
        above = _can(above_positions(standing, issue.owner))
        _add(found, "above", above)
        _add(found, "around", above | _can(_here(standing, *_unit_of(issue.owner))))
    _add(found, "keeper", _can(_here(standing, issue.keeper_unit_id, issue.keeper_body_id)))
    _add(found, "sender", _can(_here(standing, issue.sender_unit_id, issue.sender_body_id)))
    if issue.waits_for_check and issue.check_unit:
        silent = issue if issue.is_unchecked(now) else None
        _add(found, "checker", can_at(standing, issue.check_unit, now, silent=silent, covering=covering))
    parts: Iterable[Part] = [part] if part else (working_on(issue) if working is None else working)
    for one in parts:
        silent = issue if one.is_unanswered(now) else None
        _add(found, one.TIE, can_at(standing, one.party, now, silent=silent, covering=covering))
        if one.raised_to:
            above = can_at(standing, one.raised_to, now, silent=silent, covering=covering)
            _add(found, f"{one.TIE}_above", above)
    if isinstance(part, Callee):
        _add(found, "caller", can_at(standing, part.whistle.caller, now, covering=covering))
    return found


def can_at(
    standing: Standing,
    party: Unit | Body,
    now: datetime,
    *,
    silent: Issue | None = None,
    covering: Mapping[Key, str] | None = None,
) -> frozenset[str]:
    """What the person may do for this unit or body: as holder, as deputy, or covering a vacancy from above.

    `silent`: nobody there has answered this issue in time; those deputies who were called to it may act,
    leave or no leave.
    """
    can = _can(_here(standing, *_ids(party)))
    if "handle" in can:
        return can
    above = above_positions(standing, party)
    if above and _stands_in(standing, party, now, covering) == "above":
        # Whoever covers for a body answers its whistles too.
        can |= _can(above) | ({"report_in"} if isinstance(party, Body) else set())
    return can | (_called_deputy(standing, party, now, silent) if silent else frozenset())


def _stands_in(
    standing: Standing, party: Unit | Body, now: datetime, covering: Mapping[Key, str] | None
) -> str | None:
    return covers(standing, party, now) if covering is None else covering.get(key_of(party))


def _called_deputy(standing: Standing, party: Unit | Body, now: datetime, issue: Issue) -> frozenset[str]:
    """Of the posts here whose deputy the person is, and was called as: in danger it climbs at once instead."""
    called = Concern.objects.filter(issue=issue.pk, user=standing.user_id)
    posts = Post.objects.active(now).at_place(party).filter(Exists(called), deputy=standing.user_id)
    roles = posts.values_list("role", flat=True)
    return frozenset().union(*(ROLES[role].can for role in roles))


def above_positions(standing: Standing, party: Unit | Body) -> list[Position]:
    """The person's positions at units strictly above the party."""
    steps = {pk for kind, pk in chain(party)[1:] if kind == "unit"}
    return [one for one in standing.positions if one.unit_id in steps]


def is_working(part: Part) -> bool:
    """Is it somebody who was called, or a sub-task, with something still to do?"""
    ended = {Callee: NO_WORK, Task: TASK_ENDED}.get(type(part))
    return ended is not None and part.state not in ended


def working_on(issue: Issue) -> list[Part]:
    """Those still called and the open sub-tasks; nothing is asked of the database when there are none."""
    found: list[Part] = []
    if issue.open_whistles:
        found += _with_parties(Callee.objects.called().filter(issue=issue))
    if issue.open_tasks:
        found += _with_parties(Task.objects.waiting().filter(issue=issue))
    return found


def _with_parties(rows: QuerySet) -> QuerySet:
    return rows.select_related("unit", "body__unit", "raised_to").order_by("pk")


def facts_of(
    issue: Issue,
    *,
    now: datetime,
    by: Any = None,
    part: Part | None = None,
    asked: frozenset[str] | None = None,
    callees: Iterable[Callee] | None = None,
) -> Facts:
    """What the rules need to know; of the part where the verb is a part's. `asked`: kinds of the decisions
    that wait, `callees`: all of the issue's, from whoever has read them already.

    One query while something is asked for and not decided yet, and one while somebody is called; for a callee
    or a decision at most one more.
    """
    asked = _asked_for(issue) if asked is None else asked
    blown = _blown(issue, part, callees)
    due_at = part.due_at if part else issue.due_at
    return Facts(
        state=part.state if part else issue.state,
        danger=issue.is_danger,
        called=bool(blown),
        open_whistles=issue.open_whistles,
        disputed=issue.disputed,
        redo_count=issue.redo_count,
        owner_level=issue.owner_unit.kind if issue.owner_unit_id else "body",
        hotline=issue.source == "hotline",
        confidential=part is None and issue.state in MERGED_FROM and is_confidential(issue),
        own_report=by is not None and reported_by(issue, by.pk),
        own_finding=by is not None and reported_by(issue, by.pk) and issue.source not in TOLD,
        same_day=same_day(issue, now),
        told_to_own_unit=by is not None and writes_for(issue, by.pk) and _has_it(issue, by, now),
        put_off=issue.suspended_at is not None or issue.extension_count > 0,
        own_result=by is not None and issue.resolved_by_id == by.pk,
        own_units_result=by is not None and _of_own_unit(issue, by, now),
        submitted_at_top=issue.lead_unit_id is not None and issue.lead_unit_id == issue.district_id,
        submitted_here=issue.owner_unit_id is not None and issue.owner_unit_id == issue.lead_unit_id,
        open_tasks=issue.open_tasks,
        open_decisions=asked,
        asked_time=part is not None and f"more_time:{part.PART}:{part.pk}" in asked,
        has_followers=issue.follower_count > 0,
        asked=issue.asked_at is not None,
        waits_for_answer=part is None and waits_for_answer(issue),
        questions_left=part is not None or questions_left(issue),
        nobody_to_ask=part is None and nobody_to_ask(issue),
        returnable=_returnable(issue, now),
        proposed=part is None and _proposed(issue, now),
        ruled=_ruled(issue),
        late=due_at is not None and due_at <= now,
        extended=_extended(issue, part, now),
        beyond_hotline=_beyond_hotline(issue, part),
        objected=_objected(issue),
        reopenable=part is None and may_reopen(issue, now),
        chased=_chased(issue, part, by, now),
        to_check=issue.waits_for_check,
        to_call=part is None and by is not None and waits_for_call(issue, now),
        only_heard=part is None and only_heard(issue, now),
        joinable=part is None and not blown.isdisjoint(CALL_SEVERAL),
        **(_facts_of_part(part, by, now) if part else {"rated": _rated(issue)}),
    )


def _of_own_unit(issue: Issue, by: Any, now: datetime) -> bool:
    """Has the unit or body where the person has a post submitted the result? No query without one."""
    if issue.resolved_by_id is None or not (issue.lead_unit_id or issue.lead_body_id):
        return False
    return bool(_here(standing_of(by, now), issue.lead_unit_id, issue.lead_body_id))


def _has_it(issue: Issue, by: Any, now: datetime) -> bool:
    """Is it with the unit or body where the person has a post?"""
    return bool(_here(standing_of(by, now), issue.owner_unit_id, issue.owner_body_id))


def last_chase(issue: Issue, by: Any) -> str:
    """The column of the last chase by such as this person: the reporter (`by=None` by link), or staff."""
    by_reporter = by is None or reported_by(issue, by.pk)
    return "chased_at" if by_reporter else "staff_chased_at"


def _chased(issue: Issue, part: Part | None, by: Any, now: datetime) -> bool:
    at = part.chased_at if isinstance(part, Callee | Task) else getattr(issue, last_chase(issue, by))
    return at is not None and now - at < CHASED_LATELY


def _rated(issue: Issue) -> bool:
    """Rated already, though open still: it waits for the check on the spot. No query otherwise."""
    waits = issue.state == "resolved" and issue.waits_for_check
    return waits and issue.ratings.filter(round=issue.redo_count + 1, source=LINK).exists()


def _facts_of_part(part: Part, by: Any, now: datetime) -> dict[str, Any]:
    if isinstance(part, Callee | Task):
        own = {"own_part": by is not None and works_at(standing_of(by, now), part.party)}
        return own | facts_of_callee(part, now) if isinstance(part, Callee) else own
    if isinstance(part, Decision):
        own = by is not None and part.asked_by_id == by.pk
        lapsed = part.until is not None and part.until <= now
        approves = part.kind == "reply" and by is not None and _approves(part, standing_of(by, now), now)
        found = {"kind": part.kind, "own_request": own, "lapsed": lapsed, "approves": approves}
        return found | {"to_part": part.kind == "supervision" and not part.goes_with_matter}
    return {}


def _approves(reply: Decision, standing: Standing, now: datetime) -> bool:
    """The head of the body, whoever stands in for them or was called instead of a silent one, or the level above that
    a silent head's matter is at."""
    if reply.raised_to_id in standing.unit_ids() or covers(standing, reply.party, now, "assign_officer"):
        return True
    return reply.is_unanswered(now) and "assign_officer" in _called_deputy(
        standing, reply.party, now, reply.issue
    )


def _blown(issue: Issue, part: Part | None, callees: Iterable[Callee] | None) -> frozenset[str]:
    """The kinds of whistle by which somebody is called; those that the street still looks at call nobody. Of parts
    only a reply asks."""
    if not issue.open_whistles or not (part is None or (isinstance(part, Decision) and part.kind == "reply")):
        return frozenset()
    if callees is not None:
        return frozenset(one.whistle.kind for one in callees if one.state not in NO_WORK)
    called = Callee.objects.called().filter(issue=issue)
    return frozenset(called.values_list("whistle__kind", flat=True))


def _asked_for(issue: Issue) -> frozenset[str]:
    if not issue.open_decisions:
        return frozenset()
    return frozenset(key for one in Decision.objects.waiting().filter(issue=issue) for key in one.asked_keys)


def _objected(issue: Issue) -> bool:
    """Has the reporter objected: to the rejection, or to the merge. A query for what follows another alone."""
    if issue.state != "merged":
        return issue.objected_at is not None
    return Event.objects.about("issue", issue.pk).filter(verb="object_merge").exists()


def _extended(issue: Issue, part: Part | None, now: datetime) -> bool:
    count = part.extension_count if isinstance(part, Callee | Task) else issue.extension_count
    return count >= rules_of(issue.district_id, now).extension.times


def _beyond_hotline(issue: Issue, part: Part | None) -> bool:
    """Would it end after the hotline's own deadline? No query but where a date may be asked for or granted."""
    until = part.until if isinstance(part, Decision) else None
    if issue.source != "hotline" or (until is None and (part or issue.state not in EXTENDED_FROM)):
        return False
    limit = HotlineOrder.objects.deadline_of(issue.pk)
    return limit is not None and (until is None or until > limit)


def _proposed(issue: Issue, now: datetime) -> bool:
    """Does it belong to one of the owner's own, as somebody or a rule says? No query where nobody has said it."""
    if issue.state not in PROPOSED_FROM or (target := issue.proposed) is None:
        return False
    return target.is_open and may_give(issue.owner, target, rules_of(issue.district_id, now).powers)


def _ruled(issue: Issue) -> bool:
    """Is its owner one of the two between whom the level above has ruled last? No query without a ruling."""
    if issue.ruling != "given" or issue.state not in RETURNABLE_FROM:
        return False
    asked = Event.objects.about("issue", issue.pk).filter(verb="return", data__ruling=True).last()
    return asked is not None and dict([key_of(issue.owner)]) in asked.data.get("between", ())


def _returnable(issue: Issue, now: datetime) -> bool:
    """退单 is possible until the close of the working day after it was given."""
    if issue.state not in RETURNABLE_FROM or not _can_go_back(issue):
        return False
    within = rules_of(issue.district_id, now).return_within
    return now <= worktime_of(issue.district_id).due(issue.assigned_at, within).at


def _can_go_back(issue: Issue) -> bool:
    """Nobody stands above the district: what is its own, came up to it or came back to it once, it cannot return."""
    if issue.owner_unit_id != issue.district_id:
        return True
    if came_up(issue):
        return False
    if not (issue.sender_unit_id or issue.sender_body_id or issue.street_id or issue.community_id):
        return False
    district = {"unit": issue.district_id}
    returns = Event.objects.about("issue", issue.pk).filter(verb="return")
    return not returns.filter(Q(data__from=district) | Q(data__to=district)).exists()


def actor_label(standing: Standing | None, place: Unit | Body | None) -> str:
    """`role@unit:id` or `role@body:id` of the position that fits the place best; "" for a resident."""
    if not standing or not standing.positions:
        return ""
    here = _here(standing, *_ids(place)) if place is not None else []
    best = (here or standing.positions)[0]
    return f"{best.role}@unit:{best.unit_id}" if best.unit_id else f"{best.role}@body:{best.body_id}"


def _reported(issue: Issue, standing: Standing | None) -> bool:
    """In their own name, with an account."""
    return standing is not None and standing.user_id is not None and reported_by(issue, standing.user_id)


def _here(standing: Standing, unit_id: int | None, body_id: int | None) -> list[Position]:
    return [
        one
        for one in standing.positions
        if (unit_id and one.unit_id == unit_id) or (body_id and one.body_id == body_id)
    ]


def _unit_of(party: Unit | Body) -> tuple[int | None, None]:
    """The unit itself, or the one that a body belongs to."""
    return (party.pk if isinstance(party, Unit) else party.unit_id), None


def _ids(party: Unit | Body) -> tuple[int | None, int | None]:
    return (party.pk, None) if isinstance(party, Unit) else (None, party.pk)


def _can(positions: Iterable[Position]) -> frozenset[str]:
    return frozenset().union(*(one.can for one in positions))


def _add(found: dict[str, frozenset[str]], tie: str, can: frozenset[str]) -> None:
    if can:
        found[tie] = found.get(tie, frozenset()) | can
