"""Points taken back by a counter-entry, and given back after that, on the page of the deed that brought them. How many it
were is shown to nobody but their owner."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.models import Unit
from volunteers.actions.points import reverse_booking
from volunteers.deeds import Deed, bookings_of, doer_of
from volunteers.forms.desk import DeskForm
from volunteers.ledger import REVERSALS
from volunteers.models import PointTransfer
from volunteers.tariff import RULES
from volunteers.words import choices


class _OfBooking(DeskForm):
    """`kind`: of the booking that is answered."""

    kind: str
    booking = forms.ModelChoiceField(PointTransfer.objects.none(), label=_("Points for"), empty_label=None)
    why = forms.ChoiceField(label=_("Why"), choices=choices(REVERSALS))

    @classmethod
    def where(cls, deed: Deed) -> Unit:
        doer = doer_of(deed)
        assert doer is not None, "offered only where somebody has an account"
        return doer.home

    @classmethod
    def rows(cls, deed: Deed) -> Any:
        return bookings_of(deed).unanswered(cls.kind)

    @classmethod
    def offered(cls, deed: Deed, user: Any, now: datetime) -> bool:
        """Nobody decides about their own."""
        doer = doer_of(deed)
        if doer is None or doer.user_id == user.pk:
            return False
        return super().offered(deed, user, now) and cls.rows(deed).exists()

    def prepare(self) -> None:
        field: Any = self.fields["booking"]
        field.queryset = self.rows(self.subject)
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


POINT_FORMS = (TakePointsBack, GivePointsBack)
