"""Finding one's matter again by number and four digits."""

import re

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

NUMBER = re.compile(r"\d{8}-\d{6,12}")


class LookupForm(forms.Form):
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=24,
        help_text=gettext_lazy("It was shown after sending, for example 20260105-000123."),
    )
    last_four = forms.RegexField(
        r"^\d{4}$",
        label=gettext_lazy("Last four digits of your telephone"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4, "autocomplete": "off"}),
    )

    def clean_number(self) -> str:
        """Digits, a dash, digits: however it was typed."""
        number = re.sub(r"\s", "", self.cleaned_data["number"]).replace("－", "-").replace("—", "-")
        if not NUMBER.fullmatch(number):
            raise forms.ValidationError(_("A number looks like 20260105-000123."))
        return number
