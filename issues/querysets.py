"""Words for reading issues. `visible_to` is the one door to them, for every face."""

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import F, Q

from grids.lineage import within_any
from grids.standing import Standing, standing_of
from issues.lifecycle import OPEN_STATES


class IssueQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Issues that this person may see, by the posts held at `now`.

        Territorial posts that read below see their subtree (lineage); a building's posts see their building;
        bodies, and units given an issue of another place, see what they are concerned with; whoever
        registered an issue sees it; so does a deputy who was called to it. Nothing else exists for them.

        One small query at once: an OR with a subquery would cost the lineage its indexes, and there is
        seldom anything outside of it.
        """
        if not user.is_authenticated:
            return self.none()
        standing = standing_of(user, now)
        place = within_any(standing.territory("read_below", "own_building"))
        beside = _beside(standing, user)
        if not standing.with_capability("read_below", "own_building"):
            return self.filter(pk__in=beside)
        outside = list(self.model.objects.filter(pk__in=beside).exclude(place).values_list("pk", flat=True))
        return self.filter(place | Q(pk__in=outside)) if outside else self.filter(place)

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
        callees = apps.get_model("issues", "Callee").objects.waiting().filter(mine)
        return self.filter(pk__in=callees.values("issue_id"))

    def within(self, unit: Any) -> Self:
        """Those that happened in this unit or below it."""
        return self.filter(**{f"{unit.kind}_id": unit.pk})

    def shown(self) -> Self:
        """With what a list row shows, in one query; boundaries are large and not shown."""
        return self.select_related("category", "owner_unit", "owner_body").defer("owner_unit__boundary")


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
        """Not done yet."""
        return self.exclude(state="done")


class DeadlineQuerySet(models.QuerySet):
    def open(self) -> Self:
        return self.filter(fired_at=None, cancelled_at=None)

    def due(self, now: datetime) -> Self:
        """What the sweep must fire at `now`, oldest first."""
        return self.open().filter(due_at__lte=now).order_by("due_at", "pk")


def _beside(standing: Standing, user: Any) -> models.QuerySet:
    """Ids of the issues that a person sees for other reasons than the place; a union keeps all indexes."""
    issues = apps.get_model("issues", "Issue").objects.order_by()
    concerns = apps.get_model("issues", "Concern").objects
    units = {pk for ids in standing.territory("read_below").values() for pk in ids}
    reasons = [concerns.filter(user=user.pk)]
    if units:
        reasons.append(concerns.filter(unit__in=units))
    if bodies := standing.body_ids():
        reasons.append(concerns.filter(body__in=bodies))
    registered = issues.filter(registered_by=user.pk).values("pk")
    return registered.union(*(reason.values("issue_id") for reason in reasons))
