"""Finding one's matter again by number and four digits."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from issues.numbers import read_number, write_number


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
        """As it is written, however it was typed."""
        number = read_number(self.cleaned_data["number"])
        if number is None:
            raise forms.ValidationError(_("A number looks like 20260105-000123."))
        return write_number(*number)
