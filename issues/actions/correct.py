"""What was reported wrongly is put right: the place, the category, the kind."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from grids.models import Unit
from issues.actions.concerns import concern
from issues.actions.report import check_category, check_kind
from issues.actions.route import alarm
from issues.actions.step import Step, begin, finish
from issues.models import Category, Issue
from issues.routing import label_of, line_of
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def correct_issue(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    category: Category | None = None,
    kind: str = "",
    place: Unit | None = None,
    text: str = "",
    version: int | None = None,
) -> Issue:
    """Put right what is wrong; who has it stays. A category of danger calls the three levels at once.

    Raises Refused("nothing") for no change, ("place") for a closed one or one of another district.
    """
    step = begin(issue, "correct", by=by, now=now, version=version)
    data: dict[str, object] = {}
    if category and category != step.issue.category:
        check_category(category)
        data |= {"category": category.key, "was": step.issue.category.key}
        step.change(category=category, is_danger=category.is_danger)
    if kind and kind != step.issue.kind:
        check_kind(kind)
        data["kind_now"] = kind
        step.change(kind=kind)
    if place and place.code != step.issue.place_code:
        data |= {"place": {"unit": place.pk}}
        _move(step, place)
    if not data:
        raise Refused(_("Nothing would change."), code="nothing")
    found_danger = step.issue.is_danger and "category" in data
    corrected = finish(step, data=data, text=text, internal=True)
    return alarm(step, corrected) if found_danger else corrected


def _move(step: Step, place: Unit) -> None:
    """Where it really happened. The owner may now be elsewhere, and must still see it."""
    if not place.is_open or place.district_id != step.issue.district_id:
        raise Refused(_("Choose an open place of the same district."), code="place")
    line = line_of(place.lineage())
    step.change(**line[place.kind].lineage(), place_code=place.code, place_label=label_of(line))
    concern(step.issue, [step.issue.owner], step.now)
