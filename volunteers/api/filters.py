"""What lists of activities, sign-ups and hours can be narrowed by, beside what all lists have."""

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field

from grids.api.filters import text_filter
from trail.numerals import read_whole


class _NumberFilter(filters.CharFilter):
    """By the number of something. What is no number finds nothing."""

    def filter(self, qs: QuerySet, value: str) -> QuerySet:
        if not value:
            return qs
        number = read_whole(value)
        return qs.none() if number is None else super().filter(qs, number)


def number_filter(name: str, text: str) -> filters.CharFilter:
    """`name`: the column; `text` says whose number it is."""
    described = extend_schema_field({"type": "integer", "description": text})
    return described(_NumberFilter(field_name=name, max_length=100, help_text=text))


def community_filter() -> Any:
    return text_filter(field_name="community__code", help_text="In the community with this code.")
