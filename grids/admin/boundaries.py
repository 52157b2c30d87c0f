"""Boundaries by file in the staff admin: upload, what changes and what is wrong with a drawing, save."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from grids.actions.boundaries import BadBoundaries, BoundaryReport, check_boundaries
from grids.actions.boundary_sheets import is_many, save_boundaries
from grids.admin.pages import page_of
from grids.boundary_files import BoundaryFile
from grids.drawing import draw
from grids.forms.boundaries import BoundaryFileForm, SaveBoundariesForm
from grids.models import SheetFile, Unit
from grids.plots import Plot, hectares
from trail.idempotency import renew, submit_form
from trail.refusals import NotAllowed, Refused

SHOWN = 200
# What a file is called whose name did not come along.
FILE_NAME = "boundaries.geojson"


class BoundaryPages:
    """Two pages of the units' admin (a mixin of it)."""

    admin_site: Any
    opts: Any
    may_write: Any

    def boundaries_view(self, request: HttpRequest) -> HttpResponse:
        """Upload; then what the file would change, nothing saved."""
        self._may(request)
        if request.method != "POST":
            code = request.GET.get("code", "")
            return self._page(request, BoundaryFileForm(initial={"code": code}), 200)
        form = BoundaryFileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, form, 422)
        found, now = form.read(), timezone.now()
        try:
            report = check_boundaries(found, by=request.user, now=now)
        except NotAllowed as refused:
            form.add_error(None, str(refused))
            return self._page(request, form, 403)
        name = form.cleaned_data["file"].name
        save = SaveBoundariesForm.of(found, name) if report.changed and not report.faults else None
        return self._page(request, form, 422 if report.faults else 200, found=found, report=report, save=save)

    def save_boundaries_view(self, request: HttpRequest) -> HttpResponse:
        """Save what was shown, all or none: a few now, many in the background, on a page that shows how far."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        self._may(request)
        form, now = SaveBoundariesForm(request.POST), timezone.now()
        done: list[BoundaryReport] = []

        def perform() -> str:
            name = form.cleaned_data["name"] or FILE_NAME
            saved = save_boundaries(form.read(), file_name=name, by=request.user, now=now)
            if isinstance(saved, SheetFile):
                return page_of(saved)
            done.append(saved)
            changed = saved.changed
            if len(changed) == 1:
                return reverse("admin:grids_unit_change", args=[changed[0].pk])
            return reverse("admin:grids_unit_changelist")

        def explain(form: Any, refused: Refused) -> None:
            form.add_error(None, str(refused))
            if isinstance(refused, BadBoundaries):
                done.append(refused.report)

        address, status = submit_form(request, form, perform, explain=explain)
        if status:
            renew(form)
            report = done[0] if done else None
            return self._page(request, BoundaryFileForm(), status, report=report, refused=form)
        if done:
            count = len(done[0].changed)
            words = ngettext("%(count)d boundary was saved.", "%(count)d boundaries were saved.", count)
            messages.success(request, words % {"count": count})
        return redirect(address)

    def _may(self, request: HttpRequest) -> None:
        if not (self.may_write(request) or request.user.is_superuser):
            raise PermissionDenied

    def _page(
        self,
        request: HttpRequest,
        form: BoundaryFileForm,
        status: int,
        *,
        found: BoundaryFile | None = None,
        report: BoundaryReport | None = None,
        save: SaveBoundariesForm | None = None,
        refused: SaveBoundariesForm | None = None,
    ) -> HttpResponse:
        faults = report.faults if report else []
        context = self.admin_site.each_context(request) | {
            "title": _("Boundaries by file"),
            "form": form,
            "report": report,
            "save": save,
            "in_background": found is not None and is_many(found),
            "refused": refused,
            "faults": faults[:SHOWN],
            "more_faults": max(len(faults) - SHOWN, 0),
            "changes": _changes(report)[:SHOWN] if report else [],
            "more_changes": max(len(report.changed) - SHOWN, 0) if report else 0,
            "drawing": _drawing(report, found) if report else None,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/grids/boundaries.html", context, status=status)


def _drawing(report: BoundaryReport, found: BoundaryFile | None) -> Any:
    """What fits and what does not; a shape that could not be judged is drawn by itself."""
    judged = {plot.code for plot in report.plots}
    shapes = found.shapes if found else {}
    alone = [Plot(code, "", "", shape, new=True) for code, shape in shapes.items() if code not in judged]
    return draw(report.plots, report.faults, alone)


def _changes(report: BoundaryReport) -> list[tuple[Unit, float | None, float]]:
    """(unit, hectares until now, hectares then)."""
    new = {plot.code: plot.geometry for plot in report.plots}
    return [
        (unit, hectares(unit.boundary) if unit.boundary else None, hectares(new[unit.code]))
        for unit in report.changed
        if unit.code in new
    ]
