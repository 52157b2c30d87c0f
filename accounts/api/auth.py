"""Who calls: `Authorization: Token …`. The settings name it, so it imports no view."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from knox import auth
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import User
from trail.rows import read_joined, shape


class TokenAuthentication(auth.TokenAuthentication):
    """`Authorization: Token …`, found by its digest in one statement; nothing is written on the way."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        found = _token(hash_token(token.decode("latin-1")))
        if found is None or (found.expiry is not None and found.expiry <= timezone.now()):
            raise AuthenticationFailed(_("Unknown or expired token."))
        return self.validate_user(found)


def _token(digest: str) -> AuthToken | None:
    """With its user. By hand: every request asks it; the person's number is not decrypted for nothing."""
    found = read_joined(
        "knox_authtoken AS token JOIN accounts_user AS person ON person.id = token.user_id WHERE token.digest = %s",
        [digest],
        token=shape(AuthToken, "token"),
        person=shape(User, "person", without=("phone",)),
    )
    for token, token.user in found:
        return token
    return None
