"""Who calls: `Authorization: Token …`. The settings name it, so it imports no view."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from knox import auth
from knox.crypto import hash_token
from knox.models import AuthToken
from rest_framework.exceptions import AuthenticationFailed


class TokenAuthentication(auth.TokenAuthentication):
    """`Authorization: Token …`, found by its digest in one statement; nothing is written on the way."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, AuthToken]:
        digest = hash_token(token.decode("latin-1"))
        for row in AuthToken.objects.select_related("user").filter(digest=digest):
            if row.expiry is None or row.expiry > timezone.now():
                return self.validate_user(row)
        raise AuthenticationFailed(_("Unknown or expired token."))
