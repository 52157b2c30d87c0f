"""The only writers of links between accounts and the house's identity provider."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions.authority import locked, require_manager
from accounts.models import Identity, User, identity_digest
from trail.actions import record_event
from trail.refusals import NotAllowed, Refused

LONGEST_NAME = 60


@transaction.atomic
def link_identity(issuer: str, subject: str, *, name: str, now: datetime) -> User:
    """The account of whom the provider has proven to be `subject`: the one it is linked to, else the one with this
    sign-in name, which is linked from now on. Nobody's account is opened by it.

    With the link a first password ends, which others know; one that its owner chose goes on. Raises NotAllowed
    (unknown: no account, or one that never signs in like this; closed), Refused (linked: to somebody else there).
    """
    digest = identity_digest(issuer, subject)
    known = Identity.objects.filter(digest=digest).select_related("user").first()
    if known:
        return _admitted(known.user, name)
    name = _sign_in_name(name)
    found = User.objects.filter(username=name).first() if name else None
    user = _admitted(locked(found) if found else None, name)
    try:
        with transaction.atomic():
            wanted = {"user": user, "issuer": issuer, "linked_at": now}
            identity, made = Identity.objects.get_or_create(digest=digest, defaults=wanted)
    except IntegrityError as error:
        raise Refused(
            _(
                "The account “%(name)s” is linked to somebody else's sign-in. Ask your security administrator to "
                "end that link."
            )
            % {"name": name},
            code="linked",
        ) from error
    if not made:  # in this very moment, by another window of the same person
        return _admitted(identity.user, name)
    ended = user.must_change_password
    if ended:
        user.set_unusable_password()
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
    record_event("user", user.pk, "link_identity", by=user, now=now, data={"first_password_ended": ended})
    return user


@transaction.atomic
def unlink_identity(user: User, *, by: User | None, now: datetime) -> User:
    """Nobody signs in to this account through the provider until it is linked anew, which the next sign-in under its
    name does. Who is signed in stays so. Raises NotAllowed."""
    require_manager(user, by, now)
    user = locked(user)
    if drop_identities(user):
        record_event("user", user.pk, "unlink_identity", by=by, now=now)
    return user


def drop_identities(user: User) -> int:
    """All links of this locked account; how many. The caller says in the trail what happened."""
    return Identity.objects.filter(user=user).delete()[0]


def _sign_in_name(name: str) -> str:
    """As sign-in names are kept; "" for what can be none."""
    name = User.normalize_username(name.strip())
    return name if len(name) <= LONGEST_NAME and "\0" not in name else ""


def _admitted(user: User | None, name: str) -> User:
    """This account, if it may be signed in to through the provider. Raises NotAllowed."""
    if user is not None and User.objects.of_provider().filter(pk=user.pk).exists():
        return user
    if user is None or user.is_active:
        text = _(
            "There is no account “%(name)s” here that you could sign in to. Ask your security administrator to open "
            "one with this sign-in name."
        )
        raise NotAllowed(text % {"name": name or "—"}, code="unknown")
    raise NotAllowed(
        _("This account is closed. Ask your security administrator if you should come back."), code="closed"
    )
