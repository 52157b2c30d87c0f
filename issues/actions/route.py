"""What is it, and whose: screen, dispatch, reject."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.body_kinds import BODY_KINDS
from grids.lineage import chain
from grids.models import Body, DistrictPower, Unit
from issues.actions.batch import Batch, party
from issues.actions.clocks import cancel_clocks
from issues.actions.concerns import concern, keep_away
from issues.actions.parts import end_decisions
from issues.actions.report import check_category, check_kind, danger_units, rule_of
from issues.actions.step import Step, begin, finish, put_clock
from issues.districts import category_key, limits_of, rules_of
from issues.limits import BY_LEVEL
from issues.models import Category, Issue
from issues.routing import concerns_itself, line_of, route_by_rule
from issues.worktimes import worktime_of
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def screen_issue(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    category: Category,
    kind: str = "",
    internal_text: str = "",
    version: int | None = None,
) -> Issue:
    """Say what it is; the category's rule then hands it out, without a rule the screener's unit has it."""
    step = begin(issue, "screen", by=by, now=now, version=version)
    rules = rules_of(step.issue.district_id, now)
    check_category(category, rules, step.issue.street_id)
    check_kind(kind)
    step.change(category=category, kind=kind or category.kind, is_danger=category.is_danger)
    route = route_by_rule(line_of(step.issue.lineage()), category, rules, timezone.localdate(now))
    target = route.target if route.by_rule else step.issue.owner
    if concerns_itself(step.issue, target):
        # Where the rule leads is what the complaint is about.
        target = step.issue.owner
    check_duty(step, target)
    assign(step, target)
    data = {"category": category.key, "to": party(target)} | rule_of(route)
    screened = finish(step, data=data, text=internal_text, internal=True)
    return alarm(step, screened) if category.is_danger else screened


@transaction.atomic
def dispatch_issue(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    unit: Unit | None = None,
    body: Body | None = None,
    internal_text: str = "",
    version: int | None = None,
) -> Issue:
    """Hand it to one of one's own: a unit below, an office, a posted squad, from the district a department.

    Raises Refused("target") for none or both, ("closed_target"), ("not_on_duty_list"), or ("not_below") for
    anybody else: those are asked by handing up or whistling.
    """
    step = begin(issue, "dispatch", by=by, now=now, version=version)
    target = _target(unit, body)
    check_below(step.issue, target)
    check_duty(step, target)
    keep_responsible(step)
    ruled = step.issue.ruling == "asked"
    if ruled:
        step.change(ruling="given")
    assign(step, target)
    data = {"to": party(target)} | ({"ruling": True} if ruled else {})
    return finish(step, data=data, text=internal_text, internal=True)


def assign(step: Step, target: Unit | Body, *, promise: bool = True) -> None:
    """`target` owns it from now on and has to sign for it; the promised date moves only when it must.

    `promise=False` keeps the promised date whatever comes (退单).
    """
    issue, now = step.issue, step.now
    keep_away(issue, target)
    cancel_clocks(issue, now=now)
    end_decisions(step)
    # What one's own screening leaves with oneself was given by nobody, and nobody recalls it.
    giver = None if issue.owner == target else issue.owner
    limits = limits_of(issue, target.kind, now)
    is_unit = isinstance(target, Unit)
    step.change(
        state="assigned",
        sender_unit=giver if isinstance(giver, Unit) else None,
        sender_body=giver if isinstance(giver, Body) else None,
        owner_unit=target if is_unit else None,
        owner_body=None if is_unit else target,
        assigned_at=now,
        signed_by=None,
        signed_at=None,
        submit_left=None,
        disputed=False,
        officer=None,
        asked_at=None,
    )
    if promise or issue.promised_at is None:
        step.promise(worktime_of(issue.district_id).due(now, limits.submit).at)
    concern(issue, [target], now)
    put_clock(step, "sign", limits.answer)


def check_duty(step: Step, target: Unit | Body) -> None:
    """Nothing outside the duty list is pushed onto a grid worker (S4:9); a danger is everybody's.

    Raises Refused("not_on_duty_list").
    """
    issue = step.issue
    if target.kind != "grid" or issue.is_danger:
        return
    rules = rules_of(issue.district_id, step.now)
    if not rules.is_grids_duty(category_key(issue), timezone.localdate(step.now)):
        raise Refused(
            _("This is outside the duty list of grid workers: the community or a body has to do it."),
            code="not_on_duty_list",
        )


def keep_responsible(step: Step) -> None:
    """First receiver responsible (首接负责): who had signed keeps it until the next one has."""
    if step.issue.state == "handling":
        step.change(keeper_unit=step.issue.owner_unit, keeper_body=step.issue.owner_body)


def _target(unit: Unit | None, body: Body | None) -> Unit | Body:
    if (unit is None) == (body is None):
        raise Refused(_("Choose either a unit or a body."), code="target")
    target = unit or body
    assert target is not None
    if not target.is_open:
        raise Refused(_("%(name)s is closed; choose another.") % {"name": target.name}, code="closed_target")
    return target


def check_below(issue: Issue, target: Unit | Body) -> None:
    """One's own: below the owner, and of a commanded kind; departments are the district's to command."""
    commander = _commander(issue.owner)
    below = commander is not None and ("unit", commander.pk) in chain(target)[1:] and target != issue.owner
    if commander is None or not below or not _commands(commander, target):
        raise Refused(
            _("%(name)s is not yours to command: hand it up or whistle.") % {"name": target.name},
            code="not_below",
        )


def _commander(owner: Unit | Body) -> Unit | None:
    """The unit in whose name the owner dispatches; a centre is its unit's queue, others command nobody."""
    if isinstance(owner, Unit):
        return owner
    return owner.unit if owner.kind == "centre" else None


def _commands(commander: Unit, target: Unit | Body) -> bool:
    """Buildings handle nothing; a street commands its offices, and posted squads if its district says so."""
    if isinstance(target, Unit):
        return target.kind in BY_LEVEL
    if commander.kind == "district":
        return True
    if target.kind == "posted":
        return "command" in DistrictPower.objects.held_in(commander.district_id)
    return BODY_KINDS[target.kind].commanded


def alarm(step: Step, issue: Issue) -> Issue:
    """Screening found danger: the three levels are called now."""
    batch = Batch(step.now)
    batch.record(issue, "alarm", {"units": danger_units(issue)})
    batch.write()
    return issue
