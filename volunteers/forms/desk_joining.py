"""What whoever runs volunteering does at a desk with organisations, check-ins and what they offer."""

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.forms.steps import DayField, PersonField
from grids.models import Body, Unit
from grids.standing import standing_of
from trail.districts import sees_all
from trail.numerals import read_whole
from volunteers.actions import joining
from volunteers.forms.desk import AskedField, DeskForm, PlaceField
from volunteers.forms.desk_fields import VolunteerField
from volunteers.joining import (
    LONGEST_NAME,
    LONGEST_WORDS,
    MOST_MINUTES,
    MOST_QUANTITY,
    organisation_kind_choices,
    resource_choices,
)
from volunteers.models import CheckIn, Offer, Organisation
from volunteers.querysets import RUNS, runs_in

MINUTES = 60


class OrganisationField(AskedField):
    """An open organisation of the districts where the person runs volunteering: its name, or the number on its page."""

    def __init__(self, **options: Any) -> None:
        usual = {
            "label": _("Organisation that checks in"),
            "max_length": LONGEST_NAME,
            "help_text": _("Its name, or the number of its page with # before it."),
        }
        super().__init__(**usual | options)

    def clean(self, value: Any) -> Organisation | None:
        said = str(super().clean(value)).strip()
        if not said:
            return None
        named = Q(pk=read_whole(said[1:]) or 0) if said.startswith("#") else Q(name=said)
        found = list(Organisation.objects.open().run_by(self.asked_by, self.now).filter(named)[:2])
        if len(found) != 1:
            many = _t("Several organisations are called so; give the number with # before it.")
            none = _t("There is no such organisation; add it to the list of organisations first.")
            raise forms.ValidationError(many if found else none)
        return found[0]


class BodyField(AskedField):
    """An open body that the person sees, by its code."""

    def clean(self, value: Any) -> Body | None:
        code = str(super().clean(value)).strip()
        if not code:
            return None
        found = Body.objects.visible_to(self.asked_by, self.now).open().filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_t("There is no such body."))
        return found


def districts_run(user: Any, now: datetime) -> Any:
    """The open districts where the person runs volunteering somewhere."""
    units = Unit.objects.open().at("district").defer("boundary")
    return units if sees_all(user) else units.filter(pk__in=standing_of(user, now).districts(RUNS))


# --- organisations --------------------------------------------------------------------------------------------
class _OrganisationFacts(forms.Form):
    phone = forms.CharField(
        label=_("Telephone of the organisation"),
        max_length=20,
        required=False,
        help_text=_("Of its office, not of a person."),
    )
    speaker = PersonField(
        label=_("Who speaks for it: name or sign-in name"),
        required=False,
        help_text=_("They check it in and out and offer what it has. Empty: the community writes it down."),
    )


class AddOrganisation(_OrganisationFacts, DeskForm):
    key, label = "new", _("Add an organisation")
    district = forms.ModelChoiceField(Unit.objects.none(), label=_("District"))
    name = forms.CharField(label=_("Name"), min_length=2, max_length=LONGEST_NAME)
    kind = forms.ChoiceField(label=_("Kind"), choices=organisation_kind_choices)
    body = BodyField(
        label=_("Code of the body that it is too"),
        max_length=40,
        required=False,
        help_text=_("If it stands in the list of bodies: whoever has a post there speaks for it."),
    )
    field_order = ("district", "name", "kind", "phone", "speaker", "body")

    def prepare(self) -> None:
        field: Any = self.fields["district"]
        field.queryset = districts_run(self.user, self.now)
        only = list(field.queryset[:2])
        if len(only) == 1:
            field.initial = only[0].pk

    def act(self) -> Organisation:
        return joining.add_organisation(**self.arguments())


class OfOrganisation(DeskForm):
    """By whoever runs volunteering anywhere in its district."""

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return subject.closed_at is None and runs_in(user, subject.district_id, now)


class CheckInHere(OfOrganisation):
    key, label = "check_in", _("Check it in to a community")
    unit = PlaceField("community", label=_("Community"))

    def act(self) -> Organisation:
        return joining.check_in_organisation(self.subject, **self.arguments()).organisation


class ChangeOrganisation(_OrganisationFacts, OfOrganisation):
    key, label = "change", _("Correct the facts")

    def prepare(self) -> None:
        self.fields["phone"].initial = self.subject.phone
        if self.subject.speaker:
            self.fields["speaker"].initial = self.subject.speaker.username

    def act(self) -> Organisation:
        return joining.change_organisation(self.subject, **self.arguments())


class CloseOrganisation(OfOrganisation):
    key, label, danger = "close", _("Close the organisation"), True
    sure = forms.BooleanField(
        label=_("It is there no more."),
        help_text=_("It is checked out everywhere, and answers for no place from today."),
    )

    def act(self) -> Organisation:
        return joining.close_organisation(self.subject, by=self.user, now=self.now)


ORGANISATION_FORMS = (CheckInHere, ChangeOrganisation, CloseOrganisation)


# --- check-ins --------------------------------------------------------------------------------------------------
class WriteDownCheckIn(DeskForm):
    """Of an organisation nobody signs in for, or of somebody who serves in one and has come to the office. Where they
    serve is theirs to say, so it is not asked here."""

    key, label = "new", _("Write down a check-in")
    unit = PlaceField("community", label=_("Community"))
    organisation = OrganisationField(required=False)
    volunteer = VolunteerField(label=_("Serving member: a volunteer of yours"), required=False)
    account = PersonField(label=_("Serving member: name or sign-in name"), required=False)

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        given = [name for name in ("organisation", "volunteer", "account") if told.get(name)]
        if not self.errors and len(given) != 1:
            raise forms.ValidationError(_t("Give an organisation or a member, one of the three."))
        return told

    def act(self) -> CheckIn:
        told, by = self.cleaned_data, {"by": self.user, "now": self.now}
        if told["organisation"]:
            return joining.check_in_organisation(told["organisation"], unit=told["unit"], **by)
        who = {"volunteer": told["volunteer"], "user": told["account"]}
        return joining.check_in_member(unit=told["unit"], **who, **by)


class OfCheckIn(DeskForm):
    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.ended_at is None


class OfferSomething(OfCheckIn):
    key, label = "offer", _("Write down an offer")
    kind = forms.ChoiceField(label=_("Kind"), choices=resource_choices)
    words = forms.CharField(
        label=_("What is offered"), min_length=2, max_length=LONGEST_WORDS, help_text=_("Name no persons.")
    )
    quantity = forms.IntegerField(label=_("How many"), min_value=1, max_value=MOST_QUANTITY, initial=1)
    hours = forms.IntegerField(
        label=_("Hours a month"), min_value=1, max_value=MOST_MINUTES // MINUTES, required=False
    )
    until = DayField(label=_("Until"), required=False, help_text=_("The last day. Empty: no end is set."))

    def act(self) -> CheckIn:
        told = self.arguments()
        hours = told.pop("hours")
        return joining.offer_resource(self.subject, minutes=hours and hours * MINUTES, **told).checkin


class CheckOut(OfCheckIn):
    key, label, danger = "check_out", pgettext_lazy("dual check-in", "Check out"), True
    sure = forms.BooleanField(
        label=_("They are not there any more."), help_text=_("What they offered ends with it.")
    )

    def act(self) -> CheckIn:
        return joining.check_out(self.subject, by=self.user, now=self.now)


CHECK_IN_FORMS = (OfferSomething, CheckOut)


# --- offers -----------------------------------------------------------------------------------------------------
class WithdrawOffer(DeskForm):
    key, label, danger = "withdraw", _("Withdraw the offer"), True
    sure = forms.BooleanField(label=_("It is not offered any more."))

    @classmethod
    def where(cls, subject: Any) -> Unit:
        return subject.checkin.unit

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.is_open

    def act(self) -> Offer:
        return joining.withdraw_offer(self.subject, by=self.user, now=self.now)


OFFER_FORMS = (WithdrawOffer,)
