"""A file of boundaries, what was read of it to be confirmed, and an earlier boundary to be given back."""

import json
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from grids.actions.boundaries import give_back_boundary
from grids.actions.sheet_files import LONGEST_FILE_NAME
from grids.boundary_files import MOST_BYTES, BoundaryFile, read_text
from grids.coordinates import WGS84
from grids.forms.steps import StepForm
from grids.models import FormerBoundary, Unit
from grids.plots import Fault, hectares
from grids.sizes import LONGEST_CODE
from trail.idempotency import OnceForm

SYSTEMS = {
    WGS84: _("WGS-84 (GPS, Tianditu)"),
    "gcj02": _("GCJ-02 (Amap, Tencent)"),
    "bd09": _("BD-09 (Baidu)"),
}
MOST_OFFERED = 10


class BoundaryFileForm(OnceForm):
    """A GeoJSON file: of many units by their codes, or of the one that is named."""

    file = forms.FileField(
        label=_("GeoJSON file"),
        widget=forms.FileInput(attrs={"accept": ".geojson,.json"}),
        help_text=_("At most 1.5 MB and 2,000 features. It is checked first; nothing is saved yet."),
    )
    crs = forms.ChoiceField(label=_("Coordinates of the file"), choices=list(SYSTEMS.items()))
    code = forms.CharField(
        label=_("Code of the unit, if the file is of one alone"),
        max_length=LONGEST_CODE,
        required=False,
        help_text=_("Left empty, each feature names its unit in its property “code”."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, label_suffix="", **options)

    def read(self) -> BoundaryFile:
        """Of a valid form: what stands in the file."""
        file, code = self.cleaned_data["file"], self.cleaned_data["code"].strip()
        if file.size > MOST_BYTES:
            return BoundaryFile(faults=[Fault(0, code, _t("This file is too large."))])
        return read_text(file.read(), self.cleaned_data["crs"], code)


class SaveBoundariesForm(OnceForm):
    """What was read and shown, to be saved: it is judged again."""

    document = forms.CharField(widget=forms.HiddenInput, strip=False)
    name = forms.CharField(widget=forms.HiddenInput, required=False, max_length=LONGEST_FILE_NAME)

    @classmethod
    def of(cls, found: BoundaryFile, name: str) -> "SaveBoundariesForm":
        """Filled with what was read of the file of this name."""
        features = [
            {"type": "Feature", "properties": {"code": code}, "geometry": geometry}
            for code, geometry in found.shapes.items()
        ]
        document = {"type": "FeatureCollection", "features": features}
        text = json.dumps(document, separators=(",", ":"))
        return cls(initial={"document": text, "name": name[-LONGEST_FILE_NAME:]})

    def read(self) -> BoundaryFile:
        """Of a valid form."""
        return read_text(self.cleaned_data["document"].encode(), WGS84)


class GiveBackBoundary(StepForm):
    key, label = "give_back_boundary", _("Give an earlier boundary back")
    former = forms.ModelChoiceField(label=_("Boundary"), queryset=FormerBoundary.objects.none())

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_open)

    @classmethod
    def offered(cls, subject: Any, user: Any, now: datetime) -> bool:
        return super().offered(subject, user, now) and FormerBoundary.objects.filter(unit=subject).exists()

    def prepare(self) -> None:
        field: Any = self.fields["former"]
        field.queryset = FormerBoundary.objects.filter(unit=self.subject)
        newest = field.queryset.order_by("-pk")[:MOST_OFFERED]
        field.choices = [(former.pk, _as_words(former)) for former in newest]

    def act(self) -> Unit:
        return give_back_boundary(self.cleaned_data["former"], by=self.user, now=self.now)


def _as_words(former: FormerBoundary) -> str:
    until = timezone.localtime(former.replaced_at).strftime("%Y-%m-%d %H:%M")
    if former.boundary is None:
        return _t("until %(until)s: none") % {"until": until}
    size = {"until": until, "hectares": hectares(former.boundary)}
    return _t("until %(until)s: %(hectares).2f hectares") % size
