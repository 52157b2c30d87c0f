"""Quick jump: from a few letters to the page of a unit, a body or an issue."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from desk.dashboard import GOALS, opens
from desk.jump import SHORTEST, Found, meant_by

LONGEST = 100


@dataclass(frozen=True)
class Way:
    """A line that leads somewhere."""

    name: str
    link: str
    about: str


@never_cache
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """What is meant; a work-order number leads straight to its issue. `part`: the lines alone, while one types."""
    words = request.GET.get("q", "")[:LONGEST]
    found = meant_by(words, request.user, timezone.now())
    ways = list(_ways(request, found))
    part = "part" in request.GET
    if found.issue and ways and not part:
        return redirect(ways[0].link)
    asked = len(words.strip()) >= SHORTEST
    context = {"ways": ways, "more": found.more, "words": words, "asked": asked}
    if part:
        return TemplateResponse(request, "admin/desk/_jump.html", context)
    context |= admin.site.each_context(request) | {"title": _("Quick jump")}
    return TemplateResponse(request, "admin/desk/jump.html", context)


def _ways(request: HttpRequest, found: Found) -> Iterator[Way]:
    issue, units, bodies = (opens(request, goal) for goal in GOALS)
    if found.issue and issue:
        one = found.issue
        yield Way(one.number, _page("issues_issue", one), f"{one.category.label} · {one.place_label}")
    for unit in found.units if units else ():
        yield Way(
            unit.name, _page("grids_unit", unit), " · ".join((unit.label(), unit.code, *found.above(unit)))
        )
    for body in found.bodies if bodies else ():
        yield Way(body.name, _page("grids_body", body), f"{body.get_kind_display()} · {body.unit.name}")


def _page(model: str, subject: Any) -> str:
    return reverse(f"admin:{model}_change", args=[subject.pk])
