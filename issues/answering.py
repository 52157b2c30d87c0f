"""For which places somebody answers now, and what waits for them there: the same words for the desk, the phone pages,
the lists of issues and other systems, so that a number is that of the list behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from grids.addressing import covered
from grids.lineage import within_any
from grids.models import Body, Post, Unit
from grids.querysets import HELD_BY_A_PERSON
from grids.roles import STANDS_BEHIND, roles_that
from grids.standing import standing_of
from issues.lifecycle import UNANSWERED_STATES
from issues.limits import BY_LEVEL
from issues.models import Callee, Decision, Issue, Task

# Who holds one of these at a place moves what lies there; the other posts only report or read.
ANSWERS = ("handle", "dispatch", "screen", "report_in")
# Where one must stand to be above such a place: below a grid nothing is handled, below a community is no body.
ABOVE = {Unit: ("district_id", "street_id", "community_id"), Body: ("district_id", "street_id")}
# (units, bodies), as ids.
Places = tuple[set[int], set[int]]


class Parts(NamedTuple):
    """What waits within matters, other than a whistle: `checks` are issues, the others rows of their own."""

    checks: QuerySet
    tasks: QuerySet
    decisions: QuerySet
    letters: QuerySet


@dataclass(frozen=True)
class Answering:
    """One person at `now`."""

    user: Any
    now: datetime

    @cached_property
    def places(self) -> Places:
        """Those that the person answers for: where they work, and those where nobody is and they are the nearest
        above, as far as something waits there. Three queries at most."""
        standing = standing_of(self.user, self.now)
        posts = standing.with_capability(*ANSWERS)
        units = {one.unit_id for one in posts if one.unit_id}
        bodies = {one.body_id for one in posts if one.body_id}
        territory = standing.territory(*STANDS_BEHIND)
        vacant = [one for model in ABOVE for one in vacant_in(model, territory, self.now)]
        for (kind, pk), how in covered(standing, vacant, self.now).items():
            if how == "above":
                (units if kind == "unit" else bodies).add(pk)
        return units, bodies

    @cached_property
    def deputised(self) -> Places:
        """Those with a post whose deputy the person is, whether its holder is there or not."""
        places = self._deputy_posts
        return {unit for unit, _body, _role in places if unit}, {
            body for _unit, body, _role in places if body
        }

    @cached_property
    def _deputy_posts(self) -> list[tuple[int | None, int | None, str]]:
        """One query, and not a part of others: an OR with a subquery costs the rest its indexes."""
        posts = Post.objects.active(self.now).filter(deputy=self.user.pk).order_by()
        return list(posts.values_list("unit", "body", "role"))

    @property
    def held(self) -> Q:
        """Of open issues those that are the person's to move: at the places they answer for, and what nobody took
        in time where they are the deputy."""
        silent = Q(state__in=UNANSWERED_STATES) | Q(state="resolved", disputed=True)
        return _at(self.places, "owner_") | _at(self.deputised, "owner_") & silent & Q(due_at__lte=self.now)

    def calls(self, callees: Any) -> Any:
        """Of these callees those that wait for one of the places, or for the person as deputy."""
        asked = _at(self.places) | Q(raised_to__in=self.places[0])
        asked |= _at(self.deputised) & Q(state="called", due_at__lte=self.now)
        return callees.called().filter(asked)

    def parts(self, seen: Any) -> Parts:
        """Everything else that waits for them in these issues: sub-tasks, decisions, letters (also those to whoever
        had the matter before), checks on the spot."""
        silent = Q(state__in=("given", "open"), due_at__lte=self.now)
        addressed = _at(self.places) | Q(raised_to__in=self.places[0]) | _at(self.deputised) & silent
        tasks = Task.objects.asked_of(self.user, addressed, self.now)
        approving = roles_that("assign_officer")
        heads = {body for _unit, body, role in self._deputy_posts if body and role in approving}
        decisions = Decision.objects.asked_of(self.user, addressed, self.now, deputised=heads)
        letters = Decision.objects.passed_on(self.user, _at(self.places, "issue__owner_"))
        letters = letters.exclude(pk__in=decisions.order_by().values("pk"))
        found = [part.filter(issue__in=seen.values("pk")).order_by() for part in (tasks, decisions, letters)]
        checks = seen.to_check(self.user, self.places[0], self.deputised[0], self.now)
        return Parts(checks.order_by(), *found)


def _at(places: Places, prefix: str = "") -> Q:
    """Held by one of these."""
    units, bodies = places
    return Q(**{f"{prefix}unit__in": units}) | Q(**{f"{prefix}body__in": bodies})


def vacant_in(model: Any, territory: Mapping[str, Iterable[int]], now: datetime) -> QuerySet:
    """Units or bodies (`model`) of this territory where something waits and nobody can be reached who could handle it; no
    query for who stands above none. A look into an index for each: the first that waits will do, however many do."""
    below = {name: ids for name, ids in territory.items() if name in ABOVE[model]}
    if not below:
        return model.objects.none()
    column, here = model._meta.model_name, OuterRef("pk")
    there = (
        Post.objects.active(now)
        .with_absence(now)
        .filter(**{column: here}, role__in=roles_that("handle"))
        .filter(HELD_BY_A_PERSON & Q(away=False) | Q(deputy_there=True))
    )
    found = (Callee.objects.called(), Task.objects.waiting(), Decision.objects.waiting())
    parts = [one.order_by() for one in found]
    waits = [_first(Issue.objects.open(), f"owner_{column}")]
    waits += [Q(Exists(one.filter(**{column: here}))) for one in parts]
    places = model.objects.filter(within_any(below))
    if model is Unit:
        places = places.filter(kind__in=BY_LEVEL)
        waits.append(_first(Issue.objects.unchecked(), "check_unit"))
        waits += [Q(Exists(one.filter(raised_to=here))) for one in parts]
    return places.filter(reduce(or_, waits)).exclude(Exists(there))


def _first(issues: Any, column: str) -> Q:
    """Rows that one of these issues names in this column. Not Exists, of which a plan may make a reading of all issues."""
    named = issues.filter(**{column: OuterRef("pk")}).order_by().values(column)
    return Q(pk=Subquery(named[:1]))
