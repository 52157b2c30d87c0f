"""Who calls: `Authorization: Token …`. The settings name it, so it imports no view."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from knox import auth
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.actions import note_use
from accounts.api.throttling import hold_off
from accounts.first_passwords import change_first
from accounts.limits import client_address
from accounts.models import Grant, User
from trail.refusals import Refused
from trail.rows import read_joined, shape


class TokenAuthentication(auth.TokenAuthentication):
    """`Authorization: Token …`, found by its digest in one statement. That it was used is written once a minute.

    Tokens of an account whose password was just set by somebody else wait until its owner has chosen one.
    """

    def authenticate(self, request: Request) -> tuple[Any, AuthToken] | None:
        """Tokens that open nothing count against the address that they come from. Raises AuthenticationFailed, Throttled,
        Refused (first_password)."""
        try:
            return super().authenticate(request)
        except (AuthenticationFailed, Refused):
            hold_off("address", client_address(request))
            raise

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        now = timezone.now()
        found = _token(hash_token(token.decode("latin-1")), now)
        if found is None:
            raise AuthenticationFailed(_("Unknown or expired token."))
        user, found = self.validate_user(found)
        if user.must_change_password:
            raise change_first()
        if found.known_grant is not None:
            note_use(found.known_grant, now=now)
        return user, found


def _token(digest: str, now: datetime) -> Any:
    """With its user and, as `known_grant`, what it is for; None for one that does not work (any more). By hand: every
    request asks it; the person's number is not decrypted for nothing."""
    found = read_joined(
        "knox_authtoken AS token JOIN accounts_user AS person ON person.id = token.user_id "
        'LEFT JOIN accounts_grant AS "may" ON "may".token_id = token.digest WHERE token.digest = %s',
        [digest],
        token=shape(AuthToken, "token"),
        person=shape(User, "person", without=("phone",)),
        may=shape(Grant, "may"),
    )
    for token, token.user, grant in found:
        token.known_grant = grant if grant.pk else None
        return token if token.expiry is None or token.expiry > now else None
    return None
