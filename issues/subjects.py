"""Whom a complaint is about, and that they never see it: everybody who stands at that unit or body or below it, who
deputises for one of them, and the person who is named, wherever that person goes. Reads; decides nothing.

One rule in three shapes: for rows (`about`), for one issue (`is_about`) and as the people themselves (`kept_from`).
Whoever registered one keeps sight of it, as its reporter and as nothing else; but for the person who is named, and
for what somebody only brought in by file.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from grids.lineage import COLUMNS, column
from grids.models import Post, Unit
from grids.standing import Standing
from issues.kinds import BY_FILE

if TYPE_CHECKING:
    from issues.models import Issue

# Rows about somebody; an index holds just those.
ABOUT_SOMEBODY = Q(about_unit__isnull=False) | Q(about_body__isnull=False)
# A district is complained about elsewhere: nobody here stands above it.
BELOW_DISTRICT = COLUMNS[1:]


def about(standing: Standing) -> Q:
    """Rows (with the columns about_unit, about_body, about_user) about this person, or about where they stand or
    deputise, or about what stands above that below the district."""
    units, bodies = _places(standing)
    here = Q(about_unit__in=units) | Q(about_body__in=bodies)
    return here | Q(about_user=standing.user_id) if standing.user_id else here


def hidden(standing: Standing) -> Q:
    """Issues that the person must not see, whatever else shows them these."""
    named, by_file = Q(about_user=standing.user_id), Q(source__in=BY_FILE)
    return about(standing) & (~Q(registered_by=standing.user_id) | named | by_file)


def is_about(issue: "Issue", standing: Standing) -> bool:
    """Is this complaint about the person, or about those whom they stand or deputise for? No query."""
    if not issue.is_about_somebody or standing.user_id is None:
        return False
    units, bodies = _places(standing)
    return (
        issue.about_unit_id in units
        or issue.about_body_id in bodies
        or issue.about_user_id == standing.user_id
    )


def kept_from(issue: "Issue", now: datetime) -> frozenset[int]:
    """Ids of those who must not hear of it: `hidden`, asked the other way round. Two queries, none of any other
    issue."""
    if not issue.is_about_somebody:
        return frozenset()
    people = them(issue.about_unit_id, issue.about_body_id, issue.about_user_id, now)
    return people - {_registrar(issue)}


def _registrar(issue: "Issue") -> int | None:
    """Who keeps sight of it whatever it is about."""
    kept = issue.source not in BY_FILE and issue.registered_by_id != issue.about_user_id
    return issue.registered_by_id if kept else None


def them(unit_id: int | None, body_id: int | None, person_id: int | None, now: datetime) -> frozenset[int]:
    """Ids of everybody who is meant by this unit or body, and by this person."""
    here = Q(body=body_id) if body_id else Q(pk=None)
    if unit_id:
        here |= _inside(Unit.objects.defer("boundary").get(pk=unit_id))
    posts = Post.objects.active(now).filter(here).order_by()
    people = {pk for pair in posts.values_list("user", "deputy") for pk in pair}
    return frozenset((people | {person_id}) - {None})


def _places(standing: Standing) -> tuple[set[int], set[int]]:
    """(units, bodies) of which complaints are kept from the person, as ids."""
    posts = (*standing.positions, *standing.deputised)
    units = {pk for one in posts for name in BELOW_DISTRICT if (pk := one.lineage.get(name))}
    return units, {one.body_id for one in posts if one.body_id}


def _inside(unit: Unit) -> Q:
    """Posts at this unit or below it, and at the bodies of a street."""
    name = column(unit.kind)
    found = Q(unit=unit) | Q(**{f"unit__{name}": unit.pk})
    return found | Q(body__street_id=unit.pk) if unit.kind == "street" else found
