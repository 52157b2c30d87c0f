"""A task that comes again: where, what, on which days."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.forms.steps import DayField, StepForm
from grids.models import Unit
from issues.actions.schedules import CAPABILITY, start_schedule, stop_schedule
from issues.forms.fields import CategoryField
from issues.models import Category
from issues.occurrences import LAST_OF_MONTH
from trail.idempotency import OnceForm
from trail.numerals import read_whole

LAST_DAY = {"last", "末", "月末", "最后一天", "-1"}


class ScheduleForm(OnceForm):
    """`arguments()` is what `add_schedule` takes by keyword."""

    place = forms.CharField(
        label=_("Place"), max_length=100, help_text=_("Code of a unit, or its name where no other has it.")
    )
    text = forms.CharField(
        label=_("What is to be done"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On weekdays"),
        choices=WEEKDAYS.items(),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Neither weekdays nor days of the month: every day."),
    )
    month_days = forms.CharField(
        label=_("On days of the month"),
        max_length=100,
        required=False,
        help_text=_("For example: 1, 15, last. A day off moves to the next working day."),
    )
    at = forms.TimeField(
        label=pgettext_lazy("clock", "At"), widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    only_working_days = forms.BooleanField(label=_("On working days only"), required=False, initial=True)
    starts_on = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)

    def __init__(self, user: Any, now: datetime, *args: Any, **options: Any) -> None:
        super().__init__(*args, label_suffix="", **options)
        self.user, self.now = user, now
        # A danger is reported when it is there (add_schedule refuses it); nothing is preset.
        dangers = set(Category.objects.filter(is_danger=True).values_list("key", flat=True))
        added = Category.objects.visible_to(user, now).exclude(district=None)
        own = list(added.values_list("key", flat=True))
        category = CategoryField(label=_("Category"), left_out=dangers, own=own)
        category.choices = [("", "—"), *category.choices]
        self.fields = {"category": category} | self.fields

    def clean_place(self) -> Unit:
        """A unit that the person sees, by its code or by a name that is the only one."""
        said = self.cleaned_data["place"].strip()
        seen = Unit.objects.visible_to(self.user, self.now).open()
        if found := seen.filter(code=said).first():
            return found
        named = list(seen.filter(name=said)[:2])
        if len(named) != 1:
            many = _t("Several places are called so; give the code.")
            raise forms.ValidationError(many if named else _t("There is no such place of yours."))
        return named[0]

    def clean_month_days(self) -> list[int]:
        """Numbers of days; -1 for the last."""
        parts = [part for part in re.split(r"[,，、;\s]+", self.cleaned_data["month_days"].strip()) if part]
        days = [LAST_OF_MONTH if part.lower() in LAST_DAY else read_whole(part, 31) for part in parts]
        if any(day is None or not (day == LAST_OF_MONTH or 1 <= day <= 31) for day in days):
            raise forms.ValidationError(_t("Days are numbers from 1 to 31, or “last”."))
        return days

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class _ScheduleStep(StepForm):
    capability = CAPABILITY
    running = True

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return subject.is_active == cls.running and user.has_perm(f"can.{CAPABILITY}")


class StopSchedule(_ScheduleStep):
    key, label, danger = "stop", _("Let it rest"), True

    def act(self) -> Any:
        return stop_schedule(self.subject, by=self.user, now=self.now)


class StartSchedule(_ScheduleStep):
    key, label, running = "start", _("Start it again"), False

    def act(self) -> Any:
        return start_schedule(self.subject, by=self.user, now=self.now)
