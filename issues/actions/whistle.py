"""Whistling for those one does not command, and what they do: acknowledge, report in, finish."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.clocks import cancel_clocks, new_deadline, resume_at, time_left
from issues.actions.concerns import concern
from issues.actions.handle import check_word
from issues.actions.photos import Photo, keep_photos
from issues.actions.step import Step, begin, finish, put_clock
from issues.kinds import REPORT_MODES
from issues.limits import limits_for
from issues.models import Callee, Deadline, Issue, Whistle
from issues.whistles import BY_KEY, callable_by, clock_span
from issues.worktimes import worktime_of
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

CALLEE_CLOCKS = ("acknowledge", "arrive", "done")


@transaction.atomic
def blow_whistle(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    kind: str,
    text: str,
    units: Sequence[Unit] = (),
    bodies: Sequence[Body] = (),
    lead: str = "",
    version: int | None = None,
) -> Whistle:
    """Call units or bodies to the spot. While their clocks run the caller's own stands still.

    Raises Refused for nobody, too many, a closed one, one called already, or one that the caller × callee
    table does not give this caller.
    """
    step = begin(issue, "whistle", by=by, now=now, version=version)
    called: list[Unit | Body] = [*units, *bodies]
    check_callees(step.issue, kind, called)
    leader = _leader(called, lead)
    owner = step.issue.owner
    whistle = Whistle.objects.create(
        issue=step.issue,
        kind=kind,
        caller_unit=owner if isinstance(owner, Unit) else None,
        caller_body=None if isinstance(owner, Unit) else owner,
        called_by=by,
        called_at=now,
    )
    _pause(step, kind)
    callees = _call(step, whistle, called, leader)
    step.change(open_whistles=step.issue.open_whistles + 1)
    _show_next_due(step)
    data = {
        "whistle": whistle.pk,
        "kind": kind,
        "callees": [{"callee": one.pk} | party(one.party) for one in callees],
    }
    finish(step, data=data, text=text)
    return whistle


@transaction.atomic
def acknowledge_whistle(
    callee: Callee, *, by: "User", now: datetime, text: str = "", version: int | None = None
) -> Callee:
    """We have heard and are coming."""
    step = begin(callee, "acknowledge", by=by, now=now, version=version)
    cancel_clocks(step.issue, now=now, callee=step.called, only=("acknowledge",))
    _advance(step, "acknowledged", acknowledged_at=now)
    finish(step, text=text)
    return step.called


@transaction.atomic
def report_in(
    callee: Callee,
    *,
    by: "User",
    now: datetime,
    mode: str,
    text: str = "",
    photos: Iterable[Photo] = (),
    occurred_at: datetime | None = None,
    version: int | None = None,
) -> Callee:
    """报到: on the spot, by telephone or online; acknowledges too if nobody had."""
    step = begin(callee, "report_in", by=by, now=now, version=version)
    check_word(mode, REPORT_MODES)
    cancel_clocks(step.issue, now=now, callee=step.called, only=("acknowledge", "arrive"))
    first = step.called.acknowledged_at or now
    _advance(
        step, "reported_in", acknowledged_at=first, reported_in_at=min(occurred_at or now, now), mode=mode
    )
    issue = finish(step, data={"mode": mode}, text=text, occurred_at=occurred_at)
    keep_photos(issue, photos, seq=issue.version, now=now)
    return step.called


@transaction.atomic
def finish_callee(
    callee: Callee,
    *,
    by: "User",
    now: datetime,
    text: str,
    photos: Iterable[Photo] = (),
    version: int | None = None,
) -> Callee:
    """What was asked is done. When the last one is, the whistle ends and the caller's clock runs on."""
    step = begin(callee, "done", by=by, now=now, version=version)
    cancel_clocks(step.issue, now=now, callee=step.called)
    _advance(step, "done", done_at=now)
    whistle = step.called.whistle
    last = not Callee.objects.waiting().filter(whistle=whistle).exists()
    if last:
        whistle.finished_at = now
        whistle.save(update_fields=["finished_at"])
        step.change(open_whistles=step.issue.open_whistles - 1)
        _resume(step)
    issue = finish(step, data={"whistle_over": last}, text=text)
    keep_photos(issue, photos, seq=issue.version, now=now)
    return step.called


def check_callees(issue: Issue, kind: str, called: Sequence[Unit | Body]) -> None:
    """The caller × callee table and common sense; raises Refused naming what is wrong."""
    if kind not in BY_KEY:
        raise Refused(_("There is no such kind of whistle."), code="whistle_kind")
    if not called:
        raise Refused(_("Choose whom to call."), code="no_callee")
    if len(called) > BY_KEY[kind].most:
        raise Refused(
            _("%(kind)s calls at most %(most)d; use a tough whistle for several.")
            % {"kind": BY_KEY[kind].label, "most": BY_KEY[kind].most},
            code="too_many_callees",
        )
    if len(set(called)) < len(called):
        raise Refused(_("Somebody is named twice."), code="called_twice")
    level = issue.owner.kind if isinstance(issue.owner, Unit) else issue.owner.unit.kind
    lawful = callable_by(level, kind)
    for one in called:
        _check_callee(issue, one, lawful)


def _check_callee(issue: Issue, one: Unit | Body, lawful: frozenset[str]) -> None:
    if not one.is_open:
        raise Refused(_("%(name)s is closed; choose another.") % {"name": one.name}, code="closed_callee")
    above_place = {issue.district_id, issue.street_id, issue.community_id}
    near = one.pk in above_place if isinstance(one, Unit) else _serves(one, issue)
    if (
        one.kind not in lawful
        or not near
        or one.pk == (issue.owner_unit_id if isinstance(one, Unit) else None)
    ):
        raise Refused(
            _("You cannot whistle for %(name)s with this kind; ask the level above.") % {"name": one.name},
            code="not_callable",
        )
    if Callee.objects.waiting().filter(issue=issue, **{str(one._meta.model_name): one}).exists():
        raise Refused(_("%(name)s is called already.") % {"name": one.name}, code="called_already")


def _serves(body: Body, issue: Issue) -> bool:
    """A body of the issue's street or of its district as a whole."""
    return body.district_id == issue.district_id and body.street_id in {None, issue.street_id}


def _leader(called: Sequence[Unit | Body], code: str) -> Unit | Body:
    """Who leads: the one with this code, the first if none is named."""
    found = called[0] if not code else next((one for one in called if one.code == code), None)
    if found is None:
        raise Refused(_("Who leads must be one of those called."), code="lead")
    return found


def _call(step: Step, whistle: Whistle, called: Sequence[Unit | Body], leader: Unit | Body) -> list[Callee]:
    """A row and three clocks for each; bodies are concerned from now on."""
    worktime = worktime_of(step.issue.district_id)
    acknowledge_by = worktime.due(step.now, clock_span(whistle.kind, "acknowledge"))
    callees = Callee.objects.bulk_create(
        [
            Callee(
                whistle=whistle,
                issue=step.issue,
                unit=one if isinstance(one, Unit) else None,
                body=one if isinstance(one, Body) else None,
                is_lead=one == leader,
                due_at=acknowledge_by.at,
            )
            for one in called
        ]
    )
    Deadline.objects.bulk_create(
        [_clock(step, callee, clock) for callee in callees for clock in CALLEE_CLOCKS]
    )
    concern(step.issue, called, step.now)
    return callees


def _clock(step: Step, callee: Callee, clock: str) -> Deadline:
    span = clock_span(callee.whistle.kind, clock)
    return new_deadline(step.issue, clock, span, now=step.now, round=step.issue.version + 1, callee=callee)


def _advance(step: Step, state: str, **values: object) -> None:
    """The callee's next state and the deadline that it is shown."""
    callee = step.called
    running = (
        Deadline.objects.open().filter(callee=callee).order_by("limit_at").values_list("limit_at", flat=True)
    )
    for name, value in {"state": state, "due_at": running.first(), **values}.items():
        setattr(callee, name, value)
    callee.save(update_fields=["state", "due_at", *values])
    _show_next_due(step)


def _show_next_due(step: Step) -> None:
    """While others are called, the issue shows what is due next of them."""
    due = Callee.objects.waiting().filter(issue=step.issue).aggregate(next=Min("due_at"))["next"]
    if due:
        step.change(due_at=due, due_provisional=False)


def _pause(step: Step, kind: str) -> None:
    """The caller's own clock stands still; the promised date moves by as long as the called may take."""
    issue, now = step.issue, step.now
    worktime = worktime_of(issue.district_id)
    span = limits_for(issue.owner.kind, danger=issue.is_danger).submit
    if issue.submit_left is None:
        running = Deadline.objects.open().filter(issue=issue, callee=None, clock="submit").first()
        left = time_left(worktime, span, now, running.limit_at) if running else timedelta(0)
        cancel_clocks(issue, now=now)
        step.change(submit_left=int(left.total_seconds()))
    done = worktime.due(now, clock_span(kind, "done")).at
    step.promise(resume_at(worktime, span, done, timedelta(seconds=issue.submit_left or 0)).at)


def _resume(step: Step) -> None:
    """The caller's clock runs on with what was left of it."""
    issue = step.issue
    if issue.open_whistles:
        return
    span = limits_for(issue.owner.kind, danger=issue.is_danger).submit
    left = timedelta(seconds=issue.submit_left or 0)
    limit = resume_at(worktime_of(issue.district_id), span, step.now, left)
    step.change(submit_left=None)
    put_clock(step, "submit", span, limit=limit)
    step.promise(limit.at)
