"""The file of hotline orders, and for which area it is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.models import Unit
from issues.actions.hotline import read_file
from issues.hotline.sheets import Sheet
from issues.models.hotline import import_areas
from trail.idempotency import OnceForm
from trail.refusals import Refused


class HotlineFileForm(OnceForm):
    """One file, Excel or CSV; the area is asked only of whoever dispatches in several."""

    file = forms.FileField(
        label=_("Excel file (.xlsx) or CSV"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=_(
            "As the hotline gives it; CSV in UTF-8 or GB 18030. At most 20,000 rows and 12 MB. It is checked first; "
            "nothing is imported yet."
        ),
    )

    def __init__(self, user: Any, now: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, label_suffix="", **options)
        self.user, self.now = user, now
        areas = Unit.objects.open().filter(pk__in=import_areas(user, now)).order_by("level", "code")
        self.areas = list(areas.select_related("district").defer("boundary", "district__boundary"))
        if len(self.areas) > 1:
            choices = [(unit.pk, unit.name) for unit in self.areas]
            self.fields["area"] = forms.TypedChoiceField(
                label=_("Orders of which area"), choices=choices, coerce=int
            )

    def read_first(self) -> None:
        if self.is_valid():
            try:
                data = self.cleaned_data["file"].read()
                self.read: Sheet | Refused = read_file(self._area(), data, by=self.user, now=self.now)
            except Refused as refused:
                self.read = refused

    def arguments(self) -> dict[str, Any]:
        """What `take_in_file` takes."""
        if isinstance(self.read, Refused):
            raise self.read
        return {"area": self._area(), "sheet": self.read, "file_name": self.cleaned_data["file"].name}

    def _area(self) -> Unit:
        chosen = self.cleaned_data.get("area", self.areas[0].pk)
        return next(unit for unit in self.areas if unit.pk == chosen)


class ConfirmForm(OnceForm):
    """Only a button."""

    def arguments(self) -> dict[str, Any]:
        return {}
