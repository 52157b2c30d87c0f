"""Where does an issue go that a grid was given outside the duty list (S4:9), if the district takes it back? Reads;
changes nothing."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models import Body, Unit
from issues.districts import category_key, rules_of
from issues.lifecycle import UNRESOLVED_STATES
from issues.models import Issue, OutsideTask
from issues.routing import concerns_itself, level_above, now_at

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Why it stays where it is.
STAYS: dict[str, "StrOrPromise"] = {
    "told": _("It came by word of mouth: no issue moves."),
    "over": _("Its issue has a result, has ended or follows another: it stays as it is."),
    "elsewhere": _("Its issue is not with the grid any more: it stays where it is."),
    "danger": _("Its issue is a danger, which is everybody's: it stays with the grid."),
}


@dataclass(frozen=True)
class Way:
    """To whom it goes; or nobody, and why it `stays`."""

    to: Unit | Body | None
    stays: str = ""


def way_back(task: OutsideTask, issue: Issue | None) -> Way:
    """Of the issue that the task came by, as it is now; no query where everybody it names has been read."""
    if issue is None:
        return Way(None, "told")
    if issue.state not in UNRESOLVED_STATES:
        return Way(None, "over")
    if not has_it(task, issue):
        return Way(None, "elsewhere")
    return Way(None, "danger") if issue.is_danger else Way(_giver(issue))


def has_it(task: OutsideTask, issue: Issue) -> bool:
    """Is the issue with the grid that the task was given to, or with the one that this was merged into?"""
    return issue.owner_unit_id in _grids(task)


def is_duty(issue: Issue, target: Unit | Body, now: datetime) -> bool:
    """Does the duty list let this target have it? Whoever is no grid has none, and a danger is everybody's."""
    if target.kind != "grid" or issue.is_danger:
        return True
    rules = rules_of(issue.district_id, now)
    return rules.is_grids_duty(category_key(issue), timezone.localdate(now))


def kept_or_above(issue: Issue, target: Unit | Body, now: datetime) -> Unit | Body:
    """The target, or the level above a grid from which the duty list keeps it, unless the district has left this very
    matter with the grid."""
    if is_duty(issue, target, now) or _is_settled_for(issue, target, timezone.localdate(now)):
        return target
    return level_above(target)


def _is_settled_for(issue: Issue, grid: Unit | Body, today: date) -> bool:
    """Has the district said of this issue that it is the grid's to do: on the list after all, or allowed until a day that
    is not over?"""
    said = OutsideTask.objects.filter(Q(state="on_list") | Q(state="allowed", until__gte=today), issue=issue)
    return any(grid.pk in _grids(task) for task in said.select_related("grid"))


def _grids(task: OutsideTask) -> set[int]:
    home = now_at(task.grid)
    return {task.grid_id, home.pk} if home.kind == task.grid.kind else {task.grid_id}


def _giver(issue: Issue) -> Unit | Body:
    """Whoever gave it, if they may have it; else the nearest above the grid that may."""
    sender = issue.sender_unit or issue.sender_body
    if sender is not None and sender.kind != "grid" and sender != issue.owner and _may_have(issue, sender):
        return sender
    found = level_above(issue.owner)
    # Asked in this order: nearly always it may, and then nobody asks who stands above it.
    while not _may_have(issue, found) and found.parent is not None:
        found = found.parent
    return found


def _may_have(issue: Issue, party: Unit | Body) -> bool:
    return party.is_open and not concerns_itself(issue, party)
