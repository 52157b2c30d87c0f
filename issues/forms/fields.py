"""Fields for the kinds of questions that `inputs` knows and Django does not."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from issues.actions.photos import MOST_PHOTOS, Photo
from issues.models import Category

YES_NO = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]


class Photos(forms.FileInput):
    """Takes several files; the phone offers camera and album."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        found = files.getlist(name) if hasattr(files, "getlist") else files.get(name, [])
        return list(found) if isinstance(found, list | tuple) else [found]


class PhotosField(forms.FileField):
    """Several photos at once; cleans to a list of `Photo`, empty for none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=Photos(attrs={"accept": "image/*", "multiple": True}), **options)

    def clean(self, data: Any, initial: Any = None) -> list[Photo]:
        files = [super(PhotosField, self).clean(one, initial) for one in data or []]
        if self.required and not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > MOST_PHOTOS:
            raise forms.ValidationError(_("At most %(most)d photos at a time.") % {"most": MOST_PHOTOS})
        return [Photo(file, file.size) for file in files]


class YesNoField(forms.TypedChoiceField):
    """A question that must be answered: yes or no, neither is preset."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=YES_NO, coerce=lambda value: value == "yes", widget=forms.RadioSelect, **options
        )


class CodeField(forms.ModelChoiceField):
    """One unit or body, named by its code."""

    def __init__(self, queryset: Any, **options: Any) -> None:
        super().__init__(queryset, to_field_name="code", empty_label="—", **options)


class CodesField(forms.ModelMultipleChoiceField):
    """Several units or bodies, named by their codes."""

    def __init__(self, queryset: Any, **options: Any) -> None:
        super().__init__(queryset, to_field_name="code", widget=forms.CheckboxSelectMultiple, **options)


@dataclass(frozen=True)
class CategoryGroup:
    """Categories that stand together under one heading; those of danger stand apart and first."""

    label: str
    danger: bool
    categories: tuple[Category, ...]


def category_groups(*, residents: bool) -> list[CategoryGroup]:
    """The categories that can be chosen (those without parts), grouped; one query."""
    rows = Category.objects.for_residents() if residents else Category.objects.in_use()
    found: dict[tuple[bool, str], list[Category]] = {}
    for row in rows.order_by("order", "key"):
        heading = _("Danger") if row.is_danger else (row.parent.label if row.parent else _("Other matters"))
        found.setdefault((row.is_danger, heading), []).append(row)
    groups = [CategoryGroup(label, danger, tuple(members)) for (danger, label), members in found.items()]
    return sorted(groups, key=lambda group: not group.danger)


class CategoryField(forms.ChoiceField):
    """One category, chosen by its key; cleans to the `Category`."""

    def __init__(self, *, residents: bool = False, **options: Any) -> None:
        self.groups = category_groups(residents=residents)
        self.rows = {row.key: row for group in self.groups for row in group.categories}
        choices = [(group.label, [(row.key, row.label) for row in group.categories]) for group in self.groups]
        super().__init__(choices=choices, **options)

    def clean(self, value: Any) -> Category | None:
        return self.rows.get(super().clean(value))
