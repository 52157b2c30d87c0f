"""Units, for reading, and bodies."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api import body_steps, unit_steps
from grids.api.filters import BodyFilter, UnitFilter
from grids.api.geo import CRS, crs_of
from grids.api.serializers import BodySerializer, UnitSerializer
from grids.api.units import find_unit, shown_units
from grids.models import Body, Unit
from grids.standing import standing_of
from trail.api.paging import Key, text_key
from trail.api.schema import IDEMPOTENCY, SEEN, answers
from trail.api.views import ListView, respond_with
from trail.districts import sees_all
from trail.idempotency import respond_once
from trail.refusals import NotAllowed
from trail.scopes import MANAGE, READ


class UnitListView(ListView):
    """Units that the caller may see: those below the caller's posts and the way up from them. By code."""

    queryset = Unit.objects.none()
    serializer_class = UnitSerializer
    scopes = {"GET": READ, "POST": MANAGE}
    filterset_class = UnitFilter

    def get_queryset(self) -> QuerySet:
        return shown_units(self.request.user, timezone.now())

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"crs": crs_of(self.request)}

    def order(self, request: Request) -> tuple[str, list[Key]]:
        return "code", [text_key("code")]

    @extend_schema(
        operation_id="list_units",
        summary="Units",
        tags=["units"],
        parameters=[CRS],
        responses=answers(200, UnitSerializer(many=True), 400, 401),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request)

    @extend_schema(
        operation_id="add_unit",
        summary="Add a unit",
        description="Right below another one, by whoever manages units there. Location is its address.",
        tags=["units"],
        parameters=[IDEMPOTENCY, CRS],
        filters=False,
        request={"application/json": unit_steps.NewUnitSerializer},
        responses=answers(201, UnitSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.add(request, timezone.now()))

    def add(self, request: Request, now: datetime) -> Response:
        _check_manager(request.user, now)
        context = {"request": request, "now": now, "crs": crs_of(request)}
        serializer = unit_steps.NewUnitSerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        unit = unit_steps.add(dict(serializer.validated_data), by=request.user, now=now)
        where = reverse("grids_api:unit", args=[unit.code])
        return Response(UnitSerializer(unit, context=context).data, status=201, headers={"Location": where})


def _check_manager(user: Any, now: datetime) -> None:
    """Raises NotAllowed before anything that was sent is read: who manages units nowhere learns nothing by it."""
    if not (sees_all(user) or standing_of(user, now).can("manage_units")):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")


class UnitView(GenericAPIView):
    """One unit by its code; the code of a unit that was merged leads to the one it became part of."""

    queryset = Unit.objects.none()
    serializer_class = UnitSerializer
    scopes = {"GET": READ}

    def get_serializer_context(self) -> dict[str, Any]:
        return super().get_serializer_context() | {"crs": crs_of(self.request)}

    @extend_schema(
        operation_id="get_unit",
        summary="A unit",
        tags=["units"],
        parameters=[*SEEN, CRS],
        responses=answers(200, UnitSerializer, 401, 404),
    )
    def get(self, request: Request, code: str) -> Response:
        unit = find_unit(request.user, timezone.now(), code)
        return respond_with(self.get_serializer(unit), request, unit.version)


class BodyListView(ListView):
    """Bodies that the caller may see: those of the caller's district and street. By code."""

    queryset = Body.objects.none()
    serializer_class = BodySerializer
    scopes = {"GET": READ, "POST": MANAGE}
    filterset_class = BodyFilter

    def get_queryset(self) -> QuerySet:
        return body_steps.shown_bodies(self.request.user, timezone.now())

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

    @extend_schema(
        operation_id="add_body",
        summary="Add a body",
        description="To a district or a street, by whoever manages its units. Location is its address.",
        tags=["units"],
        parameters=[IDEMPOTENCY],
        filters=False,
        request={"application/json": body_steps.NewBodySerializer},
        responses=answers(201, BodySerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.add(request, timezone.now()))

    def add(self, request: Request, now: datetime) -> Response:
        user = request.user
        _check_manager(user, now)
        context = {"request": request, "now": now}
        serializer = body_steps.NewBodySerializer(data=request.data, context=context)
        serializer.is_valid(raise_exception=True)
        body = body_steps.add(serializer.validated_data, by=user, now=now)
        where = reverse("grids_api:body", args=[body.code])
        shown = BodySerializer(body_steps.find_body(user, now, body.code)).data
        return Response(shown, status=201, headers={"Location": where})


class BodyView(GenericAPIView):
    """One department, office, firm or other body by its code."""

    queryset = Body.objects.none()
    serializer_class = BodySerializer
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_body",
        summary="A body",
        tags=["units"],
        parameters=SEEN,
        responses=answers(200, BodySerializer, 401, 404),
    )
    def get(self, request: Request, code: str) -> Response:
        body = body_steps.find_body(request.user, timezone.now(), code)
        return respond_with(self.get_serializer(body), request, body.version)
