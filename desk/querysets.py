"""Words for reading one person's day: which issues and whistles stand in which list, and in which order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Case, CharField, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast

from calendars.midnight import midnight
from grids.lineage import within_any
from grids.models import Unit
from grids.standing import Standing, standing_of
from issues.answering import Answering
from issues.lifecycle import UNANSWERED_STATES
from issues.models import Callee, Issue
from trail.districts import districts_of, sees_all

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
    def answering(self) -> Answering:
        """The places that the person answers for; the lists of issues ask by the same words."""
        return Answering(self.user, self.now)

    def mine(self) -> QuerySet:
        """Open issues that are the person's to move, in the order of the day."""
        return self.in_order(self.seen.waiting_for(self.answering))

    def calls(self) -> QuerySet:
        """Whistles (callees) that wait for the person; due first."""
        shown = ("whistle", "unit", "body", "issue__category", "issue__owner_unit", "issue__owner_body")
        called = self.answering.calls(Callee.objects.visible_to(self.user, self.now))
        return called.select_related(*shown).order_by("due_at", "pk")

    def asked(self) -> QuerySet:
        """Everything else that waits for them within matters, due first. Rows of PART_COLUMNS, in one query."""
        parts = self.answering.parts(self.seen.order_by())
        rows = [
            _named(parts.checks, "check", Value(""), F("pk")),
            _named(parts.tasks, "task", Value(""), F("issue_id")),
            _named(parts.decisions, "decision", F("kind"), F("issue_id")),
            _named(parts.letters, "decision", F("kind"), F("issue_id")),
        ]
        return rows[0].union(*rows[1:], all=True).order_by("due_at", "part", "id")

    def danger_untaken(self) -> QuerySet:
        """Danger around that nobody has signed for: somebody else's, but first come, first served."""
        territory = within_any(self.standing.territory("handle"))
        waiting = self.seen.filter(territory, is_danger=True, state__in=UNANSWERED_STATES)
        return waiting.exclude(owner_unit__in=self.answering.places[0]).order_by("due_at", "pk")

    def led(self) -> QuerySet:
        """What the person took on in person (领办) and is open still, in the order of the day."""
        return self.in_order(self.seen.led_by(self.user))

    def to_call(self) -> QuerySet:
        """待回访: results that nobody has rated, whose reporters the person may call back."""
        return self.seen.to_call_back(self.user, self.now)

    def registered(self) -> QuerySet:
        """What the person registered, newest first, ended ones too."""
        return self.seen.registered_by(self.user).order_by("-reported_at", "-pk")

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


def _named(found: QuerySet, part: str, what: Any, about: Any) -> Any:
    """Rows of PART_COLUMNS."""
    words = {"part": Value(part, CharField()), "what": Cast(what, CharField()), "about": about}
    return found.order_by().annotate(**words).values_list(*PART_COLUMNS, named=True)
