"""Filters of one's own, of the desk's lists and of the staff admin's list of issues: keep, name anew, remove."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from desk.actions import forget_filter, rename_filter, save_filter
from desk.dashboard import opens
from desk.forms import FilterForm
from desk.lists import keeps_lists
from desk.models import SavedFilter
from desk.own_filters import LONGEST_NAME, address_of, filters_of, query_of
from desk.tables import ISSUE_LIST, filter_choices
from trail.refusals import Refused


@never_cache
@require_GET
def index(request: HttpRequest, key: str) -> HttpResponse:
    """One's own filters of a list: open, name anew, remove. There are never more than thirty."""
    _check_reader(request, key, timezone.now())
    context = admin.site.each_context(request) | {
        "title": _("My filters"),
        "label": dict(filter_choices())[key],
        "back": address_of(key),
        "filters": filters_of(request.user, key),
        "longest": LONGEST_NAME,
    }
    return TemplateResponse(request, "admin/desk/filters.html", context)


@never_cache
@require_POST
def keep_filter(request: HttpRequest, key: str) -> HttpResponse:
    """Save the filter that is on under a name of one's own."""
    now = timezone.now()
    _check_reader(request, key, now)
    query = query_of(QueryDict(request.POST.get("query", "")))
    if _do(request, lambda name: save_filter(key, by=request.user, now=now, name=name, query=query)):
        messages.success(request, _("The filter is saved."))
    return redirect(f"{address_of(key)}?{query}")


@never_cache
@require_POST
def name_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a filter of one's own otherwise; anybody else's does not exist."""
    kept = get_object_or_404(SavedFilter, pk=pk, user=request.user.pk)
    now = timezone.now()
    if _do(request, lambda name: rename_filter(kept, by=request.user, now=now, name=name)):
        messages.success(request, _("The filter has its new name."))
    return redirect(reverse("desk:filters", args=[kept.table]))


@never_cache
@require_POST
def drop_filter(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a filter of one's own; anybody else's does not exist."""
    kept = get_object_or_404(SavedFilter, pk=pk, user=request.user.pk)
    forget_filter(kept, by=request.user, now=timezone.now())
    messages.success(request, _("The filter “%(name)s” is removed.") % {"name": kept.name})
    return redirect(reverse("desk:filters", args=[kept.table]))


def _do(request: HttpRequest, act: Any) -> bool:
    """Call the action with the name that was given; why not is said on the next page."""
    form = FilterForm(request.POST)
    try:
        if not form.is_valid():
            raise Refused(_("Give the filter a name of at most 40 characters."), code="name")
        act(form.cleaned_data["name"])
    except Refused as refused:
        messages.error(request, str(refused))
        return False
    return True


def _check_reader(request: HttpRequest, key: str, now: datetime) -> None:
    """Raises Http404 for no list, PermissionDenied for one that this person does not open."""
    if key not in dict(filter_choices()):
        raise Http404
    if not (opens(request, "issues.Issue") if key == ISSUE_LIST else keeps_lists(request.user, now)):
        raise PermissionDenied(_("These lists are for those who handle or supervise."))
