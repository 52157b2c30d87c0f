"""Codes for the doors of many buildings at once."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.actions.tokens import issue_tokens
from grids.forms.steps import StepForm
from grids.models import Unit
from grids.sizes import MOST_DOORS


class IssueTokens(StepForm):
    """A code for each of these buildings that has none."""

    key, label = "tokens", _("Issue the missing QR codes")
    sure = forms.BooleanField(label=_("Each building in the list gets a code; the trail says so for each."))

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_open)

    def inside(self) -> Any:
        return Unit.objects.open().within(self.subject).at("building").only("pk")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.inside().count() > MOST_DOORS:
            raise forms.ValidationError(
                _("More than %(most)d buildings: go one level down."),
                code="most",
                params={"most": MOST_DOORS},
            )
        return data

    def act(self) -> Unit:
        issue_tokens(self.inside(), by=self.user, now=self.now)
        return self.subject
