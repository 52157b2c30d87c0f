"""What is asked about goods on phones: of the person who wants one, and of whoever hands it out."""

import unicodedata

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from volunteers.actions.redeem import DIGITS
from volunteers.forms.phone import Button

# As it is typed, with blanks in between.
LONGEST_CODE = 40


class ReserveForm(Button):
    """One tap; with the price that the page said."""

    agreed = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class CodeForm(Button):
    """The code that the person at the counter shows."""

    code = forms.CharField(
        label=_("Code that the person shows"),
        max_length=LONGEST_CODE,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        help_text=_("Six digits; blanks do not matter."),
    )

    def clean_code(self) -> str:
        """Wide digits are digits too."""
        told = unicodedata.normalize("NFKC", self.cleaned_data["code"])
        digits = "".join(one for one in told if one in "0123456789")
        if len(digits) != DIGITS:
            raise forms.ValidationError(_t("A code has six digits; ask to see it again."))
        return digits


class ReturnForm(Button):
    """What comes back."""

    broken = forms.BooleanField(
        label=_("It is broken or open: it does not go back on the shelf."), required=False
    )
