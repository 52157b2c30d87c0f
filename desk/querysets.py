"""Words for reading one person's day: which issues and whistles stand in which list, and in which order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

from django.db import models
from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from grids.addressing import covered
from grids.lineage import within_any
from grids.models import Body, Post, Unit
from grids.roles import STANDS_BEHIND, roles_that
from grids.standing import Standing, standing_of
from issues.lifecycle import UNANSWERED_STATES
from issues.models import Callee, Issue

# Who holds one of these at a place moves what lies there; the other posts only report or read.
ANSWERS = ("handle", "dispatch", "screen", "report_in")


@dataclass(frozen=True)
class Day:
    """One person's work as it stands at `now`."""

    user: Any
    now: datetime

    @property
    def standing(self) -> Standing:
        return standing_of(self.user, self.now)

    @cached_property
    def places(self) -> tuple[set[int], set[int]]:
        """(units, bodies) that the person answers for, as ids: where they work, and those where nobody is and
        they are the nearest above, as far as something waits there. Three queries, or none."""
        posts = self.standing.with_capability(*ANSWERS)
        units = {one.unit_id for one in posts if one.unit_id}
        bodies = {one.body_id for one in posts if one.body_id}
        territory = self.standing.territory(*STANDS_BEHIND)
        if territory:
            issues = Issue.objects.open().filter(within_any(territory)).order_by()
            waiting = Callee.objects.called().filter(issue__in=issues.values("pk")).order_by()
            vacant = [
                *_vacant(Unit, "unit", issues.values("owner_unit"), waiting.values("unit"), self.now),
                *_vacant(Body, "body", issues.values("owner_body"), waiting.values("body"), self.now),
            ]
            for (kind, pk), how in covered(self.standing, vacant, self.now).items():
                if how == "above":
                    (units if kind == "unit" else bodies).add(pk)
        return units, bodies

    @property
    def deputised(self) -> QuerySet:
        """The posts whose deputy the person is, whether their holders are there or not."""
        return Post.objects.active(self.now).filter(deputy=self.user.pk).order_by()

    def mine(self) -> QuerySet:
        """Open issues that are the person's to move: at the places they answer for, and what nobody took in
        time where they are the deputy; in the order of the day."""
        units, bodies = self.places
        silent = Q(state__in=UNANSWERED_STATES) | Q(state="resolved", disputed=True)
        deputy = Q(owner_unit__in=self.deputised.values("unit")) | Q(
            owner_body__in=self.deputised.values("body")
        )
        held = (
            Q(owner_unit__in=units) | Q(owner_body__in=bodies) | (deputy & silent & Q(due_at__lte=self.now))
        )
        return self.in_order(Issue.objects.open().filter(held))

    def calls(self) -> QuerySet:
        """Whistles (callees) that wait for one of those places, or for the person as deputy; due first."""
        units, bodies = self.places
        deputy = Q(unit__in=self.deputised.values("unit")) | Q(body__in=self.deputised.values("body"))
        asked = Q(unit__in=units) | Q(body__in=bodies) | Q(raised_to__in=units)
        asked |= deputy & Q(state="called", due_at__lte=self.now)
        shown = ("whistle", "unit", "body", "issue__category", "issue__owner_unit", "issue__owner_body")
        return Callee.objects.called().filter(asked).select_related(*shown).order_by("due_at", "pk")

    def danger_untaken(self) -> QuerySet:
        """Danger around that nobody has signed for: somebody else's, but first come, first served."""
        territory = within_any(self.standing.territory("handle"))
        waiting = Issue.objects.filter(territory, is_danger=True, state__in=UNANSWERED_STATES)
        return waiting.exclude(owner_unit__in=self.places[0]).order_by("due_at", "pk")

    def registered(self) -> QuerySet:
        """What the person registered, newest first, ended ones too."""
        return Issue.objects.filter(registered_by=self.user.pk).order_by("-reported_at", "-pk")

    def around(self) -> QuerySet:
        """Everything open that the person may see, in the order of the day."""
        return self.in_order(Issue.objects.visible_to(self.user, self.now).open())

    def in_order(self, issues: QuerySet) -> QuerySet:
        """Late, today, later, waiting for the resident; danger first in each, then what is due first."""
        today = timezone.localtime(self.now).replace(hour=0, minute=0, second=0, microsecond=0)
        group = Case(
            When(Q(state="resolved", disputed=False), then=Value(3)),
            When(due_at__lt=self.now, then=Value(0)),
            When(due_at__lt=today + timedelta(days=1), then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        return issues.alias(group_of_day=group).order_by("group_of_day", "-is_danger", "due_at", "pk")


class SnapshotQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own; and those of a unit where one supervises, or above which one does."""
        if not user.is_authenticated:
            return self.none()
        supervised = within_any(standing_of(user, now).territory("supervise"))
        units = Unit.objects.filter(supervised).order_by()
        return self.filter(Q(taken_by=user.pk) | Q(unit__in=units.values("pk")))


def _vacant(model: Any, column: str, owners: QuerySet, called: QuerySet, now: datetime) -> QuerySet:
    """Those of these units or bodies where nobody who could handle anything can be reached."""
    there = (
        Post.objects.active(now)
        .with_absence(now)
        .filter(**{column: OuterRef("pk")}, role__in=roles_that("handle"))
        .filter(Q(user__is_active=True, away=False) | Q(deputy_there=True))
    )
    return model.objects.filter(Q(pk__in=owners) | Q(pk__in=called)).exclude(Exists(there))
