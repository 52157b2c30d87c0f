"""Fields for the kinds of questions that `inputs` knows and Django does not."""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.forms.steps import Suggesting
from grids.models import Unit
from issues.actions.naming import Subject
from issues.actions.photos import MOST_PHOTOS, Photo
from issues.forms.targets import bodies_in_charge, posts_in_charge, units_in_charge
from issues.models import Category, Issue
from issues.models.category import reads_english
from issues.policies.rules import RatingReason

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
        told = {"accept": "image/*", "multiple": True, "data-most": MOST_PHOTOS}
        super().__init__(widget=Photos(attrs=told), **options)

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


class ReasonsField(forms.MultipleChoiceField):
    """Some of the district's reasons for what was not; a page may fold them away until something is answered with
    no."""

    for_a_no = True

    def __init__(self, reasons: Iterable[RatingReason], **options: Any) -> None:
        english = reads_english()
        choices = [(one.key, one.label(english=english)) for one in reasons]
        super().__init__(choices=choices, widget=forms.CheckboxSelectMultiple, **options)


class CodeField(forms.ModelChoiceField):
    """One unit or body, named by its code."""

    def __init__(self, queryset: Any, **options: Any) -> None:
        super().__init__(queryset, to_field_name="code", empty_label="—", **options)


class CodesField(forms.ModelMultipleChoiceField):
    """Several units or bodies, named by their codes."""

    def __init__(self, queryset: Any, **options: Any) -> None:
        super().__init__(queryset, to_field_name="code", widget=forms.CheckboxSelectMultiple, **options)


class PlaceField(forms.CharField):
    """A unit by its code or name, with those that are likely as suggestions; cleans to the unit, None for none. Of several
    with one name it is the likely one."""

    def __init__(self, queryset: Any, likely: Any, **options: Any) -> None:
        self.queryset, self.likely = queryset, tuple(likely)
        offered = ((unit.code, unit.name) for unit in self.likely)
        super().__init__(max_length=100, widget=Suggesting(offered), **options)

    def clean(self, value: Any) -> Any:
        said = super().clean(value)
        if not said:
            return None
        if found := self.queryset.filter(code=said).first():
            return found
        near = [unit for unit in self.likely if unit.name == said]
        named = near if len(near) == 1 else list(self.queryset.filter(name=said)[:2])
        if len(named) != 1:
            none = _(
                "No place of this district is called so: choose one of those offered, or write its code."
            )
            many = _("Several places are called so: choose one of those offered, or write the code.")
            raise forms.ValidationError(many if named else none, code="several" if named else "unknown")
        return named[0]


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


class PersonField(forms.ChoiceField):
    """One of these people, chosen by name; those of one name are told apart by their sign-in names. Cleans to the account,
    None for nobody."""

    def __init__(self, people: Iterable[Any], **options: Any) -> None:
        self.people = {person.username: person for person in people}
        alike = Counter(str(person) for person in self.people.values())
        told_apart = _("%(name)s (%(code)s)")
        choices = [
            (code, told_apart % {"name": person, "code": code} if alike[str(person)] > 1 else str(person))
            for code, person in self.people.items()
        ]
        super().__init__(choices=[("", "—"), *choices], **options)

    def clean(self, value: Any) -> Any:
        return self.people.get(super().clean(value))


@dataclass(frozen=True)
class CategoryGroup:
    """Categories that stand together under one heading; those of danger stand apart and first."""

    label: str
    danger: bool
    categories: tuple[Category, ...]

    @property
    def head(self) -> Category:
        """Whose picture stands for the group: what its categories are part of, or the first of them."""
        first = self.categories[0]
        return first.parent or first


def category_groups(
    *, residents: bool, left_out: Container[str] = (), own: Collection[str] = ()
) -> list[CategoryGroup]:
    """The categories that can be chosen (those without parts), grouped; one query. `left_out`: keys of those
    that are not in use where it happened, `own`: of those that the district has added."""
    rows = Category.objects.for_residents(own) if residents else Category.objects.in_use(own)
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

    def __init__(
        self,
        *,
        residents: bool = False,
        left_out: Container[str] = (),
        own: Collection[str] = (),
        **options: Any,
    ) -> None:
        self.groups = category_groups(residents=residents, left_out=left_out, own=own)
        self.rows = {row.key: row for group in self.groups for row in group.categories}
        choices = [(group.label, [(row.key, row.label) for row in group.categories]) for group in self.groups]
        super().__init__(choices=choices, **options)

    def clean(self, value: Any) -> Category | None:
        return self.rows.get(super().clean(value))


class SubjectField(forms.ChoiceField):
    """Somebody who has one of these posts, by their sign-in name, told apart by place and role."""

    def __init__(self, posts: Iterable[Any], **options: Any) -> None:
        self.people = {post.user.username: post.user for post in posts}
        groups: dict[str, list[tuple[str, str]]] = {}
        for post in posts:
            words = f"{post.get_role_display()} · {post.user}"
            groups.setdefault(post.place.name, []).append((post.user.username, words))
        super().__init__(choices=[("", "—"), *groups.items()], **options)

    def clean(self, value: Any) -> Any:
        return self.people.get(super().clean(value))


class InChargeField(forms.ChoiceField):
    """Those in charge of these places: whom a complaint may be about. It then goes past them, to the level above.

    A unit by its code, a body, or one person by the post. Who is not of the staff reads no names, so of several
    with the same role nobody is offered. Cleans to a `Subject`; None for nobody.
    """

    def __init__(self, places: Iterable[Unit], now: Any = None, *, names: bool = False) -> None:
        places = list(places)
        units, bodies = list(units_in_charge(places)), list(bodies_in_charge(places))
        posts = list(posts_in_charge(places, now, offices=False)) if now else []
        offered = {
            _("Those in charge here"): [(unit.code, unit.name, Subject(unit)) for unit in units],
            _("One of them"): list(_posts(posts, names=names)),
            _("Offices, departments, firms"): [
                (f"body:{body.code}", body.name, Subject(body)) for body in bodies
            ],
        }
        self.subjects = {key: subject for rows in offered.values() for key, _words, subject in rows}
        groups = [
            (label, [(key, words) for key, words, _subject in rows])
            for label, rows in offered.items()
            if rows
        ]
        super().__init__(
            choices=[("", gettext_lazy("No")), *groups],
            required=False,
            label=gettext_lazy("Is it a complaint about those in charge here?"),
            help_text=gettext_lazy(
                "Then the level above deals with it; those whom it is about do not see it."
            ),
        )

    def clean(self, value: Any) -> Subject | None:
        return self.subjects.get(super().clean(value))


def _posts(posts: Iterable[Any], *, names: bool) -> Iterator[tuple[str, str, Subject]]:
    """(key, words, whom it means) of each that can be told apart."""
    alike = Counter((post.role, post.place) for post in posts)
    for post in posts:
        words = f"{post.get_role_display()} · {post.place.name}"
        if names:
            yield f"post:{post.pk}", f"{words} · {post.user}", Subject(post.place, post.user)
        elif alike[post.role, post.place] == 1:
            yield f"post:{post.pk}", words, Subject(post.place, post.user)
