"""What rules look like to other systems: kinds, columns, values, versions, and what a change would have done."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from grids.holding import ORIGINS
from grids.models import Policy, Unit
from grids.policies import Column, PolicyKind, Rehearsal
from trail.api.fields import MomentField, WordField

FAR = 9000


@extend_schema_field(
    {
        "type": "object",
        "description": "Row → column → cell, as the columns of the kind say.",
        "additionalProperties": {"type": "object", "additionalProperties": {}},
    }
)
class TableField(serializers.JSONField):
    """A value of a rule; the kind itself checks it, cell by cell."""


@extend_schema_field({"nullable": True, "description": "A cell; null for none."})
class CellField(serializers.JSONField):
    pass


class VersionSerializer(serializers.Serializer):
    """A version; it is never edited."""

    id = serializers.IntegerField(source="pk", help_text="Its number.")
    key = serializers.CharField(help_text="Key of the kind of rule.")
    effective_from = serializers.DateTimeField(help_text="Since when it holds.")
    value = TableField(help_text="What it says; what it leaves out holds as above.")
    reason = serializers.CharField(help_text="Why it was set.")
    is_sample = serializers.BooleanField(help_text="A sample, not a decision.")
    set_by = serializers.SerializerMethodField(help_text="Name of who set it; null for the platform itself.")
    set_at = serializers.DateTimeField(help_text="When it was set.")
    withdrawn_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was withdrawn before it held; null if not."
    )

    def get_set_by(self, policy: Policy) -> str | None:
        return str(policy.set_by) if policy.set_by_id else None


class KindSerializer(serializers.Serializer):
    key = serializers.CharField(source="kind.key", help_text="Key of the kind of rule. Never changes.")
    label = serializers.CharField(source="kind.label", help_text="What it is called.")
    help = serializers.CharField(source="kind.help", help_text="What it decides.")
    whole = serializers.BooleanField(
        source="kind.whole", help_text="A value replaces the one above it; else it is laid over it."
    )
    decided_by = VersionSerializer(
        allow_null=True, help_text="The version that decides here now; null where all is as shipped."
    )


class PolicyRowSerializer(KindSerializer):
    to_come = serializers.BooleanField(help_text="The unit has set a version that does not hold yet.")


class WordSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="What stands in a cell, or names a row.")
    label = serializers.CharField(help_text="What it is called.")


class PolicyColumnSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="Its key in a row.")
    label = serializers.CharField(help_text="Its heading.")
    type = serializers.CharField(
        help_text="span ([amount, unit]), number, percent, flag, choice, line, text, date or keys (a list)."
    )
    choices = WordSerializer(many=True, help_text="Of a choice or keys.")
    required = serializers.BooleanField(help_text="An empty cell is refused where a value replaces all.")


class OriginSerializer(serializers.Serializer):
    row = serializers.CharField(help_text="Key of the row.")
    column = serializers.CharField(help_text="Key of the column.")
    origin = WordField(lambda: ORIGINS, help_text="Where this entry comes from.")


class PolicySerializer(KindSerializer):
    """A rule at a unit."""

    columns = PolicyColumnSerializer(many=True, help_text="What a row says.")
    rows = WordSerializer(
        many=True, help_text="The rows that there may be; none where the district makes its own."
    )
    value = TableField(help_text="What holds here now.")
    origins = OriginSerializer(many=True, help_text="Where each entry of it comes from.")
    newest = serializers.IntegerField(
        help_text="Number of the version that the unit set last, 0 for none: send it back as `seen`."
    )
    versions = VersionSerializer(many=True, help_text="All that the unit has set, the newest first.")


class ValueSerializer(serializers.Serializer):
    value = TableField(help_text="What is to hold; what is left out holds as above.")


class SetPolicySerializer(ValueSerializer):
    reason = serializers.CharField(min_length=2, max_length=300, help_text="Why.")
    effective_from = MomentField(
        required=False, help_text="From when it holds; now if left out. Not in the past."
    )
    seen = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=2**63 - 1,
        help_text="The `newest` that the caller looked at; if somebody has set another since: 409 (stale).",
    )

    def validate_effective_from(self, moment: datetime) -> datetime:
        if not 1900 < moment.year < FAR:
            raise serializers.ValidationError([_("Give a date of this century.")], code="far")
        return moment


class ChangeSerializer(serializers.Serializer):
    row = serializers.CharField(help_text="Key of the row.")
    column = serializers.CharField(help_text="Key of the column.")
    before = CellField(help_text="What holds now; null for nothing.")
    after = CellField(help_text="What would hold; null for nothing.")


class CaseSerializer(serializers.Serializer):
    number = serializers.CharField(help_text="Work-order number.")
    how = serializers.CharField(allow_blank=True, help_text="What would have been otherwise.")


class FindingSerializer(serializers.Serializer):
    label = serializers.CharField(help_text="What would have come out otherwise.")
    count = serializers.IntegerField(help_text="n: in how many cases.")
    cases = CaseSerializer(many=True, help_text="The first 100 of them.")


class PastSerializer(serializers.Serializer):
    days = serializers.IntegerField(help_text="How many days were replayed.")
    looked_at = serializers.IntegerField(help_text="n: how many issues.")
    complete = serializers.BooleanField(help_text="False where there were too many to replay all.")
    findings = FindingSerializer(many=True, help_text="What would have come out otherwise.")


class RehearsedSerializer(serializers.Serializer):
    changes = ChangeSerializer(many=True, help_text="What would hold otherwise than now.")
    past = PastSerializer(
        allow_null=True,
        help_text="What it would have done to the last days; null where that leaves no trace.",
    )


def told(rehearsal: Rehearsal, most: int) -> dict[str, Any]:
    """What PastSerializer describes."""
    findings = [
        {
            "label": str(one.label),
            "count": one.count,
            "cases": [{"number": number, "how": str(how)} for number, _address, how in one.rows[:most]],
        }
        for one in rehearsal.findings
    ]
    return {
        "days": rehearsal.days,
        "looked_at": rehearsal.looked_at,
        "complete": rehearsal.complete,
        "findings": findings,
    }


def column_of(kind: PolicyKind, unit: Unit, column: Column) -> dict[str, Any]:
    """What PolicyColumnSerializer describes, with what the unit may choose from."""
    choices: Iterable[Any] = column.choices
    if kind.choices_of and column.type in {"keys", "choice"} and not column.choices:
        choices = kind.choices_of(unit, column.key)
    return {
        "key": column.key,
        "label": column.label,
        "type": column.type,
        "choices": [{"key": key, "label": str(label)} for key, label in choices],
        "required": column.required,
    }


def rows_of(kind: PolicyKind, unit: Unit) -> list[tuple[str, str]]:
    """The rows that there may be at this unit."""
    rows = kind.rows or (kind.rows_of(unit) if kind.rows_of else ())
    return [(key, str(label)) for key, label in rows]
