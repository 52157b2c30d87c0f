"""The file of hotline orders, and for which area it is."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from grids.models import Unit
from issues.models.hotline import import_areas
from trail.idempotency import OnceForm


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
        areas = Unit.objects.open().filter(pk__in=import_areas(user, now)).order_by("level", "code")
        self.areas = list(areas.select_related("district").defer("boundary", "district__boundary"))
        if len(self.areas) > 1:
            choices = [(unit.pk, unit.name) for unit in self.areas]
            self.fields["area"] = forms.TypedChoiceField(
                label=_("Orders of which area"), choices=choices, coerce=int
            )

    def arguments(self) -> dict[str, Any]:
        """What `take_in_file` takes."""
        data = self.cleaned_data
        file = data["file"]
        chosen = data.get("area", self.areas[0].pk)
        area = next(unit for unit in self.areas if unit.pk == chosen)
        return {"area": area, "file_name": file.name, "data": file.read()}


class ConfirmForm(OnceForm):
    """Only a button."""

    def arguments(self) -> dict[str, Any]:
        return {}
