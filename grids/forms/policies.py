"""A kind of policy as a form: its table with an input per cell, from when on, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.actions.policies import LONGEST_REASON, BadValue, clean_value, newest, set_policy
from grids.forms.steps import DayField, MomentField
from grids.holding import holding_of
from grids.models import Policy, Unit
from grids.policies import SPAN_UNITS, Column, PolicyKind, Value
from trail.idempotency import OnceForm, reason_of
from trail.refusals import Refused

NEW_ROWS = 5
UNSET = ("", "—")


class SpanWidget(forms.MultiWidget):
    """A number and its unit, side by side."""

    def __init__(self, label: str) -> None:
        number = forms.NumberInput(
            attrs={"min": 1, "class": "gz-number", "aria-label": f"{label} · {_('number')}"}
        )
        unit = forms.Select(
            choices=[UNSET, *SPAN_UNITS.items()], attrs={"aria-label": f"{label} · {_('unit')}"}
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


class LinesField(forms.CharField):
    """Lines end here as they are kept, however the browser ends them."""

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\r\n", "\n")


@dataclass(frozen=True)
class Row:
    """A row of the table as it is shown."""

    key: str
    label: Any
    cells: list[Any]


class PolicyForm(OnceForm):
    """`value()` is what was filled in; `both()` what holds now and would then; `save()` sets it."""

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
        # The inputs hold at first what holds now, wherever it comes from.
        self.holding = holding_of(kind, unit, now)
        self.shown = self.holding.value
        self.labels = self._labels()
        for row, label in self.labels.items():
            for column in kind.columns:
                cell = f"{label} · {column.label}"
                self.fields[f"{row}.{column.key}"] = self._field(column, cell, self.shown.get(row, {}))

    def _labels(self) -> dict[str, Any]:
        """Row → what it is called, in the order of the table; those of the district's own end with empty ones."""
        if self.kind.rows is not None:
            return dict(self.kind.rows)
        if self.kind.rows_of is not None:
            return dict(self.kind.rows_of(self.unit))
        known = list(self.shown)
        fresh = (f"own_{number}" for number in range(1, 1000) if f"own_{number}" not in known)
        named = {row: cells.get("name", row) for row, cells in self.shown.items()}
        return named | {next(fresh): _("new row") for _unused in range(NEW_ROWS)}

    def _field(self, column: Column, label: str, cells: Mapping[str, Any]) -> forms.Field:
        field = _FIELDS[column.type](self, column, label)
        field.label, field.initial = label, cells.get(column.key)
        field.widget.attrs.setdefault("aria-label", label)
        return field

    def keys_of(self, column: Column) -> list[tuple[str, Any]]:
        """What a column chooses from; asked for once per form."""
        if column.choices or self.kind.choices_of is None:
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
                clean_value(self.unit, self.kind, self.value(), self.holding.below)
            except BadValue as wrong:
                for cell, reason in wrong.errors.items():
                    self.add_error(cell if cell in self.fields else None, str(reason))
        return data

    def value(self) -> dict[str, dict[str, Any]]:
        """What was filled in. Rows that are quite empty are left out; so is what holds without it, unless the value
        replaces that as a whole."""
        found: dict[str, dict[str, Any]] = {}
        for row in self.labels:
            cells = {column.key: self.cleaned_data.get(f"{row}.{column.key}") for column in self.kind.columns}
            kept = {name: cell for name, cell in cells.items() if cell not in (None, "", [])}
            if not self.kind.whole:
                kept = self._otherwise(kept, self.holding.below.get(row, {}))
            if kept:
                found[row] = kept
        return found

    def _otherwise(self, cells: Mapping[str, Any], below: Mapping[str, Any]) -> dict[str, Any]:
        """The cells that say something else than what holds below, each with those that it says one thing with."""
        things = {column.key: column.beside or column.key for column in self.kind.columns}
        changed = {things[name] for name, cell in cells.items() if below.get(name) != cell}
        return {name: cell for name, cell in cells.items() if things[name] in changed}

    def both(self) -> tuple[Value, Value]:
        """The whole table as it holds now, and as it would hold then."""
        return self.holding.value, self.kind.over(self.value(), self.holding.below)

    def save(self, by: Any) -> Policy:
        """Set it; raises what `set_policy` does."""
        return set_policy(
            self.unit,
            self.kind.key,
            self.value(),
            by=by,
            now=self.now,
            effective_from=self.cleaned_data["effective_from"],
            reason=self.cleaned_data["reason"],
            seen=self.cleaned_data["seen"],
        )

    def explain(self, refused: Refused) -> None:
        """Say where it belongs why not."""
        self.add_error("effective_from" if refused.code == "backdated" else None, reason_of(refused))


def _number(form: PolicyForm, column: Column, label: str) -> forms.Field:
    return forms.IntegerField(min_value=column.least, max_value=column.most, required=False)


def _choice(form: PolicyForm, column: Column, label: str) -> forms.Field:
    return forms.ChoiceField(choices=[UNSET, *form.keys_of(column)], required=False)


def _keys(form: PolicyForm, column: Column, label: str) -> forms.Field:
    widget = forms.SelectMultiple(attrs={"size": 3})
    return forms.MultipleChoiceField(choices=form.keys_of(column), required=False, widget=widget)


def _line(form: PolicyForm, column: Column, label: str) -> forms.Field:
    return forms.CharField(max_length=column.most, required=False)


def _text(form: PolicyForm, column: Column, label: str) -> forms.Field:
    return LinesField(max_length=column.most, required=False, widget=forms.Textarea(attrs={"rows": 3}))


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
