"""Words for reading one person's day: which issues and whistles stand in which list, and in which order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, reduce
from operator import or_
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import (
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast

from calendars.midnight import midnight
from grids.addressing import covered
from grids.lineage import within_any
from grids.models import Body, Post, Unit
from grids.querysets import HELD_BY_A_PERSON
from grids.roles import STANDS_BEHIND, roles_that
from grids.standing import Standing, standing_of
from issues.lifecycle import UNANSWERED_STATES
from issues.models import Callee, Decision, Issue, Task
from trail.districts import districts_of, sees_all

# Who holds one of these at a place moves what lies there; the other posts only report or read.
ANSWERS = ("handle", "dispatch", "screen", "report_in")
# The capability (grids.roles) of who makes links for walls.
CONNECTS = "connect_systems"
# Of something that waits within a matter: what (a decision's kind), about which issue, and until when.
PART_COLUMNS = ("part", "id", "about", "what", "state", "due_at")


@dataclass(frozen=True)
class Day:
    """One person's work as it stands at `now`."""

    user: Any
    now: datetime

    @property
    def standing(self) -> Standing:
        return standing_of(self.user, self.now)

    @cached_property
    def seen(self) -> Any:
        """The issues that the person may see: every list starts here."""
        return Issue.objects.visible_to(self.user, self.now)

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
            parts = (Callee.objects.called(), Task.objects.waiting(), Decision.objects.waiting())
            waiting = [part.filter(issue__in=issues.values("pk")).order_by() for part in parts]
            vacant = [
                *_vacant(Unit, "unit", [issues.values("owner_unit"), *_columns(waiting, "unit")], self.now),
                *_vacant(Body, "body", [issues.values("owner_body"), *_columns(waiting, "body")], self.now),
            ]
            for (kind, pk), how in covered(self.standing, vacant, self.now).items():
                if how == "above":
                    (units if kind == "unit" else bodies).add(pk)
        return units, bodies

    @cached_property
    def deputised(self) -> tuple[set[int], set[int]]:
        """(units, bodies) with a post whose deputy the person is, as ids, whether its holder is there or not. One
        query, and not a part of others: an OR with a subquery costs the rest its indexes."""
        posts = Post.objects.active(self.now).filter(deputy=self.user.pk).order_by()
        places = list(posts.values_list("unit", "body"))
        return {unit for unit, _body in places if unit}, {body for _unit, body in places if body}

    def mine(self) -> QuerySet:
        """Open issues that are the person's to move: at the places they answer for, and what nobody took in
        time where they are the deputy; in the order of the day."""
        silent = Q(state__in=UNANSWERED_STATES) | Q(state="resolved", disputed=True)
        held = _at(self.places, "owner_") | _at(self.deputised, "owner_") & silent & Q(due_at__lte=self.now)
        return self.in_order(self.seen.open().filter(held))

    def calls(self) -> QuerySet:
        """Whistles (callees) that wait for one of those places, or for the person as deputy; due first."""
        asked = _at(self.places) | Q(raised_to__in=self.places[0])
        asked |= _at(self.deputised) & Q(state="called", due_at__lte=self.now)
        shown = ("whistle", "unit", "body", "issue__category", "issue__owner_unit", "issue__owner_body")
        called = Callee.objects.visible_to(self.user, self.now).called().filter(asked)
        return called.select_related(*shown).order_by("due_at", "pk")

    def asked(self) -> QuerySet:
        """Everything else that waits for them within matters, due first: sub-tasks, decisions, letters (also those
        to whoever had the matter before), checks on the spot. Rows of PART_COLUMNS, in one query."""
        silent = Q(state__in=("given", "open"), due_at__lte=self.now)
        addressed = _at(self.places) | Q(raised_to__in=self.places[0]) | _at(self.deputised) & silent
        seen = self.seen.order_by()
        tasks = Task.objects.asked_of(self.user, addressed, self.now)
        decisions = Decision.objects.asked_of(self.user, addressed, self.now)
        checks = seen.to_check(self.user, self.places[0])
        letters = Decision.objects.passed_on(self.user, _at(self.places, "issue__owner_"))
        letters = letters.exclude(pk__in=decisions.order_by().values("pk"))
        rows = [
            _named(checks, "check", Value(""), F("pk")),
            _named(tasks.filter(issue__in=seen.values("pk")), "task", Value(""), F("issue_id")),
            _named(decisions.filter(issue__in=seen.values("pk")), "decision", F("kind"), F("issue_id")),
            _named(letters.filter(issue__in=seen.values("pk")), "decision", F("kind"), F("issue_id")),
        ]
        return rows[0].union(*rows[1:], all=True).order_by("due_at", "part", "id")

    def danger_untaken(self) -> QuerySet:
        """Danger around that nobody has signed for: somebody else's, but first come, first served."""
        territory = within_any(self.standing.territory("handle"))
        waiting = self.seen.filter(territory, is_danger=True, state__in=UNANSWERED_STATES)
        return waiting.exclude(owner_unit__in=self.places[0]).order_by("due_at", "pk")

    def led(self) -> QuerySet:
        """What the person took on in person (领办) and is open still, in the order of the day."""
        return self.in_order(self.seen.open().filter(leader=self.user.pk))

    def to_call(self) -> QuerySet:
        """待回访: results that nobody has rated, whose reporters the person may call back."""
        return self.seen.to_call_back(self.user, self.now)

    def registered(self) -> QuerySet:
        """What the person registered, newest first, ended ones too."""
        return self.seen.filter(registered_by=self.user.pk).order_by("-reported_at", "-pk")

    def around(self) -> QuerySet:
        """Everything open that the person may see, in the order of the day."""
        return self.in_order(self.seen.open())

    def in_order(self, issues: QuerySet) -> QuerySet:
        """Late, today, later, waiting for the resident; danger first in each, then what is due first."""
        today = midnight(self.now)
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

    def withheld_from(self, user: Any, now: datetime) -> dict[int, int]:
        """Snapshot → how many of its rows this person must not see; those with none are left out.

        One query; a second only for somebody about whom there is a complaint.
        """
        ids = list(Issue.objects.hidden_from(user, now).order_by().values_list("pk", flat=True))
        if not ids:
            return {}
        rows = apps.get_model("desk", "SnapshotRow").objects.filter(snapshot__in=self, issue_id__in=ids)
        return dict(rows.order_by().values_list("snapshot").annotate(number=Count("pk")))


class SnapshotRowQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """As they were kept, but for complaints about this person, also where that was found later."""
        hidden = Issue.objects.hidden_from(user, now).order_by()
        return self.exclude(issue_id__in=hidden.values("pk"))


class KioskQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those of the districts where the person connects other systems."""
        if sees_all(user):
            return self
        return self.filter(unit__district__in=sorted(districts_of(user, now, CONNECTS)))

    def open(self) -> Self:
        """Those that are not revoked."""
        return self.filter(revoked_at=None)


def _at(places: tuple[set[int], set[int]], prefix: str = "") -> Q:
    """Held by one of these (units, bodies)."""
    units, bodies = places
    return Q(**{f"{prefix}unit__in": units}) | Q(**{f"{prefix}body__in": bodies})


def _named(found: QuerySet, part: str, what: Any, about: Any) -> Any:
    """Rows of PART_COLUMNS."""
    words = {"part": Value(part, CharField()), "what": Cast(what, CharField()), "about": about}
    return found.order_by().annotate(**words).values_list(*PART_COLUMNS, named=True)


def _columns(found: list[Any], column: str) -> list[QuerySet]:
    return [one.values(column) for one in found]


def _vacant(model: Any, column: str, waiting: list[QuerySet], now: datetime) -> QuerySet:
    """Those of these units or bodies where nobody who could handle anything can be reached."""
    there = (
        Post.objects.active(now)
        .with_absence(now)
        .filter(**{column: OuterRef("pk")}, role__in=roles_that("handle"))
        .filter(HELD_BY_A_PERSON & Q(away=False) | Q(deputy_there=True))
    )
    asked = reduce(or_, (Q(pk__in=one) for one in waiting))
    return model.objects.filter(asked).exclude(Exists(there))
