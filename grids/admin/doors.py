"""Sheets of QR codes for the doors of a unit's buildings: twelve on a page of A4, and codes for those without."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from grids.actions.authority import allows
from grids.forms.doors import IssueTokens
from grids.models import BuildingToken, Unit
from grids.qr_codes import door_address, qr_svg
from grids.sizes import MOST_DOORS
from trail.idempotency import renew, submit_form

PER_SHEET = 12
# Who hangs them up: those who look after units, and those to whom what is reported there comes first.
PRINTS = ("manage_units", "screen")


@dataclass(frozen=True)
class Door:
    """One code to cut out."""

    building: Unit
    qr: str


def may_print(user: Any, unit: Unit, now: datetime) -> bool:
    """A code that still works opens its building's page to whoever holds it."""
    return unit.is_open and any(allows(user, one, unit, now) for one in PRINTS)


class DoorPages:
    """One page of the units' admin (a mixin of it)."""

    find: Any
    url: Any

    def qr_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The sheets as they are printed; sent, it issues the missing codes first."""
        unit, now = self.find(request, object_id), timezone.now()
        if not may_print(request.user, unit, now):
            raise Http404
        form = self._form(request, unit, now)
        if form is None or not form.is_bound:
            return self._sheets(request, unit, form, 200)
        here = self.url("qr", unit.pk)

        def perform() -> str:
            form.act()
            return here

        address, status = submit_form(request, form, perform)
        if not status:
            messages.success(request, _("Done: %(what)s") % {"what": form.label})
            return redirect(address)
        renew(form)
        return self._sheets(request, unit, form, status)

    def _form(self, request: HttpRequest, unit: Unit, now: datetime) -> IssueTokens | None:
        """None for who may print but not issue, who is as little known here with what they send."""
        posted = request.POST if request.method == "POST" else None
        if IssueTokens.offered(unit, request.user, now):
            return IssueTokens(unit, request.user, now, posted)
        if posted is not None:
            raise Http404
        return None

    def _sheets(
        self, request: HttpRequest, unit: Unit, form: IssueTokens | None, status: int
    ) -> HttpResponse:
        inside = Unit.objects.open().within(unit).at("building")
        count = inside.count()
        context: dict[str, Any] = {"unit": unit, "back": self.url("change", unit.pk), "count": count}
        context["most"] = MOST_DOORS
        if count > MOST_DOORS:
            below = Unit.objects.open().children_of(unit).defer("boundary")
            context["parts"] = [(one, self.url("qr", one.pk)) for one in below]
        else:
            doors, missing = doors_of(inside)
            context |= {"sheets": in_sheets(doors), "doors": len(doors)}
            context |= {"missing": missing, "form": form if missing else None}
        return TemplateResponse(request, "admin/grids/qr.html", context, status=status)


def in_sheets(doors: list[Door]) -> list[list[Door]]:
    return [doors[start : start + PER_SHEET] for start in range(0, len(doors), PER_SHEET)]


def doors_of(buildings: Any) -> tuple[list[Door], list[Unit]]:
    """The newest code that works of each building, and the buildings that have none. Two queries."""
    rows = buildings.select_related("community", "grid")
    found = list(rows.defer("boundary", "community__boundary", "grid__boundary"))
    live = BuildingToken.objects.live().filter(unit__in=[one.pk for one in found])
    newest = dict(live.order_by("unit", "-pk").distinct("unit").values_list("unit", "token"))
    doors = [
        Door(one, qr_svg(door_address(settings.BASE_URL, newest[one.pk])))
        for one in found
        if one.pk in newest
    ]
    return doors, [one for one in found if one.pk not in newest]
