"""What lists of units and bodies can be narrowed by."""

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import fields
from drf_spectacular.utils import extend_schema_field

from grids.body_kinds import body_kind_choices
from grids.levels import LEVELS, level_choices, line_choices
from grids.lineage import column, inside
from grids.models import Unit
from grids.roles import ROLES, role_choices
from trail.moments import InOurZone

WORDS = {"true": True, "1": True, "false": False, "0": False}


class _TrueFalse(forms.CharField):
    """Unlike Django's own it does not take nonsense for "no answer"."""

    def clean(self, value: Any) -> bool | None:
        text = super().clean(value).lower()
        if text and text not in WORDS:
            raise forms.ValidationError(_("Either true or false."))
        return WORDS.get(text)


class _TrueFalseFilter(filters.Filter):
    field_class = _TrueFalse


class _Moment(InOurZone, fields.IsoDateTimeField):
    pass


class MomentFilter(filters.IsoDateTimeFilter):
    """Until or since a moment."""

    field_class = _Moment


def true_false_filter(text: str, **options: Any) -> filters.Filter:
    """`text` says what true means."""
    described = extend_schema_field({"type": "boolean", "description": text})
    return described(_TrueFalseFilter(help_text=text, **options))


def text_filter(**options: Any) -> filters.CharFilter:
    return filters.CharFilter(max_length=100, **options)


def either(rows: QuerySet, found: QuerySet, value: bool) -> QuerySet:
    """Those of the rows that are among these, or the others."""
    among = found.order_by().values("pk")
    return rows.filter(pk__in=among) if value else rows.exclude(pk__in=among)


def within_code(rows: QuerySet, code: str) -> QuerySet:
    """Those in the subtree of the unit with this code; none where there is no such unit, or where rows are not known by
    units of its level."""
    unit = Unit.objects.filter(code=code).only("kind").first() if code.isprintable() else None
    known = {field.attname for field in rows.model._meta.concrete_fields}
    return rows.filter(inside(unit)) if unit and column(unit.kind) in known else rows.none()


class AskedFilterSet(filters.FilterSet):
    """Makes only those filters that the query names: making all of them costs as much as the rows."""

    def __init__(self, data: Any = None, *args: Any, **options: Any) -> None:
        asked = {name: one for name, one in type(self).base_filters.items() if name in (data or {})}
        self.base_filters = asked
        super().__init__(data, *args, **options)


class OpenFilter(AskedFilterSet):
    """For whatever has `closed_at`."""

    open = true_false_filter("Only open ones; false: only closed ones.", method="by_open")

    def by_open(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        return queryset.filter(closed_at__isnull=value)


class UnitFilter(OpenFilter):
    level = filters.ChoiceFilter(field_name="kind", choices=level_choices(), help_text="Of this level.")
    line = filters.ChoiceFilter(choices=line_choices(), help_text="Urban or rural.")
    parent = text_filter(field_name="parent__code", help_text="Directly below the unit with this code.")
    code = text_filter(help_text="With exactly this code.")
    lacking = filters.ChoiceFilter(
        choices=role_choices(),
        method="by_lack",
        help_text="Open, and nobody holds this role there now: a vacancy. Of levels that have the role.",
    )
    q = text_filter(method="by_words", help_text="Part of the name, or how the code begins.")

    def by_lack(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        levels = [key for key in LEVELS if ROLES[value].fits(key)]
        return queryset.lacking(value, timezone.now()).filter(kind__in=levels)

    def by_words(self, queryset: QuerySet, name: str, value: str) -> QuerySet:
        return queryset.filter(Q(name__icontains=value) | Q(code__startswith=value))


class BodyFilter(OpenFilter):
    kind = filters.ChoiceFilter(choices=body_kind_choices(), help_text="Of this kind.")
    unit = text_filter(field_name="unit__code", help_text="Belonging to the unit with this code.")
    code = text_filter(help_text="With exactly this code.")
    q = text_filter(field_name="name", lookup_expr="icontains", help_text="Part of the name.")
