"""On what occasion somebody looks at a number: one tap, already filled in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from issues.contacts import OCCASIONS, usual_occasion
from issues.kinds import choices
from issues.models import Issue


class RevealForm(forms.Form):
    occasion = forms.ChoiceField(label=_("Occasion"), choices=choices(OCCASIONS))

    def __init__(self, issue: Issue, *args: Any, **options: Any) -> None:
        super().__init__(
            *args, initial={"occasion": usual_occasion(issue.state)}, auto_id="reveal-%s", **options
        )
