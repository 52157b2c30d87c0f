"""Words for reading notices, webhooks and group channels."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Case, F, Q, Value, When

from notices.channels import INBOX
from notices.wishes import USUAL, Wishes
from trail.districts import districts_of, sees_all
from trail.hiding import kept_from
from trail.querysets import MENDS, last_event_before, of_districts

# The capability (grids.roles) of who subscribes other systems.
CONNECTS = "connect_systems"
# Danger goes before everything else that is queued; an index begins with it.
RANK = Case(When(urgency="danger", then=Value(0)), default=Value(1))
RANKS = (0, 1)
# Columns of what a person has chosen.
CHOSEN = ("by_text", "quiet_from", "quiet_until", "weekly")


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """One's own; and to a system administrator that something of the district was given up."""
        if sees_all(user):
            return self
        mended = of_districts(districts_of(user, now, MENDS), "event__")
        return self.filter(Q(recipient=user.pk) | mended & Q(state="dead"))

    def addressed_to(self, user: Any) -> Self:
        """One's own; nobody reads another's."""
        return self.filter(recipient=user.pk) if user.is_authenticated else self.none()

    def to_contact(self, name: str) -> Self:
        """What somebody without an account was told, or is about to be, newest first."""
        return self.filter(contact=name).exclude(contact="").order_by("-event_id")

    def inbox(self, user: Any) -> Self:
        """What stands in a person's inbox, newest first."""
        return self.addressed_to(user).filter(channel=INBOX).order_by("-pk")

    def unread(self) -> Self:
        """Of the inbox; other channels do not tell."""
        return self.filter(channel=INBOX, read_at=None)

    def unread_count(self, user: Any) -> int:
        """The number on the bell; one query over a partial index."""
        return self.addressed_to(user).unread().count()

    def due(self, now: datetime) -> Self:
        """What may be sent now: queued, and in nobody's hands."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.filter(free, state="queued", next_try_at__lte=now)

    def next_due(self, now: datetime, limit: int) -> list[Any]:
        """What the deliver loop should take now, at most so many: danger first, then the oldest.

        Each rank is asked by itself, so that the index leads straight to what is due, past whatever waits in line or
        for the end of somebody's quiet hours.
        """
        found: list[Any] = []
        for rank in RANKS:
            if len(found) < limit:
                of_rank = self.due(now).alias(rank=RANK).filter(rank=rank).order_by("next_try_at", "pk")
                found += of_rank[: limit - len(found)]
        return found

    def spent_before(self, before: datetime) -> Self:
        """Read long ago or, on a channel where nobody reads, sent long ago; found along the events' own index of
        time."""
        elsewhere = ~Q(channel=INBOX) & Q(state__in=("sent", "spared"), created_at__lt=before)
        old = self.filter(Q(read_at__lt=before) | elsewhere, event_id__lte=last_event_before(before))
        return old.order_by("event_id")

    def dead(self) -> Self:
        """What was given up and waits for a person."""
        return self.filter(state="dead")


class PreferenceQuerySet(models.QuerySet):
    def wishes_of(self, user_id: int | None) -> Wishes:
        """One person's, the usual ones where nothing was chosen."""
        chosen = self.filter(user=user_id).first()
        return chosen.wishes if chosen else USUAL

    def reachable_by_text(self, people: Iterable[int]) -> dict[int, Wishes]:
        """Those of these people (ids) who have a telephone, with their wishes. One query."""
        users = get_user_model().objects.filter(pk__in=people, is_active=True).exclude(phone_hash="")
        found = users.select_related("notice_preference").only(
            "pk", *(f"notice_preference__{name}" for name in CHOSEN)
        )
        return {user.pk: _wishes(user) for user in found.order_by()}

    def without_weekly(self, people: Iterable[int]) -> set[int]:
        """Those of these people (ids) who do not want the week's summary."""
        return set(self.filter(user__in=people, weekly=False).values_list("user_id", flat=True))


def _wishes(user: Any) -> Wishes:
    """Asked for with the user, so no query."""
    try:
        return user.notice_preference.wishes
    except ObjectDoesNotExist:
        return USUAL


class GroupQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those of the districts where the person connects other systems."""
        if sees_all(user):
            return self
        return self.filter(district__in=sorted(districts_of(user, now, CONNECTS)))

    def running(self) -> Self:
        """Neither removed nor paused."""
        return self.filter(ended_at=None, paused_at=None)

    def told(self, district_id: int | None, sort: str) -> Self:
        """The running ones of a district that hear of this sort."""
        return self.running().filter(district=district_id, sorts__contains=[sort])


class GroupMessageQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those of visible group channels."""
        if sees_all(user):
            return self
        return self.filter(group__district__in=sorted(districts_of(user, now, CONNECTS)))

    def waiting(self) -> Self:
        """Still to be sent, or to be sent again."""
        return self.filter(state="queued")

    def due(self, now: datetime) -> Self:
        """What may be sent now: in nobody's hands, its group running and not at rest. A test waits for nothing."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        rested = Q(group__rest_until=None) | Q(group__rest_until__lte=now)
        runs = Q(event=None) | rested & Q(group__paused_at=None)
        return self.filter(free, runs, state="queued", next_try_at__lte=now, group__ended_at=None)

    def first_due(self, now: datetime) -> Self:
        """Of each group the one to send now, tests first; of the groups whoever waits longest."""
        tests_first = F("event_id").asc(nulls_first=True)
        first = self.due(now).order_by("group_id", tests_first, "pk").distinct("group_id")
        return self.filter(pk__in=first.values("pk")).order_by("next_try_at", "pk")

    def ended_before(self, before: datetime) -> Self:
        """Sent or given up long ago."""
        return self.filter(state__in=("sent", "dead"), ended_at__lt=before).order_by("ended_at")


class SubscriptionQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those of the districts where the person connects other systems."""
        if sees_all(user):
            return self
        return self.filter(unit__district__in=sorted(districts_of(user, now, CONNECTS)))

    def running(self) -> Self:
        """Neither ended nor paused."""
        return self.filter(ended_at=None, paused_at=None)


class MessageQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime) -> Self:
        """Those of visible subscriptions, but none that tells of a complaint about the person."""
        if sees_all(user):
            return self
        seen = self.filter(subscription__unit__district__in=sorted(districts_of(user, now, CONNECTS)))
        return seen.exclude(kept_from(user, now))

    def waiting(self) -> Self:
        """Still to be sent, or to be sent again."""
        return self.filter(state="queued")

    def dead(self) -> Self:
        """Given up: waiting for a person."""
        return self.filter(state="dead")

    def ended_before(self, before: datetime) -> Self:
        """Sent or withheld long ago; what was given up waits for a person."""
        return self.filter(state__in=("sent", "withheld"), ended_at__lt=before).order_by("ended_at")
