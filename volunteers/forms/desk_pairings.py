"""What is done at a desk about who answers for a place: paired, duties noted, ended."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from grids.forms.steps import DayField, PersonField
from volunteers.actions import pairings
from volunteers.forms.desk import DeskForm, PlaceField
from volunteers.forms.desk_joining import OrganisationField
from volunteers.joining import DUTIES, DUTY, LONGEST_WORDS, duty_choices, level_choices
from volunteers.models import Pairing
from volunteers.querysets import runs_at


class PairPlace(DeskForm):
    key, label = "new", _("Pair a place")
    unit = PlaceField(
        "community",
        "grid",
        "building",
        label=_("Place"),
        help_text=_(
            "Code of a unit, or its name where no other has it. A compound is the grid of its name; where it spans several "
            "grids, pair each of them."
        ),
    )
    level = forms.TypedChoiceField(label=_("Level"), choices=level_choices, coerce=int)
    organisation = OrganisationField(label=_("Organisation that answers"), required=False)
    official = PersonField(label=_("Official who answers: name or sign-in name"), required=False)
    starts_on = DayField(label=_("From"), required=False, help_text=_("Empty: today."))
    ends_on = DayField(
        label=_("Until"), required=False, help_text=_("The first day without it. Empty: no end is set.")
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        if not self.errors and bool(told.get("organisation")) == bool(told.get("official")):
            raise forms.ValidationError(_t("Give an organisation or an official, one of the two."))
        return told

    def act(self) -> Pairing:
        told = self.arguments()
        return pairings.pair_place(told.pop("unit"), **told)


class OfPairing(DeskForm):
    """By whoever runs volunteering there."""

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return runs_at(user, subject, now) and cls.fits_on(subject, timezone.localdate(now))

    @classmethod
    def fits_on(cls, subject: Any, today: Any) -> bool:
        return True


class OfDuty(OfPairing):
    """By whoever answers for the place, too."""

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return pairings.may_note(subject, user, now) and cls.fits_on(subject, timezone.localdate(now))


class NoteDuty(OfDuty):
    key, label = "note", _("Note a duty as done")
    duty = forms.ChoiceField(label=_("Duty"), choices=duty_choices)
    done_on = DayField(label=_("Done on"))
    note = forms.CharField(
        label=_("Evidence"),
        max_length=LONGEST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "What there is to show for it: number of a contract, day of an assembly. Name no residents."
        ),
    )

    def prepare(self) -> None:
        """The first one that is open, today."""
        done = set(self.subject.duties.values_list("duty", flat=True))
        self.fields["duty"].initial = next((one.key for one in DUTIES if one.key not in done), DUTIES[0].key)
        self.fields["done_on"].initial = timezone.localdate(self.now)

    def act(self) -> Pairing:
        told = self.arguments()
        return pairings.note_duty(self.subject, told.pop("duty"), **told).pairing


class TakeBackDuty(OfDuty):
    key, label, danger = "take_back", _("A duty is not done after all"), True
    duty = forms.ChoiceField(label=_("Duty"))

    @classmethod
    def fits_on(cls, subject: Any, today: Any) -> bool:
        return subject.duties.exists()

    def prepare(self) -> None:
        done = set(self.subject.duties.values_list("duty", flat=True))
        field: Any = self.fields["duty"]
        field.choices = [(key, word.label) for key, word in DUTY.items() if key in done]

    def act(self) -> Pairing:
        told = self.arguments()
        return pairings.take_back_duty(self.subject, told.pop("duty"), **told)


class EndPairing(OfPairing):
    key, label, danger = "end", _("End the pairing"), True
    ends_on = DayField(
        label=_("The first day without it"),
        required=False,
        help_text=_("Empty: today; one that has not begun never holds."),
    )

    @classmethod
    def fits_on(cls, subject: Any, today: Any) -> bool:
        return subject.state_on(today) != "ended"

    def act(self) -> Pairing:
        return pairings.end_pairing(self.subject, **self.arguments())


PAIRING_FORMS = (NoteDuty, TakeBackDuty, EndPairing)
