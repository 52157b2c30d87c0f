"""Which form a verb has."""

from typing import Any

from issues.forms.verbs import VerbForm
from issues.forms.whistle import LOOK, CallingForm, JoinForm, WhistleForm
from issues.lifecycle import VERB
from issues.models import Issue

OWN: dict[str, type[CallingForm]] = {"whistle": WhistleForm, "join": JoinForm}


def verb_form(verb: str, issue: Issue, user: Any, now: Any, *args: Any, **options: Any) -> VerbForm:
    """The form of a verb by its key."""
    kind = OWN.get(verb, VerbForm)
    return kind(VERB[verb], issue, user, now, *args, **options)


def looked_form(verb: str, issue: Issue, user: Any, now: Any, data: Any) -> VerbForm | None:
    """The form once more with those who were looked for, and all that was chosen and written; None where somebody sends
    it instead."""
    if verb not in OWN or LOOK not in data:
        return None
    return verb_form(verb, issue, user, now, initial=OWN[verb].typed(data))
