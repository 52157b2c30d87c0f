"""The only writers of the secret addresses where calendars look: one for each person, made by them alone."""

import secrets
from datetime import datetime

from django.db import transaction

from accounts.actions.authority import locked
from accounts.models import CalendarAddress, User
from accounts.secrets import keyed_hash
from trail.actions import record_event

BYTES = 32
LONGEST = 64
PURPOSE = "calendar"


@transaction.atomic
def make_address(user: User, *, now: datetime) -> str:
    """The secret part of the person's own address, shown this once; the one from before opens nothing any more."""
    user, secret = locked(user), secrets.token_urlsafe(BYTES)
    values = {"secret_hash": keyed_hash(secret, purpose=PURPOSE), "made_at": now}
    CalendarAddress.objects.update_or_create(user=user, defaults=values)
    record_event("user", user.pk, "make_address", by=user, now=now)
    return secret


@transaction.atomic
def revoke_address(user: User, *, now: datetime) -> bool:
    """The person's own address opens nothing any more; was there one?"""
    user = locked(user)
    there = drop_address(user)
    if there:
        record_event("user", user.pk, "revoke_address", by=user, now=now)
    return there


def drop_address(user: User) -> bool:
    """That of this locked account; the caller says in the trail what happened."""
    return bool(CalendarAddress.objects.filter(user=user).delete()[0])


def whose_address(secret: str) -> User | None:
    """The person whose calendar asks with this; None for what is unknown, revoked, or of a closed account."""
    if not secret or len(secret) > LONGEST:
        return None
    wanted = keyed_hash(secret, purpose=PURPOSE)
    found = (
        CalendarAddress.objects.filter(secret_hash=wanted, user__is_active=True)
        .select_related("user")
        .first()
    )
    return found.user if found else None
