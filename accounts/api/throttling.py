"""A flood is held off: so many requests a minute of one token, person or address. The settings name it."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import Throttled
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


class RequestLimit(BaseThrottle):
    """Each token has an allowance of its own; sessions count by person, everybody else by address."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if request.auth is not None:
            hold_off("token", str(request.auth.pk))
        elif request.user.is_authenticated:
            hold_off("person", str(request.user.pk))
        else:
            hold_off("address", client_address(request))
        return True
