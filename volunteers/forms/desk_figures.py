"""Of which unit and period figures are asked for; sent by GET, so that every view of it is a link."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.forms.steps import DayField
from grids.models import Unit
from grids.standing import standing_of
from trail.districts import sees_all
from volunteers.forms.desk import places
from volunteers.periods import FREE, PERIODS, days_asked
from volunteers.querysets import RUNS
from volunteers.words import choices

LEVELS = ("district", "street", "community")
MOST_UNITS = 300
# For each level, so that the choice reads like the tree.
STEP = "\u3000"


def units_of(user: Any, now: datetime) -> Any:
    """The open districts, streets and communities where the person runs volunteering, from above and by code."""
    return places(user, now).filter(kind__in=LEVELS).order_by("level", "code")


def stands_at(user: Any, now: datetime) -> Unit | None:
    """The first of these that somebody stands at, so that nobody has to choose; None for whoever runs none."""
    seen = units_of(user, now)
    if not sees_all(user):
        posts = standing_of(user, now).with_capability(RUNS)
        seen = seen.filter(pk__in=[one.unit_id for one in posts])
    return seen.first()


class FiguresForm(forms.Form):
    unit = forms.CharField(label=gettext_lazy("Unit"), required=False, max_length=20)
    period = forms.ChoiceField(
        label=gettext_lazy("Period"), choices=choices((*PERIODS, FREE)), required=False
    )
    first = DayField(label=gettext_lazy("First day, if free"), required=False)
    last = DayField(label=gettext_lazy("Last day, if free"), required=False)

    def __init__(self, data: Any, user: Any, now: datetime) -> None:
        super().__init__(data, label_suffix="")
        self.seen, self.own, self.today = units_of(user, now), stands_at(user, now), timezone.localdate(now)
        self.chosen = self.own

    def clean_unit(self) -> Unit | None:
        """Such as one runs; a foreign code is an unknown one."""
        if code := self.cleaned_data["unit"]:
            found = self.seen.filter(code=code).first()
            if found is None:
                raise forms.ValidationError(_("There is no such place of yours."))
            self.chosen = found
        return self.chosen

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        asked = given.get("period", ""), given.get("first"), given.get("last")
        try:
            period, first, last = days_asked(*asked, self.today)
        except ValueError as wrong:
            if str(wrong) == "order":
                self.add_error("last", _("The last day is before the first."))
            elif str(wrong) == "long":
                self.add_error("first", _("At most one year at a time."))
            return given
        return given | {"period": period, "first": first, "last": last}

    def offer(self) -> None:
        """Put one's own units into the choice: the one chosen, those above it and those below it."""
        if self.chosen is None:
            return
        above = {pk for pk in self.chosen.lineage().values() if pk}
        near = self.seen.filter(pk__in=above) | self.seen.filter(parent=self.chosen)
        units = [(one.code, STEP * one.level + one.name) for one in near[:MOST_UNITS]]
        self.fields["unit"].widget = forms.Select(choices=units)
        self.initial |= {"unit": self.chosen.code}

    def codes(self) -> dict[str, str]:
        """The filter as codes, keys and days; of a valid form."""
        told = {"unit": getattr(self.chosen, "code", ""), "period": self.cleaned_data["period"]}
        return told | {name: _iso(self.cleaned_data[name]) for name in ("first", "last")}


def _iso(day: date) -> str:
    return day.isoformat()
