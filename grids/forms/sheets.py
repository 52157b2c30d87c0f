"""Forms of a sheet: upload one, import it, or do not."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.actions.sheet_files import (
    UNDECIDED,
    confirm_sheet,
    drop_sheet,
    may_bring,
    read_file,
    take_in_sheet,
)
from grids.forms.steps import StepForm
from grids.models import SheetFile
from grids.sheet_kinds import KINDS
from grids.tables import Table
from trail.refusals import Refused


class UploadSheet(StepForm):
    """One file of one kind; only checked so far."""

    key, label = "upload", _("Check the file")
    kind = forms.ChoiceField(label=_("What it is a list of"))
    file = forms.FileField(
        label=_("Excel file (.xlsx) or CSV"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=_("It is checked first; nothing is imported yet."),
    )

    def prepare(self) -> None:
        kind: Any = self.fields["kind"]
        kind.choices = [(one.key, one.label) for one in KINDS.values() if may_bring(one, self.user, self.now)]

    def read_first(self) -> None:
        if self.is_valid():
            kind, file = self.cleaned_data["kind"], self.cleaned_data["file"]
            try:
                self.read: Table | Refused = read_file(kind, file.read(), by=self.user, now=self.now)
            except Refused as refused:
                self.read = refused

    def act(self) -> SheetFile:
        if isinstance(self.read, Refused):
            raise self.read
        kind, file = self.cleaned_data["kind"], self.cleaned_data["file"]
        return take_in_sheet(kind, self.read, file_name=file.name, by=self.user, now=self.now)


class _Decide(StepForm):
    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return bool(subject.state in UNDECIDED and subject.by_id == user.pk and cls.fits(subject))


class ConfirmSheet(_Decide):
    key, label = "confirm", _("Import it")

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_ready)

    def act(self) -> SheetFile:
        return confirm_sheet(self.subject, by=self.user, now=self.now)


class DropSheet(_Decide):
    key, label, danger = "drop", _("Do not import; delete the file"), True

    def act(self) -> SheetFile:
        return drop_sheet(self.subject, by=self.user, now=self.now)


SHEET_FORMS = (ConfirmSheet, DropSheet)
