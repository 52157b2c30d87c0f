"""Words for reading notices."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import Q

from notices.channels import INBOX
from trail.querysets import last_event_before


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, user: Any, now: datetime | None = None) -> Self:
        """One's own; nobody reads another's."""
        return self.filter(recipient=user.pk) if user.is_authenticated else self.none()

    def inbox(self, user: Any) -> Self:
        """What stands in a person's inbox, newest first."""
        return self.visible_to(user).filter(channel=INBOX).order_by("-pk")

    def unread(self) -> Self:
        """Of the inbox; other channels do not tell."""
        return self.filter(channel=INBOX, read_at=None)

    def unread_count(self, user: Any) -> int:
        """The number on the bell; one query over a partial index."""
        return self.visible_to(user).unread().count()

    def due(self, now: datetime) -> Self:
        """What the deliver loop should take now, oldest first: queued, and in nobody's hands."""
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.filter(free, state="queued", next_try_at__lte=now).order_by("next_try_at", "pk")

    def read_before(self, before: datetime) -> Self:
        """Read long ago; found along the events' own index of time."""
        old = self.filter(read_at__lt=before, event_id__lte=last_event_before(before))
        return old.order_by("event_id")

    def dead(self) -> Self:
        """What was given up and waits for a person."""
        return self.filter(state="dead")
