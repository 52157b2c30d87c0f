"""Units over REST: adding one, correcting, renaming, moving, merging and closing it, by the same actions as the staff
admin; and what moving, merging or closing would mean, which it shows before."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from calendars.models import Calendar
from grids import consequences
from grids.actions import tree
from grids.actions.authority import require
from grids.actions.locks import lock_tree
from grids.actions.trying import refusal_of
from grids.api.fields import CodeField
from grids.api.geo import CRS, PositionSerializer, crs_of
from grids.api.serializers import UnitSerializer
from grids.api.steps import STEP, NothingSerializer, StepView, step_view
from grids.api.units import find_unit, shown_units, tell_unit
from grids.api.versions import EventStepView
from grids.levels import line_choices
from grids.models import Unit
from grids.sizes import LONGEST_CODE, LONGEST_NAME, MOST_HOUSEHOLDS
from grids.telephones import LONGEST as LONGEST_TELEPHONE
from trail.api.schema import IDEMPOTENCY, answers
from trail.idempotency import respond_once
from trail.refusals import Refused
from trail.scopes import MANAGE

# What a field is called here → which fact of a unit it is (grids.actions.tree.FACTS).
FACTS = {"own_label": "label_override", "own_party_label": "party_label_override"}


class UnitFactsSerializer(PositionSerializer):
    """What is to be different; what is left out stays."""

    line = serializers.ChoiceField(line_choices(), required=False, help_text="Urban or rural.")
    grid_kind = serializers.ChoiceField(
        [("basic", "basic"), ("dedicated", "dedicated")],
        required=False,
        help_text="Of a grid: basic, or dedicated to a tower, a park or a market.",
    )
    households = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MOST_HOUSEHOLDS,
        help_text="Number of households; null where it is not known.",
    )
    phone = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_TELEPHONE,
        help_text="Its public service telephone, never a person's own; empty takes it away. Not of buildings.",
    )
    own_label = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=40,
        help_text="What this unit is called instead of what its district calls the level; empty for nothing of its own.",
    )
    own_party_label = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="The same of its Party body."
    )
    calendar = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=60,
        help_text="Of a district: name of its working calendar; null for the default one.",
    )

    def validate_calendar(self, name: str | None) -> Calendar | None:
        if name is None:
            return None
        found = Calendar.objects.filter(name=name).first()
        if found is None:
            raise serializers.ValidationError([_("There is no such calendar.")], code="unknown")
        return found

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """As the actions call them."""
        return {FACTS.get(name, name): value for name, value in super().validate(data).items()}


class NewUnitSerializer(UnitFactsSerializer):
    """A unit with what is known of it."""

    parent = CodeField(
        "unit",
        required=False,
        help_text="Code of the unit right above it. Left out: a district, which whoever sets up the platform adds.",
    )
    code = serializers.CharField(
        max_length=LONGEST_CODE,
        help_text="Digits, as many as its level has (6, 9, 12, 15, 17), beginning with the code above; stays.",
    )
    name = serializers.CharField(max_length=LONGEST_NAME, help_text="Its name.")


class UnitNameSerializer(serializers.Serializer):
    """What it is to be called."""

    name = serializers.CharField(max_length=LONGEST_NAME, help_text="The new name.")


class MoveUnitSerializer(serializers.Serializer):
    """Where it is to belong."""

    to = CodeField("unit", help_text="Code of a unit of the level right above it.")


class MergeUnitSerializer(serializers.Serializer):
    """What it is to become part of."""

    into = CodeField("unit", help_text="Code of another unit of its level.")


class ConsequenceSerializer(serializers.Serializer):
    what = serializers.CharField(help_text="What is concerned, in the reader's language.")
    count = serializers.IntegerField(allow_null=True, help_text="How many; null where nothing is counted.")
    text = serializers.CharField(allow_blank=True, help_text="What becomes of it, as the page shows it.")


class PreviewRefusalSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Stable, for machines.")
    detail = serializers.CharField(help_text="Why not, in the reader's language.")


class UnitPreviewSerializer(serializers.Serializer):
    """What it would mean now."""

    consequences = ConsequenceSerializer(
        many=True, help_text="What goes along, ends or stays, as the page says before it is done."
    )
    refused = PreviewRefusalSerializer(
        allow_null=True, help_text="Why it would be refused now; null where it would be done."
    )


def add(data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    """A new unit from what NewUnitSerializer read, as answers show it."""
    parent = data.pop("parent", None)
    unit = tree.add_unit(parent, by=by, now=now, **data)
    return find_unit(by, now, unit.code)


def find(user: Any, now: datetime, code: str) -> Any:
    """By its own code alone: what is done must never happen to what a merged unit became part of. Else Http404."""
    found = shown_units(user, now).filter(code=code).first() if code.isprintable() else None
    if found is None:
        raise Http404
    return found


def _ask(unit: Unit, user: Any, now: datetime) -> None:
    require(user, "manage_units", unit, now)


def _change(unit: Unit, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return find_unit(by, now, tree.change_unit(unit, by=by, now=now, **data).code)


def _rename(unit: Unit, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return find_unit(by, now, tree.rename_unit(unit, by=by, now=now, **data).code)


def _move(unit: Unit, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return find_unit(by, now, tree.move_unit(unit, to=data["to"], by=by, now=now).code)


def _merge(unit: Unit, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return find_unit(by, now, tree.merge_units(unit, into=data["into"], by=by, now=now).code)


def _close(unit: Unit, data: dict[str, Any], *, by: Any, now: datetime) -> Any:
    return find(by, now, tree.close_unit(unit, by=by, now=now).code)


class UnitStepView(EventStepView):
    subject_type = "unit"
    tell = staticmethod(tell_unit)
    described = (*EventStepView.described, CRS)

    def step(self, request: Request, now: datetime, **where: Any) -> Response:
        crs_of(request)  # refused before anything is done
        return super().step(request, now, **where)

    def shown(self, done: Any, request: Request, now: datetime) -> dict[str, Any]:
        return UnitSerializer(done, context={"request": request, "now": now, "crs": crs_of(request)}).data

    @staticmethod
    def hold(unit: Unit, data: dict[str, Any]) -> None:
        lock_tree(unit)


class LeavingView(UnitStepView):
    """What moves, merges or closes waits for whoever holds it open."""

    @staticmethod
    def hold(unit: Unit, data: dict[str, Any]) -> None:
        lock_tree(unit, *(one for one in (data.get("to"), data.get("into")) if one), leaving=unit)


def _step(
    key: str, summary: str, text: str, act: Any, takes: Any = NothingSerializer, base: Any = LeavingView
) -> Any:
    return step_view(
        f"{key}_unit",
        summary,
        text,
        find=find,
        ask=_ask,
        act=act,
        takes=takes,
        gives=UnitSerializer,
        base=base,
    )


STEPS = {
    "change": _step(
        "change",
        "Correct a unit",
        "Facts other than its name and place. 409 (taken) for a grid with two full-time workers that becomes basic.",
        _change,
        UnitFactsSerializer,
        UnitStepView,
    ),
    "rename": _step(
        "rename",
        "Rename a unit",
        "What happened before stays under the former name.",
        _rename,
        UnitNameSerializer,
        UnitStepView,
    ),
    "move": _step(
        "move",
        "Move a unit",
        "With all below it, to another unit of the level above; codes and posts stay. There already: nothing happens. "
        "What it means: `move/preview/`.",
        _move,
        MoveUnitSerializer,
    ),
    "merge": _step(
        "merge",
        "Merge a unit into another",
        "All that it has goes there, its posts end, its code leads there from now on. Answers with that other unit. What "
        "it means: `merge/preview/`.",
        _merge,
        MergeUnitSerializer,
    ),
    "close": _step(
        "close",
        "Close a unit",
        "It is no more, its posts end. What stands below it must be moved or merged first (409, not_empty). What it "
        "means: `close/preview/`.",
        _close,
    ),
}


# --- what it would mean -------------------------------------------------------------------------------------
Facts = Callable[[Unit, dict[str, Any], datetime], Iterable[tuple[Any, Any]]]


class PreviewView(StepView):
    """Says what a step would mean, and does nothing. Subclasses are made by `_preview`."""

    scopes = {"POST": MANAGE}
    facts: Facts

    def perform(self, subject: Any, data: dict[str, Any], request: Request, now: datetime) -> Any:
        kind, by = type(self), request.user
        facts = list(kind.facts(subject, data, now))
        refused = refusal_of(lambda: kind.act(subject, data, by=by, now=now))
        return {"consequences": [_told(what, value) for what, value in facts], "refused": _why(refused)}

    def answer(self, done: Any, request: Request, now: datetime) -> Response:
        return Response(UnitPreviewSerializer(done).data)


def _told(what: Any, value: Any) -> dict[str, Any]:
    counted = isinstance(value, int)
    return {
        "what": str(what),
        "count": value if counted else None,
        "text": "" if value is None else str(value),
    }


def _why(refused: Refused | None) -> dict[str, str] | None:
    return {"code": refused.code, "detail": str(refused)} if refused else None


def _preview(key: str, summary: str, act: Any, facts: Facts, takes: Any = NothingSerializer) -> Any:
    class View(PreviewView):
        @extend_schema(
            operation_id=f"preview_{key}_unit",
            summary=summary,
            description="Writes nothing: what the page shows before it is done, and why it would be refused, if it would.",
            tags=["units"],
            parameters=[IDEMPOTENCY],
            request={"application/json": takes} if takes is not NothingSerializer else None,
            responses=answers(200, UnitPreviewSerializer, *(code for code in STEP if code != 409)),
        )
        def post(self, request: Request, code: str) -> HttpResponse:
            return respond_once(request, lambda: self.step(request, timezone.now(), code=code))

    View.takes, View.gives = takes, UnitPreviewSerializer
    for name, function in (("find", find), ("ask", _ask), ("act", act), ("facts", facts)):
        setattr(View, name, staticmethod(function))
    View.__name__ = f"Preview{key.title()}UnitView"
    return View


PREVIEWS = {
    "move": _preview(
        "move",
        "What would moving mean?",
        _move,
        lambda unit, data, now: consequences.of_move(unit, data["to"], now),
        MoveUnitSerializer,
    ),
    "merge": _preview(
        "merge",
        "What would merging mean?",
        _merge,
        lambda unit, data, now: consequences.of_merge(unit, data["into"], now),
        MergeUnitSerializer,
    ),
    "close": _preview(
        "close",
        "What would closing mean?",
        _close,
        lambda unit, data, now: consequences.of_closing(unit, now),
    ),
}
