"""Forms of wall links: one action each."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from desk.kiosk_actions import LONGEST_NAME, make_kiosk, revoke_kiosk
from desk.models import Kiosk
from desk.querysets import CONNECTS
from grids.actions.authority import allows
from grids.forms.steps import StepForm
from grids.models import Unit
from trail.refusals import Refused


class MakeKiosk(StepForm):
    key, label, capability = "make", _("Make a wall link"), CONNECTS
    # Set by `act`, for the one answer that shows it.
    secret = ""
    made: Kiosk | None = None
    name = forms.CharField(
        label=_("Name"), max_length=LONGEST_NAME, help_text=_("Of the wall, for instance: duty hall.")
    )
    unit = forms.CharField(
        label=_("Unit"), max_length=40, help_text=_("Its code: a district, street, community or grid.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def act(self) -> Kiosk:
        data = self.cleaned_data
        seen = Unit.objects.visible_to(self.user, self.now).defer("boundary")
        unit = seen.filter(code=data["unit"].strip()).first()
        if unit is None:
            raise Refused(_("There is no unit with this code here."), code="unit")
        self.made, self.secret = make_kiosk(
            data["name"], unit=unit, language=data["language"], by=self.user, now=self.now
        )
        return self.made


class RevokeKiosk(StepForm):
    key, label, capability, danger = "revoke", _("Revoke"), CONNECTS, True
    sure = forms.BooleanField(label=_("The wall shows nothing any more, from now on and for good."))

    @classmethod
    def offered(cls, subject: Any, user: Any, now: Any) -> bool:
        """Whoever connects systems in its district."""
        return subject.is_open and allows(user, CONNECTS, subject.unit, now)

    def act(self) -> Kiosk:
        return revoke_kiosk(self.subject, by=self.user, now=self.now)


KIOSK_FORMS = (RevokeKiosk,)
