"""Forms that a phone kept while it had no net, and sends later: what came of one, as JSON instead of a page.

The phone posts the very form to the very address, with the header `X-Outbox`. The view does what it always does;
`submit_form` notes the outcome on the request, and the middleware answers with it (docs/adr/0015).
"""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure

HEADER = "X-Outbox"
# What the phone does by itself: nothing more (done), wait for the person (refused, conflict), wait for a sign-in,
# fetch a new token and try again (token), try again later (every other status).
DONE, REFUSED, CONFLICT, SIGN_IN, TOKEN = "done", "refused", "conflict", "sign_in", "token"


@dataclass
class Outcome:
    """Where the form led (`address`), or why it was not done: `status` and the form with its errors. `conflict`:
    somebody else was faster; `stands` says in words how it is now."""

    address: str = ""
    status: int = 0
    form: forms.Form | None = None
    conflict: bool = False
    stands: str = ""


def is_kept(request: HttpRequest) -> bool:
    """Does it come from a phone that kept it, so that nobody looks at a page now?"""
    return request.method == "POST" and HEADER in request.headers


def answer_of(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What the phone is told instead of this page. Answers that pass by themselves (busy, broken) stay as they are."""
    outcome: Outcome | None = getattr(request, "outcome", None)
    if response.status_code == 429 or response.status_code >= 500:
        return response
    if outcome and outcome.address:
        said = [str(message) for message in get_messages(request)]
        return _json(200, {"fate": DONE, "address": outcome.address, "said": said})
    if outcome and outcome.form is not None:
        fate, status = (CONFLICT, 409) if outcome.conflict else (REFUSED, outcome.status)
        return _json(status, {"fate": fate, "stands": outcome.stands} | _problems(outcome.form))
    if 300 <= response.status_code < 400:
        return signed_out()
    return _json(response.status_code if response.status_code >= 400 else 422, _refused(response.status_code))


def signed_out() -> HttpResponse:
    """It stays on the phone until the person has signed in."""
    return _json(401, {"fate": SIGN_IN})


def untrusted(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's page for a form without a good token; a phone fetches another one and tries again."""
    return _json(403, {"fate": TOKEN}) if is_kept(request) else csrf_failure(request, reason)


def _problems(form: forms.Form) -> dict[str, Any]:
    """The errors under the names that the page's fields have, and what the fields are called."""
    problems, labels = {}, {}
    for name, errors in form.errors.items():
        if name not in form.fields:
            problems[""] = [str(error) for error in errors]
            continue
        field = form[name]
        problems[field.html_name] = [str(error) for error in errors]
        labels[field.html_name] = str(field.label)
    return {"problems": problems, "labels": labels}


def _refused(status: int) -> dict[str, Any]:
    words = {
        403: _("Your post does not include this any more."),
        404: _("It does not exist any more, or it is not yours to see."),
    }
    said = words.get(status) or _("It cannot be sent like this. Open it, look at it again and send it.")
    return {"fate": REFUSED, "problems": {"": [said]}, "labels": {}, "stands": ""}


def _json(status: int, body: dict[str, Any]) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store"})
