"""Once only: a write that is repeated with the same key gets the first one's answer and writes nothing.

The key is claimed in the transaction of the write itself, and the answer is stored in it: of two at the same
moment the second waits for the first. A refusal rolls everything back, key included: it may be tried again.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from trail.actions import claim_key, digest_of_wish, key_reused, store_answer
from trail.conditions import Tagged, etag_of, refuse_condition
from trail.kept_forms import Outcome
from trail.key_actions import claim_keys, release_keys, store_answers
from trail.models import IdempotencyKey
from trail.refusals import NotAllowed, Refused, Stale

HEADER = "Idempotency-Key"
FIELD = "idempotency_key"
REPLAYED = "Idempotency-Replayed"
LONGEST = 120
_KEY = re.compile(rf"[\x21-\x7e]{{1,{LONGEST}}}")
# Passwords: of what people make up not even a fast digest is kept.
_NO_PART_OF_THE_WISH = {FIELD, "csrfmiddlewaretoken", "password1", "password2"}


def new_key() -> str:
    """A key that nobody else will choose: 128 random bits."""
    return secrets.token_urlsafe(16)


def is_key(text: str) -> bool:
    """1 to 120 visible ASCII characters."""
    return _KEY.fullmatch(text) is not None


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


def once_each(
    scope: str,
    wishes: Sequence[tuple[str | None, object]],
    act: Callable[[Sequence[int]], Sequence[Answer]],
) -> list[tuple[Answer, bool] | Refused]:
    """Many wishes, each with a key of its own or None, in one transaction: for each (its answer or the stored one, was
    it stored), or the refusal of a key that was used for another wish.

    `act` does those with these numbers and gives their answers; one that is an error (400 and above) is not kept.
    The same key again among them gets the answer of the first.
    """
    first: dict[str, int] = {}
    for number, (key, _wish) in enumerate(wishes):
        if key is not None:
            first.setdefault(key, number)
    with transaction.atomic():
        new, used = claim_keys(scope, {key: wishes[number][1] for key, number in first.items()})
        todo = [n for n, (key, _wish) in enumerate(wishes) if key is None or (first[key] == n and key in new)]
        done = dict(zip(todo, act(todo), strict=True)) if todo else {}
        kept = {pk: done[first[key]] for key, pk in new.items() if done[first[key]].status < 400}
        store_answers(kept)
        release_keys([pk for pk in new.values() if pk not in kept])

    def answer(number: int, key: str | None, wish: object) -> tuple[Answer, bool] | Refused:
        if key is None or (first[key] == number and key in new):
            return done[number], False
        if key in used:
            digest, found = used[key].request_hash, Answer(used[key].status, used[key].answer)
        else:
            digest, found = digest_of_wish(wishes[first[key]][1]), done[first[key]]
        return (found, found.status < 400) if digest == digest_of_wish(wish) else key_reused()

    return [answer(number, *wish) for number, wish in enumerate(wishes)]


# --- REST ---------------------------------------------------------------------------------------------------
def respond_once(
    request: Request,
    act: Callable[[], Response],
    *,
    conditional: bool = False,
    first: Callable[[], object] | None = None,
) -> HttpResponse:
    """Answer a POST: with the header `Idempotency-Key` once only, without it as usual.

    A repeated request gets the very bytes of the first answer, its status, ETag and Location, and a header that
    says so. `conditional`: `act` heeds If-Match (trail.conditions); elsewhere it is refused. `first`: what takes long and
    needs no transaction, done before one begins; it keeps what it found for `act`.
    """
    if not conditional:
        refuse_condition(request)
    key, scope = key_of(request), f"user:{request.user.pk}"
    if first is not None and not (key and IdempotencyKey.objects.filter(scope=scope, key=key).exists()):
        first()
    if key is None:
        return act()
    wish = wish_of(request.path, request)
    (status, kept), replayed = once(scope, key, wish, lambda: _keep(act()))
    answer = HttpResponse(kept["text"], content_type="application/json", status=status)
    for name, value in (("Location", kept["location"]), ("ETag", kept.get("etag"))):
        if value:
            answer[name] = value
    if replayed:
        answer[REPLAYED] = "true"
    return answer


def wish_of(path: str, request: Request, *, without: Collection[str] = ()) -> dict[str, Any]:
    """What a request asks for: the address with its query, and what was sent. `without`: parameters that ask nothing,
    wherever they stand."""
    query = {name: values for name, values in request.query_params.lists() if name not in without}
    data = plain(request.data)
    if without and isinstance(data, dict):
        data = {name: values for name, values in data.items() if name not in without}
    asked = {"path": path, "data": data}
    # Only where there is one: keys from before it counted stay valid.
    return asked | {"query": query} if query else asked


def with_unkept(answer: HttpResponse, unkept: Mapping[str, Any]) -> Response:
    """An answer of respond_once along with what must not be stored under the key: put in as it goes out, and cached by
    nobody."""
    said = answer.data if isinstance(answer, Response) else json.loads(answer.content)
    shown = Response({**said, **unkept}, answer.status_code, headers={"Cache-Control": "no-store"})
    for name in ("Location", REPLAYED):
        if name in answer.headers:
            shown.headers[name] = answer.headers[name]
    return shown


def shown_once(answer: HttpResponse, name: str, secret: str | None) -> Response:
    """An answer of respond_once that made a secret: shown as it goes out, stored nowhere. A repeated request gets all the
    rest again, null in its place and `shown_already`; sealed under the key it would open something for seven days more, to
    whoever gets hold of key and sign-in, or of the database and its keys. Who never got it revokes and makes another."""
    return with_unkept(answer, {name: secret, "shown_already": secret is None})


def key_of(request: Request) -> str | None:
    """The key that came with the request; raises ValidationError for one that is none."""
    key = request.headers.get(HEADER)
    if key is not None and not is_key(key):
        raise ValidationError({HEADER: [_("1 to 120 visible ASCII characters, for instance a UUID.")]})
    return key


def _keep(response: Response) -> Answer:
    """The answer as text: a JSON column would not keep the order of its keys."""
    content = JSONRenderer().render(response.data)
    version = response.version if isinstance(response, Tagged) else None
    kept = {"location": response.headers.get("Location", ""), "text": content.decode()}
    return Answer(
        response.status_code, kept if version is None else kept | {"etag": etag_of(content, version)}
    )


# --- forms --------------------------------------------------------------------------------------------------
class OnceForm(forms.Form):
    """A form with a hidden key of its own: sent twice, it is done once (see `submit_once`).

    The key has the same name under every prefix, no id (a page may have many such forms), and is no part of
    `cleaned_data`.
    """

    idempotency_key = forms.CharField(
        widget=forms.HiddenInput({"id": False}), required=False, max_length=LONGEST, initial=new_key
    )

    def add_prefix(self, field_name: str) -> str:
        return field_name if field_name == FIELD else super().add_prefix(field_name)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data.pop(FIELD, None)
        return data

    def read_first(self) -> None:
        """What takes long and needs no transaction (a large file): `submit_form` asks for it before one begins."""


def submit_once(request: HttpRequest, act: Callable[[], str], *, scope: str = "") -> tuple[str, bool]:
    """Do what a submitted form asks, once per its hidden key: (what `act` answered, was it stored).

    `act` returns text, usually the address to go to. `scope` says whose keys these are where nobody is
    signed in, for instance "resident". A page from before this field has no key: then it is simply done.
    """
    key = request.POST.get(FIELD, "")
    if not is_key(key):
        with transaction.atomic():
            return act(), False
    who = _whose(request, scope)
    lists = {name: values for name, values in request.POST.lists() if name not in _NO_PART_OF_THE_WISH}
    files = {name: _contents(request.FILES.getlist(name)) for name in request.FILES}
    answer, replayed = once(
        who, key, {"path": request.path, "data": lists, "files": files}, lambda: Answer(303, act())
    )
    return answer.content, replayed


# The status of a form that has errors of its own.
UNFIT = 422


class _Unfit(Exception):
    """The form itself has errors."""


def submit_form(
    request: HttpRequest,
    form: forms.Form,
    perform: Callable[[], str],
    *,
    explain: Callable[[forms.Form, Refused], None] | None = None,
    scope: str = "",
) -> tuple[str, int]:
    """(address to go to, 0), or ("", status) with the form saying what is wrong and keeping what was typed.

    `perform` calls one action with what a valid form holds, and returns the address. A form that was sent
    twice is done once; the second time leads to the same address. `explain` puts a refusal into the form,
    above it if left out. `scope` as in `submit_once`.
    """

    def act() -> str:
        if not form.is_valid():
            raise _Unfit
        return perform()

    if isinstance(form, OnceForm):
        form.read_first()
    try:
        outcome = Outcome(submit_once(request, act, scope=scope)[0])
    except _Unfit:
        outcome = Outcome(status=UNFIT, form=form)
    except Refused as refused:
        form.is_valid()
        (explain or explain_above)(form, refused)
        status = 403 if isinstance(refused, NotAllowed) else 409
        outcome = Outcome(status=status, form=form, conflict=isinstance(refused, Stale))
    request.outcome = outcome  # type: ignore[attr-defined]  # for a phone that had kept the form
    return outcome.address, outcome.status


def explain_above(form: forms.Form, refused: Refused) -> None:
    """Say above the form why not."""
    form.add_error(None, reason_of(refused))


def reason_of(refused: Refused) -> str:
    """A refusal in words for whoever has sent a form."""
    if refused.code == "key_reused":
        return _("This form was sent already; below is what came of it. Send it again only if you mean it.")
    return str(refused)


def renew(form: forms.Form) -> None:
    """Make a refused form ready to be sent again, with a new key."""
    data: Any = form.data.copy()
    data[FIELD] = new_key()
    form.data = data


def sent_before(request: HttpRequest) -> str | None:
    """Where a form led that was sent with this very key and content before; None if it was not. For forms that
    are no longer offered once they are done."""

    def gone() -> str:
        raise _Unfit

    try:
        return submit_once(request, gone)[0]
    except (_Unfit, Refused):
        return None


def was_sent(request: HttpRequest, *, scope: str = "") -> bool:
    """Has a form with this key been done already? Then nothing more is asked: sending it gives the answer."""
    key = request.POST.get(FIELD, "")
    return IdempotencyKey.objects.filter(scope=_whose(request, scope), key=key).exists()


def _whose(request: HttpRequest, scope: str) -> str:
    user = getattr(request, "user", None)
    return f"user:{user.pk}" if user and user.is_authenticated else f"form:{scope}"


def plain(data: Any) -> Any:
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
