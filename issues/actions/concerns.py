"""Who has a part in an issue beside the units that it happened in."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from grids.lineage import chain
from grids.models import Body, Post, Unit
from issues.models import PART_MODELS, Concern, Issue, Part
from issues.routing import concerns_itself
from trail.refusals import Refused


def concerns_of(
    issue: Issue, target: Unit | Body, now: datetime, *, here: Collection[int | None] | None = None
) -> list[Concern]:
    """Rows (not written yet) through which the target, and whoever stands above it, sees the issue.

    None for a unit of the place itself (`here`, if another than the issue says): it sees it by lineage.
    """
    if here is None:
        here = {issue.district_id, issue.street_id, issue.community_id, issue.grid_id}
    return [
        Concern(issue=issue, since=now, **{f"{kind}_id": pk})
        for kind, pk in chain(target)
        if kind == "body" or pk not in here
    ]


def keep_away(issue: Issue, target: Unit | Body) -> None:
    """A complaint never comes to those it is about. Raises Refused("about_them")."""
    if concerns_itself(issue, target):
        raise Refused(
            _("This complaint is about %(name)s; keep it or hand it up.") % {"name": target.name},
            code="about_them",
        )


def concern(issue: Issue, targets: Iterable[Unit | Body], now: datetime) -> None:
    """Write them; those that are concerned already stay so."""
    write_concerns([(issue, target) for target in targets], now)


def write_concerns(asked: Iterable[tuple[Issue, Unit | Body]], now: datetime) -> None:
    """The same of many issues; no statement where all of them are of the place."""
    rows = [row for issue, target in asked for row in concerns_of(issue, target, now)]
    if rows:
        Concern.objects.bulk_create(rows, ignore_conflicts=True)


def parties_of(issue: Issue, waiting: Iterable[Part]) -> list[Unit | Body]:
    """Everybody who has a part in it now: who has it, gave it, keeps it or checks it, and whoever is asked to act
    on the parts that are `waiting`, or was called instead of them."""
    named = [issue.owner, issue.keeper_unit, issue.keeper_body, issue.sender_unit, issue.sender_body]
    asked = [party for part in waiting for party in (part.party, part.raised_to)]
    return [one for one in (*named, issue.check_unit, *asked) if one is not None]


def waiting_parts(issues: Collection[int]) -> list[Part]:
    """What somebody else must still act on within these issues, with whom. A query per kind."""
    found: list[Part] = []
    for kind in PART_MODELS.values():
        rows: Any = kind._default_manager
        found += rows.waiting().filter(issue__in=issues).select_related("unit", "body__unit", "raised_to")
    return found


def deputy_concerns(asked: Iterable[tuple[Issue, Unit | Body]], now: datetime) -> list[Concern]:
    """Rows (not written yet) for the deputies of those who were asked and did not answer. One query."""
    asked = list(asked)
    places = [target for _issue, target in asked]
    units = [place.pk for place in places if isinstance(place, Unit)]
    bodies = [place.pk for place in places if isinstance(place, Body)]
    posts = Post.objects.active(now).filter(Q(unit__in=units) | Q(body__in=bodies), deputy__is_active=True)
    deputies: dict[tuple[int | None, int | None], set[int]] = {}
    for unit, body, deputy in posts.values_list("unit", "body", "deputy"):
        deputies.setdefault((unit, body), set()).add(deputy)
    return [
        Concern(issue=issue, user_id=user, since=now)
        for issue, place in asked
        for user in sorted(
            deputies.get((place.pk, None) if isinstance(place, Unit) else (None, place.pk), ())
        )
    ]
