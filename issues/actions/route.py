"""What is it, and whose: screen, dispatch, reject."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.locks import hold_open
from grids.models import Body, Unit
from issues.actions.batch import Batch, party
from issues.actions.clocks import cancel_clocks
from issues.actions.concerns import concern, keep_away
from issues.actions.intake import rule_of
from issues.actions.naming import check_named
from issues.actions.parts import end_decisions
from issues.actions.report import check_category, check_kind, is_dangerous
from issues.actions.step import Step, begin, finish, put_clock
from issues.districts import limits_of, rules_of
from issues.models import Category, Issue
from issues.on_duty import danger_units
from issues.relieving import is_duty, kept_or_above
from issues.routing import columns_of, line_of, may_give, route_by_rule
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
    """Say what it is; the category's rule then hands it out. Without a rule the screener's unit has it, and a
    complaint about somebody, which no category's rule brings near them."""
    step = begin(issue, "screen", by=by, now=now, version=version)
    rules = rules_of(step.issue.district_id, now)
    check_category(category, rules, step.issue.street_id)
    check_named(category, step.issue)
    check_kind(kind)
    danger = is_dangerous(category, step.issue)
    step.change(category=category, kind=kind or category.kind, is_danger=danger)
    target, rule = step.issue.owner, {"rule": "complaint"}
    if not step.issue.is_about_somebody:
        route = route_by_rule(line_of(step.issue.lineage()), category, rules, timezone.localdate(now))
        target, rule = route.target if route.by_rule else target, rule_of(route)
    check_duty(step, target)
    assign(step, target)
    data = {"category": category.key, "to": party(target)} | rule
    screened = finish(step, data=data, text=internal_text, internal=True)
    return alarm(step, screened) if danger else screened


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
    _give(step, _target(unit, body))
    return finish(step, text=internal_text, internal=True)


@transaction.atomic
def give_proposed(issue: Issue, *, by: "User", now: datetime, version: int | None = None) -> Issue:
    """In one tap to where it belongs, as whoever returned it said, or the rule of what it was corrected to.

    Raises Refused as dispatch_issue.
    """
    step = begin(issue, "give_proposed", by=by, now=now, version=version)
    target = step.issue.proposed
    assert target is not None, "the rule asks for it"
    _give(step, target)
    return finish(step)


def _give(step: Step, target: Unit | Body) -> None:
    """To one of one's own; what the level above gives after a ruling was asked is the ruling.

    Of what came back to them (退单, recall) the time counts from when it was first given, so that the promised date
    moves only where another level has longer.
    """
    if not target.is_open:
        raise Refused(_("%(name)s is closed; choose another.") % {"name": target.name}, code="closed_target")
    check_below(step, target)
    check_duty(step, target)
    keep_responsible(step)
    step.data["to"] = party(target)
    if step.issue.ruling == "asked":
        step.change(ruling="given")
        step.data["ruling"] = True
    came_back = not (step.issue.sender_unit_id or step.issue.sender_body_id)
    assign(step, target, since=step.issue.counted_from if came_back else None)


def assign(step: Step, target: Unit | Body, *, promise: bool = True, since: datetime | None = None) -> None:
    """`target` owns it from now on and has to sign for it; the promised date moves only when it must.

    The time until the promised date counts from `since`, else from now. `promise=False` keeps the promised date whatever
    comes (退单). Raises Refused("closed_target").
    """
    issue, now = step.issue, step.now
    hold_open(target)
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
        counted_from=since,
        signed_by=None,
        signed_at=None,
        submit_left=None,
        disputed=False,
        officer=None,
        leader_id=None,
        asked_at=None,
        **columns_of("proposed", None),
    )
    if promise or issue.promised_at is None:
        step.promise(worktime_of(issue.district_id).due(since or now, limits.submit).at)
    concern(issue, [target], now)
    put_clock(step, "sign", limits.answer)


def check_duty(step: Step, target: Unit | Body) -> None:
    """Nothing outside the duty list is pushed onto a grid worker (S4:9); a danger is everybody's.

    Raises Refused("not_on_duty_list").
    """
    if not is_duty(step.issue, target, step.now):
        raise Refused(
            _("This is outside the duty list of grid workers: the community or a body has to do it."),
            code="not_on_duty_list",
        )


def target_or_above(step: Step, target: Unit | Body) -> Unit | Body:
    """Who gets what comes by itself, where nobody could be told to choose another (issues.relieving)."""
    return kept_or_above(step.issue, target, step.now)


def keep_responsible(step: Step) -> None:
    """First receiver responsible (首接负责): who had signed keeps it until the next one has."""
    if step.issue.state == "handling":
        step.change(keeper_unit=step.issue.owner_unit, keeper_body=step.issue.owner_body)


def _target(unit: Unit | None, body: Body | None) -> Unit | Body:
    if (unit is None) == (body is None):
        raise Refused(_("Choose either a unit or a body."), code="target")
    target = unit or body
    assert target is not None
    return target


def check_below(step: Step, target: Unit | Body) -> None:
    """One's own alone; others are asked by handing up or whistling. Raises Refused("not_below")."""
    powers = rules_of(step.issue.district_id, step.now).powers
    if not may_give(step.issue.owner, target, powers):
        raise Refused(
            _("%(name)s is not yours to command: hand it up or whistle.") % {"name": target.name},
            code="not_below",
        )


def alarm(step: Step, issue: Issue) -> Issue:
    """Screening found danger: the three levels are called now."""
    batch = Batch(step.now)
    batch.record(issue, "alarm", {"units": danger_units(issue)})
    batch.write()
    return issue
