"""One micro-wish on the phone: where it stands, what was said, and each step that the table of volunteers/wishes.py allows
to the reader; by its number, or by the wisher's own link. The action asks again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from issues.views.throttle import STEPS_PER_LINK, count, over
from trail.idempotency import renew, submit_form
from trail.refusals import NotAllowed, Refused
from volunteers.actions.wishers import reveal_wisher
from volunteers.actions.wishes import PERFORM, wish_of
from volunteers.forms.wishes import LookForm, StepForm, explain_step, keyed
from volunteers.models import Claim, Wish, Wisher
from volunteers.querysets import reads_contact
from volunteers.wish_ties import Claimer, claim_of, claimers_of, facts_of
from volunteers.wish_words import said_to
from volunteers.wishes import CONCERNED, REASONS, TAKEN, VERB, VERBS, Facts, allowed, refusal

# What whoever holds the wisher's link may do, as the table says.
WISHERS = frozenset(verb.key for verb in VERBS if "wisher" in verb.who)
# Verb → what it means, before one does it.
MEANS = {
    "accept": _(
        "Everybody reads it from then on under its alias, and volunteers and organisations may claim it. Look once more "
        "whether anything in it says who it is."
    ),
    "refuse": _("It ends here. The wisher is told, and reads why."),
    "claim": _(
        "You promise to fulfil it within %(days)s days: by %(until)s. If you cannot, give it back early; when the time is "
        "over, others may claim it. Ask the community how you meet the wisher: names and numbers stand nowhere here."
    ),
    "give_back": _("Others may claim it again at once. That is no shame, the earlier the better."),
    "fulfil": _("The wisher and the community are asked whether it is so; one of them confirms it."),
    "send_back": _(
        "Whoever claimed it is told, and has %(days)s days once more. If it should go to somebody else, the community "
        "takes it back."
    ),
    "confirm": _(
        "It ends here as granted, and counts for whoever fulfilled it. Confirm only what has really happened."
    ),
    "thank": _("Thanks can be said once. They stand beside the wish, in the list of what was granted."),
    "withdraw": _("It ends here for good. Whoever has claimed it is told that nothing is left to do."),
    "cancel": _(
        "It ends here for good, whoever has it. The wisher and whoever claimed it are told, and read why."
    ),
}
DONE = {
    "accept": _("Accepted: everybody finds it and may claim it."),
    "refuse": _("Not accepted. The wisher is told."),
    "claim": _("It is with you now. Thank you!"),
    "give_back": _("Given back: others may claim it."),
    "fulfil": _("Thank you! The wisher or the community confirms it."),
    "send_back": _("Whoever claimed it is told what is missing."),
    "confirm": _("Confirmed. Whoever fulfilled it is told."),
    "thank": _("Your thanks have been passed on."),
    "withdraw": _("Withdrawn."),
    "cancel": _("Called off. Whoever it concerns is told."),
}
# State → on what occasion one looks at the wisher's number then.
USUAL = {"proposed": "review", "fulfilled": "ask"}
# These do harm if they are done by mistake.
HARSH = frozenset({"refuse", "withdraw", "cancel"})


@dataclass(frozen=True)
class Seen:
    """A wish as one reader sees it. `claim`: who has it or kept it; `claimers`: for whom the reader may claim it;
    `secret`: of the wisher's own link, if they came by that."""

    wish: Wish
    claim: Claim | None
    claimers: list[Claimer]
    facts: Facts
    secret: str = ""

    @property
    def is_concerned(self) -> bool:
        return bool(self.facts.ties & CONCERNED)

    @property
    def page(self) -> str:
        if self.secret:
            return reverse("volunteers:own_wish", args=[self.secret])
        return reverse("volunteers:wish", args=[self.wish.pk])

    @property
    def steps(self) -> list[tuple[Any, str]]:
        """Rows of the table that are possible now, each with the address of its page."""
        return [(VERB[key], f"{self.page}{key}/") for key in allowed(self.facts)]


@never_cache
@require_GET
def wish(request: HttpRequest, pk: int) -> HttpResponse:
    """Where it stands. One that waits is for everybody, any other for those whom it concerns."""
    now = timezone.now()
    found = _visible(request, pk, now)
    return _gone(request) if found is None else _wish_page(request, _look(request, found, now), now)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """One thing done with it, with what that means said before."""
    now = timezone.now()
    found = _visible(request, pk, now) if verb in VERB else None
    if found is None:
        return _gone(request)
    return _step(request, _look(request, found, now, claims=verb == "claim"), verb, now)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the wisher's name and number on this answer alone; the trail keeps who looked, each time. Whoever opens the
    address anew comes to the wish."""
    now = timezone.now()
    found = _visible(request, pk, now)
    if found is None:
        return _gone(request)
    if request.method != "POST":
        return redirect("volunteers:wish", pk)
    form, seen = LookForm(request.POST), _look(request, found, now)
    try:
        occasion = form.cleaned_data["occasion"] if form.is_valid() else ""
        revealed = reveal_wisher(found, by=request.user, now=now, occasion=occasion)
    except Refused as refused:
        messages.error(request, str(refused))
        return _wish_page(request, seen, now, status=403 if isinstance(refused, NotAllowed) else 409)
    return _wish_page(request, seen, now, revealed=revealed)


@never_cache
@require_GET
def own(request: HttpRequest, secret: str) -> HttpResponse:
    """The same for whoever made it without an account and kept the link."""
    now = timezone.now()
    return _wish_page(request, _look(request, _by_link(secret), now, secret=secret), now)


@never_cache
@require_http_methods(["GET", "POST"])
def own_step(request: HttpRequest, secret: str, verb: str) -> HttpResponse:
    """What the wisher does by the link: confirm or not, say thank you, withdraw."""
    now, found = timezone.now(), _by_link(secret)
    if verb not in WISHERS:
        raise Http404
    return _step(request, _look(request, found, now, secret=secret), verb, now)


def _visible(request: HttpRequest, pk: int, now: datetime) -> Wish | None:
    return _with_place(Wish.objects.visible_to(request.user, now)).filter(pk=pk).first()


def _by_link(secret: str) -> Wish:
    found = wish_of(secret)
    if found is None:
        raise Http404
    return _with_place(Wish.objects.all()).get(pk=found.pk)


def _with_place(rows: Any) -> Any:
    return rows.select_related("unit", "community").defer("unit__boundary", "community__boundary")


def _gone(request: HttpRequest) -> HttpResponse:
    """Of a wish that is with somebody else now as of one that there never was."""
    return render(request, "volunteers/wish_gone.html", status=404)


def _look(request: HttpRequest, wish: Wish, now: datetime, *, secret: str = "", claims: bool = False) -> Seen:
    """The wish as the reader sees it now. `claims`: ask for whom they claim even if it does not wait any more."""
    user = request.user if request.user.is_authenticated else None
    claim = claim_of(wish) if wish.state in TAKEN else None
    asks = user is not None and (claims or wish.state == "open")
    claimers = claimers_of(user, wish.district_id, now) if asks else []
    helping = claimers[0] if claimers else None
    has_it = claim.claimer if claim else None
    facts = facts_of(wish, has_it, user, now, holds_link=bool(secret), helping=helping)
    return Seen(wish, claim, claimers, facts, secret)


def _wish_page(
    request: HttpRequest, seen: Seen, now: datetime, *, revealed: Wisher | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "revealed": revealed,
        "look": None if revealed or not _has_contact(seen, request.user, now) else _look_form(seen.wish),
        "wish": seen.wish,
        "seen": seen,
        "claim": seen.claim if seen.is_concerned else None,
        "said": said_to([seen.wish], request.user, now, by_link=bool(seen.secret))[seen.wish.pk],
        "promised": now + timedelta(days=seen.wish.days),
        "link": request.build_absolute_uri(seen.page) if seen.secret else "",
    }
    return render(request, "volunteers/wish.html", context, status=status)


def _has_contact(seen: Seen, user: Any, now: datetime) -> bool:
    """Is there contact data that the reader may look at?"""
    if "community" not in seen.facts.ties or not reads_contact(user, seen.wish, now):
        return False
    return Wisher.objects.filter(wish=seen.wish, erased_at=None).exists()


def _look_form(wish: Wish) -> LookForm:
    """With the usual occasion preset: the right way is one tap."""
    return LookForm(initial={"occasion": USUAL.get(wish.state, "agree")})


def _step(request: HttpRequest, seen: Seen, verb: str, now: datetime) -> HttpResponse:
    asked = {"days": seen.wish.days, "claimers": keyed(seen.claimers)}
    if request.method == "GET":
        # Whoever could do it at another time is told why not now; to anybody else it is no page.
        if verb != "claim" and refusal(verb, seen.facts) == "not_yours":
            return _gone(request)
        return _step_page(request, seen, verb, StepForm(VERB[verb], **asked), now)
    form = StepForm(VERB[verb], request.POST, **asked)
    link = f"wish {seen.wish.pk}"
    if seen.secret and over(STEPS_PER_LINK, link, now):
        form.add_error(None, _t("Too many steps at once. Please try again in an hour, or call."))
        return _step_page(request, seen, verb, form, now, 429)
    perform = _perform(request, seen, verb, form, now)
    _address, status = submit_form(request, form, perform, explain=explain_step, scope=link)
    if status:
        renew(form)
        again = _with_place(Wish.objects.all()).get(pk=seen.wish.pk)
        seen = _look(request, again, now, secret=seen.secret, claims=verb == "claim")
        return _step_page(request, seen, verb, form, now, status)
    if seen.secret:
        count(STEPS_PER_LINK, link, now)
    messages.success(request, DONE[verb])
    return redirect(seen.page)


def _perform(request: HttpRequest, seen: Seen, verb: str, form: StepForm, now: datetime) -> Callable[[], str]:
    """The one action. What is kept of the answer never holds the wisher's secret."""
    by = request.user if request.user.is_authenticated else None
    more = {"holds_link": True} if seen.secret else {}

    def perform() -> str:
        PERFORM[verb](seen.wish, by=by, now=now, **form.arguments(), **more)
        return reverse("volunteers:wish", args=[seen.wish.pk])

    return perform


def _step_page(
    request: HttpRequest, seen: Seen, verb: str, form: StepForm, now: datetime, status: int = 200
) -> HttpResponse:
    """With the form where the table allows it to the reader now, else with the reason."""
    code = refusal(verb, seen.facts)
    until = timezone.localdate(now + timedelta(days=seen.wish.days))
    context = {
        "wish": seen.wish,
        "seen": seen,
        "verb": VERB[verb],
        "form": form,
        "is_harsh": verb in HARSH,
        "means": MEANS[verb] % {"days": seen.wish.days, "until": date_format(until, "MONTH_DAY_FORMAT")},
        "why": REASONS[code] if code else "",
        "must_join": code == "not_yours" and verb == "claim" and seen.wish.state == "open",
    }
    return render(request, "volunteers/wish_step.html", context, status=status)
