"""Fields for the kinds of questions that `inputs` knows and Django does not."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.models import Unit
from issues.actions.photos import MOST_PHOTOS, Photo
from issues.models import Category, Issue

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


class Suggesting(forms.TextInput):
    """A line with suggestions that the browser offers while one writes; without them it is a line."""

    def __init__(self, offered: Iterable[tuple[str, str]] = (), **options: Any) -> None:
        self.offered = tuple(offered)
        super().__init__(**options)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        attrs = dict(attrs or {})
        list_id = f"{attrs.get('id', name)}-offered"
        line = super().render(name, value, attrs | {"list": list_id, "autocomplete": "off"}, renderer)
        rows = format_html_join("", '<option value="{}">{}</option>', self.offered)
        return format_html('{}<datalist id="{}">{}</datalist>', line, list_id, rows)


class PlaceField(forms.CharField):
    """A unit by its code, with those that are likely as suggestions; cleans to the unit, None for none."""

    def __init__(self, queryset: Any, likely: Any, **options: Any) -> None:
        self.queryset = queryset
        offered = ((unit.code, unit.name) for unit in likely)
        super().__init__(max_length=40, widget=Suggesting(offered), **options)

    def clean(self, value: Any) -> Any:
        code = super().clean(value)
        found = self.queryset.filter(code=code).first() if code else None
        if code and found is None:
            raise forms.ValidationError(_("There is no such place in this district."), code="unknown")
        return found


class IssueField(forms.CharField):
    """Another issue by its number or tracking code; cleans to it, if the person may see it."""

    def __init__(self, user: Any, now: Any, **options: Any) -> None:
        self.user, self.now = user, now
        super().__init__(max_length=40, **options)

    def clean(self, value: Any) -> Issue | None:
        named = super().clean(value)
        if not named:
            return None
        found = Issue.objects.visible_to(self.user, self.now).named(named).first()
        if found is None:
            raise forms.ValidationError(_("There is no such issue."), code="unknown")
        return found


class PersonField(forms.ModelChoiceField):
    """One of these people, named by their sign-in name."""

    def __init__(self, queryset: Any, **options: Any) -> None:
        super().__init__(queryset, to_field_name="username", empty_label="—", **options)


@dataclass(frozen=True)
class CategoryGroup:
    """Categories that stand together under one heading; those of danger stand apart and first."""

    label: str
    danger: bool
    categories: tuple[Category, ...]


def category_groups(*, residents: bool, left_out: Container[str] = ()) -> list[CategoryGroup]:
    """The categories that can be chosen (those without parts), grouped; one query. `left_out`: keys of those
    that are not in use where it happened."""
    rows = Category.objects.for_residents() if residents else Category.objects.in_use()
    found: dict[tuple[bool, str], list[Category]] = {}
    for row in rows.order_by("order", "key"):
        if row.key in left_out:
            continue
        heading = _("Danger") if row.is_danger else (row.parent.label if row.parent else _("Other matters"))
        found.setdefault((row.is_danger, heading), []).append(row)
    groups = [CategoryGroup(label, danger, tuple(members)) for (danger, label), members in found.items()]
    return sorted(groups, key=lambda group: not group.danger)


class CategoryField(forms.ChoiceField):
    """One category, chosen by its key; cleans to the `Category`."""

    def __init__(self, *, residents: bool = False, left_out: Container[str] = (), **options: Any) -> None:
        self.groups = category_groups(residents=residents, left_out=left_out)
        self.rows = {row.key: row for group in self.groups for row in group.categories}
        choices = [(group.label, [(row.key, row.label) for row in group.categories]) for group in self.groups]
        super().__init__(choices=choices, **options)

    def clean(self, value: Any) -> Category | None:
        return self.rows.get(super().clean(value))


class InChargeField(forms.ModelChoiceField):
    """Those in charge of a place: whom a complaint may be about. It then goes past them, to the level above."""

    def __init__(self, place: Unit) -> None:
        ids = [pk for pk in (place.grid_id, place.community_id, place.street_id) if pk]
        super().__init__(
            Unit.objects.open().filter(pk__in=ids).order_by("-level"),
            to_field_name="code",
            required=False,
            empty_label=gettext_lazy("No"),
            label=gettext_lazy("Is it a complaint about those in charge here?"),
            help_text=gettext_lazy(
                "Then the level above deals with it; those whom it is about do not see it."
            ),
        )
