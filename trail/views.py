"""Is it alive, is it ready: for machines that watch."""

import socket
import sys
from datetime import timedelta
from urllib.parse import urlparse

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.defaults import server_error

from trail.loops import DRIVERS, LOOPS
from trail.middleware import busy, told_to_programs
from trail.models import Heartbeat
from trail.passing import passing
from trail.problems import failure

ALL = (*LOOPS, *DRIVERS)


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; says nothing about what it needs."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and each loop has run lately, by whoever turns it; else 503, and `late`
    names the silent ones. A dead broker, or one of the two drivers missing, is only a warning.
    """
    try:
        ages = Heartbeat.objects.ages(timezone.now())
    except Error:
        return JsonResponse({"status": "unready", "database": False}, status=503)
    late = [name for name, most in LOOPS.items() if _is_late(ages, name, most)]
    warnings = [name for name, most in DRIVERS.items() if _is_late(ages, name, most)]
    if not _broker_answers():
        warnings.append("broker")
    seconds = {name: round(ages[name].total_seconds(), 1) if name in ages else None for name in ALL}
    body = {"status": "unready" if late else "ready", "database": True, "heartbeat_age_seconds": seconds}
    more = {name: found for name, found in (("late", late), ("warnings", warnings)) if found}
    return JsonResponse(body | more, status=503 if late else 200)


def failed(request: HttpRequest) -> HttpResponse:
    """What nobody caught: Django's page, for programs an error of their face; unless it passes by itself."""
    name = passing(sys.exc_info()[1])
    if name:
        return busy(request, name)
    return told_to_programs(request, failure()) or server_error(request)


def _is_late(ages: dict[str, timedelta], name: str, most: timedelta) -> bool:
    return name not in ages or ages[name] > most


def _broker_answers() -> bool:
    address = urlparse(settings.REDIS_URL)
    try:
        socket.create_connection((address.hostname or "127.0.0.1", address.port or 6379), timeout=0.2).close()
    except OSError:
        return False
    return True
