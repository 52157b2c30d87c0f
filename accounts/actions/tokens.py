"""The only writers of API tokens: people make their own, those who connect systems those of service accounts."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _
from knox.models import AuthToken

from accounts.actions.authority import locked, require_manager
from accounts.models import Grant, User
from trail.actions import drop_some, record_event
from trail.refusals import NotAllowed, Refused
from trail.scopes import SCOPES

BATCH = 1000
LONGEST_NAME = 60
# Of one service account. A list that is longer is not looked through any more.
MOST_TOKENS = 20
# To the minute is enough to see what is still in use, and costs a busy system one write of sixty.
USE_IS_NOTED = timedelta(minutes=1)
# Whoever is noting it already need not be waited for.
NOTE_USE = """
    UPDATE accounts_grant SET last_used_at = %(now)s WHERE id IN (
        SELECT id FROM accounts_grant WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at <= %(before)s)
        FOR UPDATE SKIP LOCKED
    )
"""


@transaction.atomic
def issue_token(
    user: User,
    *,
    by: User | None,
    now: datetime,
    expires_at: datetime | None = None,
    name: str = "",
    scopes: Collection[str] = tuple(SCOPES),
) -> str:
    """A token for the API, shown this once; only its digest is kept. `scopes`: keys of trail.scopes, all if left
    out. A person's without `expires_at` works until revoked; a service account's needs one, and a name.

    Nobody makes one for another person, and no system one for itself: NotAllowed. Raises Refused (scopes; expiry;
    name; closed; too_many).
    """
    _require_issuer(user, by, now)
    user = locked(user)
    if user.is_service and not user.is_active:
        raise Refused(_("This account is closed."), code="closed")
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or (user.is_service and not name):
        raise Refused(_("A name of at most 60 characters."), code="name")
    if not scopes or set(scopes) - set(SCOPES):
        raise Refused(_("Choose what the token may do."), code="scopes")
    _check_expiry(user, expires_at, now)
    if user.is_service and AuthToken.objects.filter(user=user).count() >= MOST_TOKENS:
        raise Refused(
            _("At most %(most)d tokens; revoke one first.") % {"most": MOST_TOKENS}, code="too_many"
        )
    kept, token = AuthToken.objects.create(user, expiry=expires_at - now if expires_at else None)
    chosen = [key for key in SCOPES if key in scopes]
    grant = Grant.objects.create(token=kept, name=name, scopes=" ".join(chosen))
    until = expires_at.isoformat(timespec="seconds") if expires_at else None
    data = {"token": grant.pk, "scopes": chosen, "expires_at": until}
    record_event("user", user.pk, "issue_token", by=by, now=now, data=data)
    return token


@transaction.atomic
def revoke_token(token: AuthToken, *, by: User | None, now: datetime) -> None:
    """The token opens nothing any more, from the next request on. One's own, or by who manages the account;
    NotAllowed."""
    if by is None or by.pk != token.user_id:
        require_manager(token.user, by, now)
    locked(token.user)
    grant = Grant.objects.filter(token=token.pk).values_list("pk", flat=True).first()
    gone = AuthToken.objects.filter(pk=token.pk).delete()[1]
    if gone.get(AuthToken._meta.label):
        record_event("user", token.user_id, "revoke_token", by=by, now=now, data={"token": grant})


@transaction.atomic
def revoke_tokens(user: User, *, by: User | None, now: datetime) -> int:
    """None of this account's tokens opens anything any more; how many there were. Raises NotAllowed."""
    require_manager(user, by, now)
    revoked = drop_tokens(locked(user))
    if revoked:
        record_event("user", user.pk, "revoke_tokens", by=by, now=now, data={"count": revoked})
    return revoked


def drop_tokens(user: User) -> int:
    """All tokens of this locked account; how many. The caller says in the trail what happened."""
    return AuthToken.objects.filter(user=user).delete()[1].get(AuthToken._meta.label, 0)


def note_use(grant: Grant, *, now: datetime) -> None:
    """The token was used: written once a minute at most."""
    if grant.last_used_at is None or now - grant.last_used_at >= USE_IS_NOTED:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_USE, {"id": grant.pk, "now": now, "before": now - USE_IS_NOTED})


def forget_tokens(*, before: datetime, limit: int = BATCH) -> int:
    """Drop up to `limit` tokens that stopped working before this; how many."""
    return drop_some(AuthToken.objects.filter(expiry__lt=before).order_by("pk"), limit=limit)


def _require_issuer(user: User, by: User | None, now: datetime) -> None:
    if user.is_service:
        if by is not None and by.pk == user.pk:
            # Else a token that somebody has got hold of could outlive its being revoked.
            raise NotAllowed(
                _("The district's system administrators make the tokens of a service account."),
                code="not_allowed",
            )
        require_manager(user, by, now)
    elif by is not None and by.pk != user.pk:
        raise NotAllowed(_("Everybody makes their own API tokens."), code="not_allowed")


def _check_expiry(user: User, expires_at: datetime | None, now: datetime) -> None:
    """Raises Refused("expiry")."""
    if expires_at is not None and expires_at <= now:
        raise Refused(_("This lies in the past."), code="expiry")
    most = settings.SERVICE_TOKEN_DAYS
    if user.is_service and (expires_at is None or expires_at > now + timedelta(days=most)):
        raise Refused(
            _("A token of a system works for at most %(most)d days.") % {"most": most}, code="expiry"
        )
