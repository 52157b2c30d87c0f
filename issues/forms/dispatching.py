"""To whom several issues are given at once."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Body, Unit
from issues import inputs
from issues.forms.fields import CodeField
from issues.forms.targets import targets_of_many
from issues.forms.verbs import EITHER
from issues.models import Issue
from trail.idempotency import OnceForm


class DispatchManyForm(OnceForm):
    """The questions of a dispatch, asked once for all of them."""

    internal_text = forms.CharField(
        label=gettext_lazy("Internal note"),
        required=False,
        max_length=inputs.INTERNAL_TEXT.max_length,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    field_order = ("unit", "body", "internal_text")

    def __init__(
        self, issues: Sequence[Issue], user: Any, now: Any, data: Any = None, *, settled: bool = False
    ) -> None:
        """`settled`: nothing is offered any more. Sent a second time the issues are elsewhere already, and the
        answer is that of the first time; what does not fit the action refuses."""
        super().__init__(data, label_suffix="")
        units, bodies = targets_of_many(issues, user, now)
        options: dict[str, Any] = {"required": False, "help_text": EITHER}
        if settled:
            units = Unit.objects.visible_to(user, now).open().defer("boundary")
            bodies, options["widget"] = Body.objects.visible_to(user, now).open(), forms.TextInput
        self.fields["unit"] = CodeField(units, label=inputs.UNIT.label, **options)
        self.fields["body"] = CodeField(bodies, label=inputs.BODY.label, **options)
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if not self.errors and (given.get("unit") is None) == (given.get("body") is None):
            raise forms.ValidationError(_("Choose either a unit or a body."))
        return given

    def arguments(self) -> dict[str, Any]:
        """As the action takes them."""
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def target(self) -> Unit | Body:
        """The unit or body that was chosen, of a valid form."""
        found: Unit | Body = self.cleaned_data.get("unit") or self.cleaned_data["body"]
        return found
