"""Only the fields that are asked for: `?fields=code,state`, spelled the same on every list and detail."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

NAME = "fields"
TEXT = "Only these fields of the answer (of each row of a list), separated by commas; all if left out."
FIELDS = OpenApiParameter(NAME, str, OpenApiParameter.QUERY, description=TEXT)


def asked_fields(request: Request, serializer: type[serializers.Serializer]) -> frozenset[str] | None:
    """The fields that are asked for; None for all. Raises ValidationError for a name that this answer does not have."""
    return read_fields(request, serializer._declared_fields)


def read_fields(request: Request, known: Iterable[str]) -> frozenset[str] | None:
    """The same of an answer with these fields."""
    if NAME not in request.query_params:
        return None
    said = ",".join(request.query_params.getlist(NAME)).split(",")
    names, all_known = {name.strip() for name in said}, list(known)
    if strange := sorted(names.difference(all_known)):
        message = _("There is no field %(strange)s here. There are: %(known)s.")
        told = {"strange": ", ".join(strange)[:100] or '""', "known": ", ".join(all_known)}
        raise ValidationError({NAME: [message % told]})
    return frozenset(names)


def shown(serializer: serializers.BaseSerializer, asked: frozenset[str] | None) -> Any:
    """What the serializer says, in these fields; what is not asked for is not worked out."""
    if asked is None:
        return serializer.data
    one: Any = getattr(serializer, "child", serializer)
    for name in [name for name in one.fields if name not in asked]:
        one.fields.pop(name)
    data = serializer.data
    return [cut(row, asked) for row in data] if isinstance(data, list) else cut(data, asked)


def cut(row: dict[str, Any], asked: frozenset[str] | None) -> dict[str, Any]:
    """The row with these fields alone, in its own order."""
    return row if asked is None else {name: value for name, value in row.items() if name in asked}
