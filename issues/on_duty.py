"""Who is called by a danger: the three levels, of each the people on duty now, and the centres that answer a telephone.
Reads; tells nobody."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from grids.addressing import Addressee, Key, addressees_of_many, rosters_among
from grids.lineage import key_of
from grids.models import Body, Post, Unit
from issues.models import Issue


@dataclass(frozen=True)
class OnDuty:
    """One of those to call. `covering`: holder, deputy or above. Whose mobile number that is stays theirs:
    staff see each other by name and post only."""

    unit: Unit
    name: str
    role: str
    covering: str


def danger_units(issue: Issue) -> list[int]:
    """The three levels that are called at once: grid, community, street, as far as the place has them."""
    levels = (issue.grid_id, issue.community_id, issue.street_id)
    return [pk for pk in levels if pk] or [pk for pk in (issue.district_id,) if pk]


def called_answer(parties: Iterable[Unit | Body], now: datetime) -> dict[Key, list[Addressee]]:
    """Who answers for each of these when a whistle calls them: units handle, bodies report in. Two queries."""
    parties = list(parties)
    units = [one for one in parties if isinstance(one, Unit)]
    bodies = [one for one in parties if isinstance(one, Body)]
    return addressees_of_many(units, "handle", now) | addressees_of_many(bodies, "report_in", now)


def on_duty(issue: Issue, now: datetime) -> list[OnDuty]:
    """Of each of the levels those on the roster, or without one whoever answers for it; the nearest first.

    Nobody but for a danger that is still open. Four queries.
    """
    if not (issue.is_danger and issue.is_open):
        return []
    found = Unit.objects.defer("boundary").in_bulk(danger_units(issue))
    units = [found[pk] for pk in danger_units(issue) if pk in found]
    people = addressees_of_many(units, "handle", now)
    people |= rosters_among(people, now)
    posts = _posts([one for key in people.values() for one in key])
    return [
        OnDuty(unit, *_named(one, posts[one.post_id]), one.covering)
        for unit in units
        for one in people.get(key_of(unit), ())
        # Whoever stands in from above is named there.
        if one.covering != "above" or one.unit_id not in found
    ]


def phones_of(place: Issue | Unit) -> list[Unit | Body]:
    """What a resident may call about this place, the nearest first: the service telephones of its grid, community and
    street, then the centres. A worker's own number is nobody's business here. Two queries."""
    near = [pk for pk in (place.grid_id, place.community_id, place.street_id) if pk]
    found = Unit.objects.open().filter(pk__in=near).exclude(phone="").only("pk", "name", "phone").in_bulk()
    return [*(found[pk] for pk in near if pk in found), *duty_phones(place.district_id, place.street_id)]


def duty_phones(district: int | None, street: int | None) -> list[Body]:
    """The centres of this street and district that answer a telephone."""
    centres = Body.objects.open().filter(kind="centre", district=district).exclude(phone="")
    return [body for body in centres if body.street_id in {None, street}]


def _posts(people: list[Addressee]) -> dict[int, Post]:
    return Post.objects.select_related("user", "deputy").in_bulk({one.post_id for one in people})


def _named(one: Addressee, post: Post) -> tuple[str, str]:
    person = post.user if one.user_id == post.user_id else post.deputy
    return str(person), str(post.get_role_display())
