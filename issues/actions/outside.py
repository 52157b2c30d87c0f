"""Tasks that grid workers were given outside the duty list: reported by them, settled by the district (S4:9)."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.lineage import chain
from grids.models import Body, Unit
from grids.standing import standing_of
from issues.actions.batch import party
from issues.actions.escalate import fire_due
from issues.actions.relieve import take_back
from issues.actions.step import lock_issue
from issues.districts import category_key, rules_of
from issues.kinds import LONGEST_OUTSIDE, OUTSIDE_ENDS
from issues.models import Issue, OutsideTask
from issues.models.outside import for_all_of
from issues.relieving import has_it, way_back
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused

if TYPE_CHECKING:
    from accounts.models import User

CAPABILITY = "supervise"
TAKEN_BACK = "taken_back"
SETTLED = ("state", "until", "note", "settled_by", "settled_at", "moved_unit", "moved_body")


@transaction.atomic
def report_outside(
    *,
    grid: Unit,
    given_by: Unit | Body,
    text: str,
    by: "User",
    now: datetime,
    given_on: date | None = None,
    issue: Issue | None = None,
) -> OutsideTask:
    """A grid worker says what the grid was given, by an issue or by word of mouth; whoever gave it is not told.

    Raises NotAllowed, or Refused("text"), ("giver") for somebody who is not above the grid, ("given_on") for a day
    to come, ("not_given") for an issue that the grid does not have, ("on_list") for one on the duty list, ("again").
    """
    if grid.pk not in grids_of(by, now):
        raise NotAllowed(_("Whoever works in the grid reports what it was given."), code="not_yours")
    today = timezone.localdate(now)
    if not 2 <= len(text.strip()) <= LONGEST_OUTSIDE:
        raise Refused(_("Say what is to be done, in 2 to 300 characters."), code="text")
    if not gives_to(given_by, grid):
        raise Refused(_("Name a unit above the grid, or a body that serves it."), code="giver")
    if given_on and given_on > today:
        raise Refused(_("This day is still to come."), code="given_on")
    if issue:
        _check_issue(issue, grid, now)
    task = OutsideTask.objects.create(
        district_id=grid.district_id,
        grid=grid,
        given_unit=given_by if isinstance(given_by, Unit) else None,
        given_body=given_by if isinstance(given_by, Body) else None,
        given_on=given_on or today,
        text=text.strip(),
        issue=issue,
        reported_by=by,
        reported_at=now,
    )
    _record(task, "report", by, now)
    return task


@transaction.atomic
def settle_outside(
    task: OutsideTask, *, state: str, by: "User", now: datetime, until: date | None = None, text: str = ""
) -> OutsideTask:
    """The district decides: taken back, allowed until a date, or on the list after all.

    What is taken back goes, where it came as an issue that is still the grid's to do, to whoever gave it
    (issues.relieving). Raises NotAllowed, or Refused("settled"), ("state"), ("until") for a date that is missing, past
    or not asked for, ("text"), ("closed_target").
    """
    check_decider(task, by, now)
    # Issues are locked first, as by everybody.
    issue = _locked(task.issue_id, now) if state == TAKEN_BACK and task.issue_id else None
    task = OutsideTask.objects.select_for_update(of=("self",), no_key=True).get(pk=task.pk)
    if task.state != "open":
        raise Refused(_("This has been decided already."), code="settled")
    if state not in {word.key for word in OUTSIDE_ENDS}:
        raise Refused(_("Choose one of what is offered."), code="state")
    if (state == "allowed") != (until is not None) or (until and until < timezone.localdate(now)):
        raise Refused(
            _("Give a day from today on if, and only if, it is allowed until a date."), code="until"
        )
    if len(text.strip()) > LONGEST_OUTSIDE:
        raise Refused(_("A text of at most %(most)d characters.") % {"most": LONGEST_OUTSIDE}, code="text")
    task.state, task.until, task.note = state, until, text.strip()
    task.settled_by, task.settled_at = by, now
    if issue and (target := way_back(task, issue).to):
        take_back(issue, target, by=by, now=now)
        task.moved_unit = target if isinstance(target, Unit) else None
        task.moved_body = target if isinstance(target, Body) else None
    task.save(update_fields=SETTLED)
    _record(task, "settle", by, now)
    return task


def decides(task: OutsideTask, by: "User", now: datetime) -> bool:
    """Does this person decide on the duty list of the district?"""
    return task.district_id in for_all_of(standing_of(by, now), CAPABILITY)


def check_decider(task: OutsideTask, by: "User", now: datetime) -> None:
    """Raises NotAllowed for whoever does not."""
    if not decides(task, by, now):
        raise NotAllowed(_("The district decides on the duty list."), code="not_yours")


def grids_of(user: "User", now: datetime) -> frozenset[int]:
    """The grids in which the person works."""
    places = standing_of(user, now).with_capability("handle")
    return frozenset(one.unit_id for one in places if one.level == "grid" and one.unit_id)


def gives_to(giver: Unit | Body, grid: Unit) -> bool:
    """Is it above the grid, or a body that serves where it lies?"""
    if isinstance(giver, Unit):
        return giver.pk != grid.pk and ("unit", giver.pk) in chain(grid)
    return giver.district_id == grid.district_id and giver.street_id in (None, grid.street_id)


def _locked(pk: int, now: datetime) -> Issue:
    issue = lock_issue(pk)
    fire_due([issue], now=now)
    return issue


def _check_issue(issue: Issue, grid: Unit, now: datetime) -> None:
    if issue.owner_unit_id != grid.pk or not issue.is_open:
        raise Refused(_("The grid does not have this matter."), code="not_given")
    rules = rules_of(issue.district_id, now)
    if not rules.duty_holds or rules.is_grids_duty(category_key(issue), timezone.localdate(now)):
        raise Refused(_("By the rules in force this stands on the duty list."), code="on_list")
    if any(has_it(task, issue) for task in OutsideTask.objects.filter(issue=issue).select_related("grid")):
        raise Refused(_("This has been reported already."), code="again")


def _record(task: OutsideTask, verb: str, by: "User", now: datetime) -> None:
    """Ids and codes alone; the words stand in the row."""
    data = {"state": task.state, "given_by": party(task.given_by), "issue": task.issue_id}
    data |= {"to": party(task.moved_to)} if task.moved_to else {}
    record_event(
        "outside_task",
        task.pk,
        verb,
        by=by,
        now=now,
        unit_id=task.grid_id,
        unit_label=task.grid.name,
        district_id=task.district_id,
        data={name: value for name, value in data.items() if value is not None},
    )
