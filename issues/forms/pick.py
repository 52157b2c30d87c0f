"""Which form a verb has."""

from typing import Any

from issues.forms.verbs import VerbForm
from issues.forms.whistle import JoinForm, WhistleForm
from issues.lifecycle import VERB
from issues.models import Issue

OWN = {"whistle": WhistleForm, "join": JoinForm}


def verb_form(verb: str, issue: Issue, user: Any, now: Any, *args: Any, **options: Any) -> VerbForm:
    """The form of a verb by its key."""
    kind = OWN.get(verb, VerbForm)
    return kind(VERB[verb], issue, user, now, *args, **options)
