"""Fields that several forms at a desk share: texts of several lines, and a volunteer by what they are known by."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts.phones import clean_phone
from accounts.secrets import keyed_hash
from trail.numerals import read_whole
from trail.refusals import Refused
from volunteers.forms.desk import AskedField
from volunteers.models import Volunteer


def lines(label: Any, most: int, **more: Any) -> forms.CharField:
    """A text of several lines."""
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": 3}), **more)


class VolunteerField(AskedField):
    """One of those who take part where the person runs volunteering: the number on their page, the whole mobile number,
    or the alias where nobody else has it. `also`: ids of others whom the person sees, to be named by alias or number.
    """

    also: Any = None

    def __init__(self, **options: Any) -> None:
        usual = {
            "label": _("Volunteer"),
            "max_length": 30,
            "help_text": _("Alias, whole mobile number, or the number of their record with # before it."),
        }
        super().__init__(**usual | options)

    def clean(self, value: Any) -> Volunteer | None:
        """None where the field may be left empty, and is."""
        said = str(super().clean(value)).strip()
        if not said:
            return None
        known = Volunteer.objects.active().run_by(self.asked_by, self.now).filter(self._named(said))
        if self.also is not None:
            others = Q(pk__in=self.also) & self._shown(said)
            known = Volunteer.objects.active().filter(Q(pk__in=known.values("pk")) | others)
        found = list(known.order_by("pk")[:2])
        if len(found) != 1:
            many = _t("Several people are called so; give the number of the record with # before it.")
            raise forms.ValidationError(many if found else _t("There is no such volunteer of yours."))
        return found[0]

    @staticmethod
    def _shown(said: str) -> Q:
        """By what others see of them."""
        return Q(pk=read_whole(said[1:]) or 0) if said.startswith("#") else Q(alias=said)

    @classmethod
    def _named(cls, said: str) -> Q:
        if said.startswith("#"):
            return cls._shown(said)
        try:
            number = clean_phone(said)
        except Refused:
            return cls._shown(said)
        return cls._shown(said) | Q(phone_hash=keyed_hash(number, purpose="phone"))
