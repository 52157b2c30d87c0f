"""Calling units and bodies to an issue: whom one may, what clocks they have, and when nobody is left."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from calendars.worktime import Due, Span
from grids.actions.locks import hold_open
from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.clocks import cancel_clocks, new_deadline
from issues.actions.concerns import concern, keep_away
from issues.actions.parts import end_part_of
from issues.actions.pausing import go_on, show_next_due, stop_clock, with_rest
from issues.actions.step import Step
from issues.districts import rules_of
from issues.lifecycle import CALLEE_ENDED
from issues.models import Callee, Deadline, Issue, Stage, Whistle
from issues.reach import reaches
from issues.routing import concerns_itself
from issues.whistles import BY_KEY, WhistleKind
from issues.worktimes import worktime_of
from trail.refusals import Refused

Party = Unit | Body
CLOCKS = ("acknowledge", "arrive", "done")


def check_callees(
    issue: Issue, kind: str, called: Sequence[Party], now: datetime, *, beside: int = 0
) -> None:
    """The caller × callee table and common sense; `beside` so many that this whistle has called already.

    Raises Refused naming what is wrong: ("whistle_kind"), ("no_callee"), ("too_many_callees"),
    ("called_twice"), ("closed_callee"), ("about_them"), ("not_callable"), ("called_already").
    """
    if kind not in BY_KEY:
        raise Refused(_("There is no such kind of whistle."), code="whistle_kind")
    if not called:
        raise Refused(_("Choose whom to call."), code="no_callee")
    rules = rules_of(issue.district_id, now)
    most = rules.whistle(kind).most
    if beside + len(called) > most:
        raise Refused(
            _("%(kind)s calls at most %(most)d; use a tough whistle for several.")
            % {"kind": BY_KEY[kind].label, "most": most},
            code="too_many_callees",
        )
    if len(set(called)) < len(called):
        raise Refused(_("Somebody is named twice."), code="called_twice")
    hold_open(*called, code="closed_callee")
    lawful = rules.callable_by(level_of(issue.owner), kind)
    for one in called:
        _check_callee(issue, one, lawful, urgent=BY_KEY[kind].urgent)


def level_of(caller: Party) -> str:
    """The level that whistles: of a body that of the unit it belongs to."""
    return caller.kind if isinstance(caller, Unit) else caller.unit.kind


def leader_of(called: Sequence[Party], code: str) -> Party:
    """Who leads: the one with this code, the first if none is named. Raises Refused("lead")."""
    found = called[0] if not code else next((one for one in called if one.code == code), None)
    if found is None:
        raise Refused(_("Who leads must be one of those called."), code="lead")
    return found


def propose(
    whistle: Whistle, called: Iterable[Party], *, lead: Party | None, due_at: datetime
) -> list[Callee]:
    """A row for each of them; nobody is called yet. `due_at`: when that is decided at the latest."""
    rows = [
        Callee(
            whistle=whistle,
            issue_id=whistle.issue_id,
            unit=one if isinstance(one, Unit) else None,
            body=one if isinstance(one, Body) else None,
            is_lead=one == lead,
            state="proposed",
            due_at=due_at,
        )
        for one in called
    ]
    return Callee.objects.bulk_create(rows)


def call(step: Step, whistle: Whistle, callees: Sequence[Callee]) -> None:
    """They are called from now on: each has its clocks, bodies are concerned, the caller's own stands still.

    The promised date moves by as long as those called may take, but for a hotline order, whose clock runs on.
    """
    stop_clock(step)
    clocks = [clock for callee in callees for clock in _clocks(step, whistle, callee)]
    Deadline.objects.bulk_create(clocks)
    for callee in callees:
        callee.state = "called"
        callee.due_at = min(clock.limit_at for clock in clocks if clock.callee == callee)
    Callee.objects.bulk_update(callees, ["state", "due_at"])
    concern(step.issue, [callee.party for callee in callees], step.now)
    promise_after(step, callees)
    show_next_due(step)


def promise_after(step: Step, callees: Iterable[Callee]) -> None:
    """The promised date moves by as long as these, who are called, may take."""
    step.promise(with_rest(step.issue, last_of(callees), now=step.now).at)


def last_of(callees: Iterable[Callee]) -> datetime:
    """When the last of these, who are called, is done at the latest."""
    running = Deadline.objects.open().filter(callee__in=list(callees))
    return running.aggregate(last=Max("limit_at"))["last"]


def call_above(step: Step, gone: Callee) -> Unit | None:
    """In an emergency nobody declines into silence: the next level above is called at once, by the same whistle.

    Levels that have the matter, that it is about or that have declined themselves are passed over. None where
    that level is called already, or nobody is left above. The event names who is called instead.
    """
    issue, whistle, asked = step.issue, gone.whistle, gone.raised_to or gone.party
    rows = Callee.objects.filter(whistle=whistle, unit__isnull=False).order_by("pk")
    states = dict(rows.values_list("unit", "state"))
    level = asked.parent if isinstance(asked, Unit) else asked.unit
    while level is not None and (
        level.pk == issue.owner_unit_id or states.get(level.pk) == "declined" or concerns_itself(issue, level)
    ):
        level = level.parent
    if level is None or states.get(level.pk, "released") not in CALLEE_ENDED:
        return None
    hold_open(level, code="closed_callee")
    callees = propose(whistle, [level], lead=None, due_at=step.now)
    call(step, whistle, callees)
    step.data |= {"what": "raised", "to": party(level), "instead": callees[0].pk}
    return level


def advance(step: Step, callee: Callee, **values: object) -> None:
    """Change the callee, and show what is due next of its clocks."""
    running = Deadline.objects.open().filter(callee=callee).order_by("limit_at")
    values = {"due_at": running.values_list("limit_at", flat=True).first()} | values
    for name, value in values.items():
        setattr(callee, name, value)
    callee.save(update_fields=list(values))
    show_next_due(step)


def leave(step: Step, callee: Callee, state: str, *, runs_on: bool = True, **values: object) -> bool:
    """The callee has nothing more to do here; whether the whistle is over with that.

    When nobody is called any more the caller's clock runs on (if `runs_on`) with what was left of it, also while the
    street still looks at others; a lead who does not come passes the lead on.
    """
    issue, now, whistle = step.issue, step.now, callee.whistle
    cancel_clocks(issue, now=now, part=callee)
    end_part_of(step, callee)
    advance(step, callee, state=state, due_at=None, **values)
    waiting = Callee.objects.waiting().filter(whistle=whistle).order_by("pk")
    others = list(waiting.select_related("unit", "body__unit", "raised_to"))
    coming = [one for one in others if one.state != "proposed"]
    if not others:
        whistle.finished_at = now
        whistle.save(update_fields=["finished_at"])
        step.change(open_whistles=issue.open_whistles - 1)
    elif callee.is_lead and state != "done":
        _pass_lead(step, callee, (coming or others)[0])
    if runs_on and not coming:
        run_on(step)
    return not others


def run_on(step: Step) -> None:
    """The caller's clock runs on, when nobody is called any more."""
    if not Callee.objects.called().filter(issue=step.issue).exists():
        go_on(step)


def start_clock(step: Step, callee: Callee, clock: str, span: Span, *, limit: Due | None = None) -> Deadline:
    """A clock of this callee's, from now on; written."""
    started = _clock(step, callee, clock, span, limit)
    started.save(force_insert=True)
    return started


def plan_span(step: Step, whistle: Whistle) -> Span | None:
    """How long the lead has for the plan; None where this kind of whistle has none."""
    if BY_KEY[whistle.kind].plan is None:
        return None
    return rules_of(step.issue.district_id, step.now).whistle(whistle.kind).plan


def named(callees: Iterable[Callee]) -> list[dict[str, int]]:
    """As events name them."""
    return [{"callee": one.pk} | party(one.party) for one in callees]


def _check_callee(issue: Issue, one: Party, lawful: frozenset[str], *, urgent: bool) -> None:
    keep_away(issue, one)
    if one.kind not in lawful or not reaches(issue, one, urgent=urgent) or one == issue.owner:
        raise Refused(
            _("You cannot whistle for %(name)s with this kind; ask the level above.") % {"name": one.name},
            code="not_callable",
        )
    if Callee.objects.waiting().filter(issue=issue, **{str(one._meta.model_name): one}).exists():
        raise Refused(_("%(name)s is called already.") % {"name": one.name}, code="called_already")


def _clocks(step: Step, whistle: Whistle, callee: Callee) -> list[Deadline]:
    """Acknowledge, come, be done, and in an emergency say how it stands; the lead of a tough whistle makes the plan,
    or has its next stage to do. Where there is one already, whoever else is called in has until its last stage."""
    times = rules_of(step.issue.district_id, step.now).whistle(whistle.kind)
    clocks = [_clock(step, callee, name, getattr(times, name)) for name in CLOCKS[:2]]
    leads, span = callee.is_lead, plan_span(step, whistle)
    stage = _next_stage(whistle) if leads and span else None
    if stage:
        return [*clocks, _clock(step, callee, "stage", times.done, Due(stage.due_at, False))]
    clocks.append(_clock(step, callee, "done", times.done, _last_stage(step, whistle, times)))
    if times.report and BY_KEY[whistle.kind].report:
        clocks.append(_clock(step, callee, "report", times.report))
    if leads and span and not whistle.stages.exists():
        clocks.append(_clock(step, callee, "plan", span))
    return clocks


def _clock(step: Step, callee: Callee, clock: str, span: Span, limit: Due | None = None) -> Deadline:
    following = step.issue.version + 1
    return new_deadline(step.issue, clock, span, now=step.now, round=following, part=callee, limit=limit)


def _last_stage(step: Step, whistle: Whistle, times: WhistleKind) -> Due | None:
    """The end of the plan, if it is later than what a whistle blown now would give."""
    plans = BY_KEY[whistle.kind].plan is not None
    planned = Stage.objects.filter(whistle=whistle).order_by("-number").first() if plans else None
    usual = worktime_of(step.issue.district_id).due(step.now, times.done).at
    return Due(planned.due_at, False) if planned and planned.due_at > usual else None


def _pass_lead(step: Step, gone: Callee, following: Callee) -> None:
    """Somebody leads as long as anybody comes: the first of the others, with the plan still to be made or
    its next stage; one whom the street still looks at, from when it agrees."""
    following.whistle, following.is_lead = gone.whistle, True
    gone.is_lead = False
    gone.save(update_fields=["is_lead"])
    following.save(update_fields=["is_lead"])
    if following.state == "proposed":
        return
    step.data["lead"] = following.pk
    span = plan_span(step, gone.whistle)
    if span is None:
        return
    left = _next_stage(gone.whistle)
    if left:
        start_stage(step, following, left)
    elif not gone.whistle.stages.exists():
        start_clock(step, following, "plan", span)
    advance(step, following)


def _next_stage(whistle: Whistle) -> Stage | None:
    """The first stage of the plan that is not done yet."""
    return Stage.objects.filter(whistle=whistle, done_at=None).order_by("number").first()


def start_stage(step: Step, lead: Callee, stage: Stage) -> None:
    """The clock of the plan's next stage instead of the lead's clock for the whole."""
    times = rules_of(step.issue.district_id, step.now).whistle(lead.whistle.kind)
    cancel_clocks(step.issue, now=step.now, part=lead, only=("done",))
    start_clock(step, lead, "stage", times.done, limit=Due(stage.due_at, False))
