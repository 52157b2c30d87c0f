"""Words for reading micro-wishes and their claims. `visible_to` is the one door to them, for every face."""

from datetime import datetime
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Prefetch, Q

from grids.lineage import inside
from grids.standing import standing_of
from trail.districts import sees_all
from volunteers.joining_querysets import spoken_for_by
from volunteers.querysets import run_by


class WishQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        """Those that wait for somebody to claim them, the newest first: what everybody may read."""
        return self.filter(state="open").order_by("-made_at", "-pk")

    def granted(self, since: datetime) -> Self:
        """Confirmed as fulfilled since then, the latest first. In the list of their community everybody reads alias, wish
        and thanks; the page of one stays with those whom it concerns (`visible_to`)."""
        return self.filter(state="confirmed", ended_at__gte=since).order_by("-ended_at", "-pk")

    def to_decide(self) -> Self:
        """To be reviewed or to be confirmed; what was made first comes first."""
        return self.filter(state__in=("proposed", "fulfilled")).order_by("made_at", "pk")

    def running(self) -> Self:
        """Somebody has them now; what runs out first comes first."""
        return self.filter(state="claimed").order_by("due_at", "pk")

    def to_confirm(self) -> Self:
        """Said to be fulfilled, and nobody has confirmed it yet; what waits longest comes first."""
        return self.filter(state="fulfilled").order_by("fulfilled_at", "pk")

    def overdue(self, now: datetime) -> Self:
        """Claimed, and the claim has run out; what ran out first comes first."""
        return self.filter(due_at__lte=now).order_by("due_at", "pk")

    def within(self, unit: Any) -> Self:
        """In the subtree of a unit."""
        return self.filter(inside(unit))

    def run_by(self, user: Any, now: datetime) -> Self:
        """Those of the places where the person runs volunteering; of open ones everybody sees more."""
        return self if sees_all(user) else self.filter(run_by(user, now))

    def with_claim(self) -> Self:
        """`having`: the claim that counts, of who has it now or kept it; none or one. One query for all of them."""
        rows = apps.get_model("volunteers", "Claim").objects.counting()
        return self.prefetch_related(Prefetch("claims", queryset=rows.with_claimer(), to_attr="having"))

    def claimed_by(self, user: Any, now: datetime) -> Self:
        """Those that this person has claimed, now or once, for themselves or for whom they speak."""
        claims = apps.get_model("volunteers", "Claim").objects.of(user, now)
        return self.filter(pk__in=claims.order_by().values("wish"))

    def visible_to(self, user: Any, now: datetime) -> Self:
        """What waits for somebody is for everybody to find. All else is for the wisher, whoever claimed it, and
        those who run volunteering there."""
        if sees_all(user):
            return self
        if not user.is_authenticated:
            return self.filter(state="open")
        theirs = self.model.objects.claimed_by(user, now).order_by().values("pk")
        return self.filter(Q(state="open") | Q(wisher=user.pk) | run_by(user, now) | Q(pk__in=theirs))


class ClaimQuerySet(models.QuerySet):
    def with_claimer(self) -> Self:
        """Each with whoever made it, and no query more."""
        return self.select_related("volunteer", "user", "body", "organisation")

    def current(self) -> Self:
        """The one of each wish that has not ended."""
        return self.filter(ended_at=None)

    def counting(self) -> Self:
        """Those by which somebody has the wish now, or has kept it: one of each wish at most."""
        return self.filter(Q(ended_at=None) | Q(outcome="kept"))

    def not_returned(self) -> Self:
        """Neither given back nor out of time: somebody promised a wish, and it was not they who let it go."""
        return self.exclude(outcome__in=("given_back", "overdue"))

    def of(self, user: Any, now: datetime) -> Self:
        """By this person as a volunteer or member, by a body where they have a post, or an organisation that they speak
        for."""
        if not user.is_authenticated:
            return self.none()
        organisations = apps.get_model("volunteers", "Organisation").objects.filter(spoken_for_by(user, now))
        volunteer = apps.get_model("volunteers", "Volunteer").objects.filter(user=user.pk)
        return self.filter(
            Q(volunteer__in=volunteer.order_by().values("pk"))
            | Q(user=user.pk)
            | Q(body__in=list(standing_of(user, now).body_ids()))
            | Q(organisation__in=organisations.order_by().values("pk"))
        )
