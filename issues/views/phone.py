"""One issue on a phone: read it, and do what is yours to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from issues.actions import PERFORM
from issues.actions.reveal import reveal_contact
from issues.decisions import BY_KEY as DECISIONS
from issues.forms import RevealForm, VerbForm, looked_form, verb_form
from issues.lifecycle import VERB, Verb
from issues.models import PART_MODELS, Decision, Issue, Part, Reporter
from issues.page import USUAL, IssuePage, issue_page, with_background
from issues.sections import PHONE, sections_of
from issues.views.submit import renew, submit, typed
from trail.refusals import NotAllowed, Refused

# A verb and, where it is done to a part, which: what a page calls one thing to do.
Doable = tuple[str, str, int]


@dataclass(frozen=True)
class Panel:
    """One verb with its form. `first` is the one that stands open at the top; `seldom` may be folded away."""

    verb: Verb
    make: Callable[[], VerbForm]
    address: str
    part: Part | None
    first: bool
    tried: bool
    # What the verb would give it to, where that is settled.
    to: Any = None

    @cached_property
    def form(self) -> VerbForm:
        """Made when it is shown: one that is folded away behind a link costs nothing."""
        return self.make()

    @property
    def label(self) -> Any:
        """What the button says: of a decision what it is about, and where it goes if that is settled."""
        if self.to is not None:
            return _("Give it to %(name)s") % {"name": self.to}
        if isinstance(self.part, Decision):
            row = DECISIONS[self.part.kind]
            return {"grant": row.yes, "refuse": row.no}.get(self.verb.key) or self.verb.label
        return self.verb.label

    @property
    def seldom(self) -> bool:
        return self.verb.key not in USUAL

    @property
    def waits(self) -> bool:
        """Is it what this part waits for?"""
        return self.part is not None and self.part.state in self.verb.primary_in


@dataclass(frozen=True)
class Tried:
    """A form that was refused, and whether photos went with it (a browser does not keep those); or one in which somebody
    only `looked` for something."""

    form: VerbForm
    part: Part | None
    lost_photos: bool = False
    looked: bool = False

    def is_for(self, verb: str, part: Part | None) -> bool:
        return doable(self.form.verb.key, self.part) == doable(verb, part)


def doable(verb: str, part: Part | None) -> Doable:
    return (verb, part.PART, part.pk) if part else (verb, "issue", 0)


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
def act(request: HttpRequest, code: str, verb: str, on: str = "issue", pk: int = 0) -> HttpResponse:
    """Do one verb to the issue or, where one is named, to a part of it. A GET opens the verb's form."""
    now = timezone.now()
    found = find_issue(request, code, now)
    part = find_part(found, verb, on, pk)
    if request.method == "GET":
        return show(request, found, now, opened=doable(verb, part))
    if looked := looked_form(verb, found, request.user, now, request.POST):
        return show(request, found, now, tried=Tried(looked, part, looked=True))
    form = verb_form(verb, found, request.user, now, request.POST, request.FILES, part=part, ask_again=True)

    def perform(arguments: dict[str, Any]) -> str:
        PERFORM[verb](part or found, by=request.user, now=now, **arguments)
        if is_hidden_by(verb, found, request.user, now):
            return resolve_url(settings.LOGIN_REDIRECT_URL)
        return reverse("issues:issue", args=[code])

    address, status = submit(request, form, perform)
    if not status:
        messages.success(request, done_words(_("Recorded: %(verb)s."), verb, found, request.user, now))
        return redirect(address)
    found = find_issue(request, code, now)
    renew(form, version=found.version)
    return show(request, found, now, tried=Tried(form, part, bool(request.FILES)), status=status)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def reveal(request: HttpRequest, code: str) -> HttpResponse:
    """Show the reporter's number on this answer alone; the trail keeps who looked, each time. Whoever opens its address
    anew, or changes language or text size there, comes to the issue."""
    now = timezone.now()
    found = find_issue(request, code, now)
    if request.method != "POST":
        return redirect("issues:issue", found.code)
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


def is_hidden_by(verb: str, found: Issue, user: Any, now: datetime) -> bool:
    """Has whoever just did this put it out of their own sight: a complaint about themselves? No query for others."""
    return VERB[verb].hides and not Issue.objects.visible_to(user, now, code=found.code).exists()


def done_words(said: str, verb: str, found: Issue, user: Any, now: datetime) -> str:
    """What was done, and that one does not see it any more where that is so."""
    words = said % {"verb": VERB[verb].label}
    if is_hidden_by(verb, found, user, now):
        return f"{words} {_('It is with the level above now; you do not see it any more.')}"
    return words


def find_part(found: Issue, verb: str, on: str, pk: int) -> Part | None:
    """The part of this issue that the verb is done to; None for the issue itself. Anything else is a 404."""
    if verb not in VERB or VERB[verb].on != on:
        raise Http404
    if on == "issue":
        return None
    return get_object_or_404(PART_MODELS[on].objects.select_related("issue"), pk=pk, issue=found)


def show(
    request: HttpRequest,
    found: Issue,
    now: datetime,
    *,
    tried: Tried | None = None,
    opened: Doable | None = None,
    revealed: Reporter | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with a refused form in its place if there is one."""
    page = with_background(issue_page(found, request.user, now), request.user, now)
    panels = panels_of(request, page, now, tried, opened)
    stranded = tried and not any(panel.tried for panel in panels)
    context = {
        "page": page,
        "issue": found,
        **arranged(page, panels),
        "doable": panels,
        "tried": tried,
        "typed": typed(tried.form) if stranded else (),
        "stranded": stranded,
        "lost_photos": tried is not None and tried.lost_photos,
        "reveal": RevealForm(found) if page.reporter else None,
        "revealed": revealed,
        "keeper": found.keeper_unit or found.keeper_body,
        "late": page.late,
        "sections": sections_of(found, request.user, now, PHONE),
    }
    return render(request, "issues/issue.html", context, status=status)


def arranged(page: IssuePage, panels: list[Panel]) -> dict[str, Any]:
    """Where on the page each panel stands.

    The issue's own: what is open or a tap away (`usual`), and the rest behind "more" (nothing alone there).
    Parts that wait for the reader have a card of their own (`cards`); of the others only links stand in the
    list of their kind.
    """
    own = [panel for panel in panels if panel.part is None]
    more = [panel for panel in own if panel.seldom and not panel.first]
    if len(more) < 2 or len(more) == len(own):
        more = []
    found = {one.part: [panel for panel in panels if panel.part == one.part] for one in page.parts}
    cards = {part for part, on_it in found.items() if any(panel.waits or panel.first for panel in on_it)}
    return {
        "panels": own,
        "usual": [panel for panel in own if panel not in more],
        "more": more,
        "cards": [(one, found[one.part]) for one in page.parts if one.part in cards],
        **{
            f"{kind}s": [(one, [] if one.part in cards else found[one.part]) for one in page.parts_of(kind)]
            for kind in PART_MODELS
        },
    }


def panels_of(
    request: HttpRequest, page: IssuePage, now: datetime, tried: Tried | None, opened: Doable | None
) -> list[Panel]:
    """A panel for each verb that is allowed now: the one to look at first stands first and open."""
    todo: list[tuple[Verb, Part | None]] = [(verb, None) for verb in page.verbs]
    todo += [(verb, one.part) for one in page.parts for verb in one.verbs]
    first = doable(tried.form.verb.key, tried.part) if tried else opened or _primary(page)
    panels = [_panel(request, page.issue, now, verb, part, tried, first) for verb, part in todo]
    return sorted(panels, key=lambda panel: not panel.first)


def _primary(page: IssuePage) -> Doable | None:
    """The page's primary button."""
    if page.primary is None:
        return None
    if page.primary.on == "issue":
        return doable(page.primary.key, None)
    waiting = (
        one.part
        for one in page.parts
        if page.primary in one.verbs and one.part.state in page.primary.primary_in
    )
    return doable(page.primary.key, next(waiting))


def _panel(
    request: HttpRequest,
    found: Issue,
    now: datetime,
    verb: Verb,
    part: Part | None,
    tried: Tried | None,
    first: Doable | None,
) -> Panel:
    mine = tried is not None and tried.is_for(verb.key, part)
    if part:
        address = reverse(f"issues:act_{part.PART}", args=[found.code, part.pk, verb.key])
        auto_id = f"{verb.key}-{part.PART}-{part.pk}-%s"
    else:
        address, auto_id = reverse("issues:act", args=[found.code, verb.key]), f"{verb.key}-%s"

    def make() -> VerbForm:
        if mine and tried:
            return tried.form
        return verb_form(verb.key, found, request.user, now, part=part, ask_again=True, auto_id=auto_id)

    to = found.proposed if verb.key == "give_proposed" else None
    return Panel(verb, make, address, part, first == doable(verb.key, part), mine, to)
