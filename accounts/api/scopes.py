"""What the token of a request is good for. The settings name the permission, so it imports no view."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import Grant
from trail.scopes import NO_SCOPE, SCOPES


class NeedsScope(PermissionDenied):
    """The token is not for this. `scope` is the one that it lacks."""

    default_code = "scope"

    def __init__(self, scope: str) -> None:
        self.scope = scope
        words = {"scope": scope, "what": SCOPES.get(scope, scope)}
        super().__init__(_("This token lacks the scope “%(scope)s”: %(what)s.") % words)


def check_scope(token: Any, scope: str) -> None:
    """Raises NeedsScope. Who came without a token, with a session, is not held to any scope; nor is a token that a
    process of the version before has made."""
    grant: Grant | None = getattr(token, "known_grant", None)
    if grant is not None and scope != NO_SCOPE and scope not in grant.scope_set:
        raise NeedsScope(scope)


class HasScope(BasePermission):
    """Every view says in `scopes` which one each of its methods needs; one that does not opens to no token."""

    def has_permission(self, request: Request, view: Any) -> bool:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if request.auth is None or method == "OPTIONS":
            return True
        if method in view.scopes:
            check_scope(request.auth, view.scopes[method])
            return True
        # What the view does not take at all is a 405.
        return not hasattr(view, method.lower())
