"""What is asked for a change of a calendar: first shown what it would do, done when it is sent again."""

import csv
import io
from typing import Any, ClassVar

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from calendars.actions import LONGEST_NAME
from calendars.hours import read_hours
from calendars.rows import COLUMNS, read_csv
from trail.idempotency import OnceForm
from trail.texts import decode

LONGEST_FILE = 200_000
EXAMPLE = "date,kind,name,note\n2027-10-01,off,国庆节,\n2027-10-09,work,国庆节,"


class PlanForm(OnceForm):
    """`key` is its address, `label` its button."""

    key: ClassVar[str]
    label: ClassVar[Any]

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, prefix=self.key, label_suffix="", **more)


class HoursForm(PlanForm):
    key, label = "hours", _("Change the office hours")
    hours = forms.CharField(
        label=_("Office hours"),
        max_length=200,
        help_text=_("Stretches of the day in their order, like 08:30-12:00,13:30-17:30"),
    )

    def clean_hours(self) -> Any:
        try:
            return read_hours(self.cleaned_data["hours"])
        except ValueError as error:
            raise forms.ValidationError(
                _(
                    "Write office hours like 08:30-12:00,13:30-17:30: forward through one day, none overlapping."
                ),
                code="hours",
            ) from error


class NoticeForm(PlanForm):
    key, label = "notice", _("Load the notice of a year")
    file = forms.FileField(
        label=_("CSV file"),
        required=False,
        help_text=_("Columns date, kind (off or work), name, note; one line per day."),
    )
    rows = forms.CharField(
        label=_("or its lines"),
        required=False,
        max_length=LONGEST_FILE,
        widget=forms.Textarea(attrs={"rows": 6, "placeholder": EXAMPLE, "spellcheck": "false"}),
    )
    source = forms.CharField(
        label=_("The notice they come from"),
        max_length=200,
        required=False,
        help_text=_("Its title or number, as the calendar shows it."),
    )

    def clean(self) -> dict[str, Any]:
        """`text` is what came in, `days` its rows. A file goes before what stands in the field."""
        data = super().clean() or {}
        file = data.get("file")
        text = _decoded(file) if file else data.get("rows", "")
        # A browser forgets a file that was refused: its lines come back in the field, to be corrected there.
        if file:
            self.data = {**self.data.dict(), self.add_prefix("rows"): text}
        data |= {"text": text, "days": list(_rows(text))}
        return data


class CopyForm(PlanForm):
    key, label = "copy", _("Copy it under another name")
    name = forms.CharField(
        label=_("Name of the new calendar"),
        max_length=LONGEST_NAME,
        help_text=_("A district then takes it under “Correct facts”."),
    )


FORMS: tuple[type[PlanForm], ...] = (NoticeForm, HoursForm, CopyForm)


def _decoded(file: UploadedFile) -> str:
    if (file.size or 0) > LONGEST_FILE:
        raise forms.ValidationError(_("The file is too large for the notice of a year."), code="size")
    try:
        return decode(file.read())
    except ValueError as error:
        raise forms.ValidationError(
            _("The file is no text: save the table as CSV (UTF-8) and try again."), code="encoding"
        ) from error


def _rows(text: str) -> list[dict[str, Any]]:
    if not text.strip():
        raise forms.ValidationError(_("Choose a file or paste its lines."), code="required")
    try:
        rows = list(read_csv(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise forms.ValidationError(
            _("The file is no table of comma-separated values."), code="csv"
        ) from error
    if not rows or not set(COLUMNS[:2]) <= set(rows[0]):
        raise forms.ValidationError(
            _("The first line must name the columns: %(columns)s"),
            params={"columns": ",".join(COLUMNS)},
            code="columns",
        )
    return rows
