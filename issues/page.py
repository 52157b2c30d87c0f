"""What a page about one issue shows, for the staff's desktop and the worker's phone alike."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, prefetch_related_objects

from accounts.models import User
from grids.addressing import Key, covered
from grids.lineage import key_of
from grids.models import Body, Unit
from grids.parties import with_parties
from grids.standing import standing_of
from issues.contacts import sees_contact
from issues.countdown import Countdown, countdown
from issues.hotline_page import OrderPage, order_page
from issues.lifecycle import VERB, VERBS_ON, Verb
from issues.models import Alert, Callee, Decision, Issue, Part, Reporter, Task, Whistle
from issues.on_duty import OnDuty, duty_phones, on_duty
from issues.reporters import Texted, texted
from issues.rules import allowed_verbs
from issues.sights import Sight, called_in_sight, sight_of
from issues.subjects import is_about
from issues.ties import facts_of, is_working, ties_of
from issues.timeline import Line, timeline
from issues.whistles import BY_KEY
from issues.why import Why, why
from issues.worktimes import worktime_of
from trail.rows import read, read_joined, shape

# What most days need; a page keeps the rest one tap further away.
USUAL = frozenset(
    {
        *("screen", "dispatch", "answer", "sign", "contact", "note", "submit_result", "hand_up", "whistle"),
        *("resume", "rate", "verify", "redo", "close", "supply_info", "chase", "recall", "give_proposed"),
        "call_back",
    }
)


@dataclass(frozen=True)
class PartPage:
    """A part of the issue (somebody called, a sub-task, a decision) and what the reader may do about it now."""

    part: Part
    verbs: tuple[Verb, ...]
    due: Countdown | None


@dataclass(frozen=True)
class IssuePage:
    """Everything one page needs. `primary` is the one button that stands first, if any; `inside`: for staff;
    `about`: whom it complains about, in words for staff."""

    issue: Issue
    lines: list[Line]
    verbs: tuple[Verb, ...]
    primary: Verb | None
    parts: list[PartPage]
    reporter: Reporter | None
    late: bool
    due: Countdown | None
    inside: bool = True
    about: str = ""
    # For staff: why the rules gave it to whom they did, the main issue that it follows, those that follow it.
    why: Why | None = None
    main: Issue | None = None
    followers: tuple[Issue, ...] = ()
    # For staff: the hotline's side of it.
    order: OrderPage | None = None
    # The alert of another system behind it: how bad, which thing, how often.
    alert: Alert | None = None
    # Of a danger: whom to call besides 119, 110 and 120.
    on_duty: tuple[OnDuty, ...] = ()
    # Of a danger: the centres that answer a telephone.
    phones: tuple[Body, ...] = ()
    # For staff: what became of text messages to the reporter.
    texted: Texted | None = None

    def parts_of(self, kind: str) -> list[PartPage]:
        """The parts of one kind, named as deadlines name them."""
        return [one for one in self.parts if kind == one.part.PART]

    @property
    def callees(self) -> list[PartPage]:
        return self.parts_of("callee")

    @property
    def tasks(self) -> list[PartPage]:
        return self.parts_of("task")

    @property
    def decisions(self) -> list[PartPage]:
        return self.parts_of("decision")


def issue_page(issue: Issue, user: User, now: datetime, *, called: list[Callee] | None = None) -> IssuePage:
    """The issue as this person may see and move it now. `issue` comes from `visible_to`.

    `called`: its callees, from whoever has read them already.
    """
    standing, sight = standing_of(user, now), sight_of(issue, user, now)
    called = callees_of(issue) if called is None else called
    lines = timeline(issue, sight=sight, callees=called)
    others = [*_others(issue, Task, lines, sight), *_others(issue, Decision, lines, sight)]
    rows: list[Part] = [*called_in_sight(called, sight), *others]
    asked = (
        None
        if not sight.inside
        else frozenset(key for one in others if _waits(one) for key in one.asked_keys)
    )
    waiting = [one for one in rows if _verbs_from(one)]
    covering = covered(standing, _asked(issue, waiting), now)
    working = [one for one in (*called, *others) if is_working(one)]
    ties = ties_of(issue, standing, now=now, working=working, covering=covering)
    facts = facts_of(issue, now=now, by=user, asked=asked, callees=called)
    verbs = tuple(VERB[key] for key in allowed_verbs(facts, ties))
    parts = [
        PartPage(
            one, part_verbs(issue, one, user, now, covering, asked), standing_due(issue, one.due_at, now)
        )
        for one in rows
    ]
    candidates = [*verbs, *(verb for one in parts for verb in one.verbs)]
    states = {issue.state, *(one.part.state for one in parts if one.verbs)}
    return IssuePage(
        issue=issue,
        lines=lines,
        verbs=verbs,
        primary=next((verb for verb in candidates if verb.primary_in & states), None),
        parts=parts,
        reporter=reporter_of(issue, user, now, called),
        late=bool(issue.due_at and issue.due_at < now),
        due=standing_due(issue, issue.due_at, now),
        inside=sight.inside,
        about=about_whom(issue) if sight.inside else "",
        order=order_page(issue, user, now, inside=sight.inside),
        alert=_alert_of(issue),
    )


def _alert_of(issue: Issue) -> Alert | None:
    """Of things and places, so whoever has the matter to do reads it, from outside too. No query for anything else."""
    rows = read(Alert, "WHERE this.issue_id = %s", [issue.pk]) if issue.source == "alert" else []
    return rows[0] if rows else None


def about_whom(issue: Issue) -> str:
    """Those at a unit or body, and the one person meant; "" for nobody. Queries only for a complaint."""
    if not issue.is_about_somebody:
        return ""
    named = (issue.about_unit or issue.about_body, issue.about_user if issue.about_user_id else None)
    return " · ".join(str(one) for one in named if one)


def with_background(page: IssuePage, user: User, now: datetime) -> IssuePage:
    """For pages: with what explains it rather than moves it. Four queries more, one where it is merged, one where its
    reporter is told by text message, and five of a danger that is open."""
    if not page.inside:
        return page
    beside = _beside(page.issue, user, now)
    return replace(
        page,
        why=why(page.issue),
        main=next((one for one in beside if one.pk == page.issue.main_id), None),
        followers=tuple(one for one in beside if one.main_id == page.issue.pk),
        on_duty=tuple(on_duty(page.issue, now)),
        phones=tuple(_phones(page.issue)),
        texted=texted(page.issue, page.reporter),
    )


def _phones(issue: Issue) -> list[Body]:
    """Of a danger that is still open."""
    calls = issue.is_danger and issue.is_open
    return duty_phones(issue.district_id, issue.street_id) if calls else []


def _beside(issue: Issue, user: User, now: datetime) -> list[Issue]:
    """What it is merged with, as far as this person may see it; the number is all that is shown, of a hotline order the
    hotline's own and its deadline too."""
    if not (issue.main_id or issue.follower_count):
        return []
    found = Issue.objects.visible_to(user, now).filter(Q(pk=issue.main_id) | Q(main=issue.pk))
    shown = ("code", "main", "received_at", "source", "hotline__number", "hotline__deadline_at")
    return list(found.select_related("hotline").only(*shown).order_by("pk"))


def callees_of(issue: Issue, *also: Any) -> list[Callee]:
    """All that were ever called, newest whistle first, with everything a page shows of them.

    The units and bodies that the rows in `also` name are read along with theirs.
    """
    # By hand: most issues have none, and a join of eight tables takes longer to plan than to run.
    found = read_joined(
        "issues_callee AS callee JOIN issues_whistle AS whistle ON whistle.id = callee.whistle_id"
        " WHERE callee.issue_id = %s ORDER BY callee.whistle_id DESC, callee.id",
        [issue.pk],
        callee=shape(Callee, "callee"),
        whistle=shape(Whistle, "whistle"),
    )
    for callee, whistle in found:
        callee.whistle = whistle
    with_parties([*also, *(row for pair in found for row in pair)])
    called = [callee for callee, _whistle in found]
    _with_plans(called)
    return called


def _with_plans(called: list[Callee]) -> None:
    """The stages of those whistles that have a plan, and the officers that were sent: no query without."""
    planned = [one.whistle for one in called if one.is_lead and BY_KEY[one.whistle.kind].plan]
    prefetch_related_objects(planned, "stages")
    prefetch_related_objects([one for one in called if one.officer_id], "officer")


def _others(issue: Issue, model: type[Any], lines: list[Line], sight: Sight) -> list[Any]:
    """Sub-tasks or decisions, the newest first: no query for an issue that never had any.

    Whoever looks from outside sees what is asked of them alone.
    """
    happened = {line.verb for line in lines}
    waiting = issue.open_tasks if model is Task else issue.open_decisions
    if not waiting and not happened.intersection(VERBS_ON[model.PART]):
        return []
    rows = read(model, "WHERE this.issue_id = %s ORDER BY this.id DESC", [issue.pk])
    with_parties(rows)
    return [one for one in rows if sight.inside or key_of(one.party) in sight.parties]


def part_verbs(
    issue: Issue,
    part: Part,
    user: User,
    now: datetime,
    covering: Mapping[Key, str],
    asked: frozenset[str] | None = None,
) -> tuple[Verb, ...]:
    """What this person may do about this part now."""
    if not _verbs_from(part):
        return ()
    ties = ties_of(issue, standing_of(user, now), now=now, part=part, covering=covering)
    facts = facts_of(issue, now=now, by=user, part=part, asked=asked)
    return tuple(VERB[key] for key in allowed_verbs(facts, ties))


def _waits(part: Part) -> bool:
    """Is it something that is still to be decided?"""
    return isinstance(part, Decision) and part.ended_at is None


def _verbs_from(part: Part) -> bool:
    """Can anything at all be done about a part in this state?"""
    return any(part.state in VERB[key].from_states for key in VERBS_ON[part.PART])


def _asked(issue: Issue, waiting: list[Part]) -> list[Unit | Body]:
    """Whoever must act now: the question whether the reader stands in for them is asked once for all."""
    parties = [issue.owner, *(party for one in waiting for party in (one.party, one.raised_to))]
    return [one for one in parties if one is not None]


def reporter_of(issue: Issue, user: Any, now: datetime, callees: list[Callee]) -> Reporter | None:
    """Masked contact data for those whose post includes it; nobody else learns even that there is any."""
    standing = standing_of(user, now)
    if is_about(issue, standing) or not sees_contact(standing, issue, callees):
        return None
    rows = read(Reporter, "WHERE this.issue_id = %s AND this.erased_at IS NULL", [issue.pk])
    found = rows[0] if rows else None
    if found and found.is_secret and not sees_contact(standing, issue, callees, secret=True):
        return None
    return found


def standing_due(issue: Issue, due_at: datetime | None, now: datetime) -> Countdown | None:
    """How a deadline of this issue stands, in its district's working time; None without one."""
    if due_at is None:
        return None
    worktime = worktime_of(issue.district_id)
    return countdown(due_at, now, worktime, provisional=issue.due_provisional)
