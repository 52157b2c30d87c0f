"""One issue on a phone: read it, and do what is yours to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from issues.actions import PERFORM
from issues.actions.reveal import reveal_contact
from issues.forms import RevealForm, VerbForm, verb_form
from issues.lifecycle import CALLEE_VERBS, VERB, Verb
from issues.models import Callee, Issue, Reporter
from issues.page import CalleePage, IssuePage, issue_page
from issues.views.submit import renew, submit, typed
from trail.refusals import NotAllowed, Refused


@dataclass(frozen=True)
class Panel:
    """One verb with its form. `first` is the one that stands open at the top."""

    verb: Verb
    form: VerbForm
    address: str
    callee: Callee | None
    first: bool
    tried: bool


@dataclass(frozen=True)
class Tried:
    """A form that was refused, and whether photos went with it (a browser does not keep those)."""

    form: VerbForm
    callee_id: int | None
    lost_photos: bool

    def is_for(self, verb: str, callee: Callee | None) -> bool:
        return self.form.verb.key == verb and self.callee_id == (callee.pk if callee else None)


@never_cache
@login_required
@require_GET
def issue(request: HttpRequest, code: str) -> HttpResponse:
    """The issue's page."""
    now = timezone.now()
    return show(request, find_issue(request, code, now), now)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, code: str, verb: str, callee: int | None = None) -> HttpResponse:
    """Do one verb to the issue or, where a callee is named, for that callee. A GET opens the verb's form."""
    now = timezone.now()
    found = find_issue(request, code, now)
    if verb not in VERB or (verb in CALLEE_VERBS) != (callee is not None):
        raise Http404
    called = None
    if callee is not None:
        called = get_object_or_404(Callee.objects.select_related("issue"), pk=callee, issue=found)
    if request.method == "GET":
        return show(request, found, now, opened=(verb, callee))
    form = verb_form(verb, found, request.user, now, request.POST, request.FILES, ask_again=True)

    def perform(arguments: dict[str, Any]) -> str:
        PERFORM[verb](called or found, by=request.user, now=now, **arguments)
        return reverse("issues:issue", args=[code])

    address, status = submit(request, form, perform)
    if not status:
        messages.success(request, _("Recorded: %(verb)s.") % {"verb": VERB[verb].label})
        return redirect(address)
    found = find_issue(request, code, now)
    renew(form, version=found.version)
    return show(request, found, now, tried=Tried(form, callee, bool(request.FILES)), status=status)


@never_cache
@login_required
@require_POST
def reveal(request: HttpRequest, code: str) -> HttpResponse:
    """Show the reporter's number on this answer alone; the trail keeps who looked, each time."""
    now = timezone.now()
    found = find_issue(request, code, now)
    form = RevealForm(found, request.POST)
    try:
        occasion = form.cleaned_data["occasion"] if form.is_valid() else ""
        revealed = reveal_contact(found, by=request.user, now=now, occasion=occasion)
    except Refused as refused:
        messages.error(request, str(refused))
        return show(request, found, now, status=403 if isinstance(refused, NotAllowed) else 409)
    return show(request, found, now, revealed=revealed)


def find_issue(request: HttpRequest, code: str, now: datetime) -> Issue:
    """The issue, if this person may see it; one that they may not see does not exist for them."""
    visible = Issue.objects.visible_to(request.user, now).shown()
    return get_object_or_404(
        visible.select_related("owner_body__unit", "keeper_unit", "keeper_body"), code=code
    )


def show(
    request: HttpRequest,
    found: Issue,
    now: datetime,
    *,
    tried: Tried | None = None,
    opened: tuple[str, int | None] | None = None,
    revealed: Reporter | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with a refused form in its place if there is one."""
    page = issue_page(found, request.user, now)
    panels = panels_of(request, page, now, tried, opened)
    stranded = tried and not any(panel.tried for panel in panels)
    context = {
        "page": page,
        "issue": found,
        "panels": [panel for panel in panels if panel.callee is None],
        "callees": [(one, [panel for panel in panels if panel.callee == one.callee]) for one in page.callees],
        "called": any(panel.callee for panel in panels),
        "tried": tried,
        "typed": typed(tried.form) if stranded else (),
        "stranded": stranded,
        "lost_photos": tried is not None and tried.lost_photos,
        "reveal": RevealForm(found) if page.reporter else None,
        "revealed": revealed,
        "keeper": found.keeper_unit or found.keeper_body,
        "late": page.late,
    }
    return render(request, "issues/issue.html", context, status=status)


def panels_of(
    request: HttpRequest,
    page: IssuePage,
    now: datetime,
    tried: Tried | None,
    opened: tuple[str, int | None] | None,
) -> list[Panel]:
    """A panel for each verb that is allowed now: the one to look at first stands first and open."""
    doable: list[tuple[Verb, Callee | None]] = [(verb, None) for verb in page.verbs]
    doable += [(verb, one.callee) for one in page.callees for verb in one.verbs]
    first = tried or opened or _primary(page, page.callees)
    panels = [_panel(request, page.issue, now, verb, callee, tried, first) for verb, callee in doable]
    return sorted(panels, key=lambda panel: not panel.first)


def _primary(page: IssuePage, callees: list[CalleePage]) -> tuple[str, int | None] | None:
    """(verb, callee) of the page's primary button."""
    if page.primary is None:
        return None
    if not page.primary.on_callee:
        return page.primary.key, None
    waiting = (
        one for one in callees if page.primary in one.verbs and one.callee.state in page.primary.primary_in
    )
    return page.primary.key, next(waiting).callee.pk


def _panel(
    request: HttpRequest,
    found: Issue,
    now: datetime,
    verb: Verb,
    callee: Callee | None,
    tried: Tried | None,
    first: Tried | tuple[str, int | None] | None,
) -> Panel:
    here = (verb.key, callee.pk if callee else None)
    mine = tried is not None and tried.is_for(verb.key, callee)
    name = "issues:act_callee" if callee else "issues:act"
    parts = [found.code, callee.pk, verb.key] if callee else [found.code, verb.key]
    auto_id = f"{verb.key}-{callee.pk}-%s" if callee else f"{verb.key}-%s"
    form = (
        tried.form
        if mine and tried
        else verb_form(verb.key, found, request.user, now, ask_again=True, auto_id=auto_id)
    )
    return Panel(verb, form, reverse(name, args=parts), callee, mine or first == here, mine)
