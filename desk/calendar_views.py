"""One's deadlines in a calendar of one's own: the page where its address is made, and what the address gives."""

import hashlib

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import make_address, revoke_address, whose_address
from accounts.models import CalendarAddress
from calendars.ics import MEDIA_TYPE
from desk.agenda import calendar_of, entries_of
from trail.idempotency import new_key, submit_once
from trail.refusals import Refused


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """Make the address, make it anew, revoke it; a new one is shown on the answer to the form, and never again."""
    made, now = "", timezone.now()
    if request.method == "POST":

        def act() -> str:
            nonlocal made
            if request.POST.get("do") == "revoke":
                revoke_address(request.user, now=now)
            else:
                made = make_address(request.user, now=now)
            return reverse("desk:calendar")

        try:
            submit_once(request, act)
        except Refused as refused:
            messages.warning(request, str(refused))
        if not made:
            return redirect("desk:calendar")
    context = {
        "made": request.build_absolute_uri(reverse("desk:calendar_feed", args=[made])) if made else "",
        "address": CalendarAddress.objects.filter(user=request.user).first(),
        "key": new_key(),
    }
    return render(request, "desk/calendar.html", context)


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """What is due, for whoever has the address. One that is unknown or revoked is a 404; no cookie is read or set."""
    user, now = whose_address(secret), timezone.now()
    if user is None:
        return HttpResponseNotFound(content_type="text/plain")
    with translation.override(user.language or settings.LANGUAGE_CODE):
        body = calendar_of(entries_of(user, now), host=request.get_host(), now=now)
    answer = HttpResponse(body, content_type=MEDIA_TYPE)
    answer["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    answer["Cache-Control"] = "private, no-cache"
    answer["Content-Disposition"] = 'inline; filename="gezhi.ics"'
    return get_conditional_response(request, etag=answer["ETag"], response=answer) or answer
