"""Who would come if somebody were called now: roles, places and names, never a telephone number. Reads."""

from collections.abc import Iterable, Sequence
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
class Coming:
    """In words: who is addressed at an ordinary whistle, and who of the duty roster at an emergency, if there
    is one."""

    usual: str
    on_duty: str


def coming_of(parties: Iterable[Unit | Body], now: datetime) -> dict[Key, Coming]:
    """For each of these units and bodies. Four queries, however many there are."""
    parties = list(parties)
    people = called_answer(parties, now)
    rosters = rosters_among(people, now)
    named = [one for found in (*people.values(), *rosters.values()) for one in found]
    posts = Post.objects.filter(pk__in={one.post_id for one in named})
    known = {post.pk: post for post in posts.select_related("user", "deputy", "unit", "body")}
    found = {}
    for party in parties:
        key = key_of(party)
        usual = _several(people.get(key, ()), known)
        first = rosters.get(key, [])[:1]
        found[key] = Coming(usual or _("nobody at the moment"), _several(first, known))
    return found


def _several(people: Sequence[Addressee], known: dict[int, Post]) -> str:
    words = _("; ").join(_person(one, known[one.post_id]) for one in people[:MOST_NAMED])
    more = len(people) - MOST_NAMED
    if more <= 0:
        return words
    rest = ngettext("and %(count)d other", "and %(count)d others", more) % {"count": more}
    return f"{words} {rest}"


def _person(one: Addressee, post: Any) -> str:
    """Role and name; on leave the deputy, and where nobody is the place above that stands in."""
    user = post.user if post.user_id == one.user_id else post.deputy
    facts = {"role": post.get_role_display(), "name": str(user), "place": str(post.place)}
    if one.covering == "deputy":
        return _("%(name)s for the %(role)s, who is on leave") % facts
    if one.covering == "above":
        return _("%(role)s %(name)s of %(place)s, since nobody is there") % facts
    return _("%(role)s %(name)s") % facts
