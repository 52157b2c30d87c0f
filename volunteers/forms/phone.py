"""What volunteers are asked on their phones."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.translation import gettext_lazy as _

from grids.models import Unit
from trail.idempotency import OnceForm
from trail.moments import MomentField
from volunteers.forms.facts import LISTS, FactsMixin
from volunteers.models import Volunteer

# What a volunteer's form shows of what is kept.
KEPT = ("name", "alias", "phone", *LISTS, "of_age_on", "guardian_name", "guardian_phone")


class Button(OnceForm):
    """A form that asks nothing: one tap."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, label_suffix="", **options)


class TickForm(Button):
    """One tap of which the moment counts: filled in by a phone that keeps it without a net."""

    occurred_at = MomentField(required=False, widget=forms.HiddenInput({"id": False}))


class UndoForm(Button):
    """What is taken back, as it stood there."""

    of = forms.ChoiceField(
        choices=[(name, name) for name in ("check_in", "check_out")],
        required=False,
        widget=forms.HiddenInput({"id": False}),
    )


class AtHomeForm(FactsMixin, Button):
    """Who it is, and where within the community they are at home."""

    grid = forms.ChoiceField(
        label=_("Grid"), required=False, help_text=_("Not sure? Leave it at the whole community.")
    )

    def __init__(self, community: Unit, grids: Sequence[Unit], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.community, self.grids = community, {unit.code: unit for unit in grids}
        field: Any = self.fields["grid"]
        field.choices = [
            ("", _("the whole community")),
            *((code, unit.name) for code, unit in self.grids.items()),
        ]

    def home(self) -> Unit:
        return self.grids.get(self.cleaned_data["grid"], self.community)


class SignUpForm(AtHomeForm):
    """Of somebody who is signed in already."""

    consents = forms.BooleanField(label=_("I agree that my community keeps this to arrange volunteering."))


class SignUpWithAccountForm(SignUpForm):
    """Of somebody who is not: they choose how they sign in from now on."""

    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=60,
        validators=[UnicodeUsernameValidator()],
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text=_(
            "Letters, digits and @ . + - _, for instance wangfang. Others may see it; not your number, please."
        ),
    )
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_(
            "At least 10 characters, not digits alone, nothing that is easily guessed or like your name."
        ),
    )
    password2 = forms.CharField(
        label=_("The password once more"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("password1") != data.get("password2"):
            self.add_error("password2", _("The two passwords are not the same."))
        return data


class DataForm(AtHomeForm):
    """One's own data, changed."""

    def __init__(self, volunteer: Volunteer, grids: Sequence[Unit], *args: Any, **options: Any) -> None:
        kept = {name: getattr(volunteer, name) for name in KEPT}
        kept["grid"] = next((one.code for one in grids if one.pk == volunteer.grid_id), "")
        super().__init__(volunteer.community, grids, *args, initial=kept, **options)

    def arguments(self) -> dict[str, Any]:
        """For `change_volunteer`."""
        return self.facts() | {"home": self.home()}


class EraseForm(Button):
    """Everything gone, for good."""

    sure = forms.BooleanField(
        label=_("Yes, erase everything that says who I am. I know that it cannot be undone.")
    )


class MemberForm(Button):
    """Which member it is about: the number of the membership."""

    member = forms.IntegerField(min_value=1)
