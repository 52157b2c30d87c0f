"""Moving an issue to whoever shall have it: screen, dispatch, hand up, reject."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from grids.body_kinds import BODY_KINDS
from grids.lineage import chain
from grids.models import Body, DistrictPower, Unit
from issues.actions.batch import Batch, party
from issues.actions.clocks import cancel_clocks
from issues.actions.concerns import concern
from issues.actions.report import check_category, check_kind, danger_units
from issues.actions.step import Step, begin, finish, put_clock
from issues.limits import BY_LEVEL, limits_for
from issues.models import Category, Issue
from issues.routing import line_of, route_by_rule
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
    check_category(category)
    check_kind(kind)
    step.change(category=category, kind=kind or category.kind, is_danger=category.is_danger)
    route = route_by_rule(line_of(step.issue.lineage()), category)
    target = route.unit if route.by_rule else step.issue.owner
    assign(step, target)
    data = {"category": category.key, "to": party(target), "rule": route.reason}
    screened = finish(step, data=data, text=internal_text, internal=True)
    return _alarm(step, screened) if category.is_danger else screened


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

    Raises Refused("target") for none or both, ("closed_target"), or ("not_below") for anybody else: those are
    asked by handing up or whistling.
    """
    step = begin(issue, "dispatch", by=by, now=now, version=version)
    target = _target(unit, body)
    _check_below(step.issue, target)
    keep_responsible(step)
    assign(step, target)
    return finish(step, data={"to": party(target)}, text=internal_text, internal=True)


@transaction.atomic
def hand_up(issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None) -> Issue:
    """The ordinary way up, with a reason; who had signed stays responsible until the level above has."""
    step = begin(issue, "hand_up", by=by, now=now, version=version)
    owner = step.issue.owner
    above = owner.parent if isinstance(owner, Unit) else owner.unit
    keep_responsible(step)
    assign(step, above)
    return finish(step, data={"from": party(owner), "to": party(above)}, text=text)


@transaction.atomic
def reject_issue(
    issue: Issue, *, by: "User", now: datetime, channel: str, text: str, version: int | None = None
) -> Issue:
    """Not for this platform: says why and where to go instead. Raises Refused("channel") without one."""
    step = begin(issue, "reject", by=by, now=now, version=version)
    if not channel.strip():
        raise Refused(_("Name the right channel: the resident must know where to turn."), code="channel")
    cancel_clocks(step.issue, now=now)
    step.change(state="rejected", due_at=None, closed_at=now)
    words = _("%(reason)s Please turn to: %(channel)s") % {"reason": text.strip(), "channel": channel.strip()}
    return finish(step, text=words if text.strip() else "")


def assign(step: Step, target: Unit | Body) -> None:
    """`target` owns it from now on and has to sign for it; the promised date moves only when it must."""
    issue, now = step.issue, step.now
    cancel_clocks(issue, now=now)
    limits = limits_for(target.kind, danger=issue.is_danger)
    is_unit = isinstance(target, Unit)
    step.change(
        state="assigned",
        owner_unit=target if is_unit else None,
        owner_body=None if is_unit else target,
        assigned_at=now,
        signed_by=None,
        signed_at=None,
        submit_left=None,
        disputed=False,
    )
    step.promise(worktime_of(issue.district_id).due(now, limits.submit).at)
    concern(issue, [target], now)
    put_clock(step, "sign", limits.answer)


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


def _check_below(issue: Issue, target: Unit | Body) -> None:
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


def _alarm(step: Step, issue: Issue) -> Issue:
    """Screening found danger: the three levels are called now."""
    batch = Batch(step.now)
    batch.record(issue, "alarm", {"units": danger_units(issue)})
    batch.write()
    return issue
