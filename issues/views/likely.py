"""Is it one of these? What stands between a report and its sending, for residents and for staff alike.

It works without JavaScript and keeps what was typed: everything goes along in hidden fields, photos under names
of ours that only this form knows.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from accounts.limits import client_address
from grids.models import Unit
from issues.actions import report_issue
from issues.actions.join import is_set_aside, join_issue, photo_set_aside, set_aside_photos
from issues.lifecycle import STATE
from issues.likely import likely_duplicates
from issues.models import Issue
from issues.on_duty import phones_of
from issues.views.throttle import Limit, count, over
from trail.idempotency import was_sent
from trail.kept_forms import is_kept
from trail.refusals import Refused

# The answer: "" for not asked yet, "new", "back", or the signed code of the one that it is.
ANSWER = "join"
KEPT = "kept"
NEW, BACK = "new", "back"
# Somebody may be called away while they look; a day later the photos are swept.
VALID = timedelta(hours=20)
PHOTOS_ASIDE = Limit("photos-aside", 20, timedelta(hours=1))
_CODES = TimestampSigner(salt="likely")
_PHOTOS = TimestampSigner(salt="photo set aside")
_OURS = {"csrfmiddlewaretoken", ANSWER, KEPT}


def ask_first(
    request: HttpRequest, form: Any, place: Unit, now: datetime, *, seen: Any = None, scope: str = ""
) -> HttpResponse | None:
    """The page with what may be the same, or None where there is nothing to ask: it was answered, the form is
    not fit to be sent or was sent already (a double tap), it is a danger (which never waits), nothing is alike, or it comes
    from a phone that had kept it: nobody looks at an answer then, and those who get it are told what it is like.

    `scope` as in `submit_once`. `seen`: the issues that the reader may see; without it the reader is a
    resident, who reads no words of others.
    """
    if not _has_all_photos(request):
        form.add_error("photos", _("A photo that had been kept is not there any more: please add it again."))
        return None
    if request.POST.get(ANSWER) or not form.is_valid() or form.tells_danger:
        return None
    if is_kept(request) or was_sent(request, scope=scope):
        return None
    asked = form.cleaned_data
    # Without words it will be called as its category.
    text = asked["text"] or asked["category"].name
    found = likely_duplicates(
        place, asked["category"], text, now=now, kind=asked.get("kind") or "", seen=seen
    )
    if not found:
        return None
    try:
        kept = [*kept_names(request), *_set_aside(request, form, now)]
    except Refused:
        # The form itself says what is wrong with a photo.
        return None
    context = {
        "found": [(one, _CODES.sign(one.issue.code), STATE[one.issue.state]) for one in found],
        "typed": list(_typed(request, form)),
        "kept": kept,
        "lost_photos": bool(request.FILES) and len(kept) < len(request.FILES.getlist("photos")),
        "staff": seen is not None,
        "again": getattr(form, "again", ""),
        "phones": [] if seen is not None else phones_of(place),
    }
    return render(request, "issues/likely.html", context)


def take_in(request: HttpRequest, *, by: Any, now: datetime, seen: Any = None, **report: Any) -> Issue:
    """What the reporter decided: a matter of its own, or one that follows another from the start.

    Raises Refused("main") where that one has ended meanwhile.
    """
    main = _chosen(request, Issue.objects.all() if seen is None else seen)
    if main is None:
        return report_issue(by=by, now=now, **report)
    return join_issue(main, by=by, now=now, **report)


def goes_back(request: HttpRequest) -> bool:
    """The reporter wants to change something first."""
    return request.POST.get(ANSWER) == BACK


def files_of(request: HttpRequest) -> MultiValueDict:
    """The photos sent now, and before them those that wait since the question was asked."""
    files = request.FILES.copy()
    waiting = [photo_set_aside(_PHOTOS.unsign(name)) for name in kept_names(request)]
    if found := [photo for photo in waiting if photo]:
        files.setlist("photos", [*found, *files.getlist("photos")])
    return files


def kept_names(request: HttpRequest) -> list[str]:
    """Signed names of photos that wait; others than ours, too old or swept ones are passed over."""
    return [name for name in request.POST.getlist(KEPT) if _waits(name)]


def photos_again(request: HttpRequest, form: Any, now: datetime) -> dict[str, Any]:
    """For a page that shows a refused form again: `kept`, signed names of its photos, which wait with us while the rest is
    corrected; `lost_photos`: some are to be chosen once more."""
    kept, sent = kept_names(request), len(request.FILES.getlist("photos"))
    if not sent or "photos" in form.errors or is_kept(request):
        return {"kept": kept, "lost_photos": bool(sent)}
    try:
        fresh = _set_aside(request, form, now)
    except Refused:
        fresh = []
    return {"kept": [*kept, *fresh], "lost_photos": len(fresh) < sent}


def _has_all_photos(request: HttpRequest) -> bool:
    """Are those that we set aside still there? Other names say nothing."""
    for name in request.POST.getlist(KEPT):
        try:
            _PHOTOS.unsign(name)
        except BadSignature:
            continue
        if not _waits(name):
            return False
    return True


def _waits(name: str) -> bool:
    return _is_ours(_PHOTOS, name) and is_set_aside(_PHOTOS.unsign(name))


def _is_ours(signer: TimestampSigner, signed: str) -> bool:
    try:
        signer.unsign(signed, max_age=VALID)
    except BadSignature:
        return False
    return True


def _chosen(request: HttpRequest, seen: Any) -> Issue | None:
    answer = request.POST.get(ANSWER, "")
    if answer in ("", NEW, BACK) or not _is_ours(_CODES, answer):
        return None
    return seen.filter(code=_CODES.unsign(answer)).first()


def _set_aside(request: HttpRequest, form: Any, now: datetime) -> list[str]:
    sent = form.cleaned_data.get("photos") or []
    fresh = sent[len(kept_names(request)) :]
    who = client_address(request)
    if not fresh or over(PHOTOS_ASIDE, who, now):
        return []
    names = set_aside_photos(fresh, now=now)
    count(PHOTOS_ASIDE, who, now)
    return [_PHOTOS.sign(name) for name in names]


def _typed(request: HttpRequest, form: Any) -> Iterable[tuple[str, str, str]]:
    """(name, value, what a question that was answered in words is called)."""
    in_words = (forms.TextInput, forms.Textarea)
    asked = {one.html_name: str(one.label) for one in form if isinstance(one.field.widget, in_words)}
    for name, values in request.POST.lists():
        if name not in _OURS:
            yield from ((name, str(value), asked.get(name, "")) for value in values)
