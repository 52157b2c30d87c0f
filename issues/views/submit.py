"""From a sent form to one action, once: what every page of ours does with a POST."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext as _

from issues.forms.verbs import VerbForm
from issues.lifecycle import STATE, VERB
from trail import idempotency
from trail.idempotency import reason_of, submit_form
from trail.kept_forms import Outcome
from trail.refusals import Refused

# Refusals that belong beside one question rather than above the form: the first of these that it asks.
FIELD_OF = {
    "phone": "contact_phone",
    "text_length": "text",
    "inactive_category": "category",
    "about": "about",
    "about_person": "about",
    "about_needed": "about",
    "photo_needed": "photos",
    "photo_size": "photos",
    "photo_type": "photos",
    "too_many_photos": "photos",
    "legal": "case_number",
    "proposal": "unit",
    "danger_stays": "category",
    "still_danger": "category",
    "whistle_kind": "kind",
    "no_callee": "units",
    "remote": "remote",
    "mode": "mode",
    "checks": "checks",
    # What was settled at once has its result beside the report.
    "unfilled": "result text",
    "reasons": "reasons",
    "verdict": "answered",
    "stages": "stages",
    "officer": "officer",
    "lead": "lead",
    "on": "on",
    "giver": "giver",
    "given_on": "given_on",
    "settle_result": "result",
    "settle_danger": "settled",
    "settle_on_behalf": "settled",
    "settle_not_own": "settled",
}


def submit(
    request: HttpRequest, form: forms.Form, perform: Callable[[dict[str, Any]], str], *, scope: str = ""
) -> tuple[str, int]:
    """As `trail.idempotency.submit_form`; `perform` takes the form's arguments."""
    arguments = form.arguments  # type: ignore[attr-defined]
    went = submit_form(request, form, lambda: perform(arguments()), explain=explain, scope=scope)
    if not went[0] and isinstance(form, VerbForm):
        note_conflict(request.outcome, form)  # type: ignore[attr-defined]
    return went


def note_conflict(outcome: Outcome, form: VerbForm) -> None:
    """Whoever kept the form looked at an issue in which somebody else has done something since (`overtaken`): say how it
    stands, whatever it was refused for."""
    issue = form.issue
    if outcome.form is not None and form.cleaned_data.get("version") not in (None, issue.version):
        outcome.conflict = True
        stands = {"state": STATE[issue.state].label, "owner": issue.owner}
        said = _("It is “%(state)s” now, with %(owner)s.") if issue.is_open else _("It is “%(state)s” now.")
        outcome.stands = said % stands


def explain(form: forms.Form, refused: Refused) -> None:
    """Put the refusal where it belongs, and name what is possible now."""
    names = FIELD_OF.get(refused.code, "").split()
    form.add_error(next((name for name in names if name in form.fields), None), reason_of(refused))
    if labels := [str(VERB[key].label) for key in refused.allowed if key in VERB]:
        form.add_error(None, _("Possible now: %(verbs)s") % {"verbs": _(", ").join(labels)})


def renew(form: forms.Form, *, version: int | None = None) -> None:
    """Make a refused form ready to be sent again: a new key, and the version that the person now sees."""
    idempotency.renew(form)
    if version is not None:
        form.data["version"] = str(version)


def typed(form: forms.Form) -> list[tuple[str, str]]:
    """(question, words) of what was written, for a form that can no longer be sent."""
    texts = [field for field in form if isinstance(field.field, forms.CharField) and not field.is_hidden]
    return [(str(field.label), field.value()) for field in texts if field.value()]
