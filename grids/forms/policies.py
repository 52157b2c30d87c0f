"""A kind of policy as a form: its table with an input per cell, from when on, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.actions.policies import LONGEST_REASON, BadValue, clean_value, newest, set_policy
from grids.forms.steps import DayField, MomentField
from grids.models import Policy, Unit
from grids.policies import SPAN_UNITS, Column, Difference, PolicyKind, differences
from trail.refusals import Refused

NEW_ROWS = 5
UNSET = ("", "—")


class SpanWidget(forms.MultiWidget):
    """A number and its unit, side by side."""

    def __init__(self, label: str) -> None:
        number = forms.NumberInput(
            attrs={"min": 1, "class": "gz-number", "aria-label": f"{label}: {_('number')}"}
        )
        unit = forms.Select(
            choices=[UNSET, *SPAN_UNITS.items()], attrs={"aria-label": f"{label}: {_('unit')}"}
        )
        super().__init__({"amount": number, "unit": unit})

    def decompress(self, value: Any) -> list[Any]:
        return list(value) if value else [None, ""]


class SpanField(forms.MultiValueField):
    def __init__(self, label: str) -> None:
        parts = (
            forms.IntegerField(required=False),
            forms.ChoiceField(choices=[UNSET, *SPAN_UNITS.items()], required=False),
        )
        super().__init__(
            parts, widget=SpanWidget(label), required=False, require_all_fields=False, label=label
        )

    def compress(self, values: list[Any]) -> Any:
        amount, unit = values or (None, "")
        return None if amount is None and not unit else [amount, unit]


class IsoDayField(DayField):
    def clean(self, value: Any) -> str | None:
        day = super().clean(value)
        return day.isoformat() if day else None


@dataclass(frozen=True)
class Row:
    """A row of the table as it is shown."""

    key: str
    label: Any
    cells: list[Any]


class PolicyForm(forms.Form):
    """`value()` is what was filled in; `changes()` what that changes; `save()` sets it."""

    effective_from = MomentField(
        label=_("Holds from"),
        required=False,
        help_text=_("Left empty: from now on. Deadlines set before stay."),
    )
    reason = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_REASON,
        min_length=2,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The decision, minutes or letter that it rests on; it stands in the history."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, kind: PolicyKind, unit: Unit, now: datetime, data: Any = None) -> None:
        super().__init__(data, initial={"seen": newest(unit, kind.key)}, label_suffix="")
        self.kind, self.unit, self.now = kind, unit, now
        self._keys: dict[str, list[tuple[str, Any]]] = {}
        own = Policy.objects.in_force(unit, now).filter(key=kind.key).first()
        self.own = own.value if own else None
        self.shown = self._shown()
        self.labels = self._labels()
        for row, label in self.labels.items():
            for column in kind.columns:
                cell = f"{label} · {column.label}"
                self.fields[f"{row}.{column.key}"] = self._field(column, cell, self.shown.get(row, {}))

    def _shown(self) -> Mapping[str, Mapping[str, Any]]:
        """What the inputs hold at first: a table that says everything, or just what was set."""
        if self.kind.rows is None and not self.kind.whole:
            return self.own or {}
        return self.kind.default if self.own is None else self.kind.over(self.own)

    def _labels(self) -> dict[str, Any]:
        """Row → what it is called, in the order of the table; those of the district's own end with empty ones."""
        if self.kind.rows is not None:
            return dict(self.kind.rows)
        if self.kind.rows_of is not None:
            return dict(self.kind.rows_of(self.unit))
        known = list(self.shown)
        fresh = (f"own_{number}" for number in range(1, 1000) if f"own_{number}" not in known)
        return {row: row for row in known} | {next(fresh): _("new row") for _unused in range(NEW_ROWS)}

    def _field(self, column: Column, label: str, cells: Mapping[str, Any]) -> forms.Field:
        field = _FIELDS[column.type](self, column, label)
        field.label, field.initial = label, cells.get(column.key)
        field.widget.attrs.setdefault("aria-label", label)
        return field

    def keys_of(self, column: Column) -> list[tuple[str, Any]]:
        """What a column of keys chooses from; asked for once per form."""
        if self.kind.choices_of is None:
            return list(column.choices)
        if column.key not in self._keys:
            self._keys[column.key] = list(self.kind.choices_of(self.unit, column.key))
        return self._keys[column.key]

    def rows(self) -> Iterator[Row]:
        """The table with its inputs."""
        for key, label in self.labels.items():
            yield Row(key, label, [self[f"{key}.{column.key}"] for column in self.kind.columns])

    def clean(self) -> dict[str, Any]:
        """Checked as the action will; each wrong cell says why beside it."""
        data = super().clean() or {}
        if not self.errors:
            try:
                clean_value(self.unit, self.kind, self.value())
            except BadValue as wrong:
                for cell, reason in wrong.errors.items():
                    self.add_error(cell if cell in self.fields else None, str(reason))
        return data

    def value(self) -> dict[str, dict[str, Any]]:
        """What was filled in. Rows that are quite empty are left out; so is what is as shipped."""
        found: dict[str, dict[str, Any]] = {}
        for row in self.labels:
            cells = {column.key: self.cleaned_data.get(f"{row}.{column.key}") for column in self.kind.columns}
            kept = {name: cell for name, cell in cells.items() if cell not in (None, "", [])}
            if self.kind.rows is not None:
                default = self.kind.default.get(row, {})
                kept = {name: cell for name, cell in kept.items() if default.get(name) != cell}
            if kept:
                found[row] = kept
        return found

    def changes(self) -> list[Difference]:
        """Every cell that would read otherwise than what holds now."""
        own = self.kind.default if self.own is None else self.kind.over(self.own)
        return differences(own, self.kind.over(self.value()))

    def save(self, by: Any) -> Policy | None:
        """Set it; None when a rule says no, and the form then carries the reason."""
        start = self.cleaned_data["effective_from"]
        try:
            return set_policy(
                self.unit,
                self.kind.key,
                self.value(),
                by=by,
                now=self.now,
                effective_from=start,
                reason=self.cleaned_data["reason"],
                seen=self.cleaned_data["seen"],
            )
        except Refused as refused:
            self.add_error("effective_from" if refused.code == "backdated" else None, str(refused))
            return None


def _number(form: PolicyForm, column: Column, label: str) -> forms.Field:
    return forms.IntegerField(min_value=column.least, max_value=column.most, required=False)


def _choice(form: PolicyForm, column: Column, label: str) -> forms.Field:
    return forms.ChoiceField(choices=[UNSET, *column.choices], required=False)


def _keys(form: PolicyForm, column: Column, label: str) -> forms.Field:
    widget = forms.SelectMultiple(attrs={"size": 3})
    return forms.MultipleChoiceField(choices=form.keys_of(column), required=False, widget=widget)


def _line(form: PolicyForm, column: Column, label: str) -> forms.Field:
    return forms.CharField(max_length=column.most, required=False)


def _text(form: PolicyForm, column: Column, label: str) -> forms.Field:
    return forms.CharField(max_length=column.most, required=False, widget=forms.Textarea(attrs={"rows": 3}))


_FIELDS: dict[str, Any] = {
    "span": lambda form, column, label: SpanField(label),
    "number": _number,
    "percent": _number,
    "flag": lambda form, column, label: forms.BooleanField(required=False),
    "choice": _choice,
    "line": _line,
    "text": _text,
    "date": lambda form, column, label: IsoDayField(required=False),
    "keys": _keys,
}
