"""Who would come if somebody were called now: roles, places and names, never a telephone number. Reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grids.addressing import Addressee, Key, rosters_among
from grids.lineage import key_of
from grids.models import Body, Post, Unit
from issues.on_duty import called_answer

# So many are named; the others are counted.
MOST_NAMED = 2


@dataclass(frozen=True)
class Person:
    """One of those who would come: with which post, and as what. `covering`: holder, deputy (of a holder on leave), or
    above (of the `place` that stands in where nobody is)."""

    name: str
    role: str
    covering: str
    place: str

    def __str__(self) -> str:
        facts = {"role": self.role, "name": self.name, "place": self.place}
        if self.covering == "deputy":
            return _("%(name)s for the %(role)s, who is on leave") % facts
        if self.covering == "above":
            return _("%(role)s %(name)s of %(place)s, since nobody is there") % facts
        return _("%(role)s %(name)s") % facts


@dataclass(frozen=True)
class Coming:
    """Who is addressed at an ordinary whistle, by name the first of them and how many `more`; and who of the duty roster
    is first at an emergency, if there is one. `usual` and `on_duty` say the same in words."""

    usual: str
    on_duty: str
    people: tuple[Person, ...]
    more: int
    first: Person | None


def coming_of(parties: Iterable[Unit | Body], now: datetime) -> dict[Key, Coming]:
    """For each of these units and bodies. Four queries, however many there are."""
    parties = list(parties)
    people = called_answer(parties, now)
    rosters = rosters_among(people, now)
    named = [one for found in (*people.values(), *rosters.values()) for one in found]
    posts = Post.objects.filter(pk__in={one.post_id for one in named})
    known = {post.pk: post for post in posts.select_related("user", "deputy", "unit", "body")}
    found = {}
    for key in map(key_of, parties):
        usual, roster = people.get(key, ()), rosters.get(key, ())
        first = _person(roster[0], known[roster[0].post_id]) if roster else None
        persons = tuple(_person(one, known[one.post_id]) for one in usual[:MOST_NAMED])
        more = max(len(usual) - MOST_NAMED, 0)
        found[key] = Coming(_several(persons, more), str(first or ""), persons, more, first)
    return found


def _several(people: tuple[Person, ...], more: int) -> str:
    words = _("; ").join(map(str, people)) or _("nobody at the moment")
    if not more:
        return words
    rest = ngettext("and %(count)d other", "and %(count)d others", more) % {"count": more}
    return f"{words} {rest}"


def _person(one: Addressee, post: Any) -> Person:
    """On leave the deputy, and where nobody is the place above that stands in."""
    user = post.user if post.user_id == one.user_id else post.deputy
    return Person(str(user), str(post.get_role_display()), one.covering, str(post.place))
