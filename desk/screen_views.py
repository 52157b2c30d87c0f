"""The command centre: one page for a large wall, for those who sign in and for a wall that nobody signs in at."""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.middleware import WHOLE_AGAIN
from desk.kiosk_actions import kiosk_of
from desk.lists import keeps_lists
from desk.screen import screen_of, unit_below, unit_for, units_of
from grids.models import Unit
from issues.models import Issue

PAGE, PART = "desk/screen.html", "desk/_screen.html"


@never_cache
@require_safe
def show(request: HttpRequest, code: str = "") -> HttpResponse:
    """Of a unit that the person reads below, or the top of it. A foreign unit is a 404."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    now = timezone.now()
    tops = units_of(request.user, now)
    unit = unit_for(request.user, code, now) if code else next(iter(tops), None)
    if unit is None and request.htmx:
        return HttpResponse(status=204, headers=WHOLE_AGAIN)
    if not tops and not code:
        raise PermissionDenied
    if unit is None:
        raise Http404
    at_desk = request.user.is_staff and keeps_lists(request.user, now)
    screen = screen_of(
        unit,
        tops=[one.pk for one in tops],
        now=now,
        down=lambda one: reverse("desk:screen_unit", args=[one.code]),
        lists=_list_of if at_desk else None,
        page=_issue_at_desk if at_desk else _issue_on_phone,
    )
    others = [(one, reverse("desk:screen_unit", args=[one.code])) for one in tops]
    return _page(request, screen, others=others if len(others) > 1 else [], desk=at_desk)


@never_cache
@require_safe
def wall(request: HttpRequest, secret: str, code: str = "") -> HttpResponse:
    """For whoever has the secret: figures without links, and the way down within its unit; in the language of the
    link, unless the browser was told otherwise. One that is unknown or revoked is a 404, at the next look of a wall
    that shows it too."""
    now = timezone.now()
    kiosk = kiosk_of(secret, now=now)
    unit = kiosk and (unit_below(kiosk.unit, code) if code else kiosk.unit)
    if kiosk is None or unit is None:
        # In words: on an empty answer a browser writes the whole address across the wall.
        said, plain = _("There is no such wall link, or it was revoked."), "text/plain; charset=utf-8"
        return HttpResponseNotFound(said, content_type=plain, headers=WHOLE_AGAIN if request.htmx else None)

    def down(one: Unit) -> str:
        if one.pk == kiosk.unit.pk:
            return reverse("desk:kiosk", args=[secret])
        return reverse("desk:kiosk_unit", args=[secret, one.code])

    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    with translation.override(translation.get_language() if chosen else kiosk.language):
        screen = screen_of(unit, tops=[kiosk.unit.pk], now=now, down=down, lists=None, page=None)
        answer = _page(request, screen, others=[], desk=False)
        answer["Content-Language"] = translation.get_language()
    patch_cache_control(answer, private=True, no_store=True)
    # The address is the key: no other host hears of it, and no engine keeps it.
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _list_of(unit: Unit, more: dict[str, str]) -> str:
    """The problem list of this unit, narrowed to what a number counts."""
    return f"{reverse('desk:list_issues')}?{urlencode({'unit': unit.code} | more)}"


def _issue_at_desk(issue: Issue) -> str:
    return reverse("admin:issues_issue_change", args=[issue.pk])


def _issue_on_phone(issue: Issue) -> str:
    return reverse("issues:issue", args=[issue.code])


def _page(request: HttpRequest, screen: Any, **more: Any) -> HttpResponse:
    """Whole, or the part that changes, where the page asks for it by itself. `hold`: it stands still."""
    hold = "hold" in request.GET
    context = {"screen": screen, "hold": hold, "here": request.path} | more
    return render(request, PART if request.htmx else PAGE, context)
