"""What is asked of people about their own account."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.utils.translation import gettext_lazy as _

from trail.idempotency import OnceForm
from trail.scopes import SCOPES, TOKENS

# For how many days a token may work.
LASTING = ((30, _("30 days")), (90, _("90 days")), (365, _("one year")))


class OwnPasswordForm(PasswordChangeForm):
    """The present password once, the new one twice. Django's own, but for who writes: an action, not `save`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, label_suffix="", **options)
        # Django's list of rules is HTML of its own; read out with the field it should be one sentence.
        self.fields["new_password1"].help_text = _(
            "At least 10 characters, not digits alone, nothing that is easily guessed or like your name."
        )
        if self.user.must_change_password:
            self.fields["old_password"].label = _("The password you were given")


class TokenForm(OnceForm):
    """What the new token is called, what it may do, and for how long."""

    name = forms.CharField(
        label=_("What for"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("The program that will use it."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        choices=list(SCOPES.items()),
        initial=[key for key in SCOPES if key != TOKENS],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label=_("It works for"), choices=LASTING, initial=LASTING[1][0], coerce=int, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, label_suffix="", **options)

    def expires_at(self, now: datetime) -> datetime:
        return now + timedelta(days=self.cleaned_data["days"])
