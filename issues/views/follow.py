"""A resident follows a matter "like a parcel", by secret link or by number, and in the end rates it."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.limits import client_address
from accounts.secrets import keyed_hash
from grids.models import Unit
from issues.actions import PERFORM
from issues.districts import reason_labels
from issues.forms import LookupForm, VerbForm, verb_form
from issues.lifecycle import STATE, VERBS
from issues.links import SIGNER, follow_link
from issues.models import Issue, Rating, Reporter
from issues.on_duty import phones_of
from issues.reporters import reached_by_text, said_unsolved, told_late
from issues.rules import allowed_verbs
from issues.ties import facts_of, ties_of
from issues.timeline import Line, timeline
from issues.views.submit import renew, submit, typed
from issues.views.throttle import (
    LOOKUPS_PER_ADDRESS,
    LOOKUPS_PER_NUMBER,
    STEPS_PER_LINK,
    count,
    over,
)
from notices.channels import texts_go_out

# What whoever holds the follow link may do, as the table says.
REPORTERS = tuple(verb.key for verb in VERBS if any(who.tie == "reporter" for who in verb.who))


@dataclass(frozen=True)
class Step:
    """One step of the way: done, now or ahead; the first ahead is the next one. `came_of_it`: what came out, in words."""

    label: str
    at: datetime | None
    place: str
    is_next: bool = False
    came_of_it: str = ""


def followed(signed: str) -> Issue:
    """The issue that a follow link names; a link that we did not give leads nowhere."""
    try:
        code = SIGNER.unsign(signed)
    except BadSignature as error:
        raise Http404 from error
    found = Issue.objects.shown().filter(code=code).first()
    if found is None:
        raise Http404
    return found


@never_cache
@require_GET
def follow(request: HttpRequest, signed: str) -> HttpResponse:
    """Where it stands, who has it, by when; and at the end the three questions."""
    return _show(request, signed, followed(signed), timezone.now())


@never_cache
@require_GET
def sent(request: HttpRequest, signed: str) -> HttpResponse:
    """Right after reporting: the number and the link to keep."""
    found = followed(signed)
    context = {
        "issue": found,
        "link": request.build_absolute_uri(reverse("issues:follow", args=[signed])),
        "phones": phones_of(found),
        "community": Unit.objects.open().filter(pk=found.community_id).defer("boundary").first(),
        "by_text": texts_go_out() and bool(reached_by_text([found.pk])),
        "with_phone": Reporter.objects.filter(issue=found.pk).exclude(last_four_hash="").exists(),
    }
    return render(request, "issues/sent.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, signed: str, verb: str) -> HttpResponse:
    """What the reporter may do: answer, chase, withdraw, object, and give the verdict. Whoever opens the address of a
    refused form anew, or changes language or text size there, comes to the page."""
    if verb not in REPORTERS:
        raise Http404
    found, now = followed(signed), timezone.now()
    if request.method != "POST":
        return redirect("issues:follow", signed)
    form = verb_form(verb, found, request.user, now, request.POST, request.FILES, ask_again=True)
    if over(STEPS_PER_LINK, found.code, now):
        form.add_error(None, _("Too many steps at once. Please try again in an hour, or call."))
        return _show(request, signed, found, now, tried=form, status=429)

    def perform(arguments: dict[str, Any]) -> str:
        PERFORM[verb](found, by=None, now=now, **arguments)
        count(STEPS_PER_LINK, found.code, now)
        return reverse("issues:follow", args=[signed])

    went, status = submit(request, form, perform, scope=verb)
    if not status:
        return redirect(went)
    found = followed(signed)
    renew(form, version=found.version)
    return _show(request, signed, found, now, tried=form, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def lookup(request: HttpRequest) -> HttpResponse:
    """Find it again by its number and the last four digits of the telephone that was left."""
    form = LookupForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "issues/lookup.html", {"form": form}, status=422 if form.is_bound else 200)
    now, number = timezone.now(), form.cleaned_data["number"]
    tries = ((LOOKUPS_PER_ADDRESS, client_address(request)), (LOOKUPS_PER_NUMBER, number))
    if any(over(limit, who, now) for limit, who in tries):
        form.add_error(None, _("Too many tries. Please wait a while, or use the link that you were given."))
        return render(request, "issues/lookup.html", {"form": form}, status=429)
    found = find_by_number(number, form.cleaned_data["last_four"])
    if found:
        return redirect(follow_link(found))
    for limit, who in tries:
        count(limit, who, now)
    form.add_error(None, _("Number and digits do not belong together, or no telephone was left."))
    return render(request, "issues/lookup.html", {"form": form}, status=404)


def find_by_number(number: str, last_four: str) -> Issue | None:
    """The issue with this number whose reporter's telephone ends so; the digits are compared hashed."""
    pk = int(number.rpartition("-")[2])
    row = Reporter.objects.select_related("issue").filter(issue=pk, erased_at=None).first()
    known = row.last_four_hash if row else ""
    wanted = keyed_hash(f"{row.issue.code if row else ''}:{last_four}", purpose="last_four")
    fits = hmac.compare_digest(known, wanted)
    return row.issue if row and fits and row.issue.number == number else None


def _show(
    request: HttpRequest,
    signed: str,
    found: Issue,
    now: datetime,
    *,
    tried: VerbForm | None = None,
    status: int = 200,
) -> HttpResponse:
    forms = forms_of(request, found, now, tried)
    lines = timeline(found, resident=True)
    stranded = tried is not None and tried.verb.key not in forms
    rating = found.ratings.holding().order_by("-round").first()
    passed = found.promised_at is not None and found.promised_at < now
    context = {
        "issue": found,
        "signed": signed,
        "steps": steps_of(found),
        "lines": lines,
        "latest": lines[-1] if lines and found.is_open else None,
        "result": _last(lines, "submit_result", "answer", "resolve_with"),
        "refusal": _last(lines, "reject", "close", "reject_with", "return_to_hotline", noted=True),
        "question": _last(lines, "ask_info", noted=True) if found.asked_at else None,
        "rating": rating,
        "reasons": _reasons(found, rating) if rating else "",
        "phones": phones_of(found),
        "form": tried or forms.get("rate"),
        "verdict": forms.pop("rate", None),
        "answer": forms.pop("supply_info", None),
        "others": list(forms.values()),
        "tried": tried,
        "typed": typed(tried) if stranded and tried else (),
        "said_unsolved": said_unsolved(found),
        "promise_passed": passed,
        "told_late": passed and told_late(found),
        "lost_photos": bool(request.FILES),
    }
    context["may_rate"] = context["verdict"] is not None
    return render(request, "issues/follow.html", context, status=status)


def _reasons(found: Issue, rating: Rating) -> str:
    """What was ticked beside it, in words. No query where nothing was."""
    labels = reason_labels([found.district_id]) if rating.reasons else {}
    return _(", ").join(labels.get(key, key) for key in rating.reasons)


def forms_of(
    request: HttpRequest, found: Issue, now: datetime, tried: VerbForm | None
) -> dict[str, VerbForm]:
    """The reporter's verbs that are possible now, each with its form; a refused one keeps what was typed."""
    possible = allowed_verbs(facts_of(found, now=now), ties_of(found, None, now=now, reporter=True))
    made = {
        verb: verb_form(verb, found, request.user, now, ask_again=True, auto_id=f"{verb}-%s")
        for verb in possible
        if verb in REPORTERS
    }
    return made | ({tried.verb.key: tried} if tried and tried.verb.key in made else {})


def _last(lines: list[Line], *verbs: str, noted: bool = False) -> Line | None:
    """The latest of these; with something written, if that is what matters."""
    found = (line for line in reversed(lines) if line.verb in verbs and (line.notes or not noted))
    return next(found, None)


def steps_of(issue: Issue) -> list[Step]:
    """The way of this issue in the resident's words: what is behind, where it is, what is ahead."""
    way = list(WAYS.get(issue.state, WAY))
    here = way.index(issue.state)
    times = {
        "reported": issue.reported_at,
        "assigned": issue.assigned_at,
        "handling": issue.signed_at,
        "resolved": issue.resolved_at,
        "closed": issue.closed_at,
        "rejected": issue.closed_at,
        "suspended": issue.suspended_at,
    }
    ended = not issue.is_open and issue.state != "merged"
    return [
        Step(
            str(STATE[key].resident_label),
            times.get(key) if number <= here else None,
            "done" if number < here or (ended and number == here) else "now" if number == here else "ahead",
            is_next=number == here + 1,
            came_of_it=str(issue.get_outcome_display()) if key == "resolved" and number <= here else "",
        )
        for number, key in enumerate(way)
    ]


WAY = ("reported", "assigned", "handling", "resolved", "closed")
WAYS = {
    "rejected": ("reported", "rejected"),
    "suspended": ("reported", "assigned", "handling", "suspended", "resolved", "closed"),
    "merged": ("reported", "merged", "resolved", "closed"),
}
