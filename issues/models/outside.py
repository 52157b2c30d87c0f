"""What a grid worker was given outside the duty list, as the grid worker reported it (S4:9)."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from grids.models import Body, Unit
from grids.standing import Standing, standing_of
from issues.kinds import LONGEST_OUTSIDE, outside_choices
from issues.models.issue import person
from trail.districts import sees_all

# Whoever has one of these for the whole district reads the list.
READS = ("supervise", "read_below")


def for_all_of(standing: Standing, *capabilities: str) -> frozenset[int]:
    """The districts for all of which the person has any of these: at the district itself, or at a body of its own."""
    places = standing.with_capability(*capabilities)
    whole = (one for one in places if not one.lineage["street_id"] and not one.outside)
    return frozenset(pk for one in whole if (pk := one.lineage["district_id"]))


class OutsideTaskQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own, and for the district all: whoever gave it is not among those who read who reported it."""
        if sees_all(user):
            return self
        own = Q(reported_by=user.pk)
        return self.filter(own | Q(district__in=for_all_of(standing_of(user, now), *READS)))


class OutsideTask(models.Model):
    """One task: who gave it to which grid, when, and what the district made of it."""

    district = models.ForeignKey(
        Unit, verbose_name=_("district"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    grid = models.ForeignKey(
        Unit, verbose_name=_("grid"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    given_unit = models.ForeignKey(
        Unit,
        verbose_name=_("given by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    given_body = models.ForeignKey(
        Body,
        verbose_name=_("given by (body)"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    given_on = models.DateField(_("given on"))
    text = models.CharField(_("task"), max_length=LONGEST_OUTSIDE)
    # Where it came as an issue; else by word of mouth.
    issue = models.ForeignKey(
        "issues.Issue", verbose_name=_("issue"), null=True, on_delete=models.CASCADE, related_name="+"
    )
    state = models.CharField(_("state"), max_length=20, choices=outside_choices, default="open")
    reported_by = person(_("reported by"))
    reported_at = models.DateTimeField(_("reported"))
    settled_by = person(_("decided by"))
    settled_at = models.DateTimeField(_("decided"), null=True)
    until = models.DateField(_("until"), null=True)
    note = models.CharField(_("note"), max_length=LONGEST_OUTSIDE, blank=True)
    # Who has the issue since it was taken back; nobody where it stayed.
    moved_unit = models.ForeignKey(
        Unit,
        verbose_name=_("issue went to"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    moved_body = models.ForeignKey(
        Body,
        verbose_name=_("issue went to (body)"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    objects = OutsideTaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task outside the duty list")
        verbose_name_plural = _("tasks outside the duty list")
        constraints = (
            models.CheckConstraint(
                name="outside_given_by_one",
                condition=Q(given_unit__isnull=False, given_body__isnull=True)
                | Q(given_unit__isnull=True, given_body__isnull=False),
            ),
            models.CheckConstraint(
                name="outside_open_or_settled",
                condition=Q(state="open", settled_at=None) | (~Q(state="open") & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="outside_moved_to_one",
                condition=Q(moved_unit=None, moved_body=None)
                | Q(Q(moved_unit=None) | Q(moved_body=None), issue__isnull=False, state="taken_back"),
            ),
            models.UniqueConstraint(
                fields=["issue", "grid"], condition=Q(issue__isnull=False), name="outside_issue_once"
            ),
        )
        indexes = (
            models.Index(fields=["district", "-reported_at"], name="outside_of_district"),
            models.Index(fields=["reported_by", "-reported_at"], name="outside_of_reporter"),
        )

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def given_by(self) -> Unit | Body:
        found = self.given_unit or self.given_body
        assert found is not None, "a constraint keeps one of them"
        return found

    @property
    def moved_to(self) -> Unit | Body | None:
        return self.moved_unit or self.moved_body
