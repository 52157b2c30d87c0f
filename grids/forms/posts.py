"""Forms of bodies and posts: who stands where, until when, and who stands in."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.actions.bodies import change_body, close_body
from grids.actions.posts import (
    appoint,
    drop_shifts,
    end_leave,
    end_post,
    record_leave,
    set_deputy,
    set_shift,
    set_weekly_shifts,
)
from grids.forms.steps import DayField, MomentField, PersonField, StepForm, TimeField
from grids.models import Body, DutyShift, Leave, Post, Unit
from grids.roles import ON_DUTY, ROLES
from grids.rosters import MOST_WEEKS, Weekly


class Appoint(StepForm):
    """A person for the subject, which is a unit or a body."""

    key, label, capability = "appoint", _("Appoint somebody"), "manage_posts"
    role = forms.ChoiceField(label=_("Role"))
    person = PersonField()
    starts_on = DayField(label=_("From"), required=False, help_text=_("Today where empty."))
    ends_on = DayField(label=_("Until"), required=False, help_text=_("The first day without the post."))
    deputy = PersonField(label=_("Deputy: name or sign-in name"), required=False)

    def prepare(self) -> None:
        place = self.subject.kind if isinstance(self.subject, Unit) else "body"
        role: Any = self.fields["role"]
        role.choices = [(row.key, row.label) for row in ROLES.values() if row.fits(place)]

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_open)

    def act(self) -> Post:
        data = dict(self.cleaned_data)
        data["body" if isinstance(self.subject, Body) else "unit"] = self.subject
        return appoint(data.pop("person"), by=self.user, now=self.now, **data)


class _OpenBody(StepForm):
    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_open)


class ChangeBody(_OpenBody):
    key, label = "change", _("Correct facts")
    name = forms.CharField(label=_("Name"), max_length=100)
    phone = forms.CharField(label=_("Office telephone (public)"), max_length=30, required=False)
    approves_replies = forms.BooleanField(
        label=_("The head approves replies"),
        required=False,
        help_text=_("What an officer writes is submitted when the head agrees."),
    )

    def prepare(self) -> None:
        for bound in self.visible_fields():
            bound.field.initial = getattr(self.subject, bound.name)

    def act(self) -> Body:
        return change_body(self.subject, by=self.user, now=self.now, **self.cleaned_data)


class CloseBody(_OpenBody):
    key, label, danger = "close", pgettext_lazy("unit or body", "Close"), True
    sure = forms.BooleanField(label=_("It is no more; its posts end."))

    def act(self) -> Body:
        return close_body(self.subject, by=self.user, now=self.now)


class _Running(StepForm):
    capability = "manage_posts"

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.ends_on is None or subject.ends_on > subject.starts_on


class EndPost(_Running):
    key, label, danger = "end", _("End the post"), True
    on = DayField(label=_("First day without the post"), required=False, help_text=_("Today where empty."))
    sure = forms.BooleanField(
        label=_("From that day on (today where empty) the person no longer has the post.")
    )

    def act(self) -> Post:
        return end_post(self.subject, on=self.cleaned_data["on"], by=self.user, now=self.now)


class _OwnOrManaged(_Running):
    """One may do it with one's own post."""

    @classmethod
    def offered(cls, subject: Any, user: Any, now: Any) -> bool:
        return (cls.fits(subject) and subject.user_id == user.pk) or super().offered(subject, user, now)


class SetDeputy(_OwnOrManaged):
    key, label = "deputy", _("Name the deputy")
    deputy = PersonField(
        label=_("Deputy: name or sign-in name"), required=False, help_text=_("Nobody where empty.")
    )

    def prepare(self) -> None:
        self.fields["deputy"].initial = self.subject.deputy.username if self.subject.deputy else ""

    def act(self) -> Post:
        return set_deputy(self.subject, by=self.user, now=self.now, **self.cleaned_data)


class RecordLeave(_OwnOrManaged):
    key, label = "leave", _("Record leave")
    starts_at = MomentField(label=_("From"))
    ends_at = MomentField(label=_("Until"))

    def act(self) -> Post:
        return record_leave(self.subject, by=self.user, now=self.now, **self.cleaned_data).post


class EndLeave(_OwnOrManaged):
    key, label = "end_leave", _("Back from leave")
    leave = forms.ModelChoiceField(label=_("Leave"), queryset=Leave.objects.none(), empty_label=None)

    def prepare(self) -> None:
        leave: Any = self.fields["leave"]
        leave.queryset = Leave.objects.filter(post=self.subject, ends_at__gt=self.now).order_by("starts_at")

    @classmethod
    def offered(cls, subject: Any, user: Any, now: Any) -> bool:
        running = Leave.objects.filter(post=subject, ends_at__gt=now)
        return super().offered(subject, user, now) and running.exists()

    def act(self) -> Post:
        return end_leave(self.cleaned_data["leave"], by=self.user, now=self.now).post


class _OnRoster(_Running):
    capability = "keep_roster"


class _PutOn(_OnRoster):
    """Only of whoever can do something when called."""

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return super().fits(subject) and bool(ROLES[subject.role].can & ON_DUTY)


class SetShift(_PutOn):
    key, label = "shift", _("Put on the duty roster")
    starts_at = MomentField(label=_("From"))
    ends_at = MomentField(label=_("Until"))
    rank = forms.IntegerField(label=_("Rank"), min_value=1, max_value=99, initial=1)

    def act(self) -> Post:
        return set_shift(self.subject, by=self.user, now=self.now, **self.cleaned_data).post


class SetWeeklyShifts(_PutOn):
    key, label, previewed = "weekly_shifts", _("Put on the duty roster every week"), True
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On weekdays"), choices=WEEKDAYS.items(), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    begins = TimeField(label=_("From"))
    ends = TimeField(label=_("Until"), help_text=_("Not later than it begins: until then on the next day."))
    first = DayField(label=_("First day"), required=False, help_text=_("Today where empty."))
    weeks = forms.IntegerField(label=_("So many weeks"), min_value=1, max_value=MOST_WEEKS, initial=4)
    rank = forms.IntegerField(label=_("Rank"), min_value=1, max_value=99, initial=1)

    def clean(self) -> Any:
        super().clean()
        if not self.errors and not self.weekly.times(self.now):
            self.add_error("weekdays", _t("No such shift is to come within a year: choose other days."))
        return self.cleaned_data

    @property
    def weekly(self) -> Weekly:
        data = self.cleaned_data
        first = data["first"] or timezone.localdate(self.now)
        return Weekly(frozenset(data["weekdays"]), data["begins"], data["ends"], first, data["weeks"])

    def preview(self) -> Iterable[tuple[Any, Any]]:
        """Each shift, and which of them changes one that there is."""
        times = self.weekly.times(self.now)
        known = DutyShift.objects.filter(post=self.subject, starts_at__in=[start for start, _end in times])
        changed = set(known.values_list("starts_at", flat=True))
        yield _t("Shifts"), len(times)
        yield _t("Rank"), self.cleaned_data["rank"]
        for start, end in times:
            day, until = (timezone.localtime(moment) for moment in (start, end))
            hours = f"{day:%H:%M} – {until:%Y-%m-%d %H:%M}"
            if start in changed:
                hours = _t("%(hours)s (instead of the one that begins then)") % {"hours": hours}
            yield f"{day:%Y-%m-%d} {date_format(day, 'D')}", hours

    def act(self) -> Post:
        rank = self.cleaned_data["rank"]
        set_weekly_shifts(self.subject, weekly=self.weekly, rank=rank, by=self.user, now=self.now)
        return self.subject


class DropShifts(_OnRoster):
    key, label = "drop_shift", _("Take off the duty roster")
    shift = forms.ModelMultipleChoiceField(
        label=_("Duty shift"), queryset=DutyShift.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        shift: Any = self.fields["shift"]
        ahead = DutyShift.objects.filter(post=self.subject, ends_at__gt=self.now)
        shift.queryset = ahead.order_by("starts_at", "pk")

    @classmethod
    def offered(cls, subject: Any, user: Any, now: Any) -> bool:
        ahead = DutyShift.objects.filter(post=subject, ends_at__gt=now)
        return super().offered(subject, user, now) and ahead.exists()

    def act(self) -> Post:
        drop_shifts(self.subject, self.cleaned_data["shift"], by=self.user, now=self.now)
        return self.subject


BODY_FORMS: tuple[type[StepForm], ...] = (Appoint, ChangeBody, CloseBody)
POST_FORMS: tuple[type[StepForm], ...] = (
    SetDeputy,
    RecordLeave,
    EndLeave,
    SetShift,
    SetWeeklyShifts,
    DropShifts,
    EndPost,
)
