"""A flood is held off: so many requests a minute of one token, person or address. The settings name it."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.limits import admit, client_address


class TooMany(Throttled):
    """More than the allowance of this minute."""

    def __init__(self, seconds: int) -> None:
        text = _("Too many requests in this minute; go on in %(seconds)d seconds.") % {"seconds": seconds}
        super().__init__(detail=text)
        self.wait = seconds


def hold_off(kind: str, who: str) -> None:
    """Count one request. Raises TooMany."""
    if seconds := admit(kind, who, now=timezone.now()):
        raise TooMany(seconds)


def count(request: Request) -> None:
    """Count a request against its token, its person or its address; once, however often it is asked about. Raises
    TooMany."""
    plain = request._request
    if getattr(plain, "is_counted", False):
        return
    plain.is_counted = True  # on the request itself: of this wrapper there may be several
    if request.auth is not None:
        hold_off("token", str(request.auth.pk))
    elif request.user.is_authenticated:
        hold_off("person", str(request.user.pk))
    else:
        hold_off("address", client_address(request))


class WithinLimit(BasePermission):
    """The first of the permissions: DRF asks those before its throttles, and who is refused counts as well."""

    def has_permission(self, request: Request, view: Any) -> bool:
        count(request)
        return True


class RequestLimit(BaseThrottle):
    """Each token has an allowance of its own; sessions count by person, everybody else by address. Here for views with
    permissions of their own."""

    def allow_request(self, request: Request, view: Any) -> bool:
        count(request)
        return True
