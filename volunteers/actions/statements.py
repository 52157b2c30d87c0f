"""A statement of service: made by the person themselves, released by a link, and never sent behind their back."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.secrets import keyed_hash
from trail.actions import drop_some, record_event
from trail.refusals import NotAllowed, Refused
from volunteers.models import Organisation, Service, Statement, Volunteer

if TYPE_CHECKING:
    from accounts.models import User

BYTES = 32
LONGEST_SECRET = 64
PURPOSE = "statement"
USUAL_DAYS, MOST_DAYS = 30, 365
# Links of one person that open at the same time.
MOST_LIVE = 20


@dataclass(frozen=True)
class Shown:
    """What whoever has the link reads, and nothing besides."""

    name: str
    since: date
    until: date
    minutes: int
    activities: int
    made_at: datetime


def preview_statement(
    volunteer: Volunteer, *, since: date, until: date, by_name: bool, now: datetime
) -> Shown:
    """What the link of a statement that is made now would show. Raises Refused("period", "nameless")."""
    if since > until or until > timezone.localdate(now):
        raise Refused(_("Choose a period that ends today or earlier."), code="period")
    name = volunteer.name if by_name else volunteer.alias
    if not name:
        raise Refused(_("Under this name nobody knows you: choose the other one."), code="nameless")
    minutes, activities = Service.objects.served(volunteer, since, until)
    return Shown(name, since, until, minutes, activities, now)


@transaction.atomic
def make_statement(
    volunteer: Volunteer,
    *,
    since: date,
    until: date,
    by_name: bool,
    by: "User",
    now: datetime,
    days: int = USUAL_DAYS,
    organisation: Organisation | None = None,
) -> tuple[Statement, str]:
    """What the person served from one day to another, as it stands now, and the secret of its link (shown this once).

    `by_name`: under the real name, else under the alias. Raises NotAllowed for everybody but the person,
    Refused("period", "days", "nameless", "too_many").
    """
    volunteer = _own(volunteer, by)
    shown = preview_statement(volunteer, since=since, until=until, by_name=by_name, now=now)
    if not 1 <= days <= MOST_DAYS:
        raise Refused(_("The link opens for 1 to 365 days."), code="days")
    if Statement.objects.filter(volunteer=volunteer).live(now).count() >= MOST_LIVE:
        raise Refused(_("You have 20 links that still open; revoke one first."), code="too_many")
    secret = secrets.token_urlsafe(BYTES)
    statement = Statement.objects.create(
        volunteer=volunteer,
        by_name=by_name,
        organisation=organisation,
        since=since,
        until=until,
        minutes=shown.minutes,
        activities=shown.activities,
        secret_hash=keyed_hash(secret, purpose=PURPOSE),
        made_at=now,
        expires_at=now + timedelta(days=days),
    )
    _record(statement, volunteer, "make", by, now)
    return statement, secret


@transaction.atomic
def revoke_statement(statement: Statement, *, by: "User", now: datetime) -> Statement:
    """The link opens nothing any more. Raises NotAllowed for everybody but the person, Refused("ended")."""
    volunteer = _own(Volunteer.objects.get(pk=statement.volunteer_id), by)
    statement = Statement.objects.select_for_update(of=("self",)).get(pk=statement.pk)
    if statement.revoked_at:
        raise Refused(_("It is revoked already."), code="ended")
    statement.revoked_at = now
    statement.save(update_fields=["revoked_at"])
    _record(statement, volunteer, "revoke", by, now)
    return statement


@transaction.atomic
def read_statement(secret: str, *, now: datetime) -> Shown | None:
    """What the link shows; that it was read is noted for the person to see. None for what is unknown, expired or
    revoked, and for a person who was erased: nobody can tell these apart."""
    if not secret or len(secret) > LONGEST_SECRET:
        return None
    rows = Statement.objects.live(now).select_for_update(of=("self",), no_key=True)
    found = rows.select_related("volunteer").filter(secret_hash=keyed_hash(secret, purpose=PURPOSE)).first()
    if found is None:
        return None
    found.times_read, found.last_read_at = found.times_read + 1, now
    found.save(update_fields=["times_read", "last_read_at"])
    person = found.volunteer
    _record(found, person, "read", None, now)
    name = person.name if found.by_name else person.alias
    return Shown(name, found.since, found.until, found.minutes, found.activities, found.made_at)


def forget_statements(*, before: datetime, limit: int) -> int:
    """Drop up to `limit` statements whose links expired before this; the trail keeps that they were made and read."""
    return drop_some(Statement.objects.filter(expires_at__lt=before).order_by("expires_at"), limit=limit)


def _own(volunteer: Volunteer, by: "User") -> Volunteer:
    """The volunteer, locked; nobody makes a statement for somebody else."""
    volunteer = Volunteer.objects.select_for_update(of=("self",), no_key=True).get(pk=volunteer.pk)
    if volunteer.user_id is None or volunteer.user_id != by.pk or volunteer.state == "erased":
        raise NotAllowed(_("Everybody releases their own statement, and nobody else's."), code="not_yours")
    return volunteer


def _record(statement: Statement, volunteer: Volunteer, verb: str, by: "User | None", now: datetime) -> None:
    record_event(
        "statement",
        statement.pk,
        verb,
        by=by,
        now=now,
        unit_id=volunteer.community_id,
        district_id=volunteer.district_id,
    )
