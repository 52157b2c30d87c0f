"""What the lists and the rates are narrowed by: a form that is sent by GET, so that every view of it is a link."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.lists import Asked
from desk.tables import Table
from grids.models import Body, Unit
from grids.offered import stepped, units_offered
from issues.kinds import nature_choices
from issues.lifecycle import OPEN_STATES, state_choices
from issues.models import Category
from issues.offered import categories_offered
from issues.rates import PERIODS, days_asked
from issues.whistles import whistle_choices
from trail.idempotency import OnceForm

MOST_BODIES = 300
PARTS = (
    ("", gettext_lazy("all")),
    ("callee", gettext_lazy("Whistles")),
    ("task", gettext_lazy("Sub-tasks")),
    ("decision", gettext_lazy("Decisions")),
)
REASONS = (
    ("", gettext_lazy("all")),
    ("late", gettext_lazy("Late")),
    ("rung", gettext_lazy("On the ladder's last rung")),
    ("letter", gettext_lazy("Supervised by letter")),
)
# Several states together, in the list of what happened.
STATE_GROUPS = (
    ("open", gettext_lazy("Open, in whatever state")),
    ("danger", gettext_lazy("Open dangers")),
    ("whistles", gettext_lazy("Open, with whistles")),
)
RATED = (
    ("", gettext_lazy("all")),
    ("rated", gettext_lazy("Rated in the period")),
    ("solved", gettext_lazy("Rated: solved")),
    ("unsolved", gettext_lazy("Rated: not solved")),
    ("satisfied", gettext_lazy("Rated: satisfied")),
    ("unsatisfied", gettext_lazy("Rated: not satisfied")),
    ("unrated", gettext_lazy("Ended in the period, unrated")),
    ("closed", gettext_lazy("Closed in the period")),
)
BY = (
    ("unit", gettext_lazy("By unit")),
    ("body", gettext_lazy("By body")),
    ("category", gettext_lazy("By category")),
)


SIDES = (
    ("called", gettext_lazy("By those who were called")),
    ("caller", gettext_lazy("By those who called")),
)


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class PlaceForm(forms.Form):
    """The unit and body that somebody asks for: only such as this person sees, a foreign code is unknown."""

    def __init__(self, data: Any, user: Any, now: datetime) -> None:
        super().__init__(data)
        self.user, self.now = user, now
        self.fields["unit"] = forms.CharField(label=_("Unit"), required=False, max_length=20)
        self.fields["body"] = forms.CharField(label=_("Body"), required=False, max_length=40)
        self.fields["category"] = forms.CharField(label=_("Category"), required=False, max_length=40)
        self.chosen_unit: Unit | None = None

    def clean_unit(self) -> Unit | None:
        code = self.cleaned_data["unit"]
        seen = Unit.objects.visible_to(self.user, self.now).defer("boundary")
        self.chosen_unit = self._one(seen, code, _("There is no such unit in your area."))
        return self.chosen_unit

    def clean_body(self) -> Body | None:
        seen = Body.objects.visible_to(self.user, self.now)
        return self._one(seen, self.cleaned_data["body"], _("There is no such body in your area."))

    def clean_category(self) -> Category | None:
        key = self.cleaned_data["category"]
        shown = Category.objects.visible_to(self.user, self.now)
        found = shown.filter(key=key).first() if key else None
        if key and found is None:
            raise forms.ValidationError(_("There is no such category."))
        return found

    def clean(self) -> dict[str, Any]:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and first > last:
            self.add_error("last", _("The last day is before the first."))
        return self.cleaned_data

    def codes(self) -> dict[str, str]:
        """The filter as ids, codes and keys; of a valid form."""
        asked = {name: self.cleaned_data.get(name) for name in self.fields}
        return {name: _code(value) for name, value in asked.items() if value}

    def _one(self, seen: Any, code: str, unknown: str) -> Any:
        found = seen.filter(code=code).first() if code else None
        if code and found is None:
            raise forms.ValidationError(unknown)
        return found

    def offer(self) -> None:
        """Put what there is to choose into selects: one's own units, the one chosen, and one level below."""
        units = units_offered(self.user, self.now, self.chosen_unit)
        self._select("unit", _("everything I see"), [(one.code, stepped(one)) for one in units])
        bodies = Body.objects.visible_to(self.user, self.now).open().order_by("name")[:MOST_BODIES]
        self._select("body", _("all"), [(one.code, one.name) for one in bodies])
        self._select("category", _("all"), categories_offered(self.user, self.now))

    def _select(self, name: str, nothing: str, choices: list[tuple[str, str]]) -> None:
        if name in self.fields:
            given = str(self.data.get(name, ""))
            if given and given not in {key for key, _label in choices} and name not in self.errors:
                choices = [*choices, (given, str(self.cleaned_data.get(name) or given))]
            self.fields[name].widget = forms.Select(choices=[("", nothing), *choices])


class ListForm(PlaceForm):
    """Narrows one of the lists; only what the table can be narrowed by."""

    def __init__(self, table: Table, data: Any, user: Any, now: datetime) -> None:
        super().__init__(data, user, now)
        states = [*STATE_GROUPS, *state_choices()] if table.key == "issues" else [
            (key, label) for key, label in state_choices() if key in OPEN_STATES
        ]  # fmt: skip
        offered: dict[str, forms.Field] = {
            "state": forms.ChoiceField(label=_("State"), choices=[("", _("all")), *states], required=False),
            "whistle": forms.ChoiceField(
                label=_("Whistle that runs"), choices=[("", _("all")), *whistle_choices()], required=False
            ),
            "part": forms.ChoiceField(label=_("What is to be done"), choices=PARTS, required=False),
            "why": forms.ChoiceField(label=_("On the board because"), choices=REASONS, required=False),
            "rated": forms.ChoiceField(label=_("Rating"), choices=RATED, required=False),
            "first": day_field(_("First day")),
            "last": day_field(_("Last day")),
            "nature": forms.ChoiceField(
                label=_("Asked of us by the hotline"),
                choices=[("", _("all")), *nature_choices()],
                required=False,
            ),
            "late": forms.BooleanField(label=_("Late only"), required=False),
        }
        self.fields |= {name: offered[name] for name in table.filters if name in offered}

    def asked(self) -> Asked:
        """What the person asks for; call it when the form is valid."""
        return Asked(self.user, self.now, **{name: self.cleaned_data[name] for name in self.fields})

    def shown(self) -> str:
        """The filter in words, as a snapshot keeps it: labels only."""
        told = []
        for name, field in self.fields.items():
            if value := self.cleaned_data.get(name):
                labels = dict(getattr(field, "choices", ()))
                words = _("yes") if value is True else str(labels.get(value, value))
                told.append(_("%(what)s: %(said)s") % {"what": field.label, "said": words})
        return _("; ").join(told)


def _code(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return "1" if value is True else str(getattr(value, "code", "") or getattr(value, "key", "") or value)


class PeriodForm(PlaceForm):
    """Of what and when. Without an answer: by the first choice, this month."""

    usual = ""
    period = forms.ChoiceField(
        label=gettext_lazy("Period"),
        choices=[*((one.key, one.label) for one in PERIODS), ("free", gettext_lazy("Free"))],
        required=False,
    )
    first = day_field(gettext_lazy("First day, if free"))
    last = day_field(gettext_lazy("Last day, if free"))

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        today = timezone.localdate(self.now)
        try:
            key, first, last = days_asked(
                given.get("period", ""), given.get("first"), given.get("last"), today
            )
        except ValueError as wrong:
            if str(wrong) == "long":
                self.add_error("first", _("At most one year at a time."))
            return given
        return given | {"by": given.get("by") or self.usual, "period": key, "first": first, "last": last}


class RatesForm(PeriodForm):
    """Which rates."""

    usual = "unit"
    by = forms.ChoiceField(label=gettext_lazy("Counted by"), choices=BY, required=False)


class AssessedForm(PeriodForm):
    """Whose assessment: of those who were called, or of those who called."""

    usual = "called"
    by = forms.ChoiceField(label=gettext_lazy("Counted by"), choices=SIDES, required=False)


class FilterForm(OnceForm):
    """A name for the filter that is on now."""

    name = forms.CharField(label=gettext_lazy("Name of this filter"), max_length=40)
