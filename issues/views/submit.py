"""From a sent form to one action, once: what every page of ours does with a POST."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from issues.lifecycle import VERB
from trail.idempotency import FIELD, new_key, submit_once
from trail.refusals import NotAllowed, Refused

# Refusals that belong beside one question rather than above the form.
FIELD_OF = {
    "phone": "contact_phone",
    "text_length": "text",
    "inactive_category": "category",
    "photo_needed": "photos",
    "photo_size": "photos",
    "photo_type": "photos",
    "too_many_photos": "photos",
    "legal": "case_number",
    "whistle_kind": "kind",
    "checks": "checks",
    "stages": "stages",
    "officer": "officer",
    "lead": "lead",
    "on": "on",
    "settle_result": "result",
    "settle_danger": "settled",
    "settle_on_behalf": "settled",
    "settle_not_own": "settled",
}


class _Unfit(Exception):
    """The form itself has errors."""


def submit(
    request: HttpRequest, form: forms.Form, perform: Callable[[dict[str, Any]], str], *, scope: str = ""
) -> tuple[str, int]:
    """(address to go to, 0), or ("", status) with the form saying what is wrong and keeping what was typed.

    `perform` takes the form's arguments, calls one action and returns the address. A form that was sent twice
    is done once; the second time leads to the same address. `scope` as in `submit_once`.
    """

    def act() -> str:
        if not form.is_valid():
            raise _Unfit
        return perform(form.arguments())  # type: ignore[attr-defined]

    try:
        return submit_once(request, act, scope=scope)[0], 0
    except _Unfit:
        return "", 422
    except Refused as refused:
        explain(form, refused)
        return "", 403 if isinstance(refused, NotAllowed) else 409


def explain(form: forms.Form, refused: Refused) -> None:
    """Put the refusal where it belongs, and name what is possible now."""
    form.is_valid()
    words = str(refused)
    if refused.code == "key_reused":
        words = _("This form was sent already; below is what came of it. Send it again only if you mean it.")
    name = FIELD_OF.get(refused.code, "")
    form.add_error(name if name in form.fields else None, words)
    if labels := [str(VERB[key].label) for key in refused.allowed if key in VERB]:
        form.add_error(None, _("Possible now: %(verbs)s") % {"verbs": _(", ").join(labels)})


def renew(form: forms.Form, *, version: int | None = None) -> None:
    """Make a refused form ready to be sent again: a new key, and the version that the person now sees."""
    form.data = form.data.copy()
    form.data[FIELD] = new_key()
    if version is not None:
        form.data["version"] = str(version)


def typed(form: forms.Form) -> list[tuple[str, str]]:
    """(question, words) of what was written, for a form that can no longer be sent."""
    texts = [field for field in form if isinstance(field.field, forms.CharField) and not field.is_hidden]
    return [(str(field.label), field.value()) for field in texts if field.value()]
