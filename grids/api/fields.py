"""Fields that name units and bodies: codes in, {"type", "code", "name"} out."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from grids.models import Body, Unit, UnitAlias
from grids.querysets import units_seen

MOST_CODES = 20


def find_units(codes: list[str], user: Any, now: datetime) -> dict[str, Unit]:
    """Code → unit, of those that the person sees. The code of a merged unit leads to what it became."""
    found = {unit.code: unit for unit in units_seen(codes, user, now)}
    missing = [code for code in codes if code not in found]
    if missing:
        former = dict(UnitAlias.objects.filter(code__in=missing).values_list("code", "unit_id"))
        seen = Unit.objects.visible_to(user, now).order_by()
        units = seen.in_bulk(set(former.values())) if former else {}
        found |= {code: units[pk] for code, pk in former.items() if pk in units}
    return found


def find_bodies(codes: list[str], user: Any, now: datetime) -> dict[str, Body]:
    """Code → body, of those that the person sees."""
    seen = Body.objects.visible_to(user, now).select_related("unit")
    return {body.code: body for body in seen.filter(code__in=codes)}


FINDERS = {"unit": find_units, "body": find_bodies}


class CodeField(serializers.CharField):
    """The code of a unit or a body that the caller sees; becomes the row. Context: `request` and `now`; `finders`
    instead of FINDERS from whoever has found the rows already.

    One that is not the caller's to see is as unknown as one that does not exist.
    """

    def __init__(self, kind: str, **options: Any) -> None:
        self.kind = kind
        super().__init__(max_length=40, **options)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        code = super().run_validation(data)
        return _rows(self, [code])[0] if isinstance(code, str) and code else None


class CodesField(serializers.ListField):
    """Several codes, each once; one statement for all of them."""

    def __init__(self, kind: str, **options: Any) -> None:
        self.kind = kind
        child = serializers.CharField(max_length=40, help_text="A code.")
        super().__init__(child=child, max_length=MOST_CODES, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        return self.rows(list(dict.fromkeys(super().to_internal_value(data))))

    def rows(self, codes: list[str]) -> list[Any]:
        """The rows with these codes, in their order."""
        return _rows(self, codes)


def _rows(field: serializers.Field, codes: list[str]) -> list[Any]:
    find = field.context.get("finders", FINDERS)[field.kind]
    found = find(codes, field.context["request"].user, field.context["now"])
    missing = [code for code in codes if code not in found]
    if missing:
        message = _("There is no %(code)s, or it is not yours to see.") % {"code": ", ".join(missing)}
        raise serializers.ValidationError([message], code="unknown")
    return [found[code] for code in codes]


@extend_schema_field(
    {
        "type": "object",
        "nullable": True,
        "required": ["type", "code", "name"],
        "properties": {
            "type": {"type": "string", "enum": ["unit", "body"], "description": "What kind of code it is."},
            "code": {"type": "string", "description": "Code of the unit or body."},
            "name": {"type": "string", "description": "Its name."},
        },
    }
)
class PartyField(serializers.Field):
    """A unit or a body as {"type", "code", "name"}; null for nobody."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Unit | Body) -> dict[str, str]:
        return party(value)


def party(one: Unit | Body) -> dict[str, str]:
    """How a unit or body is named in answers."""
    return {"type": "unit" if isinstance(one, Unit) else "body", "code": one.code, "name": one.name}
