"""A grid worker reports a task outside the duty list, and sees what became of those reported before."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from issues.actions.outside import grids_of, report_outside
from issues.forms.outside import OutsideForm
from issues.models import Issue, OutsideTask
from issues.views.submit import renew, submit

PER_PAGE = 10
NAMED = ("given_unit", "given_body", "moved_unit", "moved_body")


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def outside(request: HttpRequest) -> HttpResponse:
    """The form, and below it one's own reports."""
    now = timezone.now()
    if not grids_of(request.user, now):
        raise PermissionDenied(_("Whoever works in the grid reports what it was given."))
    if request.method == "GET":
        return _show(request, OutsideForm(request.user, now, issue=_issue(request, request.GET, now)), now)
    form = OutsideForm(request.user, now, request.POST, issue=_issue(request, request.POST, now))

    def perform(arguments: dict[str, Any]) -> str:
        report_outside(by=request.user, now=now, **arguments)
        return reverse("issues:outside")

    address, status = submit(request, form, perform)
    if not status:
        messages.success(request, _("Reported to the district."))
        return redirect(address)
    renew(form)
    return _show(request, form, now, status)


def _issue(request: HttpRequest, given: Any, now: datetime) -> Issue | None:
    """The issue that it came by, of those that one sees."""
    code = given.get("issue", "")
    if not code:
        return None
    seen = Issue.objects.visible_to(request.user, now).select_related(
        "category", "owner_unit", "sender_unit", "sender_body"
    )
    return get_object_or_404(seen, code=code)


def _show(request: HttpRequest, form: OutsideForm, now: datetime, status: int = 200) -> HttpResponse:
    own = OutsideTask.objects.filter(reported_by=request.user.pk).select_related(*NAMED)
    page = Paginator(own.order_by("-reported_at", "-pk"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "issues/outside.html", {"form": form, "page": page}, status=status)
