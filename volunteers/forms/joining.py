"""What people are asked on their phones about checking in, what they offer, statements of service and duties."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.forms.steps import DayField
from volunteers.actions.statements import MOST_DAYS, USUAL_DAYS
from volunteers.forms.phone import Button
from volunteers.joining import LONGEST_WORDS, MOST_MINUTES, MOST_QUANTITY, resource_choices
from volunteers.models import Organisation, Volunteer

NAME, ALIAS = "name", "alias"


class _NamesOrganisation(Button):
    """One of those that are known, or none. `organisation`: the question; what is chosen: `chosen()`."""

    organisation = forms.ChoiceField(required=False)
    none_of_them: Any = ""

    def __init__(self, known: Sequence[Organisation], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.known = {str(one.pk): one for one in known}
        field: Any = self.fields["organisation"]
        field.choices = [("", self.none_of_them), *((key, one.name) for key, one in self.known.items())]

    def chosen(self) -> Organisation | None:
        return self.known.get(self.cleaned_data["organisation"])


class CheckInForm(_NamesOrganisation):
    """Somebody who serves in an organisation checks in."""

    none_of_them = _("I do not say, or it is not among them")
    organisation = forms.ChoiceField(
        label=_("Where you serve"),
        required=False,
        help_text=_("Those who run volunteering in this community see it; your employer is told nothing."),
    )


class OfferForm(Button):
    """What somebody offers the community."""

    kind = forms.ChoiceField(label=_("What sort"), choices=resource_choices)
    words = forms.CharField(
        label=_("What you offer"),
        min_length=2,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "For instance: a meeting room for 30, on Saturdays. No names or numbers of persons, please."
        ),
    )
    quantity = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_QUANTITY, initial=1)
    hours = forms.IntegerField(
        label=_("Hours a month"),
        min_value=1,
        max_value=MOST_MINUTES // 60,
        required=False,
        help_text=_("If it is time that you give."),
    )
    until = DayField(
        label=_("Until"), required=False, help_text=_("The last day; else until you withdraw it.")
    )

    def arguments(self) -> dict[str, Any]:
        """For `offer_resource`."""
        told = {name: self.cleaned_data[name] for name in ("kind", "words", "quantity", "until")}
        hours = self.cleaned_data["hours"]
        return told | {"minutes": hours and hours * 60}


class StatementForm(_NamesOrganisation):
    """Which service, under which name, for how long."""

    none_of_them = _("nobody in particular")
    since = DayField(label=_("From"))
    until = DayField(label=_("To, this day included"))
    called = forms.ChoiceField(label=_("Under the name"), widget=forms.RadioSelect)
    days = forms.IntegerField(
        label=_("The link opens for so many days"), min_value=1, max_value=MOST_DAYS, initial=USUAL_DAYS
    )
    organisation = forms.ChoiceField(
        label=_("Meant for"),
        required=False,
        help_text=_("For your own list: it is not sent there, and whoever has the link can read it."),
    )

    def __init__(
        self, volunteer: Volunteer, known: Sequence[Organisation], *args: Any, **options: Any
    ) -> None:
        super().__init__(known, *args, **options)
        names = [(key, name) for key in (ALIAS, NAME) if (name := getattr(volunteer, key))]
        field: Any = self.fields["called"]
        field.choices, field.initial = names, names[0][0] if names else None

    def shown(self) -> dict[str, Any]:
        """For `preview_statement`."""
        told = {name: self.cleaned_data[name] for name in ("since", "until")}
        return told | {"by_name": self.cleaned_data["called"] == NAME}

    def arguments(self) -> dict[str, Any]:
        """For `make_statement`."""
        return self.shown() | {"days": self.cleaned_data["days"], "organisation": self.chosen()}

    def asked_again(self) -> dict[str, str]:
        """What was typed, for a form that makes exactly what was previewed."""
        names = ("since", "until", "called", "days", "organisation")
        return {name: self.data.get(name, "") for name in names}


class DutyForm(Button):
    """Since when a duty is done, and what there is to show for it."""

    done_on = DayField(label=_("Done on"))
    note = forms.CharField(
        label=_("Evidence"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For instance: contract no. 12, on the notice board. Name no residents."),
    )
    seen = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput({"id": False}))

    def clean_seen(self) -> str | None:
        """A page from before this release does not say what stood there."""
        return self.cleaned_data["seen"] if "seen" in self.data else None
