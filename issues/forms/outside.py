"""A task outside the duty list: what the grid worker says of it, and what the district decides."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from grids.forms.steps import DayField, StepForm
from grids.models import Body, Unit
from issues.actions.outside import decides, grids_of, settle_outside
from issues.kinds import LONGEST_OUTSIDE, OUTSIDE_ENDS, choices
from issues.models import Issue
from issues.relieving import STAYS, Way, way_back
from trail.idempotency import OnceForm

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class OutsideForm(OnceForm):
    """Who gave it, what it is, and when; from the page of an issue all of it is there already."""

    grid = forms.ChoiceField(label=_("Grid"))
    giver = forms.ChoiceField(label=_("Who gave it"))
    text = forms.CharField(
        label=_("What was to be done"),
        min_length=2,
        max_length=LONGEST_OUTSIDE,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Nobody's name or number, please: the task alone."),
    )
    given_on = DayField(label=_("Given on"))
    issue = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, user: Any, now: datetime, data: Any = None, *, issue: Issue | None = None) -> None:
        super().__init__(data, label_suffix="")
        self.of_issue = issue
        self.grids = {
            unit.code: unit for unit in Unit.objects.filter(pk__in=grids_of(user, now)).order_by("code")
        }
        self.givers = _givers(self.grids.values())
        offered: Any = self.fields["grid"]
        offered.choices = [(code, unit.name) for code, unit in self.grids.items()]
        if len(self.grids) == 1:
            offered.widget = forms.HiddenInput()
        offered = self.fields["giver"]
        offered.choices = [(key, party.name) for key, party in self.givers.items()]
        self.initial = _initial(self.grids, self.givers, timezone.localdate(now), issue)

    def arguments(self) -> dict[str, Any]:
        """For `report_outside`."""
        data = self.cleaned_data
        return {
            "grid": self.grids[data["grid"]],
            "given_by": self.givers[data["giver"]],
            "text": data["text"],
            "given_on": data["given_on"],
            "issue": self.of_issue,
        }


def _givers(grids: Any) -> dict[str, Unit | Body]:
    """Everybody who may have given something to these grids, the nearest first."""
    above = {pk for grid in grids for pk in (grid.community_id, grid.street_id, grid.district_id) if pk}
    units = Unit.objects.filter(pk__in=above).order_by("-level", "code")
    found: dict[str, Unit | Body] = {f"unit:{unit.code}": unit for unit in units}
    districts = {grid.district_id for grid in grids}
    streets = {grid.street_id for grid in grids}
    bodies = Body.objects.open().filter(district__in=districts).order_by("name", "pk")
    here = (body for body in bodies if body.street_id is None or body.street_id in streets)
    return found | {f"body:{body.code}": body for body in here}


def _initial(
    grids: dict[str, Unit], givers: dict[str, Unit | Body], today: date, issue: Issue | None
) -> dict[str, Any]:
    first = next(iter(grids), "")
    if issue is None:
        return {"grid": first, "giver": next(iter(givers), ""), "given_on": today}
    sender = issue.sender_unit or issue.sender_body
    named = [key for key, party in givers.items() if party == sender]
    return {
        "grid": issue.owner_unit.code if issue.owner_unit else first,
        "giver": next(iter(named), next(iter(givers), "")),
        "given_on": timezone.localdate(issue.assigned_at),
        "text": issue.category.label,
        "issue": issue.code,
    }


def what_follows(way: Way, issue: Issue | None) -> "StrOrPromise":
    """Of taking it back, before it is done."""
    if way.to is None or issue is None:
        return STAYS[way.stays]
    goes = _("If it is taken back, its issue goes from the grid to {to}; the promised date stays.")
    sender = _(
        "That is whoever sent it to the grid, else the nearest level above, whoever is named as having given it."
    )
    lapses = _("It is suspended with approval: that ends with it.")
    said = [goes, sender, *([lapses] if issue.state == "suspended" else [])]
    return format_lazy(" ".join(["{}"] * len(said)), *(format_lazy(one, to=way.to.name) for one in said))


class SettleOutside(StepForm):
    """What the district decides."""

    key, label = "settle", _("Decide")
    state = forms.ChoiceField(label=_("Decision"), choices=choices(OUTSIDE_ENDS))
    until = DayField(label=_("Until"), required=False, help_text=_("Where it is allowed: the last day."))
    text = forms.CharField(
        label=_("Note"),
        max_length=LONGEST_OUTSIDE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def prepare(self) -> None:
        """Say beforehand what taking it back does."""
        self.fields["state"].help_text = what_follows(
            way_back(self.subject, self.subject.issue), self.subject.issue
        )

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        """While nothing is decided, to those who decide for the district."""
        return subject.state == "open" and decides(subject, user, now)

    def act(self) -> Any:
        """Call the one action."""
        return settle_outside(self.subject, by=self.user, now=self.now, **self.cleaned())

    def cleaned(self) -> dict[str, Any]:
        """Without what belongs to the form."""
        return {name: self.cleaned_data[name] for name in ("state", "until", "text")}
