"""Points taken back by a counter-entry, and given back after that: on the page of the deed that brought them, and for what
somebody reported on the page of the volunteer. How many it were is shown to nobody but their owner."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from grids.models import Unit
from volunteers.actions.points import reverse_booking
from volunteers.deeds import bookings_of, bookings_of_reports, doer_of, numbers_seen
from volunteers.forms.desk import DeskForm
from volunteers.ledger import REVERSALS
from volunteers.models import PointTransfer, Volunteer
from volunteers.passbook import deed as deed_in_words
from volunteers.tariff import RULES
from volunteers.words import choices

# The latest of what somebody reported; of what was before that, the report itself is named over REST.
MOST_REPORTS = 50


class _OfBooking(DeskForm):
    """`kind`: of the booking that is answered. The subject is a deed, unless `doer` and `rows` say otherwise."""

    kind: str
    booking = forms.ModelChoiceField(PointTransfer.objects.none(), label=_("Points for"), empty_label=None)
    why = forms.ChoiceField(label=_("Why"), choices=choices(REVERSALS))

    @classmethod
    def doer(cls, subject: Any) -> Volunteer | None:
        return doer_of(subject)

    @classmethod
    def rows(cls, subject: Any, user: Any, now: datetime) -> Any:
        return bookings_of(subject).unanswered(cls.kind)

    @classmethod
    def where(cls, subject: Any) -> Unit:
        doer = cls.doer(subject)
        assert doer is not None, "offered only where somebody has an account"
        return doer.home

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        """Nobody decides about their own."""
        doer = cls.doer(subject)
        if doer is None or doer.user_id == user.pk:
            return False
        return super().offered(subject, user, now) and cls.rows(subject, user, now).exists()

    def prepare(self) -> None:
        field: Any = self.fields["booking"]
        field.queryset = self.rows(self.subject, self.user, self.now)
        field.label_from_instance = lambda one: RULES[one.rule]

    def act(self) -> Any:
        booking = self.cleaned_data["booking"]
        reverse_booking(booking, by=self.user, now=self.now, why=self.reason())
        return self.subject

    def reason(self) -> str:
        return self.cleaned_data["why"]


class TakePointsBack(_OfBooking):
    key, kind, label, danger = "take_points", "earn", _("Take the points back"), True
    sure = forms.BooleanField(
        label=_("The points were not earned."),
        help_text=_("The person is told, and why. What they have spent is settled from what comes in later."),
    )


class GivePointsBack(_OfBooking):
    """That they were taken back was the mistake."""

    key, kind, label = "give_points", "reverse", _("Give the points back")
    why = None  # type: ignore[assignment]  # Django's way to leave out a field of the class above
    sure = forms.BooleanField(
        label=_("They were taken back by mistake."),
        help_text=_("So many come back as the deed is worth by now."),
    )

    def reason(self) -> str:
        return "mistake"


class _OfReports:
    """The subject is a volunteer: what was booked for what they reported. An issue that the reader may not see has no
    number here."""

    kind: str
    fields: Any
    subject: Any
    user: Any
    now: Any

    @classmethod
    def doer(cls, subject: Volunteer) -> Volunteer:
        return subject

    @classmethod
    def rows(cls, subject: Volunteer, user: Any, now: datetime) -> Any:
        return bookings_of_reports(subject, user, now).unanswered(cls.kind)

    def prepare(self) -> None:
        field = self.fields["booking"]
        latest = list(self.rows(self.subject, self.user, self.now)[:MOST_REPORTS])
        numbers = numbers_seen(latest, self.user, self.now)
        found = PointTransfer.objects.filter(pk__in=[one.pk for one in latest])
        field.queryset = found.order_by("-pk")
        field.label_from_instance = lambda one: _said(one, numbers)


class TakeReportPointsBack(_OfReports, TakePointsBack):
    label = _("Take points for a report back")


class GiveReportPointsBack(_OfReports, GivePointsBack):
    label = _("Give points for a report back")


def _said(booking: PointTransfer, numbers: dict[int, str]) -> str:
    """For which report, and for which day it counts."""
    name = numbers.get(booking.about_id or 0) or _t("not yours to see")
    return f"{deed_in_words(booking.rule, name)} · {booking.day:%Y-%m-%d}"


POINT_FORMS = (TakePointsBack, GivePointsBack)
REPORT_FORMS = (TakeReportPointsBack, GiveReportPointsBack)
