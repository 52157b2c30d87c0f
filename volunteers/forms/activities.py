"""What volunteers and those who run an activity are asked on their phones."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.forms.steps import DayField, TimeField
from grids.models import Unit
from trail.idempotency import reason_of
from trail.refusals import Refused
from volunteers.actions.activities import NewShift
from volunteers.forms.desk_fields import VolunteerField
from volunteers.forms.phone import Button
from volunteers.hours import MOST_MINUTES
from volunteers.models import Station, Team
from volunteers.models.activities import PLACE, RESULT, TITLE, WHAT
from volunteers.models.hours import REASON
from volunteers.models.hours import WHAT as DEED
from volunteers.series import rhythm_choices
from volunteers.shifts import FREE_CANCEL_HOURS, LONGEST_FREE_CANCEL, MOST_PLACES, Period

CHECK_IN, CHECK_OUT, COME = "check_in", "check_out", "come"
# As it is typed, with blanks in between.
LONGEST_CODE = 40
MOST_HOURS = MOST_MINUTES // 60
# Of an activity: the fields of WordsForm.
WORDS = ("title", "what", "place", "free_cancel_hours")


def explain_beside(form: forms.Form, refused: Refused, fields: Mapping[str, str]) -> None:
    """Put the refusal beside the question that its code is about (`fields`: code → question), else above the form."""
    name = fields.get(refused.code, refused.code)
    form.add_error(name if name in form.fields else None, reason_of(refused))


# --- volunteers ----------------------------------------------------------------------------------------------
class SignUpForShift(Button):
    """One tap; where another shift is close by, one box more."""

    confirmed = forms.BooleanField(
        label=_("I can get from one to the other in time."),
        required=False,
    )


class CodeForm(Button):
    """The code of the moment."""

    code = forms.CharField(
        label=_("Code on the screen"),
        max_length=LONGEST_CODE,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text=_("It changes every minute; blanks do not matter."),
    )

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


class CheckForm(CodeForm):
    """For one sign-up: who comes, who goes."""

    sign_up = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    way = forms.ChoiceField(choices=((CHECK_IN, CHECK_IN), (CHECK_OUT, CHECK_OUT)), widget=forms.HiddenInput)


class ComeForm(CodeForm, SignUpForShift):
    """For whoever is there and has not signed up: to which shift."""

    shift = forms.ChoiceField(label=_("Shift"))
    way = forms.CharField(initial=COME, widget=forms.HiddenInput)
    field_order = ("shift", "code", "confirmed")

    def __init__(self, shifts: Mapping[str, str], *args: Any, **options: Any) -> None:
        """`shifts`: key → what it is called."""
        super().__init__(*args, **options)
        field: Any = self.fields["shift"]
        field.choices = list(shifts.items())


class TimeForm(Button):
    """How long, in hours and minutes."""

    hours = forms.IntegerField(label=_("Hours"), min_value=0, max_value=MOST_HOURS)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=59, initial=0)

    def total(self) -> int:
        """In minutes."""
        return self.cleaned_data["hours"] * 60 + self.cleaned_data["minutes"]


class BesideForm(TimeForm):
    """What somebody did beside any activity, when, where and how long."""

    what = forms.CharField(
        label=_("What did you do?"),
        min_length=2,
        max_length=DEED,
        help_text=_("In a few words. Name nobody whom you helped."),
    )
    on = DayField(label=_("Which day?"), help_text=_("A day of the last year, up to today."))
    unit = forms.ChoiceField(label=_("Where?"), help_text=_("Somebody of this community confirms it."))
    field_order = ("what", "on", "hours", "minutes", "unit")

    def __init__(self, communities: Sequence[Unit], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.communities = {unit.code: unit for unit in communities}
        # The page may be shown again without a net, on another day.
        self.fields["on"].widget.attrs["data-today"] = ""
        field: Any = self.fields["unit"]
        field.choices = [(code, unit.name) for code, unit in self.communities.items()]

    def arguments(self) -> dict[str, Any]:
        """For `propose_service`."""
        told = {name: self.cleaned_data[name] for name in ("on", "what")}
        return told | {"minutes": self.total(), "unit": self.communities[self.cleaned_data["unit"]]}


class CorrectionForm(TimeForm):
    """What a record should say."""

    reason = forms.CharField(
        label=_("Why is it wrong?"),
        min_length=2,
        max_length=REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For whoever decides. For instance: I stayed until the end, half an hour more."),
    )


class RefusalForm(Button):
    """Why hours do not count."""

    reason = forms.CharField(
        label=_("Why do these hours not count?"),
        min_length=2,
        max_length=REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The volunteer reads it."),
    )


# --- those who run it ---------------------------------------------------------------------------------------
class ShiftForm(Button):
    """One time with its places."""

    day = DayField(label=_("Day"))
    begins = TimeField(label=_("From"))
    ends = TimeField(label=pgettext_lazy("time", "To"))
    places = forms.IntegerField(
        label=_("Places"),
        min_value=1,
        max_value=MOST_PLACES,
        help_text=_("Whoever signs up when they are taken goes on the waiting list."),
    )

    def shift(self) -> NewShift:
        told = self.cleaned_data
        starts_at, ends_at = (_moment(told["day"], told[name]) for name in ("begins", "ends"))
        return NewShift(starts_at, ends_at, told["places"])


class WordsForm(Button):
    """What everybody reads of an activity, and how long one may cancel."""

    title = forms.CharField(label=_("Title"), min_length=2, max_length=TITLE)
    what = forms.CharField(
        label=_("What is done"),
        min_length=2,
        max_length=WHAT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Also what to bring and what to wear. Everybody can read it: name no persons."),
    )
    place = forms.CharField(label=_("Where one meets"), max_length=PLACE, required=False)
    free_cancel_hours = forms.IntegerField(
        label=_("Cancelling is free until so many hours before"),
        min_value=0,
        max_value=LONGEST_FREE_CANCEL,
        initial=FREE_CANCEL_HOURS,
    )

    def words(self) -> dict[str, Any]:
        """For `add_activity` and `change_activity`."""
        return {name: self.cleaned_data[name] for name in WORDS}


class PlacesForm(Button):
    """How many places a shift has."""

    places = forms.IntegerField(
        label=_("Places"),
        min_value=1,
        max_value=MOST_PLACES,
        help_text=_("Whoever waits moves up. Fewer than are taken is not possible."),
    )


class MoveForm(Button):
    """Other times of a shift, on its day."""

    begins = TimeField(label=_("From"))
    ends = TimeField(
        label=pgettext_lazy("time", "To"),
        help_text=_(
            "A time before the beginning is on the next day. Whoever has signed up stays, and is told."
        ),
    )

    def __init__(self, shift: Period, data: Any = None) -> None:
        begins, ends = timezone.localtime(shift.starts_at), timezone.localtime(shift.ends_at)
        super().__init__(data, initial={"begins": begins.time(), "ends": ends.time()})
        self.day = begins.date()

    def times(self) -> dict[str, datetime]:
        """For `move_shift`."""
        begins, ends = self.cleaned_data["begins"], self.cleaned_data["ends"]
        last = self.day if begins < ends else self.day + timedelta(days=1)
        return {"starts_at": _moment(self.day, begins), "ends_at": _moment(last, ends)}


class RepeatForm(Button):
    """How often it comes again, and until when."""

    rhythm = forms.ChoiceField(label=pgettext_lazy("series", "How often"), choices=rhythm_choices)
    until = DayField(label=_("Until"), help_text=_("Each is made four weeks before its day."))


class PlanForm(WordsForm, ShiftForm):
    """A new activity of a team, with its first shift."""

    station = forms.ChoiceField(label=_("Volunteer service station"), required=False)
    field_order = (
        "title",
        "what",
        "place",
        "station",
        "day",
        "begins",
        "ends",
        "places",
        "free_cancel_hours",
    )

    def __init__(self, stations: Sequence[Station], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.stations = {str(one.pk): one for one in stations}
        field: Any = self.fields["station"]
        field.choices = [("", _("none")), *((key, one.name) for key, one in self.stations.items())]

    def arguments(self) -> dict[str, Any]:
        """For `add_activity`."""
        station = self.stations.get(self.cleaned_data["station"])
        return self.words() | {"station": station, "shifts": [self.shift()]}


class AskForm(PlanForm):
    """The same to help with an issue: by a team of its community, or by whoever signs up."""

    team = forms.ChoiceField(label=_("Team"), required=False)
    field_order = ("title", "what", "place", "team", *PlanForm.field_order[3:])

    def __init__(
        self, teams: Sequence[Team], stations: Sequence[Station], by_anybody: bool, *args: Any, **options: Any
    ) -> None:
        """`by_anybody`: it need not be a team."""
        super().__init__(stations, *args, **options)
        self.teams = {str(one.pk): one for one in teams}
        field: Any = self.fields["team"]
        field.required = not by_anybody
        none = [("", _("none"))] if by_anybody else []
        field.choices = [*none, *((key, one.name) for key, one in self.teams.items())]

    def arguments(self) -> dict[str, Any]:
        """For `ask_volunteers`."""
        return super().arguments() | {"team": self.teams.get(self.cleaned_data["team"])}


class AddForm(Button):
    """Whom, to which shift: a member of the team, or somebody else whom those who run volunteering know."""

    shift = forms.ChoiceField(label=_("Shift"))
    volunteer = forms.ChoiceField(label=_("Member"))
    somebody = VolunteerField()
    has_come = forms.BooleanField(label=_("Has come: is checked in at once."), required=False)
    confirmed = forms.BooleanField(
        label=_("The person can get from one to the other in time."), required=False
    )

    def __init__(
        self, shifts: Mapping[str, str], members: Mapping[str, str], *args: Any, **options: Any
    ) -> None:
        """Both: key → what it is called. `asked_by`, `now`: who knows others than members, and when; without them only
        these are asked about."""
        asked_by, now = options.pop("asked_by", None), options.pop("now", None)
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["shift"].choices, fields["volunteer"].choices = list(shifts.items()), list(members.items())
        if asked_by is None:
            del fields["somebody"]
            return
        fields["somebody"].asked_by, fields["somebody"].now = asked_by, now
        if not members:
            del fields["volunteer"]
            return
        fields["volunteer"].required = fields["somebody"].required = False
        fields["volunteer"].choices = [("", "—"), *members.items()]
        fields["somebody"].label = _("Somebody else")

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        asks_both = {"volunteer", "somebody"} <= self.fields.keys()
        if asks_both and not self.errors and bool(told["volunteer"]) == bool(told["somebody"]):
            raise forms.ValidationError(_t("Choose a member, or name somebody else."))
        return told


class CallOffForm(Button):
    """Why it, or a shift of it, does not take place."""

    reason = forms.CharField(
        label=_("Why does it not take place?"),
        min_length=2,
        max_length=RESULT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody can read it on the page of the activity: name no persons."),
    )


class SettleForm(Button):
    """What came of it."""

    result = forms.CharField(
        label=_("What came of it"),
        max_length=RESULT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody can read it on the page of the activity: name no persons."),
    )


class HoursForm(Button):
    """The minutes of everybody on this page who came and whose hours are not decided: as reckoned, or set."""

    def __init__(self, reckoned: Sequence[tuple[int, str, str, int]], *args: Any, **options: Any) -> None:
        """`reckoned`: of each the id of the sign-up, the name as others see it, from when to when, and the minutes."""
        super().__init__(*args, **options)
        self.before = {pk: minutes for pk, _name, _times, minutes in reckoned}
        for pk, name, times, minutes in reckoned:
            self.fields[self.name_of(pk)] = forms.IntegerField(
                label=name, help_text=times, min_value=0, max_value=MOST_MINUTES, initial=minutes
            )

    @staticmethod
    def name_of(pk: int) -> str:
        return f"minutes-{pk}"

    def questions(self) -> list[Any]:
        """The fields of the people, in their order."""
        return [self[self.name_of(pk)] for pk in self.before]

    def said(self) -> dict[int, int]:
        """Id of the sign-up → minutes, where they are not as reckoned."""
        told = {pk: self.cleaned_data[self.name_of(pk)] for pk in self.before}
        return {pk: minutes for pk, minutes in told.items() if minutes != self.before[pk]}


def _moment(day: date, at: time) -> datetime:
    """In the platform's zone."""
    return timezone.make_aware(datetime.combine(day, at))
