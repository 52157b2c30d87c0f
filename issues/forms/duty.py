"""Reporting on duty: with a result that is there already, in three taps, or from a pasted chat message."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from grids.models import Unit
from issues.actions.report import LONGEST_TEXT
from issues.forms.fields import PhotosField
from issues.forms.report import ReportForm, StaffReportForm
from issues.kinds import TOLD
from trail.idempotency import OnceForm
from trail.moments import MomentField

LONGEST_PASTE = 8000


def with_words(data: dict[str, Any]) -> dict[str, Any]:
    """Without words the tile's name says what it is."""
    return {"text": data["category"].name} | data


class DutyReportForm(StaffReportForm):
    """Somebody on duty; what was settled on the spot (即办) goes in with its result. What one has found oneself a tile and
    a photo may tell; what others have told, and what is over already, needs words."""

    settled = forms.BooleanField(
        label=_("Settled on the spot"),
        required=False,
        help_text=_("Found and settled by yourself: nobody need rate it, and it is closed at once."),
    )
    result = forms.CharField(
        label=_("What was done"),
        max_length=LONGEST_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    result_photos = PhotosField(label=_("Photos of the result"), required=False)

    def __init__(self, *args: Any, may_settle: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        if not may_settle:
            for name in ("settled", "result", "result_photos"):
                del self.fields[name]
        text = self.fields["text"]
        text.required = self._needs_words()
        text.error_messages["required"] = _(
            "Say in words what it is: it was told by somebody else, or is settled already."
        )

    def _needs_words(self) -> bool:
        told = self["source"].value() in TOLD or bool(self["on_behalf"].value())
        return told or ("settled" in self.fields and bool(self["settled"].value()))

    def arguments(self) -> dict[str, Any]:
        """For `settle_at_once` if it was settled, else for `report_issue`."""
        data = with_words(super().arguments())
        if not data.pop("settled", False):
            for name in ("result", "result_photos"):
                data.pop(name, None)
            return data
        return {"result": ""} | data

    @property
    def is_settled(self) -> bool:
        return bool(self.cleaned_data.get("settled"))


class SpotterReportForm(ReportForm):
    """Three taps: a tile, a photo, send. What is accepted brings points to volunteers alone: whoever is none reads beside
    the form how to become one (`hints_for` in issues/sections.py)."""

    asks_questions = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["text"].required = False
        self.fields["text"].label = pgettext_lazy("report", "In your words")
        self.fields["text"].widget.attrs["rows"] = 2
        for name in ("contact_name", "contact_phone"):
            del self.fields[name]

    def arguments(self) -> dict[str, Any]:
        return {"source": "spotter"} | with_words(super().arguments())


class PasteForm(OnceForm):
    """Screen one: the messages as they were copied, and when: a phone without a net sends them later."""

    pasted = forms.CharField(
        label=_("Messages from the chat"),
        max_length=LONGEST_PASTE,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Copy one or several messages in WeChat or WeCom and paste them here."),
    )
    occurred_at = MomentField(widget=forms.HiddenInput, required=False)


class ChatReportForm(DutyReportForm):
    """Screen two: the usual form, filled in; the places are those that the messages name."""

    place = forms.ChoiceField(label=_("Place"), widget=forms.RadioSelect)

    def __init__(self, places: list[Unit], *args: Any, **options: Any) -> None:
        super().__init__(*args, around=places, **options)
        self.places = {unit.code: unit for unit in places}
        field: Any = self.fields["place"]
        field.choices = [(unit.code, _label(unit)) for unit in places]

    def _needs_words(self) -> bool:
        return True

    def arguments(self) -> dict[str, Any]:
        data = super().arguments()
        return data | {"place": self.place_named}

    @property
    def again(self) -> str:
        """Where this form stands empty with the same places: a phone that kept it fills it again there."""
        return f"{reverse('issues:chat')}?{urlencode([('at', code) for code in self.places])}"

    @property
    def place_named(self) -> Unit:
        """The unit that was chosen; of a form that is valid."""
        return self.places[self.cleaned_data["place"]]


def _label(unit: Unit) -> str:
    """Its name and what it lies in."""
    above = [one.name for one in (unit.community, unit.grid) if one and one.pk != unit.pk]
    return " · ".join([unit.name, *above])
