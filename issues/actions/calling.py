"""Calling units and bodies to an issue: whom one may, what clocks they have, and when nobody is left."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Min
from django.utils.translation import gettext as _

from calendars.worktime import Due, Span
from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.clocks import cancel_clocks, new_deadline
from issues.actions.concerns import concern, keep_away
from issues.actions.parts import end_decisions
from issues.actions.pausing import go_on, stop_clock, with_rest
from issues.actions.step import Step
from issues.districts import rules_of
from issues.models import Callee, Deadline, Issue, Stage, Whistle
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
    lawful = rules.callable_by(level_of(issue.owner), kind)
    for one in called:
        _check_callee(issue, one, lawful)


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

    The promised date moves by as long as those called may take.
    """
    stop_clock(step)
    clocks = [clock for callee in callees for clock in _clocks(step, whistle, callee)]
    Deadline.objects.bulk_create(clocks)
    for callee in callees:
        callee.state = "called"
        callee.due_at = min(clock.limit_at for clock in clocks if clock.callee == callee)
    Callee.objects.bulk_update(callees, ["state", "due_at"])
    concern(step.issue, [callee.party for callee in callees], step.now)
    last = max(clock.limit_at for clock in clocks if clock.clock == "done")
    step.promise(with_rest(step.issue, last, now=step.now).at)
    show_next_due(step)


def advance(step: Step, callee: Callee, **values: object) -> None:
    """Change the callee, and show what is due next of its clocks."""
    running = Deadline.objects.open().filter(callee=callee).order_by("limit_at")
    values = {"due_at": running.values_list("limit_at", flat=True).first()} | values
    for name, value in values.items():
        setattr(callee, name, value)
    callee.save(update_fields=list(values))
    show_next_due(step)


def leave(step: Step, callee: Callee, state: str, **values: object) -> bool:
    """The callee has nothing more to do here; whether the whistle is over with that.

    Then the caller's clock runs on with what was left of it; a lead who does not come passes the lead on.
    """
    issue, now, whistle = step.issue, step.now, callee.whistle
    cancel_clocks(issue, now=now, part=callee)
    end_decisions(step, kinds=["contest"], callee=callee)
    advance(step, callee, state=state, due_at=None, **values)
    waiting = Callee.objects.waiting().filter(whistle=whistle).order_by("pk")
    following = waiting.select_related("unit", "body__unit", "raised_to").first()
    if following is None:
        whistle.finished_at = now
        whistle.save(update_fields=["finished_at"])
        step.change(open_whistles=issue.open_whistles - 1)
        run_on(step)
    elif callee.is_lead and state != "done":
        _pass_lead(step, callee, following)
    return following is None


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


def show_next_due(step: Step) -> None:
    """While others are called, the issue shows what is due next of them."""
    due = Callee.objects.called().filter(issue=step.issue).aggregate(next=Min("due_at"))["next"]
    if due:
        step.change(due_at=due, due_provisional=False)


def _check_callee(issue: Issue, one: Party, lawful: frozenset[str]) -> None:
    if not one.is_open:
        raise Refused(_("%(name)s is closed; choose another.") % {"name": one.name}, code="closed_callee")
    keep_away(issue, one)
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


def _clocks(step: Step, whistle: Whistle, callee: Callee) -> list[Deadline]:
    """Acknowledge, come, be done; the lead of a tough whistle makes the plan. Where there is one already,
    whoever is called in has until its last stage."""
    times = rules_of(step.issue.district_id, step.now).whistle(whistle.kind)
    clocks = [_clock(step, callee, name, getattr(times, name)) for name in CLOCKS[:2]]
    clocks.append(_clock(step, callee, "done", times.done, _last_stage(step, whistle, times)))
    if callee.is_lead and (span := plan_span(step, whistle)):
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
    its next stage."""
    following.whistle, following.is_lead = gone.whistle, True
    gone.is_lead = False
    gone.save(update_fields=["is_lead"])
    following.save(update_fields=["is_lead"])
    step.data["lead"] = following.pk
    span = plan_span(step, gone.whistle)
    if span is None:
        return
    stages = Stage.objects.filter(whistle=gone.whistle)
    left = stages.filter(done_at=None).order_by("number").first()
    if left:
        start_stage(step, following, left)
    elif not stages.exists():
        start_clock(step, following, "plan", span)
    advance(step, following)


def start_stage(step: Step, lead: Callee, stage: Stage) -> None:
    """The clock of the plan's next stage instead of the lead's clock for the whole."""
    times = rules_of(step.issue.district_id, step.now).whistle(lead.whistle.kind)
    cancel_clocks(step.issue, now=step.now, part=lead, only=("done",))
    start_clock(step, lead, "stage", times.done, limit=Due(stage.due_at, False))
