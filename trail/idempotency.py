"""Once only: a write that is repeated with the same key gets the first one's answer and writes nothing.

The key is claimed in the transaction of the write itself, and the answer is stored in it: of two at the same
moment the second waits for the first. A refusal rolls everything back, key included: it may be tried again.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from trail.actions import claim_key, store_answer
from trail.models import IdempotencyKey

HEADER = "Idempotency-Key"
FIELD = "idempotency_key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 120
_KEY = re.compile(rf"[\x21-\x7e]{{1,{LONGEST}}}")
_NO_PART_OF_THE_WISH = {FIELD, "csrfmiddlewaretoken"}


def new_key() -> str:
    """A key that nobody else will choose: 128 random bits."""
    return secrets.token_urlsafe(16)


class Answer(NamedTuple):
    """What a write answers: an HTTP status and something that JSON can hold."""

    status: int
    content: Any


def once(scope: str, key: str, wish: object, act: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Do `act` unless this key was used before: (its answer or the stored one, was it stored).

    `scope` says whose keys these are. `wish` is what was asked, as JSON: the same key with another wish
    raises Refused("key_reused"). Whatever `act` raises undoes everything.
    """
    with transaction.atomic():
        row, is_new = claim_key(scope, key, wish)
        if not is_new:
            return Answer(row.status, row.answer), True
        answer = act()
        store_answer(row, status=answer.status, answer=answer.content)
        return answer, False


# --- REST ---------------------------------------------------------------------------------------------------
def respond_once(request: Request, act: Callable[[], Response]) -> HttpResponse:
    """Answer a POST: with the header `Idempotency-Key` once only, without it as usual.

    A repeated request gets the very bytes of the first answer, its status and Location, and a header that
    says so.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return act()
    if not _KEY.fullmatch(key):
        raise ValidationError({HEADER: ["1 to 120 visible ASCII characters, for instance a UUID."]})
    wish = {"path": request.path, "data": _plain(request.data)}
    (status, kept), replayed = once(f"user:{request.user.pk}", key, wish, lambda: _keep(act()))
    answer = HttpResponse(kept["text"], content_type="application/json", status=status)
    if kept["location"]:
        answer["Location"] = kept["location"]
    if replayed:
        answer[REPLAYED] = "true"
    return answer


def _keep(response: Response) -> Answer:
    """The answer as text: a JSON column would not keep the order of its keys."""
    text = JSONRenderer().render(response.data).decode()
    return Answer(response.status_code, {"location": response.headers.get("Location", ""), "text": text})


# --- forms --------------------------------------------------------------------------------------------------
class OnceForm(forms.Form):
    """A form with a hidden key of its own: sent twice, it is done once (see `submit_once`)."""

    idempotency_key = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=LONGEST, initial=new_key
    )


def submit_once(request: HttpRequest, act: Callable[[], str], *, scope: str = "") -> tuple[str, bool]:
    """Do what a submitted form asks, once per its hidden key: (what `act` answered, was it stored).

    `act` returns text, usually the address to go to. `scope` says whose keys these are where nobody is
    signed in, for instance "resident". A page from before this field has no key: then it is simply done.
    """
    key = request.POST.get(FIELD, "")
    if not _KEY.fullmatch(key):
        return act(), False
    who = _whose(request, scope)
    lists = {name: values for name, values in request.POST.lists() if name not in _NO_PART_OF_THE_WISH}
    files = {name: _contents(request.FILES.getlist(name)) for name in request.FILES}
    answer, replayed = once(
        who, key, {"path": request.path, "data": lists, "files": files}, lambda: Answer(303, act())
    )
    return answer.content, replayed


def was_sent(request: HttpRequest, *, scope: str = "") -> bool:
    """Has a form with this key been done already? Then nothing more is asked: sending it gives the answer."""
    key = request.POST.get(FIELD, "")
    return IdempotencyKey.objects.filter(scope=_whose(request, scope), key=key).exists()


def _whose(request: HttpRequest, scope: str) -> str:
    user = getattr(request, "user", None)
    return f"user:{user.pk}" if user and user.is_authenticated else f"form:{scope}"


def _plain(data: Any) -> Any:
    """What was sent, as JSON; files by their contents."""
    if not isinstance(data, QueryDict):
        return data
    return {name: [_content(one) for one in values] for name, values in data.lists()}


def _contents(files: Iterable[Any]) -> list[Any]:
    return [_content(one) for one in files]


def _content(value: Any) -> Any:
    if not hasattr(value, "chunks"):
        return value
    digest = hashlib.sha256()
    for chunk in value.chunks():
        digest.update(chunk)
    value.seek(0)
    return digest.hexdigest()
