"""What whoever runs volunteering does with an activity at a desk, from the draft to the settlement."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.forms.steps import DayField, MomentField
from issues.models import Issue
from volunteers.actions import activities, attendance, hours, series, settling, shifts, sign_ups
from volunteers.actions.days import LeftOut
from volunteers.actions.running import RUN, ties_of
from volunteers.activities import VERB, offered
from volunteers.forms.desk import DeskForm, PlaceField, moment
from volunteers.forms.desk_fields import VolunteerField, lines
from volunteers.hours import MOST_MINUTES
from volunteers.models import Activity, Membership, Service, Shift, SignUp, Station, Team
from volunteers.models.activities import PLACE, RESULT, TITLE, WHAT
from volunteers.series import rhythm_choices
from volunteers.shifts import CHECK_IN_EARLY, FREE_CANCEL_HOURS, LONGEST_FREE_CANCEL, MOST_PLACES

# So many are ticked at once; whoever is ticked leaves the list, and the next come up.
MOST_TICKED = 500


class _ActivityFacts(forms.Form):
    title = forms.CharField(label=_("Title"), min_length=2, max_length=TITLE)
    what = lines(
        _("What is done"), WHAT, min_length=2, help_text=_("Everybody can read it. Name no persons.")
    )
    place = forms.CharField(label=_("Where one meets"), max_length=PLACE, required=False)
    free_cancel_hours = forms.IntegerField(
        label=_("Cancelling is free until so many hours before"),
        min_value=0,
        max_value=LONGEST_FREE_CANCEL,
        initial=FREE_CANCEL_HOURS,
    )


class _ShiftFacts(forms.Form):
    starts_at = MomentField(label=_("From"))
    ends_at = MomentField(label=pgettext_lazy("time", "To"))
    places = forms.IntegerField(label=_("Places"), min_value=1, max_value=MOST_PLACES)

    def shift(self) -> activities.NewShift:
        told = self.cleaned_data
        return activities.NewShift(told["starts_at"], told["ends_at"], told["places"])


class MakeActivity(_ActivityFacts, _ShiftFacts, DeskForm):
    """A draft with its first shift; more of them on its page."""

    key, label = "new", _("Make an activity")
    unit = PlaceField("district", "street", "community", "grid", label=_("Where"))
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Volunteer team"), required=False)
    station = forms.ModelChoiceField(
        Station.objects.none(), label=_("Volunteer service station"), required=False
    )
    issue = forms.CharField(
        label=_("Number of the issue that it helps to solve"),
        max_length=40,
        required=False,
        help_text=_("What came of it is then reported back on the issue."),
    )
    field_order = (
        *("unit", "title", "what", "starts_at", "ends_at", "places"),
        *("place", "team", "station", "issue", "free_cancel_hours"),
    )

    def prepare(self) -> None:
        for name, model in (("team", Team), ("station", Station)):
            field: Any = self.fields[name]
            rows: Any = model._default_manager
            field.queryset = rows.open().run_by(self.user, self.now).order_by("name", "pk")

    def help_with(self, number: str) -> None:
        """Begin with the issue of this number, if the person sees it, and with its community or what it has above that."""
        seen = Issue.objects.visible_to(self.user, self.now).named(number)
        codes = seen.values_list("community__code", "street__code", "district__code").first()
        if codes:
            self.fields["issue"].initial = number
            self.fields["unit"].initial = next(filter(None, codes), "")

    def clean_issue(self) -> Issue | None:
        number = self.cleaned_data["issue"].strip()
        if not number:
            return None
        found = Issue.objects.visible_to(self.user, self.now).named(number).first()
        if found is None:
            raise forms.ValidationError(_t("There is no such issue of yours."))
        return found

    def act(self) -> Activity:
        told = {
            name: self.cleaned_data[name] for name in ("unit", "team", "station", *_ActivityFacts.base_fields)
        }
        shared = told | {"shifts": [self.shift()], "by": self.user, "now": self.now}
        if issue := self.cleaned_data["issue"]:
            return activities.ask_volunteers(issue, **shared)
        return activities.add_activity(**shared)


class OfActivity(DeskForm):
    """`verb`: its row in the table of volunteers.activities, which says from which state, and to whom, it is offered."""

    verb: ClassVar[str]
    # Of hours: those for which there was no room.
    left_out: Sequence[LeftOut] = ()

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        allowed = cls.verb in offered(subject.state, ties_of(subject, user, now))
        return allowed and cls.fits(subject) and cls.has_rows(subject, now)

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        """Whether there is anybody or anything to do it with."""
        return True

    def told(self) -> dict[str, Any]:
        """By whom, and when."""
        return {"by": self.user, "now": self.now}


class ChangeActivity(_ActivityFacts, OfActivity):
    key, verb, label = "change", "change", VERB["change"].label

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        return subject.state == "draft" or subject.shifts.ahead(now).exists()

    def prepare(self) -> None:
        for name in _ActivityFacts.base_fields:
            self.fields[name].initial = getattr(self.subject, name)

    def act(self) -> Activity:
        return activities.change_activity(self.subject, **self.arguments())


class AddShift(_ShiftFacts, OfActivity):
    key, verb, label = "shift", "change", _("Add a shift")

    def act(self) -> Activity:
        activities.add_shift(self.subject, self.shift(), **self.told())
        return self.subject


class _OfShift(OfActivity):
    """One of those that take place, or did."""

    verb = "change"
    shift = forms.ModelChoiceField(Shift.objects.none(), label=_("Shift"))

    @classmethod
    def rows(cls, subject: Any, now: datetime) -> Any:
        return subject.shifts.standing()

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        return cls.rows(subject, now).exists()

    def prepare(self) -> None:
        field: Any = self.fields["shift"]
        field.queryset = self.rows(self.subject, self.now)
        field.label_from_instance = lambda one: moment(one.starts_at)


class _OfShiftAhead(_OfShift):
    """One that has not begun; of a draft any."""

    @classmethod
    def rows(cls, subject: Any, now: datetime) -> Any:
        return subject.shifts.all() if subject.state == "draft" else subject.shifts.ahead(now)


class ChangePlaces(_OfShiftAhead):
    key, label = "places", _("More places or fewer")
    places = forms.IntegerField(
        label=_("Places"),
        min_value=1,
        max_value=MOST_PLACES,
        help_text=_("Whoever waits moves up. Fewer than are taken is not possible."),
    )

    def act(self) -> Activity:
        activities.change_places(
            self.cleaned_data["shift"], places=self.cleaned_data["places"], **self.told()
        )
        return self.subject


class MoveShift(_OfShiftAhead):
    key, label = "move_shift", _("Other times of a shift")
    starts_at = MomentField(label=_("From"))
    ends_at = MomentField(
        label=pgettext_lazy("time", "To"),
        help_text=_("On the same day. Whoever has signed up stays, and is told."),
    )

    def act(self) -> Activity:
        return shifts.move_shift(**self.arguments())


class CancelShift(_OfShiftAhead):
    key, verb, label, danger = "cancel_shift", "cancel_shift", VERB["cancel_shift"].label, True
    reason = lines(
        _("Why"),
        RESULT,
        min_length=2,
        help_text=_("Everybody who has signed up for it is told, and reads why."),
    )

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        return super().has_rows(subject, now) and subject.shifts.standing().count() > 1

    def act(self) -> Activity:
        return shifts.cancel_shift(**self.arguments())


class CancelRest(OfActivity):
    """Of what has not begun."""

    key, verb, label, danger = "cancel_rest", "cancel_rest", VERB["cancel_rest"].label, True
    reason = lines(
        _("Why"),
        RESULT,
        min_length=2,
        help_text=_("Everybody who has signed up for a shift that has not begun is told, and reads why."),
    )

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        return subject.shifts.ahead(now).exists()

    def act(self) -> Activity:
        return shifts.cancel_rest(self.subject, **self.arguments())


class RemoveShift(_OfShiftAhead):
    key, label, danger = "drop_shift", _("Remove a shift for which nobody has signed up"), True

    @classmethod
    def rows(cls, subject: Any, now: datetime) -> Any:
        return super().rows(subject, now).filter(sign_ups=None)

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        return super().has_rows(subject, now) and subject.shifts.standing().count() > 1

    def act(self) -> Activity:
        return activities.remove_shift(self.cleaned_data["shift"], **self.told())


class OpenActivity(OfActivity):
    key, verb, label = "open", "open", VERB["open"].label

    def act(self) -> Activity:
        return activities.open_activity(self.subject, **self.told())


class Repeat(OfActivity):
    key, verb, label = "repeat", "repeat", VERB["repeat"].label
    rhythm = forms.ChoiceField(label=pgettext_lazy("series", "How often"), choices=rhythm_choices)
    until = DayField(label=_("Until"), help_text=_("Each is made four weeks before its day."))

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.series is None or subject.series.ended_at is not None

    def act(self) -> Activity:
        return series.repeat_activity(self.subject, **self.arguments()).source


class EndSeries(OfActivity):
    key, label, danger = "end_series", _("Repeat it no more"), True

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        repeats = subject.series_id is not None and subject.series.ended_at is None
        return repeats and bool(RUN & ties_of(subject, user, now))

    def act(self) -> Activity:
        series.end_series(self.subject.series, **self.told())
        return self.subject


class Begin(OfActivity):
    key, verb, label = "begin", "begin", VERB["begin"].label

    def act(self) -> Activity:
        return activities.begin_activity(self.subject, **self.told())


class SignUpFor(_OfShift):
    """For somebody who does not sign in, or who has simply come; until hours are handed in."""

    key, verb, label = "sign_up", "sign_up", _("Sign somebody up")
    volunteer = VolunteerField()
    has_come = forms.BooleanField(label=_("Has come: is checked in at once."), required=False)
    confirmed = forms.BooleanField(
        label=_("They know if another shift of theirs is close by."), required=False
    )
    field_order = ("volunteer", "shift", "has_come", "confirmed")

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        return not Service.objects.filter(activity=subject).exists()

    def prepare(self) -> None:
        super().prepare()
        field: Any = self.fields["volunteer"]
        field.also = Membership.objects.current().filter(team=self.subject.team_id).values("volunteer")
        self.fields["has_come"].initial = self.subject.state in VERB["check_out"].from_states

    def act(self) -> Activity:
        told = self.arguments()
        do = attendance.come_along if told.pop("has_come") else sign_ups.sign_up
        do(**told)
        return self.subject


class _Ticked(OfActivity):
    """With those who are ticked, all of them or, when one is refused, nobody."""

    who = forms.MultipleChoiceField(label=pgettext_lazy("person", "Who"), widget=forms.CheckboxSelectMultiple)

    @classmethod
    def rows(cls, subject: Any, now: datetime) -> Any:
        raise NotImplementedError

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        return cls.rows(subject, now).exists()

    def prepare(self) -> None:
        rows = self.rows(self.subject, self.now).select_related("volunteer", "shift")
        self.listed = {str(one.pk): one for one in rows.order_by("shift__starts_at", "pk")[:MOST_TICKED]}
        field: Any = self.fields["who"]
        field.choices = [(pk, self.named(one)) for pk, one in self.listed.items()]

    def named(self, one: SignUp) -> str:
        return who_and_when(one)

    def ticked(self) -> list[SignUp]:
        return [self.listed[pk] for pk in self.cleaned_data["who"]]


def who_and_when(one: SignUp) -> str:
    """How a sign-up is told from others."""
    return f"{one.volunteer.shown_name} · {moment(one.shift.starts_at)}"


class CheckIn(_Ticked):
    key, verb, label = "check_in", "check_in", VERB["check_in"].label

    @classmethod
    def rows(cls, subject: Any, now: datetime) -> Any:
        takes = SignUp.objects.filter(activity=subject, checked_in_at=None)
        begun = Q(state__in=["waiting", "no_show"], shift__starts_at__lte=now)
        return takes.filter(Q(state="in", shift__starts_at__lte=now + CHECK_IN_EARLY) | begun)

    def act(self) -> Activity:
        for one in self.ticked():
            attendance.check_in(one, **self.told())
        return self.subject


class CheckOut(_Ticked):
    key, verb, label = "check_out", "check_out", VERB["check_out"].label

    @classmethod
    def rows(cls, subject: Any, now: datetime) -> Any:
        return SignUp.objects.came().filter(activity=subject, checked_out_at=None, service=None)

    def act(self) -> Activity:
        for one in self.ticked():
            attendance.check_out(one, **self.told())
        return self.subject


class UndoCheck(_Ticked):
    """Of who was checked out the check-out, of all others the check-in."""

    key, verb, label, danger = "undo_check", "undo_check", VERB["undo_check"].label, True

    @classmethod
    def rows(cls, subject: Any, now: datetime) -> Any:
        return SignUp.objects.came().filter(activity=subject, service=None)

    def named(self, one: SignUp) -> str:
        undone = _t("Undo: has gone") if one.checked_out_at else _t("Undo: has come")
        return f"{who_and_when(one)} · {undone}"

    def act(self) -> Activity:
        for one in self.ticked():
            attendance.undo_check(one, **self.told())
        return self.subject


class CancelSignUps(_Ticked):
    key, verb, label, danger = "cancel_sign_up", "cancel_sign_up", VERB["cancel_sign_up"].label, True

    @classmethod
    def rows(cls, subject: Any, now: datetime) -> Any:
        return SignUp.objects.live().filter(activity=subject, checked_in_at=None)

    def act(self) -> Activity:
        for one in self.ticked():
            sign_ups.cancel_sign_up(one, **self.told())
        return self.subject


class MarkAbsent(OfActivity):
    key, verb, label = "absent", "no_show", _("All others did not come")
    danger = True
    sure = forms.BooleanField(
        label=_("Whoever has come is checked in."),
        help_text=_("Whoever turns up on the list after all can still be checked in."),
    )

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        gone = SignUp.objects.unaccounted().filter(activity=subject, shift__starts_at__lte=now)
        return gone.exists()

    def act(self) -> Activity:
        attendance.mark_absent(self.subject, **self.told())
        return self.subject


class End(OfActivity):
    key, verb, label = "end", "end", VERB["end"].label

    def act(self) -> Activity:
        return activities.end_activity(self.subject, **self.told())


class HandIn(OfActivity):
    key, verb, label = "propose", "propose", VERB["propose"].label
    who = forms.ChoiceField(
        label=_("For one person other minutes"),
        required=False,
        help_text=_("Everybody else by check-in and check-out; who did not check out stayed to the end."),
    )
    minutes = forms.IntegerField(label=_("Minutes"), min_value=0, max_value=MOST_MINUTES, required=False)

    @classmethod
    def rows(cls, subject: Any) -> Any:
        undecided = Q(service=None) | Q(service__state="proposed")
        return SignUp.objects.came().filter(undecided, activity=subject)

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        return cls.rows(subject).exists()

    def prepare(self) -> None:
        rows = self.rows(self.subject).select_related("volunteer", "shift").order_by("shift__starts_at", "pk")
        field: Any = self.fields["who"]
        field.choices = [("", "—"), *((one.pk, who_and_when(one)) for one in rows[:MOST_TICKED])]

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        if bool(told.get("who")) != (told.get("minutes") is not None):
            raise forms.ValidationError(_t("Choose the person and give the minutes, or neither."))
        return told

    def act(self) -> Activity:
        told = self.cleaned_data
        minutes = {int(told["who"]): told["minutes"]} if told["who"] else None
        self.left_out = hours.propose_hours(self.subject, minutes=minutes, **self.told()).left_out
        return self.subject


class ConfirmAll(OfActivity):
    key, verb, label = "confirm", "confirm", VERB["confirm"].label
    sure = forms.BooleanField(
        label=_("These hours are right."),
        help_text=_("What you have handed in yourself, and your own hours, wait for somebody else."),
    )

    @classmethod
    def has_rows(cls, subject: Any, now: datetime) -> bool:
        return Service.objects.proposed().filter(activity=subject).exists()

    def act(self) -> Activity:
        self.left_out = hours.confirm_hours(self.subject, **self.told()).left_out
        return self.subject


class Settle(OfActivity):
    key, verb, label = "settle", "settle", VERB["settle"].label
    result = lines(_("What came of it"), RESULT, required=False)

    def act(self) -> Activity:
        return settling.settle_activity(self.subject, **self.arguments())


class CancelActivity(OfActivity):
    key, verb, label, danger = "cancel", "cancel", VERB["cancel"].label, True
    reason = lines(
        _("Why"),
        RESULT,
        min_length=2,
        help_text=_("Everybody who has signed up is told that it does not take place."),
    )

    def act(self) -> Activity:
        return activities.cancel_activity(self.subject, **self.arguments())


ACTIVITY_FORMS = (
    *(OpenActivity, Begin, CheckIn, MarkAbsent, CheckOut, End, HandIn, ConfirmAll, Settle),
    *(SignUpFor, UndoCheck, CancelSignUps, ChangeActivity, AddShift, ChangePlaces, MoveShift),
    *(Repeat, EndSeries, RemoveShift, CancelShift, CancelRest, CancelActivity),
)
