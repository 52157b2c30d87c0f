"""Somebody who screens finds that it is a complaint about somebody: it goes past them, to the level above."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from grids.lineage import chain
from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.merge import release_followers
from issues.actions.naming import above_them, name_subject, named, needed
from issues.actions.parts import end_everything, end_letters
from issues.actions.route import assign
from issues.actions.step import begin, finish
from issues.models import PART_MODELS, Concern, Issue
from issues.routing import columns_of, concerns_itself, line_of
from issues.subjects import kept_from
from notices.actions import take_back
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


# Nothing of it stays with whoever had it before, nor comes back to them.
NOBODYS = {"keeper_unit": None, "keeper_body": None, "sender_unit": None, "sender_body": None}


@transaction.atomic
def mark_complaint(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    unit: Unit | None = None,
    body: Body | None = None,
    person: "User | None" = None,
    internal_text: str = "",
    version: int | None = None,
) -> Issue:
    """Name whom it is about, from now on it is kept from them; again, to name somebody else.

    The level above them has it, unless it has come higher already and they have no part in it. Where it moves,
    whoever was called, given a part or asked is free again; what follows it is a matter of its own. Raises
    Refused("about_needed"), ("target") for both a unit and a body, ("about"), ("about_person").
    """
    step = begin(issue, "mark_complaint", by=by, now=now, version=version)
    if unit and body:
        raise Refused(_("Choose either a unit or a body."), code="target")
    if not (unit or body or person):
        raise needed()
    subject = name_subject(line_of(step.issue.lineage()), unit or body, person, now)
    above, owner = above_them(subject, now), step.issue.owner
    release_followers(step)
    leader = step.issue.leader_id if person is None or person.pk != step.issue.leader_id else None
    nowhere_else = columns_of("proposed", None)
    step.change(**subject.columns(), **nowhere_else, **NOBODYS, kind="complaint", leader_id=leader)
    stays = step.issue.state != "reported" and _is_as_high(owner, above)
    if not stays or _have_a_part(step.issue):
        end_everything(step)
        end_letters(step)
        assign(step, owner if stays else above)
        step.change(cause="", leader_id=None, **NOBODYS)
    marked = finish(
        step,
        data=named(step.issue) | {"from": party(owner), "to": party(step.issue.owner)},
        text=internal_text,
        internal=True,
    )
    _keep_away(marked, now)
    return marked


def _is_as_high(owner: Unit | Body, above: Unit) -> bool:
    """Is it with the level above them, or higher?"""
    return isinstance(owner, Unit) and ("unit", owner.pk) in chain(above)


def _have_a_part(issue: Issue) -> bool:
    """Are those it is about called to it, at work on a part of it, or asked to decide or answer something?"""
    waiting = (
        part
        for model in PART_MODELS.values()
        for part in model.objects.waiting().filter(issue=issue).select_related("unit", "body__unit")
    )
    return any(concerns_itself(issue, part.party) for part in waiting)


def _keep_away(issue: Issue, now: datetime) -> None:
    """What they were told, and through what they would see it one day when they stand elsewhere, is taken back."""
    people = kept_from(issue, now)
    Concern.objects.filter(issue=issue, user__in=people).delete()
    take_back("issue", issue.pk, people)
