"""Figures of volunteering for other systems: what the page of the staff admin shows."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trail.api.schema import answers
from trail.scopes import READ
from volunteers.figures import CLAIMED, FIGURES, POINTS, FigureRow, figure_rows
from volunteers.forms.desk_figures import stands_at, units_of
from volunteers.periods import FREE, PERIODS, days_asked

KINDS = ("part", "own", "total")
# Not shown where they would tell of one person.
MAY_BE_NULL = frozenset({*POINTS, CLAIMED, "accepted_percent"})


class FiguresQuerySerializer(serializers.Serializer):
    """What is asked for."""

    unit = serializers.CharField(
        required=False,
        max_length=20,
        help_text="Code of a district, street or community where the caller runs volunteering; its parts are the rows. "
        "Left out: the one where the caller stands.",
    )
    period = serializers.ChoiceField(
        [*(one.key for one in PERIODS), FREE.key],
        required=False,
        help_text="A named period, or free with `first` and `last`; without any of them this month.",
    )
    first = serializers.DateField(required=False, help_text="First day of a free period.")
    last = serializers.DateField(required=False, help_text="Last day of a free period, counted too.")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """With the days of the period, and the unit. One that the caller does not run is an unknown one."""
        user, now = self.context["user"], self.context["now"]
        wrong = {
            "order": {"last": [_("The last day is before the first.")]},
            "long": {"first": [_("At most one year at a time.")]},
        }
        days = asked.get("period", ""), asked.get("first"), asked.get("last")
        try:
            period, first, last = days_asked(*days, timezone.localdate(now))
        except ValueError as no:
            raise serializers.ValidationError(wrong[str(no)]) from no
        code, unit = asked.get("unit"), stands_at(user, now)
        if unit is None:
            raise PermissionDenied(_("These figures are for those who run volunteering."))
        if code:
            unit = units_of(user, now).filter(code=code).first()
        if unit is None:
            unknown = _("There is no such thing, or it is not yours to see.")
            raise serializers.ValidationError({"unit": [unknown]})
        return {"unit": unit, "period": period, "first": first, "last": last}


class FigureRowSerializer(serializers.Serializer):
    """One row."""

    code = serializers.CharField(
        allow_blank=True, help_text="Of the unit; empty for what lies at the unit asked for itself."
    )
    label = serializers.CharField(help_text="Its name in the reader's language.")
    kind = serializers.ChoiceField(
        KINDS, help_text="own: what lies at the unit itself, in none of its parts; total: all of them."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """A field for every row of the table of figures."""
        numbers = {
            figure.key: serializers.IntegerField(
                help_text=figure.told, **({"allow_null": True} if figure.key in MAY_BE_NULL else {})
            )
            for figure in FIGURES
        }
        return super().get_fields() | numbers


class FiguresSerializer(serializers.Serializer):
    unit = serializers.CharField(help_text="Code of the unit.")
    period = serializers.CharField(help_text="The named period, or free.")
    first = serializers.DateField(help_text="First day.")
    last = serializers.DateField(help_text="Last day, counted too.")
    rows = FigureRowSerializer(
        many=True, help_text="By code; the sum comes last. Of a community the sum alone."
    )


def shown(row: FigureRow) -> dict[str, Any]:
    """What FigureRowSerializer describes."""
    return {"code": row.code, "label": row.label, "kind": row.kind} | row.values


class FiguresView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_volunteering_figures",
        summary="Figures of volunteering",
        description="By the parts of a unit, in a period: volunteers, activities, hours, points, wishes, check-ins, "
        "pairings and spotters. For those who run volunteering there. What would tell of one or two people is null: "
        "sums of points over fewer than three, how many of fewer than three members have claimed a wish, and the share of "
        "fewer than three spotters.",
        tags=["statistics"],
        parameters=[FiguresQuerySerializer],
        responses=answers(200, FiguresSerializer, 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        query = FiguresQuerySerializer(data=request.query_params, context={"user": request.user, "now": now})
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        rows = figure_rows(asked["unit"], asked["first"], asked["last"], now)
        told = asked | {"unit": asked["unit"].code, "rows": [shown(row) for row in rows]}
        return Response(FiguresSerializer(told).data)


urlpatterns = [path("statistics/volunteering/", FiguresView.as_view(), name="figures")]
