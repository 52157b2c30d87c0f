"""A pasted chat message becomes a report: one screen to paste, one to look and send."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from grids.levels import LEVELS
from grids.models import Unit
from grids.standing import Standing
from issues.actions.report import LONGEST_TEXT
from issues.chat import PlaceName, places_in, read_chat
from issues.contacts import KEPT_AFTER_END
from issues.districts import rules_of
from issues.forms.duty import ChatReportForm, PasteForm
from issues.hotline.topics import topic_of
from issues.models import Category
from issues.views.likely import files_of, goes_back, kept_names
from issues.views.report import register, reporter, same_as, starting_points
from issues.views.submit import renew, submit


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def chat(request: HttpRequest) -> HttpResponse:
    """Paste, then the usual form with what could be read out of it."""
    now = timezone.now()
    standing = reporter(request, now)
    if request.method == "GET":
        return _paste(request, PasteForm())
    if "pasted" not in request.POST:
        return _send(request, standing, now)
    form = PasteForm(request.POST)
    if not form.is_valid():
        return _paste(request, form, 422)
    return _show(request, _proposed(request, standing, form.cleaned_data["pasted"], now))


def _proposed(request: HttpRequest, standing: Standing, pasted: str, now: datetime) -> ChatReportForm:
    """The form as the messages fill it in; the person changes what is wrong."""
    read = read_chat(pasted, now)
    units = _territory(request, now)
    named = places_in(read.text, [PlaceName(one.code, one.name, LEVELS[one.kind].number) for one in units])
    places = _places(request, standing, named, now)
    own = rules_of(places[0].district_id, now).own if places else ()
    names = {row.name: row.key for row in Category.objects.in_use(own).filter(is_danger=False)}
    topic = topic_of(read.text, names, {})
    at = timezone.localtime(read.at) if read.at else None
    initial = {
        "source": "chat",
        "on_behalf": True,
        "text": read.text[:LONGEST_TEXT],
        "occurred_at": at,
        "contact_name": read.name,
        "contact_phone": read.phone,
        "category": topic.key if topic.known else None,
        "place": places[0].code if places else None,
    }
    return ChatReportForm(places, initial=initial, now=now, may_settle=standing.can("handle"))


def _send(request: HttpRequest, standing: Standing, now: datetime) -> HttpResponse:
    offered = request.POST.getlist("offered")[:20]
    places = _places(request, standing, offered, now)
    may_settle = standing.can("handle")
    form = ChatReportForm(places, request.POST, files_of(request), now=now, may_settle=may_settle)
    if goes_back(request):
        return _show(request, form)
    if form.is_valid() and (question := same_as(request, form, form.place_named, now)):
        return question
    address, status = submit(request, form, lambda arguments: register(request, form, now, arguments))
    if not status:
        return redirect(address)
    renew(form)
    return _show(request, form, status)


def _territory(request: HttpRequest, now: datetime) -> list[Any]:
    """Names of the places that the person sees, without the rest of them."""
    seen = Unit.objects.visible_to(request.user, now).open().order_by()
    return list(seen.only("code", "name", "kind").exclude(kind="district"))


def _places(request: HttpRequest, standing: Standing, named: list[str], now: datetime) -> list[Unit]:
    """The named ones in their order, then where the person stands."""
    seen = Unit.objects.visible_to(request.user, now).open().order_by("level", "code")
    shown = seen.select_related("community", "grid").defer(
        "boundary", "community__boundary", "grid__boundary"
    )
    found = {one.code: one for one in shown.filter(code__in=named)}
    here = list(shown.filter(pk__in=starting_points(standing)))
    chosen = [found[code] for code in named if code in found]
    return [*chosen, *(one for one in here if one.code not in found)]


def _paste(request: HttpRequest, form: PasteForm, status: int = 200) -> HttpResponse:
    return render(request, "issues/chat_paste.html", {"form": form, "here": "report"}, status=status)


def _show(request: HttpRequest, form: ChatReportForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "here": "report",
        "lost_photos": bool(request.FILES),
        "kept": kept_names(request),
        "kept_days": KEPT_AFTER_END.days,
    }
    return render(request, "issues/chat_report.html", context, status=status)
