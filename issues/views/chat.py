"""A pasted chat message becomes a report: one screen to paste, one to look and send."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
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
from trail.idempotency import FIELD
from trail.kept_forms import is_kept

MOST_OFFERED = 20
# Of the page where messages are pasted: not told to the next one.
KEEPS = {FIELD, "occurred_at", "photos"}


@dataclass(frozen=True)
class Read:
    """What the messages say: the form's answers, and the places that may be meant. `named`: the messages name the first of
    them, or it can be no other."""

    answers: dict[str, Any]
    places: list[Unit]
    named: bool


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def chat(request: HttpRequest) -> HttpResponse:
    """Paste, then the usual form with what could be read out of it. With places (`at`) in the address that form stands
    empty: there a phone fills in again what it had kept."""
    now = timezone.now()
    standing = reporter(request, now)
    if request.method == "GET":
        form = _empty(request, standing, request.GET.getlist("at"), now)
        return _show(request, form) if "at" in request.GET else _paste(request, PasteForm(), form)
    if "pasted" not in request.POST:
        return _send(request, standing, now)
    pasted = PasteForm(request.POST)
    if is_kept(request):
        return _send_unseen(request, standing, pasted, now)
    if not pasted.is_valid():
        return _paste(request, pasted, _empty(request, standing, [], now), 422)
    return _show(request, _proposed(request, standing, pasted, now))


def _empty(request: HttpRequest, standing: Standing, named: list[str], now: datetime) -> ChatReportForm:
    """Nothing filled in; nothing of it need be where only messages are pasted."""
    places = _places(request, standing, named[:MOST_OFFERED], now)
    initial = {"source": "chat", "on_behalf": True}
    told = {"now": now, "may_settle": standing.can("handle"), "use_required_attribute": bool(named)}
    return ChatReportForm(places, initial=initial, **told)


def _read(request: HttpRequest, standing: Standing, pasted: str, at: datetime, now: datetime) -> Read:
    """`at`: when the messages were pasted; "yesterday" is the day before."""
    read = read_chat(pasted, at)
    units = _territory(request, now)
    named = places_in(read.text, [PlaceName(one.code, one.name, LEVELS[one.kind].number) for one in units])
    places = _places(request, standing, named, now)
    own = rules_of(places[0].district_id, now).own if places else ()
    names = {row.name: row.key for row in Category.objects.in_use(own).filter(is_danger=False)}
    topic = topic_of(read.text, names, {})
    answers = {
        "source": "chat",
        "on_behalf": True,
        "text": read.text[:LONGEST_TEXT],
        "occurred_at": timezone.localtime(read.at) if read.at else None,
        "contact_name": read.name,
        "contact_phone": read.phone,
        "category": topic.key if topic.known else None,
    }
    return Read(answers, places, bool(named) or len(places) == 1)


def _proposed(request: HttpRequest, standing: Standing, pasted: PasteForm, now: datetime) -> ChatReportForm:
    """The form as the messages fill it in, and before that what was told beside them; the person changes what is wrong."""
    read = _read(request, standing, pasted.cleaned_data["pasted"], now, now)
    first = {"place": read.places[0].code} if read.places else {}
    form = ChatReportForm(
        read.places, initial=read.answers | first, now=now, may_settle=standing.can("handle")
    )
    for name, field in form.fields.items():
        told = name in request.POST and field.widget.value_from_datadict(request.POST, request.FILES, name)
        if told and name not in KEEPS:
            form.initial[name] = told
    return form


def _send_unseen(request: HttpRequest, standing: Standing, pasted: PasteForm, now: datetime) -> HttpResponse:
    """Pasted without a net, and nobody looks now: what was told beside the messages, and else what they say themselves.
    What can be seen in neither comes back to the person."""
    pasted.is_valid()
    at = min(pasted.cleaned_data.get("occurred_at") or now, now)
    read = _read(request, standing, pasted.cleaned_data.get("pasted", ""), at, now)
    data = request.POST.copy()
    first = {"place": read.places[0].code} if read.named else {}
    unsaid = [name for name in ("category", "place") if not data.get(name)]
    for name, value in (read.answers | first).items():
        if value and (name == "occurred_at" or not data.get(name)):
            data[name] = f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value
    form = ChatReportForm(read.places, data, files_of(request), now=now, may_settle=standing.can("handle"))

    def perform(arguments: dict[str, Any]) -> str:
        if unsaid:
            messages.info(
                request, _("Its kind or place was read out of the messages: look whether it is right.")
            )
        return register(request, form, now, arguments)

    address, status = submit(request, form, perform)
    return _paste(request, pasted, form, status) if status else redirect(address)


def _send(request: HttpRequest, standing: Standing, now: datetime) -> HttpResponse:
    offered = request.POST.getlist("offered")[:MOST_OFFERED]
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


def _paste(request: HttpRequest, form: PasteForm, more: ChatReportForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "more": more, "here": "report"}
    return render(request, "issues/chat_paste.html", context, status=status)


def _show(request: HttpRequest, form: ChatReportForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "here": "report",
        "lost_photos": bool(request.FILES),
        "kept": kept_names(request),
        "kept_days": KEPT_AFTER_END.days,
    }
    return render(request, "issues/chat_report.html", context, status=status)
