"""The three rates for other systems."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.models import Body, Unit
from issues.models import Category
from issues.rate_table import BY, RateRow, rate_rows, rated_figures, reasons_named, stands_at
from issues.rates import COUNTS, PERIODS, RATES, days_asked
from trail.api.schema import answers
from trail.scopes import READ

WRONG = {
    "order": lambda: {"last": [_("The last day is before the first.")]},
    "long": lambda: {"first": [_("At most one year at a time.")]},
}


class RatesQuerySerializer(serializers.Serializer):
    """What is asked for."""

    by = serializers.ChoiceField(
        BY, default="unit", help_text="Rows: the parts of a unit, bodies, or categories."
    )
    period = serializers.ChoiceField(
        [*(one.key for one in PERIODS), "free"],
        required=False,
        help_text="A named period, or free with `first` and `last`; without any of them this month.",
    )
    first = serializers.DateField(required=False, help_text="First day of a free period.")
    last = serializers.DateField(required=False, help_text="Last day of a free period, counted too.")
    unit = serializers.CharField(
        required=False,
        max_length=20,
        help_text="Happened in the unit with this code; its parts are the rows.",
    )
    body = serializers.CharField(
        required=False, max_length=40, help_text="Handled by the body with this code."
    )
    category = serializers.CharField(
        required=False,
        max_length=40,
        help_text="With the category of this key, or one that is part of it.",
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """With the days of the period. Names that the caller does not see are unknown."""
        user, now = self.context["user"], self.context["now"]
        today = timezone.localdate(now)
        try:
            days = days_asked(asked.get("period", ""), asked.get("first"), asked.get("last"), today)
        except ValueError as wrong:
            raise serializers.ValidationError(WRONG[str(wrong)]()) from wrong
        units: Any = Unit.objects.visible_to(user, now).defer("boundary")
        return asked | {
            "period": days[0],
            "first": days[1],
            "last": days[2],
            "unit": _one(units, "unit", code=asked.get("unit")),
            "body": _one(Body.objects.visible_to(user, now), "body", code=asked.get("body")),
            "category": _one(Category.objects.visible_to(user, now), "category", key=asked.get("category")),
        }


def _one(rows: Any, name: str, **wanted: Any) -> Any:
    if not any(wanted.values()):
        return None
    found = rows.filter(**wanted).first()
    if found is None:
        raise serializers.ValidationError({name: [_("There is no such thing, or it is not yours to see.")]})
    return found


class ReasonCountSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="Key of the district's reason.")
    label = serializers.CharField(help_text="Its words in the reader's language.")
    count = serializers.IntegerField(help_text="n: how many ratings give it.")


class RateSerializer(serializers.Serializer):
    """One row. A rate is null where nobody has rated: unrated results never count as satisfied."""

    code = serializers.CharField(allow_blank=True, help_text="Of the unit or body; key of the category.")
    label = serializers.CharField(help_text="Its name in the reader's language.")
    kind = serializers.ChoiceField(
        ["part", "own", "total"],
        help_text="own: what lies at the unit itself, or what units handled; total: all of them.",
    )
    response_rate = serializers.FloatField(
        allow_null=True, help_text="Percent of the rated: answered in time, as the reporter says."
    )
    resolution_rate = serializers.FloatField(allow_null=True, help_text="Percent of the rated: solved.")
    satisfaction_rate = serializers.FloatField(allow_null=True, help_text="Percent of the rated: satisfied.")
    rated = serializers.IntegerField(help_text="n: results that their reporters rated.")
    answered = serializers.IntegerField(help_text="Of these: answered, as the reporter says.")
    responded = serializers.IntegerField(help_text="Of these: by the date that was promised first.")
    solved = serializers.IntegerField(help_text="Of the rated: solved.")
    satisfied = serializers.IntegerField(help_text="Of the rated: satisfied.")
    unrated = serializers.IntegerField(help_text="Results that ended without a rating; in no rate.")
    called = serializers.IntegerField(
        help_text="Of the rated: heard by telephone, when the reporter was called."
    )
    called_responded = serializers.IntegerField(help_text="Of the called: answered in time.")
    called_solved = serializers.IntegerField(help_text="Of the called: solved.")
    called_satisfied = serializers.IntegerField(help_text="Of the called: satisfied.")
    reasons = ReasonCountSerializer(
        many=True, help_text="Why not, as reporters chose it beside their ratings; given most often first."
    )


class RatesSerializer(serializers.Serializer):
    period = serializers.CharField(help_text="The named period, or free.")
    first = serializers.DateField(help_text="First day.")
    last = serializers.DateField(help_text="Last day, counted too.")
    counted_at = serializers.DateTimeField(
        allow_null=True, help_text="When the newest of these days was counted; null before."
    )
    rows = RateSerializer(many=True, help_text="By code; the sum comes last.")


def shown(row: RateRow, reasons: Mapping[str, str]) -> dict[str, Any]:
    """What RateSerializer describes; `reasons`: key → words."""
    rates = {f"{rate.key}_rate": row.figures.percent(rate) for rate in RATES}
    counts = {name: getattr(row.figures, name) for name in COUNTS}
    given = [
        {"key": key, "label": label, "count": row.reasons[key]}
        for key, label in reasons.items()
        if row.reasons[key]
    ]
    named = {"code": row.code, "label": row.label, "kind": row.kind}
    return named | rates | counts | {"reasons": given}


class RatesView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_rates",
        summary="Response, resolution and satisfaction",
        description="The three rates of results that ended in the period, of what the caller may see: by unit, "
        "body or category, each with n. Counted hourly from the events.",
        tags=["statistics"],
        parameters=[RatesQuerySerializer],
        responses=answers(200, RatesSerializer, 400, 401),
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        query = RatesQuerySerializer(data=request.query_params, context={"user": request.user, "now": now})
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        kept = {name: asked[name] for name in ("first", "last", "unit", "body", "category")}
        figures = rated_figures(request.user, now, **kept)
        rows = rate_rows(figures, asked["by"], asked["unit"] or stands_at(request.user, now))
        answer = {name: asked[name] for name in ("period", "first", "last")}
        reasons = reasons_named(figures, rows)
        answer |= {"counted_at": figures.counted_at(), "rows": [shown(row, reasons) for row in rows]}
        return Response(RatesSerializer(answer).data)
