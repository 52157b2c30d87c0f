"""Forms of a unit: what stands below it, what it is called, where it belongs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from calendars.models import Calendar
from grids import consequences
from grids.actions.bodies import add_body
from grids.actions.districts import set_profile
from grids.actions.tokens import issue_token, revoke_token
from grids.actions.tree import add_unit, change_unit, close_unit, merge_units, move_unit, rename_unit
from grids.body_kinds import BODY_KINDS
from grids.forms.steps import StepForm
from grids.levels import GRID_KINDS, LEVELS, LINES, below
from grids.models import BuildingToken, LevelProfile, Unit
from grids.sizes import LONGEST_CODE, LONGEST_NAME, MOST_HOUSEHOLDS
from grids.telephones import LONGEST as LONGEST_TELEPHONE


class HouseholdsField(forms.IntegerField):
    def __init__(self) -> None:
        super().__init__(label=_("Households"), min_value=0, max_value=MOST_HOUSEHOLDS, required=False)


class AddUnit(StepForm):
    """A unit below the subject; a district where there is none."""

    key, label = "add", _("Add a unit below")
    code = forms.CharField(label=_("Code"), max_length=LONGEST_CODE)
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    line = forms.ChoiceField(label=_("Line"), choices=list(LINES.items()))
    grid_kind = forms.ChoiceField(label=_("Grid kind"), choices=list(GRID_KINDS.items()))
    households = HouseholdsField()

    def prepare(self) -> None:
        kind = below(self.subject.kind) if self.subject else "district"
        level = LEVELS[str(kind)]
        under = "" if self.subject is None else self._prefix(str(level.code_under))
        self.fields["code"].initial = under
        self.fields["code"].help_text = _("%(count)d digits.") % {"count": level.code_length}
        self.fields["line"].initial = self.subject.line if self.subject else "urban"
        if kind != "grid":
            del self.fields["grid_kind"]
        if kind not in {"grid", "building"}:
            del self.fields["households"]

    def _prefix(self, under: str) -> str:
        return self.subject.code if self.subject.kind == under else getattr(self.subject, under).code

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return subject is None or (subject.is_open and below(subject.kind) is not None)

    def act(self) -> Unit:
        return add_unit(self.subject, by=self.user, now=self.now, **self.cleaned_data)


class _OpenUnit(StepForm):
    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_open)


class RenameUnit(_OpenUnit):
    key, label = "rename", _("Rename")
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)

    def prepare(self) -> None:
        self.fields["name"].initial = self.subject.name

    def act(self) -> Unit:
        return rename_unit(self.subject, by=self.user, now=self.now, **self.cleaned_data)


class ChangeUnit(_OpenUnit):
    key, label = "change", _("Correct facts")
    line = forms.ChoiceField(label=_("Line"), choices=list(LINES.items()))
    label_override = forms.CharField(label=_("Own level name"), max_length=40, required=False)
    party_label_override = forms.CharField(label=_("Own Party body name"), max_length=60, required=False)
    grid_kind = forms.ChoiceField(label=_("Grid kind"), choices=list(GRID_KINDS.items()))
    households = HouseholdsField()
    phone = forms.CharField(
        label=_("Service telephone (public)"),
        max_length=LONGEST_TELEPHONE,
        required=False,
        help_text=_(
            "Residents see it wherever they report or follow something here. Never a person's own number."
        ),
    )
    lon = forms.FloatField(label=_("Longitude"), min_value=-180, max_value=180, required=False)
    lat = forms.FloatField(label=_("Latitude"), min_value=-90, max_value=90, required=False)
    calendar = forms.ModelChoiceField(
        label=_("Working calendar"),
        queryset=Calendar.objects.all(),
        required=False,
        empty_label=_("the default one"),
    )

    def prepare(self) -> None:
        if self.subject.kind != "grid":
            del self.fields["grid_kind"]
        if self.subject.kind != "district":
            del self.fields["calendar"]
        if self.subject.kind == "building":
            del self.fields["phone"]
        for bound in self.visible_fields():
            bound.field.initial = getattr(self.subject, bound.name)

    def act(self) -> Unit:
        return change_unit(self.subject, by=self.user, now=self.now, **self.cleaned_data)


class _Elsewhere(_OpenUnit):
    """Another unit: a near one from the list, any other by its code."""

    near = forms.ModelChoiceField(label=_("Nearby"), queryset=Unit.objects.none(), required=False)
    code = forms.CharField(label=_("or the code of another"), max_length=LONGEST_CODE, required=False)

    def prepare(self) -> None:
        self.seen = Unit.objects.visible_to(self.user, self.now).open().exclude(pk=self.subject.pk)
        near: Any = self.fields["near"]
        near.queryset = self.choices_near()

    def choices_near(self) -> Any:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        unit = data.get("near")
        if data.get("code"):
            unit = self.seen.filter(code=data["code"].strip()).first()
        if unit is None and not self.errors:
            raise forms.ValidationError(_("Choose a unit that you see, or give its code."), code="unknown")
        return {"unit": unit}


class MoveUnit(_Elsewhere):
    key, label, previewed = "move", _("Move to"), True

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_open and subject.parent_id)

    def choices_near(self) -> Any:
        """The other units of the level above around the present parent."""
        parent = self.subject.parent
        around = {"parent": parent.parent_id} if parent.parent_id else {"kind": "district"}
        return self.seen.filter(**around).exclude(pk=parent.pk).order_by("code")

    def preview(self) -> Any:
        return consequences.of_move(self.subject, self.cleaned_data["unit"], self.now)

    def act(self) -> Unit:
        return move_unit(self.subject, to=self.cleaned_data["unit"], by=self.user, now=self.now)


class MergeUnit(_Elsewhere):
    key, label, danger, previewed = "merge", _("Merge into"), True, True

    def choices_near(self) -> Any:
        return self.seen.filter(kind=self.subject.kind, parent=self.subject.parent_id).order_by("code")

    def preview(self) -> Any:
        return consequences.of_merge(self.subject, self.cleaned_data["unit"], self.now)

    def act(self) -> Unit:
        return merge_units(self.subject, into=self.cleaned_data["unit"], by=self.user, now=self.now)


class CloseUnit(_OpenUnit):
    key, label, danger, previewed = "close", pgettext_lazy("unit or body", "Close"), True, True
    sure = forms.BooleanField(label=_("It is no more; its posts end."))

    def preview(self) -> Any:
        return consequences.of_closing(self.subject, self.now)

    def act(self) -> Unit:
        return close_unit(self.subject, by=self.user, now=self.now)


class AddBody(_OpenUnit):
    key, label = "body", _("Add a body")
    kind = forms.ChoiceField(label=_("Kind"))
    code = forms.CharField(label=_("Code"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=100)
    phone = forms.CharField(label=_("Office telephone (public)"), max_length=30, required=False)

    def prepare(self) -> None:
        kind: Any = self.fields["kind"]
        kind.choices = [(row.key, row.label) for row in BODY_KINDS.values() if self.subject.kind in row.at]

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_open and any(subject.kind in row.at for row in BODY_KINDS.values()))

    def act(self) -> Any:
        return add_body(self.subject, by=self.user, now=self.now, **self.cleaned_data)


class IssueToken(_OpenUnit):
    key, label = "token", _("Issue a QR code")

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_open and subject.kind == "building")

    def act(self) -> Unit:
        return issue_token(self.subject, by=self.user, now=self.now).unit


class RevokeToken(IssueToken):
    key, label, danger = "revoke", _("Revoke a QR code"), True
    token = forms.ModelChoiceField(
        label=_("QR code"), queryset=BuildingToken.objects.none(), empty_label=None
    )
    sure = forms.BooleanField(label=_("The code as it hangs on the door leads nowhere any more."))

    def prepare(self) -> None:
        token: Any = self.fields["token"]
        token.queryset = BuildingToken.objects.live().filter(unit=self.subject).order_by("pk")

    @classmethod
    def fits(cls, subject: Any) -> bool:
        return super().fits(subject) and BuildingToken.objects.live().filter(unit=subject).exists()

    def act(self) -> Unit:
        return revoke_token(self.cleaned_data["token"], by=self.user, now=self.now).unit


class _District(_OpenUnit):
    @classmethod
    def fits(cls, subject: Any) -> bool:
        return bool(subject.is_open and subject.kind == "district")


class SetProfile(_District):
    key, label = "profile", _("Name a level")
    level = forms.ChoiceField(label=_("Level"), choices=[(row.key, row.labels[0]) for row in LEVELS.values()])
    line = forms.ChoiceField(label=_("Line"), choices=list(LINES.items()))
    word = forms.CharField(label=_("Level name"), max_length=40)
    party_label = forms.CharField(label=_("Party body"), max_length=60)

    def act(self) -> Unit:
        words = {name: value for name, value in self.cleaned_data.items() if name != "word"}
        words["label"] = self.cleaned_data["word"]
        profile: LevelProfile = set_profile(self.subject, by=self.user, now=self.now, **words)
        return profile.district


FORMS: tuple[type[StepForm], ...] = (
    AddUnit,
    RenameUnit,
    ChangeUnit,
    MoveUnit,
    MergeUnit,
    CloseUnit,
    AddBody,
    IssueToken,
    RevokeToken,
    SetProfile,
)
