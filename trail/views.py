"""Is it alive, is it ready: for machines that watch."""

import socket
from datetime import timedelta
from urllib.parse import urlparse

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from trail.models import Heartbeat

# Older than this, nothing escalates any more: somebody must look.
STALE = timedelta(seconds=30)


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers; says nothing about what it needs."""
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers and some loop has run lately, else 503. A dead broker is only a
    warning.
    """
    try:
        ages = {name: Heartbeat.objects.age(name, timezone.now()) for name in ("worker", "ticks")}
    except Error:
        return JsonResponse({"status": "unready", "database": False}, status=503)
    fresh = any(age is not None and age < STALE for age in ages.values())
    seconds = {name: None if age is None else round(age.total_seconds(), 1) for name, age in ages.items()}
    body = {"status": "ready" if fresh else "unready", "database": True, "heartbeat_age_seconds": seconds}
    if not _broker_answers():
        body["warnings"] = ["broker"]
    return JsonResponse(body, status=200 if fresh else 503)


def _broker_answers() -> bool:
    address = urlparse(settings.REDIS_URL)
    try:
        socket.create_connection((address.hostname or "127.0.0.1", address.port or 6379), timeout=0.2).close()
    except OSError:
        return False
    return True
