"""What makes the phone pages installable and useful without a net: manifest, service worker, the phone's outbox."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_safe

from trail.kept_forms import signed_out

STYLE, ICON = "css/gezhi.css", "img/sail.svg"
KEPT, WORKER = "js/kept.js", "js/worker.js"
# What every page needs; the worker keeps it until a release brings other files.
SHELL = (STYLE, ICON, "js/gezhi.js", KEPT, "js/outbox.js", "django_htmx/htmx-2.min.js")
PICTURES = (("img/sail-192.png", "192x192"), ("img/sail-512.png", "512x512"))


@cache_control(max_age=3600)
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """For "add to the home screen"."""
    icons = [
        {"src": static(name), "sizes": sizes, "type": "image/png", "purpose": "any maskable"}
        for name, sizes in PICTURES
    ]
    icons.append({"src": static(ICON), "sizes": "any", "type": "image/svg+xml", "purpose": "any"})
    body = {
        "name": _("Gezhi"),
        "short_name": _("Gezhi"),
        "description": _("Grid governance"),
        "id": "/",
        "start_url": reverse("desk:today"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#f3f4f6",
        "theme_color": "#0f4c81",
        "icons": icons,
    }
    return JsonResponse(body, content_type="application/manifest+json")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: which files it keeps, then its code. Other files make it another text, so that a browser
    sees a new release by this answer alone."""
    told = {
        "release": _digest(),
        "shell": [static(name) for name in SHELL],
        "offline": reverse("desk:offline"),
        "outbox": reverse("desk:outbox"),
        "login": reverse("accounts:login"),
        "logout": reverse("accounts:logout"),
        "words": _("No net"),
        "full": _(
            "This phone could not keep it. Go back, copy what you wrote, and send it when there is a net."
        ),
        "still": _("There was no net, so you are still signed in. Sign out again as soon as there is one."),
        # Whoever presses these is somebody else afterwards, or reads another language or size.
        "drops": [
            *(reverse(f"accounts:{name}") for name in ("logout", "login", "text_size")),
            reverse("set_language"),
        ],
    }
    scripts = ", ".join(json.dumps(static(name)) for name in (KEPT, WORKER))
    body = f"const TOLD = {json.dumps(told)};\nimportScripts({scripts});\n"
    answer = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    answer["Service-Worker-Allowed"] = "/"
    return answer


@cache_control(no_cache=True)
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What is shown instead of a page that the phone has not kept. It says nothing about anybody."""
    return render(request, "desk/offline.html")


@never_cache
@login_required
@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """What waits on this phone and what became of it; the page is filled by the phone, which alone knows."""
    return render(request, "desk/outbox.html", {"here": "outbox"})


@never_cache
@require_safe
def token(request: HttpRequest) -> HttpResponse:
    """Who is signed in, and a token with which their kept forms are accepted now."""
    if not request.user.is_authenticated:
        return signed_out()
    return JsonResponse({"person": str(request.user.pk), "token": get_token(request)})


def _digest() -> str:
    return _read_digest() if settings.GEZHI_ENV != "development" else _read_digest.__wrapped__()


@lru_cache(maxsize=1)
def _read_digest() -> str:
    """Of the files' contents: another one for every release that changes any of them."""
    found = hashlib.sha256()
    for name in (*SHELL, WORKER):
        place = finders.find(name)
        found.update(Path(place).read_bytes() if place else name.encode())
    return found.hexdigest()[:16]
