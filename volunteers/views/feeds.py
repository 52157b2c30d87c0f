"""What is to come around a community as a calendar (RFC 5545), for everybody: titles, times and places, nobody's name."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from calendars.ics import MEDIA_TYPE, Entry, calendar_file
from grids.models import Unit
from volunteers.models import Activity, Shift
from volunteers.views.public import community_at

MOST = 200
MOST_AGE = 900


@require_safe
def calendar(request: HttpRequest, code: str) -> HttpResponse:
    """The shifts of its activities, and of those of its street and district as such; calendars that have them already get
    a 304. No cookie is read or set."""
    unit, now = community_at(code).unit, timezone.now()
    body = calendar_file(
        entries_of(unit, request, now),
        name=_("Volunteering in %(name)s") % {"name": unit.name},
        product="Volunteering",
        host=request.get_host(),
        now=now,
    )
    answer = HttpResponse(body, content_type=MEDIA_TYPE)
    answer["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    answer["Content-Disposition"] = 'inline; filename="activities.ics"'
    patch_cache_control(answer, public=True, max_age=MOST_AGE)
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer


def entries_of(unit: Unit, request: HttpRequest, now: datetime) -> Iterator[Entry]:
    """What is not over yet, the next first; what is not the community's own says whose it is."""
    coming = Activity.objects.around(unit).coming(now).order_by().values("pk")
    shifts = Shift.objects.standing().filter(activity__in=coming, ends_at__gt=now)
    shifts = shifts.select_related("activity__unit")
    for one in shifts.defer("activity__unit__boundary").order_by("starts_at", "pk")[:MOST]:
        page = reverse("volunteers:activity", args=[one.activity_id])
        held = one.activity
        whose = "" if held.community_id == unit.pk else f" · {held.unit.name}"
        yield Entry(
            f"shift-{one.pk}",
            held.title + whose,
            one.starts_at,
            one.ends_at,
            held.place or held.unit.name,
            request.build_absolute_uri(page),
        )
