"""Words for reading issues. `visible_to` is the one door to them, for every face."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, F, Q
from django.db.models.expressions import RawSQL

from grids.lineage import within_any
from grids.standing import Standing, standing_of
from issues.kinds import VALIDITIES, VERDICTS
from issues.lifecycle import CALLEE_ENDED, OPEN_STATES
from issues.lifecycle.states import PROPOSED
from trail.rows import read_values

# Of a running number; more would not fit the column.
MOST_DIGITS = 18
# Ids of what somebody reported or has a part in. By hand, since every list and every step asks it; two parts
# of a union, each with the condition in it, so that no plan ever reads all issues to leave out those of a place.
BESIDE = """
    SELECT issue.id FROM issues_issue AS issue WHERE issue.registered_by_id = %s AND {more}
    UNION
    SELECT issue.id FROM issues_concern AS concern JOIN issues_issue AS issue ON issue.id = concern.issue_id
    WHERE (concern.user_id = %s OR concern.unit_id = ANY(%s) OR concern.body_id = ANY(%s)) AND {more}
"""


class IssueQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime, *, code: str = "") -> Self:
        """Issues that this person may see, by the posts held at `now`; with `code` that one issue, if any.

        Territorial posts that read below see their subtree (lineage); a building's posts see their building;
        bodies, and units given an issue of another place, see what they are concerned with; whoever
        registered an issue sees it; so does a deputy who was called to it. Nothing else exists for them.
        A complaint about a unit or body is hidden from those who stand there or below, whatever else they are.

        One small query at once: an OR with a subquery would cost the lineage its indexes, and there is
        seldom anything outside of it.
        """
        if not user.is_authenticated:
            return self.none()
        if code:
            self = self.filter(code=code)
        standing = standing_of(user, now)
        self = self.exclude(_about(standing) & ~Q(registered_by=user.pk)) if standing.positions else self
        territory = standing.territory("read_below", "own_building")
        if not territory:
            return self.filter(pk__in=RawSQL(*_beside(standing, user, "TRUE", [])))
        place = within_any(territory)
        outside = _outside(territory, standing, user, code)
        return self.filter(place | Q(pk__in=outside)) if outside else self.filter(place)

    def named(self, name: str) -> Self:
        """The one with this tracking code or work-order number; none, if it is neither."""
        day, _dash, number = name.strip().partition("-")
        if number.isdecimal() and day.isdecimal() and len(number) <= MOST_DIGITS:
            return self.filter(pk=int(number))
        return self.filter(code=name.strip().lower())

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def overdue(self, now: datetime) -> Self:
        """Open and past their deadline."""
        return self.open().filter(due_at__lt=now)

    def due_first(self) -> Self:
        """The order of a queue: what is due first stands first; closed ones last, newest first."""
        return self.order_by(F("due_at").asc(nulls_last=True), "-pk")

    def held_by(self, units: list[int], bodies: list[int]) -> Self:
        """Those that these units or bodies own now."""
        return self.filter(Q(owner_unit__in=units) | Q(owner_body__in=bodies))

    def held_by_person(self, user: Any, now: datetime) -> Self:
        """Those that the units and bodies where this person stands own."""
        standing = standing_of(user, now)
        return self.held_by(sorted(standing.unit_ids()), sorted(standing.body_ids()))

    def calling(self, user: Any, now: datetime) -> Self:
        """Those with a callee, not done yet, that is one of the person's units or bodies."""
        standing = standing_of(user, now)
        mine = (
            Q(unit__in=standing.unit_ids())
            | Q(body__in=standing.body_ids())
            | Q(raised_to__in=standing.unit_ids())
        )
        callees = apps.get_model("issues", "Callee").objects.called().filter(mine)
        return self.filter(pk__in=callees.values("issue_id"))

    def within(self, unit: Any) -> Self:
        """Those that happened in this unit or below it."""
        return self.filter(**{f"{unit.kind}_id": unit.pk})

    def shown(self) -> Self:
        """With what a list row shows, in one query; boundaries are large and not shown."""
        return self.select_related("category", "owner_unit", "owner_body").defer("owner_unit__boundary")


def _about(standing: Standing) -> Q:
    """Complaints about where this person stands, or about anything above that below the district."""
    units = {
        pk for one in standing.positions for name, pk in one.lineage.items() if pk and name != "district_id"
    }
    return Q(about_unit__in=units) | Q(about_body__in=standing.body_ids())


class CategoryQuerySet(models.QuerySet):
    def in_use(self) -> Self:
        """What an issue may be about now; groups (rows that others are part of) are left out."""
        return self.filter(is_active=True, category=None).select_related("parent")

    def for_residents(self) -> Self:
        """Those that residents are offered."""
        return self.in_use().filter(for_residents=True)


class CalleeQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Callees of visible issues."""
        issues = apps.get_model("issues", "Issue").objects.visible_to(user, now)
        return self.filter(issue__in=issues.values("pk"))

    def waiting(self) -> Self:
        """Called, or about to be, and not done yet."""
        return self.exclude(state__in=CALLEE_ENDED)

    def called(self) -> Self:
        """Those with clocks that run: called, and not done yet."""
        return self.waiting().exclude(state=PROPOSED)

    def rated(self) -> Self:
        """Those whose work the caller has assessed."""
        return self.exclude(verdict="")

    def judged(self) -> Self:
        """Those that have said what they think of having been called."""
        return self.exclude(validity="")

    def verdicts_by_party(self) -> Self:
        """A row per unit or body that was called: `unit`, `body`, `called`, and how often which verdict."""
        counts = {row.key: Count("pk", filter=Q(verdict=row.key)) for row in VERDICTS}
        return self.order_by().values("unit", "body").annotate(called=Count("pk"), **counts)

    def validity_by_caller(self) -> Self:
        """A row per unit or body that whistled: `caller_unit`, `caller_body`, `called`, and how often which
        answer of those it called."""
        counts = {row.key: Count("pk", filter=Q(validity=row.key)) for row in VALIDITIES}
        callers = {"caller_unit": F("whistle__caller_unit"), "caller_body": F("whistle__caller_body")}
        return self.order_by().values(**callers).annotate(called=Count("pk"), **counts)


class PartQuerySet(models.QuerySet):
    """Sub-tasks and decisions."""

    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those of visible issues."""
        issues = apps.get_model("issues", "Issue").objects.visible_to(user, now)
        return self.filter(issue__in=issues.values("pk"))

    def waiting(self) -> Self:
        """Not ended yet."""
        return self.filter(ended_at=None)


class DeadlineQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(fired_at=None, cancelled_at=None)

    def due(self, now: datetime) -> Self:
        """What the sweep must fire at `now`, oldest first."""
        return self.open().filter(due_at__lte=now).order_by("due_at", "pk")


def _beside(standing: Standing, user: Any, more: str, values: list[Any]) -> tuple[str, list[Any]]:
    """What the person sees for other reasons than the place, as SQL and its parameters; `more` narrows it."""
    units = {pk for ids in standing.territory("read_below").values() for pk in ids}
    parts = [user.pk, sorted(units), sorted(standing.body_ids())]
    return BESIDE.format(more=more), [user.pk, *values, *parts, *values]


def _outside(territory: Mapping[str, Iterable[int]], standing: Standing, user: Any, code: str) -> list[int]:
    """Ids of what the person sees though it is not in their territory; of all, or of the one with this code."""
    within = " OR ".join(f"issue.{name} = ANY(%s)" for name in territory)
    more, values = f"({within}) IS NOT TRUE", [list(ids) for ids in territory.values()]
    if code:
        more, values = f"{more} AND issue.code = %s", [*values, code]
    return [pk for (pk,) in read_values(*_beside(standing, user, more, values))]
