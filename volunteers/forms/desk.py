"""What whoever runs volunteering does at a desk: with volunteers, transfers, teams and stations."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.actions.authority import allows
from grids.forms.steps import StepForm
from grids.lineage import within_any
from grids.models import Unit
from grids.standing import standing_of
from trail.districts import sees_all
from volunteers.actions import people, stations, teams, transfers
from volunteers.contacts import LONGEST_PERSON, OCCASIONS
from volunteers.forms.facts import LISTS, LONGEST_PHONE, FactsMixin
from volunteers.models import Membership, Team, Volunteer
from volunteers.querysets import RUNS
from volunteers.words import TOPICS, choices

MOST_MEMBERS = 500


class AskedField(forms.CharField):
    """Looked up among what the person runs; the form says who asks, and when."""

    asked_by: Any = None
    now: Any = None


class PlaceField(AskedField):
    """A unit of those where the person runs volunteering: its code, or its name where no other has it."""

    def __init__(self, *kinds: str, **options: Any) -> None:
        self.kinds = kinds
        usual = {"max_length": 100, "help_text": _("Code of a unit, or its name where no other has it.")}
        super().__init__(**usual | options)

    def clean(self, value: Any) -> Unit:
        said = str(super().clean(value)).strip()
        seen = places(self.asked_by, self.now).filter(kind__in=self.kinds)
        if found := seen.filter(code=said).first():
            return found
        named = list(seen.filter(name=said)[:2])
        if len(named) != 1:
            many = _t("Several places are called so; give the code.")
            raise forms.ValidationError(many if named else _t("There is no such place of yours."))
        return named[0]


def places(user: Any, now: datetime) -> Any:
    """The open units of a person's part of the tree, as far as they run volunteering there."""
    units: Any = Unit.objects.open().defer("boundary")
    if sees_all(user):
        return units
    territory = standing_of(user, now).territory(RUNS)
    return units.filter(within_any({name: ids for name, ids in territory.items() if name != "building_id"}))


def moment(at: datetime | None) -> str:
    """As the desk's pages of volunteering write it."""
    return date_format(timezone.localtime(at), "Y-m-d H:i") if at else "—"


class DeskForm(StepForm):
    """`revealed`: the volunteer whose name and number are shown on this very answer."""

    capability = RUNS
    revealed: Volunteer | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            if isinstance(field, AskedField):
                field.asked_by, field.now = self.user, self.now
            if isinstance(field, PlaceField):
                here = list(places(self.user, self.now).at("community")[:2])
                if not field.initial and len(here) == 1:
                    field.initial = here[0].code

    @classmethod
    def where(cls, subject: Any) -> Unit:
        """The unit that the subject belongs to."""
        return subject.unit

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return cls.fits(subject) and allows(user, RUNS, cls.where(subject), now)

    def arguments(self) -> dict[str, Any]:
        """What was answered, and by whom, when."""
        return self.cleaned_data | {"by": self.user, "now": self.now}


# --- volunteers -----------------------------------------------------------------------------------------------
class OfVolunteer(DeskForm):
    states: tuple[str, ...] = ("active",)

    @classmethod
    def where(cls, subject: Any) -> Unit:
        return subject.home

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.state in cls.states


class WriteDown(FactsMixin, DeskForm):
    """For somebody without a phone of their own."""

    key, label = "new", _("Write down a volunteer")
    home = PlaceField("community", "grid", label=_("At home in"))
    field_order = ("home", "name", "phone", "alias")
    agreed = forms.BooleanField(
        label=_("The person knows what is kept, and agrees."),
        help_text=_("No number of an identity card, please. Every look at name and number is recorded."),
    )

    def act(self) -> Volunteer:
        home = self.cleaned_data["home"]
        return people.sign_up_for(home, self.person(), by=self.user, now=self.now)


class Reveal(OfVolunteer):
    key, label = "reveal", _("Show name and number")
    states = ("active", "left")
    occasion = forms.ChoiceField(label=_("Occasion"), choices=choices(OCCASIONS))

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        """Whoever only sets up reads no numbers."""
        standing = standing_of(user, now)
        return bool(standing.sees_contact and standing.can(RUNS)) and super().offered(subject, user, now)

    def act(self) -> Volunteer:
        self.revealed = people.reveal_volunteer(self.subject, **self.arguments())
        return self.revealed


class ChangeVolunteer(OfVolunteer):
    """Name and numbers stay hidden; an empty line leaves them as they are."""

    key, label = "change", _("Correct the data")
    name = forms.CharField(
        label=pgettext_lazy("volunteer", "Name"), min_length=2, max_length=LONGEST_PERSON, required=False
    )
    phone = forms.CharField(label=_("Mobile number"), max_length=LONGEST_PHONE, required=False)
    alias = FactsMixin.base_fields["alias"]
    skills = FactsMixin.base_fields["skills"]
    languages = FactsMixin.base_fields["languages"]
    availability = FactsMixin.base_fields["availability"]
    home = PlaceField("community", "grid", label=_("At home in"))

    def prepare(self) -> None:
        for name in ("alias", *LISTS):
            self.fields[name].initial = getattr(self.subject, name)
        self.fields["home"].initial = self.subject.home.code
        for name in ("name", "phone"):
            self.fields[name].help_text = _("Empty: it stays.")

    def act(self) -> Volunteer:
        hidden = {name: value for name in ("name", "phone") if (value := self.cleaned_data[name])}
        kept = {name: self.cleaned_data[name] for name in ("alias", *LISTS, "home")}
        return people.change_volunteer(self.subject, by=self.user, now=self.now, **kept | hidden)


class PutInTeam(OfVolunteer):
    key, label = "team", _("Put in a team")
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"))

    def prepare(self) -> None:
        theirs = Team.objects.open().run_by(self.user, self.now).filter(district=self.subject.district_id)
        mine = Membership.objects.current().filter(volunteer=self.subject.pk).values("team")
        field: Any = self.fields["team"]
        field.queryset = theirs.exclude(pk__in=mine).order_by("name", "pk")

    def act(self) -> Volunteer:
        teams.join_team(self.cleaned_data["team"], self.subject, by=self.user, now=self.now)
        return self.subject


class AskTransferFor(OfVolunteer):
    """For somebody who does not sign in; whoever does asks by themselves."""

    key, label = "transfer", _("Ask another community to take them in")
    home = forms.CharField(label=_("Code of the community"), max_length=20)

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.user_id is None and super().fits(subject)

    def clean_home(self) -> Unit:
        units = Unit.objects.open().at("community").filter(district=self.subject.district_id)
        found = units.filter(code=self.cleaned_data["home"].strip()).first()
        if found is None:
            raise forms.ValidationError(_t("There is no such community."))
        return found

    def act(self) -> Volunteer:
        return transfers.ask_transfer(self.subject, **self.arguments()).volunteer


class Leave(OfVolunteer):
    key, label, danger = "leave", _("Volunteers no longer"), True
    sure = forms.BooleanField(
        label=_("The person leaves."), help_text=_("The record stays; teams go on without them.")
    )

    def act(self) -> Volunteer:
        return people.leave(self.subject, by=self.user, now=self.now)


class ComeBack(OfVolunteer):
    key, label = "return", _("Volunteers again")
    states = ("left",)

    def act(self) -> Volunteer:
        return people.come_back(self.subject, by=self.user, now=self.now)


class Erase(OfVolunteer):
    key, label, danger = "erase", _("Erase the data"), True
    states = ("active", "left")
    sure = forms.BooleanField(
        label=_("The person has asked for it, and knows that it cannot be undone."),
        help_text=_(
            "Name, numbers and all they said are gone for good, and so is an account for this alone."
        ),
    )

    def act(self) -> Volunteer:
        return people.erase(self.subject, **self.arguments())


VOLUNTEER_FORMS = (Reveal, ChangeVolunteer, PutInTeam, AskTransferFor, ComeBack, Leave, Erase)


# --- transfers ------------------------------------------------------------------------------------------------
class OfTransfer(DeskForm):
    @classmethod
    def where(cls, subject: Any) -> Unit:
        return subject.home

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.state == "asked"


class TakeIn(OfTransfer):
    key, label = "take", _("Take in")

    def act(self) -> Any:
        return transfers.take_in(self.subject, by=self.user, now=self.now)


class RefuseTransfer(OfTransfer):
    key, label, danger = "refuse", pgettext_lazy("transfer", "Do not take in"), True

    def act(self) -> Any:
        return transfers.refuse_transfer(self.subject, by=self.user, now=self.now)


TRANSFER_FORMS = (TakeIn, RefuseTransfer)


# --- teams and stations -----------------------------------------------------------------------------------------
class OfOpen(DeskForm):
    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject.closed_at is None


class _TeamFacts(forms.Form):
    name = forms.CharField(label=_("Name"), min_length=2, max_length=teams.LONGEST_NAME)
    topic = forms.ChoiceField(label=_("Topic"), choices=choices(TOPICS))
    about = forms.CharField(
        label=_("What it does"),
        max_length=teams.LONGEST_ABOUT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Everybody can read it. Name no persons."),
    )


class OpenTeam(_TeamFacts, DeskForm):
    key, label = "new", _("Open a team")
    unit = PlaceField("community", label=_("Community"))
    field_order = ("unit", "name", "topic", "about")

    def act(self) -> Team:
        return teams.open_team(**self.arguments())


class ChangeTeam(_TeamFacts, OfOpen):
    key, label = "change", _("Change the team")

    def prepare(self) -> None:
        for name in ("name", "topic", "about"):
            self.fields[name].initial = getattr(self.subject, name)

    def act(self) -> Team:
        return teams.change_team(self.subject, **self.arguments())


class _OfMembers(OfOpen):
    member = forms.ChoiceField(label=_("Member"), required=False)

    def prepare(self) -> None:
        rows = Membership.objects.current().filter(team=self.subject).select_related("volunteer")
        self.members = {str(one.volunteer_id): one.volunteer for one in rows.order_by("pk")[:MOST_MEMBERS]}
        names = [(pk, f"{one.shown_name} #{pk}") for pk, one in self.members.items()]
        field: Any = self.fields["member"]
        field.choices = [("", "—"), *names]

    @property
    def chosen(self) -> Volunteer | None:
        return self.members.get(self.cleaned_data["member"])


class SetLeader(_OfMembers):
    key, label = "lead", _("Name the leader")

    def act(self) -> Team:
        return teams.set_leader(self.subject, leader=self.chosen, by=self.user, now=self.now)


class TakeOut(_OfMembers):
    key, label, danger = "remove", _("Take out of the team"), True

    def clean_member(self) -> str:
        if not self.cleaned_data["member"]:
            raise forms.ValidationError(_t("Choose one of the members."))
        return self.cleaned_data["member"]

    def act(self) -> Team:
        assert self.chosen is not None, "the field asks for one"
        return teams.leave_team(self.subject, self.chosen, by=self.user, now=self.now)


class CloseTeam(OfOpen):
    key, label, danger = "close", _("Close the team"), True
    sure = forms.BooleanField(label=_("The team ends."), help_text=_("Its members belong to it until today."))

    def act(self) -> Team:
        return teams.close_team(self.subject, by=self.user, now=self.now)


TEAM_FORMS = (ChangeTeam, SetLeader, TakeOut, CloseTeam)


class _StationFacts(forms.Form):
    name = forms.CharField(label=_("Name"), min_length=2, max_length=stations.LONGEST["name"])
    place = forms.CharField(label=_("Address"), min_length=2, max_length=stations.LONGEST["place"])
    hours = forms.CharField(label=_("Opening hours"), max_length=stations.LONGEST["hours"], required=False)
    phone = forms.CharField(
        label=_("Telephone of the station"),
        max_length=20,
        required=False,
        help_text=_("Not a person's: everybody can read it."),
    )


class OpenStation(_StationFacts, DeskForm):
    key, label = "new", _("Open a station")
    unit = PlaceField("community", label=_("Community"))
    field_order = ("unit", "name", "place", "hours", "phone")

    def act(self) -> Any:
        return stations.open_station(**self.arguments())


class ChangeStation(_StationFacts, OfOpen):
    key, label = "change", _("Change the station")

    def prepare(self) -> None:
        for name in ("name", "place", "hours", "phone"):
            self.fields[name].initial = getattr(self.subject, name)

    def act(self) -> Any:
        return stations.change_station(self.subject, **self.arguments())


class CloseStation(OfOpen):
    key, label, danger = "close", _("Close the station"), True
    sure = forms.BooleanField(label=_("The station ends."))

    def act(self) -> Any:
        return stations.close_station(self.subject, by=self.user, now=self.now)


STATION_FORMS = (ChangeStation, CloseStation)
