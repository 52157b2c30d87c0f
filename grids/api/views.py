"""Units and bodies, for reading."""

from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.fields import find_units
from grids.api.filters import BodyFilter, UnitFilter
from grids.api.serializers import BodySerializer, UnitSerializer
from grids.models import Body, Unit
from trail.api.paging import Key, text_key
from trail.api.schema import answers
from trail.api.views import ListView

LINEAGE = ("parent", "district", "street", "community", "grid")


def shown_units(user: Any) -> QuerySet:
    """Units that this person sees, with everything an answer shows, in one statement."""
    codes = {f"{name}_code": F(f"{name}__code") for name in LINEAGE}
    return Unit.objects.visible_to(user, timezone.now()).labelled().annotate(**codes).defer("boundary")


class UnitListView(ListView):
    """Units that the caller may see: those below the caller's posts and the way up from them. By code."""

    queryset = Unit.objects.none()
    serializer_class = UnitSerializer
    filterset_class = UnitFilter

    def get_queryset(self) -> QuerySet:
        return shown_units(self.request.user)

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "code", [text_key("code")]

    @extend_schema(
        operation_id="list_units",
        summary="Units",
        tags=["units"],
        responses=answers(200, UnitSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class UnitView(GenericAPIView):
    """One unit by its code; the code of a unit that was merged leads to the one it became part of."""

    queryset = Unit.objects.none()
    serializer_class = UnitSerializer

    @extend_schema(
        operation_id="get_unit",
        summary="A unit",
        tags=["units"],
        responses=answers(200, UnitSerializer, 401, 404),
    )
    def get(self, request: Request, code: str) -> Response:
        unit = _find(shown_units(request.user), code)
        if unit is None and code.isprintable():
            moved = find_units([code], request.user, timezone.now())
            unit = _find(shown_units(request.user), moved[code].code) if moved else None
        if unit is None:
            raise Http404
        return Response(self.get_serializer(unit).data)


class BodyListView(ListView):
    """Bodies that the caller may see: those of the caller's district and street. By code."""

    queryset = Body.objects.none()
    serializer_class = BodySerializer
    filterset_class = BodyFilter

    def get_queryset(self) -> QuerySet:
        return (
            Body.objects.visible_to(self.request.user, timezone.now())
            .select_related("unit")
            .defer("unit__boundary")
        )

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "code", [text_key("code")]

    @extend_schema(
        operation_id="list_bodies",
        summary="Bodies",
        tags=["units"],
        responses=answers(200, BodySerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)


class BodyView(GenericAPIView):
    """One department, office, firm or other body by its code."""

    queryset = Body.objects.none()
    serializer_class = BodySerializer

    @extend_schema(
        operation_id="get_body",
        summary="A body",
        tags=["units"],
        responses=answers(200, BodySerializer, 401, 404),
    )
    def get(self, request: Request, code: str) -> Response:
        seen = (
            Body.objects.visible_to(request.user, timezone.now())
            .select_related("unit")
            .defer("unit__boundary")
        )
        body = _find(seen, code)
        if body is None:
            raise Http404
        return Response(self.get_serializer(body).data)


def _find(queryset: QuerySet, code: str) -> Any:
    """The row with this code; no code holds what cannot be printed."""
    return queryset.filter(code=code).first() if code.isprintable() else None
