"""What whoever runs volunteering does with hours at a desk: handed in, confirmed by somebody else, put right."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.forms.steps import DayField
from volunteers.actions import corrections, hours
from volunteers.forms.desk import DeskForm, PlaceField
from volunteers.forms.desk_fields import VolunteerField, lines
from volunteers.hours import MOST_MINUTES
from volunteers.models import Correction, Service
from volunteers.models.hours import REASON, WHAT


class HandInBeside(DeskForm):
    """Of what was done beside any activity."""

    key, label = "new", _("Hand in hours")
    volunteer = VolunteerField()
    unit = PlaceField("district", "street", "community", "grid", label=_("Where it was done"))
    on = DayField(label=_("Day"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=MOST_MINUTES)
    what = forms.CharField(
        label=_("What was done"),
        min_length=2,
        max_length=WHAT,
        help_text=_("Somebody else confirms these hours."),
    )

    def act(self) -> Service:
        return hours.propose_service(**self.arguments())


class OfService(DeskForm):
    states: tuple[str, ...] = ("proposed",)

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.state in cls.states


class Confirm(OfService):
    key, label = "confirm", pgettext_lazy("hours", "Confirm")

    def act(self) -> Service:
        return hours.confirm_service(self.subject, by=self.user, now=self.now)


class Refuse(OfService):
    key, label, danger = "refuse", pgettext_lazy("hours", "Do not accept"), True
    reason = lines(_("Why"), REASON, min_length=2, help_text=_("The person reads this."))

    def act(self) -> Service:
        return hours.refuse_service(self.subject, **self.arguments())


class HandInAgain(OfService):
    """Of an activity, until it is settled."""

    key, label = "propose", _("Hand in again")
    states = ("refused",)
    minutes = forms.IntegerField(
        label=_("Minutes"),
        min_value=0,
        max_value=MOST_MINUTES,
        help_text=_("Somebody else confirms these hours."),
    )

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return super().offered(subject, user, now) and hours.may_propose_again(subject, user, now)

    def prepare(self) -> None:
        self.fields["minutes"].initial = self.subject.minutes

    def act(self) -> Service:
        return hours.propose_again(self.subject, **self.arguments())


class AskCorrection(OfService):
    key, label = "ask_correction", _("Ask for a correction")
    states = ("confirmed",)
    minutes = forms.IntegerField(label=_("Minutes that would be right"), min_value=0, max_value=MOST_MINUTES)
    reason = lines(_("Why"), REASON, min_length=2, help_text=_("Somebody else decides; both numbers stay."))

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return super().offered(subject, user, now) and waiting(subject) is None

    def act(self) -> Service:
        return corrections.ask_correction(self.subject, **self.arguments()).service


class _OfCorrection(OfService):
    states = ("confirmed",)
    granted: bool

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return super().offered(subject, user, now) and waiting(subject) is not None

    def act(self) -> Service:
        asked = waiting(self.subject)
        assert asked is not None, "without one this is not offered"
        corrections.decide_correction(asked, granted=self.granted, by=self.user, now=self.now)
        return self.subject


class GrantCorrection(_OfCorrection):
    key, label, granted = "grant", _("Grant the correction"), True


class RefuseCorrection(_OfCorrection):
    key, label, granted, danger = "refuse_correction", _("Do not grant the correction"), False, True


def waiting(service: Service) -> Correction | None:
    """What has been asked about this record and not been decided."""
    return service.corrections.waiting().first()


SERVICE_FORMS = (Confirm, Refuse, HandInAgain, GrantCorrection, RefuseCorrection, AskCorrection)
