"""Who has a part in an issue beside the units that it happened in."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from grids.lineage import chain
from grids.models import Body, Post, Unit
from issues.models import Concern, Issue
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
    rows = [row for target in targets for row in concerns_of(issue, target, now)]
    if rows:
        Concern.objects.bulk_create(rows, ignore_conflicts=True)


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
