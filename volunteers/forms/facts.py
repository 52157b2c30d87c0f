"""The questions to and about a volunteer, asked on the phone and at the desk alike."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.forms.steps import DayField
from volunteers.actions.facts import LONGEST_ALIAS, Person
from volunteers.contacts import LONGEST_PERSON
from volunteers.words import AVAILABILITY, LANGUAGES, SKILLS, Word, choices

LONGEST_PHONE = 30
LISTS = ("skills", "languages", "availability")
GUARDIAN = ("of_age_on", "guardian_name", "guardian_phone", "guardian_consents")


def boxes(label: Any, words: tuple[Word, ...], **more: Any) -> forms.MultipleChoiceField:
    """Several of a table's words."""
    return forms.MultipleChoiceField(
        label=label, choices=choices(words), required=False, widget=forms.CheckboxSelectMultiple, **more
    )


class FactsMixin(forms.Form):
    """Name, number, what one can do and when, and a guardian for whoever is under fourteen."""

    name = forms.CharField(label=pgettext_lazy("volunteer", "Name"), min_length=2, max_length=LONGEST_PERSON)
    alias = forms.CharField(
        label=_("Alias"),
        max_length=LONGEST_ALIAS,
        required=False,
        help_text=_("Under this name others see you. Without one: the first letter of your name."),
    )
    phone = forms.CharField(
        label=_("Mobile number"),
        max_length=LONGEST_PHONE,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    skills = boxes(pgettext_lazy("volunteer", "What you can do"), SKILLS)
    languages = boxes(_("Languages"), LANGUAGES)
    availability = boxes(_("When you have time"), AVAILABILITY)
    of_age_on = DayField(
        label=_("Under fourteen: the day of the fourteenth birthday"),
        required=False,
        help_text=_("Only for children. Whoever is fourteen leaves this empty."),
    )
    guardian_name = forms.CharField(label=_("Guardian's name"), max_length=LONGEST_PERSON, required=False)
    guardian_phone = forms.CharField(
        label=_("Guardian's mobile number"),
        max_length=LONGEST_PHONE,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    guardian_consents = forms.BooleanField(label=_("The guardian agrees"), required=False)

    def facts(self) -> dict[str, Any]:
        """The fields of Person that are asked here."""
        known = Person.__dataclass_fields__
        return {
            name: tuple(value) if name in LISTS else value
            for name, value in self.cleaned_data.items()
            if name in known
        }

    def person(self) -> Person:
        return Person(**self.facts())


# Refusals that belong beside one question rather than above the form.
FIELD_OF = {
    "guardian": "guardian_name",
    "again": "alias",
    "username": "username",
    "taken": "username",
    "password": "password1",
}


def field_of(form: forms.Form, code: str) -> str | None:
    """Beside which question a refusal stands; None: above the form."""
    name = FIELD_OF.get(code, code)
    return name if name in form.fields else None
