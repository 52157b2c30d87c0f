"""Rules of a district or street over REST: which there are, what holds, every version; setting one, and what it
would have done."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.actions.authority import require
from grids.actions.policies import BadValue, clean_value, newest, set_policy, withdraw_policy
from grids.api import policy_shapes as shapes
from grids.api.steps import step_view
from grids.holding import below_of, decided, holding_of
from grids.models import Policy, Unit
from grids.policies import KINDS, PolicyKind, differences
from grids.standing import standing_of
from trail.api.schema import IDEMPOTENCY, IF_MATCH, SEEN, answers
from trail.api.sparse import asked_fields, shown
from trail.api.views import respond_with
from trail.conditions import Tagged, asked_tags, expected_version
from trail.districts import sees_all
from trail.idempotency import respond_once
from trail.problems import answer_with, document_of
from trail.refusals import Stale
from trail.scopes import MANAGE, READ

TAGS = ["policies"]
# As on the pages.
READERS = ("read_below", "report_in", "manage_policies")
# Cases of a rehearsal that are named; the number counts all.
LISTED = 100


def _check(user: Any, now: datetime) -> None:
    if not (sees_all(user) or standing_of(user, now).with_capability(*READERS)):
        raise PermissionDenied


def find_unit(user: Any, now: datetime, code: str) -> Unit:
    """A district or street that one sees. Raises Http404; PermissionDenied for those who read no rules."""
    _check(user, now)
    seen: Any = Unit.objects.visible_to(user, now).filter(kind__in=("district", "street")).defer("boundary")
    found = seen.filter(code=code).first() if code.isprintable() else None
    if found is None:
        raise Http404
    return found


def find_kind(unit: Unit, key: str) -> PolicyKind:
    kind = KINDS.get(key)
    if kind is None or unit.kind not in kind.at:
        raise Http404
    return kind


class PolicyListView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="list_policies",
        summary="Rules of a unit",
        description="Every rule that this district or street may set, and the version that decides there now.",
        tags=TAGS,
        parameters=SEEN,
        responses=answers(200, shapes.PolicyRowSerializer(many=True), 401, 403, 404),
    )
    def get(self, request: Request, code: str) -> Response:
        now, asked = timezone.now(), asked_fields(request, shapes.PolicyRowSerializer)
        unit = find_unit(request.user, now, code)
        held = decided(unit, now)
        coming = set(Policy.objects.to_come(now).filter(unit=unit).values_list("key", flat=True))
        rows = [
            {"kind": kind, "decided_by": held.get(kind.key), "to_come": kind.key in coming}
            for kind in KINDS.values()
            if unit.kind in kind.at
        ]
        return Tagged(shown(shapes.PolicyRowSerializer(rows, many=True), asked), request)


class PolicyView(APIView):
    scopes = {"GET": READ, "POST": MANAGE}

    @extend_schema(
        operation_id="get_policy",
        summary="A rule of a unit",
        description="What holds there now, where each entry comes from, and every version that the unit has set, the "
        "newest first. The version of its ETag is `newest`.",
        tags=TAGS,
        parameters=SEEN,
        responses=answers(200, shapes.PolicySerializer, 401, 403, 404),
    )
    def get(self, request: Request, code: str, key: str) -> Response:
        now = timezone.now()
        unit = find_unit(request.user, now, code)
        kind = find_kind(unit, key)
        holding = holding_of(kind, unit, now)
        versions = list(Policy.objects.history(unit, key).select_related("set_by", "withdrawn_by"))
        told = {
            "kind": kind,
            "columns": [shapes.column_of(kind, unit, column) for column in kind.columns],
            "rows": [{"key": row, "label": label} for row, label in shapes.rows_of(kind, unit)],
            "value": holding.value,
            "origins": [
                {"row": row, "column": column, "origin": origin}
                for (row, column), origin in holding.origins.items()
            ],
            "decided_by": holding.decided_by,
            "newest": newest(unit, key),
            "versions": versions,
        }
        return respond_with(shapes.PolicySerializer(told, context={"now": now}), request, told["newest"])

    @extend_schema(
        operation_id="set_policy",
        summary="Set a rule",
        description="From a moment on, as a new version; earlier ones stay as they are. With If-Match (412), or `seen` "
        "(409, stale), nobody else's change is lost. What it changes and would have done can be asked first: "
        "`rehearse/`.",
        tags=TAGS,
        parameters=[IDEMPOTENCY, IF_MATCH],
        request={"application/json": shapes.SetPolicySerializer},
        responses=answers(201, shapes.VersionSerializer, 400, 401, 403, 404, 409, 412, 413, 422),
    )
    def post(self, request: Request, code: str, key: str) -> HttpResponse:
        now = timezone.now()
        try:
            return respond_once(request, lambda: self.set(request, code, key, now), conditional=True)
        except Stale as late:
            version = newest(find_unit(request.user, now, code), key)
            told = document_of(late) | {"version": version, "allowed": ["set"]}
            return answer_with(told if asked_tags(request) is None else told | {"status": 412})

    def set(self, request: Request, code: str, key: str, now: datetime) -> Response:
        unit = find_unit(request.user, now, code)
        find_kind(unit, key)
        require(request.user, "manage_policies", unit, now)
        serializer = shapes.SetPolicySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = dict(serializer.validated_data)
        # Compared with the newest one again by the action, under its lock.
        version = expected_version(request, newest(unit, key))
        if version is not None and data.setdefault("seen", version) != version:
            raise serializers.ValidationError({"seen": [_("This is another version than that of If-Match.")]})
        try:
            policy = set_policy(unit, key, data.pop("value"), by=request.user, now=now, **data)
        except BadValue as wrong:
            raise _wrong(wrong) from wrong
        where = reverse("grids_api:policy", args=[unit.code, key])
        said = shapes.VersionSerializer(policy, context={"now": now}).data
        return Response(said, status=201, headers={"Location": where})


class RehearseView(APIView):
    scopes = {"POST": READ}

    @extend_schema(
        operation_id="rehearse_policy",
        summary="What would a rule do?",
        description="Writes nothing: what would hold otherwise, and what would have come out otherwise in the last 30 "
        "days. For those who may set it.",
        tags=TAGS,
        parameters=[IDEMPOTENCY],
        request={"application/json": shapes.ValueSerializer},
        responses=answers(200, shapes.RehearsedSerializer, 400, 401, 403, 404, 413, 422),
    )
    def post(self, request: Request, code: str, key: str) -> HttpResponse:
        return respond_once(request, lambda: self.rehearse(request, code, key, timezone.now()))

    def rehearse(self, request: Request, code: str, key: str, now: datetime) -> Response:
        user = request.user
        unit = find_unit(user, now, code)
        kind = find_kind(unit, key)
        require(user, "manage_policies", unit, now)
        serializer = shapes.ValueSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        below = below_of(kind, unit, now)
        try:
            value = clean_value(unit, kind, serializer.validated_data["value"], below)
        except BadValue as wrong:
            raise _wrong(wrong) from wrong
        changes = differences(holding_of(kind, unit, now).value, kind.over(value, below))
        past = kind.rehearse(unit, value, user, now) if kind.rehearse else None
        told = {"changes": changes, "past": past and shapes.told(past, LISTED)}
        return Response(shapes.RehearsedSerializer(told).data)


def _wrong(wrong: BadValue) -> serializers.ValidationError:
    """Cell by cell: "row.column" → what is wrong there."""
    return serializers.ValidationError({"value": {cell: [str(why)] for cell, why in wrong.errors.items()}})


def _find_version(user: Any, now: datetime, pk: int) -> Policy:
    _check(user, now)
    found = Policy.objects.visible_to(user, now).select_related("unit").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _manages(policy: Policy, user: Any, now: datetime) -> None:
    require(user, "manage_policies", policy.unit, now)


def _withdraw(policy: Policy, data: dict[str, Any], *, by: Any, now: datetime) -> Policy:
    return withdraw_policy(policy, by=by, now=now)


WithdrawView = step_view(
    "withdraw_policy",
    "Withdraw a version",
    "One that does not hold yet (409, begun).",
    find=_find_version,
    ask=_manages,
    act=_withdraw,
    gives=shapes.VersionSerializer,
    tags=("policies",),
)
