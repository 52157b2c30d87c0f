"""Whistling for those one does not command: blow it, call others in, call it off; the street's review."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.calling import (
    call,
    check_callees,
    leader_of,
    level_of,
    named,
    propose,
    run_on,
)
from issues.actions.oversight import ask
from issues.actions.parts import end_decisions, end_whistles, name_letters
from issues.actions.step import Step, begin, finish
from issues.districts import rules_of
from issues.lifecycle.states import NOT_CALLED
from issues.models import Callee, Decision, Issue, Whistle
from issues.whistles import BY_KEY
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def blow_whistle(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    kind: str,
    text: str = "",
    units: Sequence[Unit] = (),
    bodies: Sequence[Body] = (),
    lead: str = "",
    remote: bool = False,
    version: int | None = None,
) -> Whistle:
    """Call units or bodies to the spot. While their clocks run the caller's own stands still.

    Where the district's table asks for it (审哨), the street decides first: until then nobody is called and
    the caller's clock runs. `remote`: they may report in by telephone or online. Raises Refused("remote") where
    this kind of whistle wants them on the spot, and for nobody, too many, a closed one, one called already, or one that
    the caller × callee table does not give this caller.
    """
    step = begin(issue, "whistle", by=by, now=now, version=version)
    called: list[Unit | Body] = [*units, *bodies]
    check_callees(step.issue, kind, called, now)
    leader = leader_of(called, lead)
    if remote and not BY_KEY[kind].remote:
        raise Refused(
            _("%(kind)s wants them on the spot: do not allow telephone or online.")
            % {"kind": BY_KEY[kind].label},
            code="remote",
        )
    whistle = _whistle(step, kind, remote)
    callees = _call_or_ask(step, whistle, called, lead=leader)
    step.change(open_whistles=step.issue.open_whistles + 1)
    finish(step, data=_facts(whistle, callees), text=text)
    return whistle


@transaction.atomic
def call_in(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    text: str,
    units: Sequence[Unit] = (),
    bodies: Sequence[Body] = (),
    version: int | None = None,
) -> Whistle:
    """Somebody else is needed midway: they join the tough or emergency whistle that was blown last, by the same
    table, the same review where the table asks for one (审哨), and with the same times from then on."""
    step = begin(issue, "join", by=by, now=now, version=version)
    called: list[Unit | Body] = [*units, *bodies]
    whistle = _joined(step.issue)
    beside = Callee.objects.waiting().filter(whistle=whistle).count()
    check_callees(step.issue, whistle.kind, called, now, beside=beside)
    callees = _call_or_ask(step, whistle, called, lead=None)
    finish(step, data=_facts(whistle, callees), text=text)
    return whistle


@transaction.atomic
def call_off_whistle(
    issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None
) -> Issue:
    """Nobody needs to come any more: every open whistle ends, and the caller's clock runs on."""
    step = begin(issue, "call_off_whistle", by=by, now=now, version=version)
    waiting = Callee.objects.waiting().filter(issue=step.issue).select_related("unit", "body").order_by("pk")
    callees = list(waiting)
    end_whistles(step)
    end_decisions(step, kinds=["review", "contest"])
    end_decisions(step, kinds=["more_time"], task=None)
    if any(one.state != "proposed" for one in callees):
        run_on(step)
    told = [one for one in callees if one.state != "proposed"]
    name_letters(step, told)
    return finish(step, data={"callees": named(told)}, text=text, internal=True)


def blow_reviewed(step: Step, decision: Decision) -> None:
    """Granted: those named are called now, and their clocks start now."""
    whistle, callees = _reviewed(step, decision)
    whistle.reviewed_at = whistle.reviewed_at or step.now
    whistle.save(update_fields=["reviewed_at"])
    call(step, whistle, callees)


def drop_reviewed(step: Step, decision: Decision) -> None:
    """Refused: nobody is called; the caller reads why. Whoever was called before comes all the same."""
    whistle, callees = _reviewed(step, decision)
    Callee.objects.filter(pk__in=[one.pk for one in callees]).update(
        state=NOT_CALLED, due_at=None, ended_at=step.now
    )
    if Callee.objects.waiting().filter(whistle=whistle).exists():
        return
    whistle.finished_at = step.now
    whistle.save(update_fields=["finished_at"])
    step.change(open_whistles=step.issue.open_whistles - 1)


def _whistle(step: Step, kind: str, remote: bool) -> Whistle:
    owner = step.issue.owner
    assert step.by is not None, "whoever whistles is signed in"
    return Whistle.objects.create(
        issue=step.issue,
        kind=kind,
        caller_unit=owner if isinstance(owner, Unit) else None,
        caller_body=None if isinstance(owner, Unit) else owner,
        called_by=step.by,
        called_at=step.now,
        remote_ok=remote,
    )


def _call_or_ask(
    step: Step, whistle: Whistle, called: Sequence[Unit | Body], *, lead: Unit | Body | None
) -> list[Callee]:
    """They are called at once, or the street of the place looks at it first; its silence climbs."""
    issue, now = step.issue, step.now
    if not rules_of(issue.district_id, now).needs_review(level_of(issue.owner), whistle.kind):
        callees = propose(whistle, called, lead=lead, due_at=now)
        call(step, whistle, callees)
        return callees
    # Whoever is needed as well while the street still looks at others is one question with them.
    waiting = Decision.objects.waiting().filter(whistle=whistle, kind="review")
    decision = waiting.select_related("unit", "body").first()
    decision = decision or ask(step, "review", _reviewer(issue), whistle=whistle)
    step.data |= {"what": "review", "decision": decision.pk, "asked": party(decision.party)}
    return propose(whistle, called, lead=lead, due_at=decision.due_at or now)


def _reviewer(issue: Issue) -> Unit:
    """The street of the place; failing that the caller's own, and above a street its district."""
    owner = issue.owner
    home = owner if isinstance(owner, Unit) else owner.unit
    found = issue.street or home.street or home.district
    return found.parent or found if found == owner else found


def _reviewed(step: Step, decision: Decision) -> tuple[Whistle, list[Callee]]:
    """The whistle that was looked at and those whom it is to call; the event names them."""
    whistle = decision.whistle
    assert whistle is not None, "a review is always one of a whistle"
    rows = Callee.objects.filter(whistle=whistle, state="proposed").select_related("unit", "body__unit")
    callees = list(rows.order_by("pk"))
    for one in callees:
        one.whistle = whistle
    step.data |= _facts(whistle, callees)
    return whistle, callees


def _joined(issue: Issue) -> Whistle:
    """The newest open one that calls several; the rule has made sure that there is one."""
    called = Callee.objects.joinable(issue)
    newest = called.select_related("whistle").order_by("-whistle_id").first()
    assert newest is not None
    return newest.whistle


def _facts(whistle: Whistle, callees: Sequence[Callee]) -> dict[str, object]:
    """What the event says of the call."""
    return {"whistle": whistle.pk, "kind": whistle.kind, "callees": named(callees)}
