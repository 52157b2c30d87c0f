"""What was reported wrongly is put right: the place, the category, the kind."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from grids.models import Unit
from issues.actions.concerns import concern, parties_of, waiting_parts
from issues.actions.danger import find_danger
from issues.actions.naming import check_named
from issues.actions.places import held_line
from issues.actions.report import check_category, check_kind, is_dangerous
from issues.actions.rerule import rule_again
from issues.actions.route import alarm
from issues.actions.step import Step, begin, finish
from issues.districts import rules_of
from issues.models import Callee, Category, Issue
from issues.on_duty import danger_units
from issues.routing import label_of
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

OF_WHISTLES = ("unit", "body__unit", "whistle__caller_unit", "whistle__caller_body__unit")


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
    """Put right what is wrong; who has it stays, with the limits of what it is now (rerule).

    A category of danger calls the three levels at once, and the clocks run anew by its limits; that it is one
    nobody takes back alone (danger.all_clear). A danger elsewhere calls those of that place.

    Raises Refused("danger_stays"), ("nothing") for no change, ("closed_place"), ("place") for one of another
    district, ("inactive_category") for one that is not in use there, ("about_needed") for one that is meant for
    complaints where nobody is named.
    """
    step = begin(issue, "correct", by=by, now=now, version=version)
    data: dict[str, object] = {}
    called = danger_units(step.issue)
    _check_in_use(step, category, place)
    if category and category != step.issue.category:
        data |= {"category": category.key, "was_category": step.issue.category.key}
        _change_category(step, category)
    if kind and kind != step.issue.kind:
        check_kind(kind)
        data["kind_now"] = kind
        step.change(kind=kind)
    if place and place.code != step.issue.place_code:
        data |= {"place": {"unit": place.pk}}
        _move(step, place)
    if not data:
        raise Refused(_("Nothing would change."), code="nothing")
    called_anew = step.issue.is_danger and ("category" in data or danger_units(step.issue) != called)
    if data.keys() & {"category", "place"}:
        rule_again(step)
    corrected = finish(step, data=data, text=text, internal=True)
    return alarm(step, corrected) if called_anew else corrected


def _check_in_use(step: Step, category: Category | None, place: Unit | None) -> None:
    """What it is about is in use where it happened: in that street, by the rules of its district. What neither
    is named anew nor comes to another street stays as it was accepted."""
    issue = step.issue
    street = place.street_id if place else issue.street_id
    if category not in (None, issue.category) or street != issue.street_id:
        check_category(category or issue.category, rules_of(issue.district_id, step.now), street)


def _change_category(step: Step, category: Category) -> None:
    issue = step.issue
    if issue.is_danger and not category.is_danger:
        raise Refused(
            _("That it is a danger is not taken back alone: ask the level above to drop it."),
            code="danger_stays",
        )
    check_named(category, issue)
    step.change(category=category)
    if is_dangerous(category, issue) and not issue.is_danger:
        find_danger(step)


def _move(step: Step, place: Unit) -> None:
    """Where it really happened. Whoever has a part in it may now be elsewhere, and must still see it; so must those of
    its whistles, who assess each other when these are over."""
    if place.district_id != step.issue.district_id:
        raise Refused(_("Choose an open place of the same district."), code="place")
    line = held_line(place)
    step.change(**line[place.kind].lineage(), place_code=place.code, place_label=label_of(line))
    called = Callee.objects.really_called().filter(issue=step.issue).select_related(*OF_WHISTLES)
    whistled = [party for one in called for party in (one.party, one.whistle.caller)]
    parties = [*parties_of(step.issue, waiting_parts([step.issue.pk])), *whistled]
    concern(step.issue, dict.fromkeys(parties), step.now)
