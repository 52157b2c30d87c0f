"""Who answers for which place (包保) as a sheet: organisations by name, officials by their post and never by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Post
from grids.workbook import Cell, Sheet
from trail.refusals import Refused
from volunteers.joining import DUTIES, PAIRING_STATES

if TYPE_CHECKING:
    from volunteers.models import Pairing
    from volunteers.pairing_querysets import PairingQuerySet

MOST_ROWS = 20_000
# The places that a pairing may lie at; their boundaries are large and in no column.
PLACES = ("street", "community", "grid", "building")
COLUMNS = (
    gettext_lazy("number of the pairing"),
    gettext_lazy("street"),
    gettext_lazy("community"),
    gettext_lazy("grid"),
    gettext_lazy("building"),
    gettext_lazy("code of the place"),
    gettext_lazy("level"),
    gettext_lazy("who answers"),
    gettext_lazy("from"),
    gettext_lazy("until"),
    gettext_lazy("state"),
)
STATE = {word.key: word.label for word in PAIRING_STATES}


def functions_of(people: Iterable[int], now: datetime) -> dict[int, str]:
    """Account → the posts that it has now, in words. One query; who has none is left out."""
    posts = Post.objects.active(now).filter(user__in=list(people)).select_related("unit", "body")
    found: dict[int, list[str]] = {}
    for post in posts.defer("unit__boundary").order_by("pk"):
        found.setdefault(post.user_id, []).append(str(post))
    return {pk: _(", ").join(names) for pk, names in found.items()}


def pairing_sheet(pairings: PairingQuerySet, now: datetime) -> Sheet:
    """These, by place; the caller has narrowed them to what the reader sees (`visible_to`) and notes the export. What there
    is to show for a duty stays on the pages.

    Three queries. Raises Refused("too_many") beyond what a file holds: nothing is left out of one.
    """
    found = pairings.select_related("organisation", *PLACES).prefetch_related("duties")
    found = found.defer(*(f"{place}__boundary" for place in PLACES))
    rows = list(found.order_by("street", "community", "grid", "building", "level", "pk")[: MOST_ROWS + 1])
    if len(rows) > MOST_ROWS:
        raise Refused(_("More than 20,000 pairings: choose a street first."), code="too_many")
    posts = functions_of({one.official_id for one in rows if one.official_id}, now)
    header = [*map(str, COLUMNS), *(str(word.label) for word in DUTIES)]
    return Sheet(_("Responsibility pairing"), header, [_row(one, posts, now) for one in rows])


def _row(one: Pairing, posts: dict[int, str], now: datetime) -> list[Cell]:
    done = {row.duty: row.done_on for row in one.duties.all()}
    places = (getattr(one, place) for place in PLACES)
    # An official without a post has no function to be called by.
    who = one.organisation.name if one.organisation else posts.get(one.official_id or 0, _("official"))
    return [
        one.pk,
        *(unit.name if unit else None for unit in places),
        one.place.code,
        one.level,
        who,
        one.starts_on,
        one.ends_on,
        str(STATE[one.state_on(timezone.localdate(now))]),
        *(done.get(word.key) for word in DUTIES),
    ]
