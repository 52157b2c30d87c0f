"""Numbers of the desk over REST: what waits for me, issues by what, whistles by what, two-way assessment."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from desk.assessed import AssessedRow, assessed_rows
from desk.counts import ISSUES_BY, WHISTLES_BY, Table, figures_of, issue_counts, today_of, whistle_counts
from desk.forms import SIDES
from desk.lists import Asked, keeps_lists
from desk.querysets import Day
from issues.api.rates import RatesQuerySerializer
from issues.kinds import VALIDITIES, VERDICTS
from trail.api.schema import answers
from trail.scopes import READ
from volunteers.waiting import waiting_for

TAGS = ["statistics"]
NARROWED = ("unit", "body", "category", "first", "last")


def check_keeper(user: Any, now: datetime) -> None:
    """Raises PermissionDenied, as the pages do, for people without a post that reads, handles or supervises."""
    if not keeps_lists(user, now):
        raise PermissionDenied(_("These lists are for those who handle or supervise."))


def count(text: str) -> serializers.IntegerField:
    return serializers.IntegerField(help_text=text)


# --- my day -----------------------------------------------------------------------------------------------
class VolunteeringSerializer(serializers.Serializer):
    """What waits where the caller runs volunteering."""

    wishes_to_review = count("Wishes that nobody has looked at yet.")
    wishes_to_confirm = count("Wishes that are said to be fulfilled.")
    hours_to_confirm = count("Records of service that were handed in.")
    corrections_to_decide = count("Records of service of which somebody asks for a correction.")
    transfers_to_decide = count("Volunteers who ask to be taken in.")


class DayFiguresSerializer(serializers.Serializer):
    mine = count("Open issues that are the caller's to move.")
    called = count("Issues in which a whistle waits for the caller.")
    asked = count("Issues in which a sub-task, a decision, a letter or a check waits for the caller.")
    overdue = count("Overdue issues that the caller sees.")
    open = count("Open issues that the caller sees.")
    unread = count("Unread notices.")
    supervised = count("Issues that the caller sees with a supervision letter that is not answered.")
    reported = count("Reported today, of what the caller sees.")
    done = count("Results handed in today, of what the caller sees.")
    rated = count("Rated today, of what the caller sees.")
    volunteering = VolunteeringSerializer(
        allow_null=True, help_text="What waits in volunteering; null for whoever runs it nowhere."
    )


class DayFiguresView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_day_figures",
        summary="What waits for me",
        description="The numbers on the caller's desk.",
        tags=TAGS,
        responses=answers(200, DayFiguresSerializer, 401),
    )
    def get(self, request: Request) -> Response:
        day = Day(request.user, timezone.now())
        told = asdict(figures_of(day)) | asdict(today_of(day))
        told["volunteering"] = waiting_for(day.user, day.now)
        return Response(DayFiguresSerializer(told).data)


# --- counted by something ---------------------------------------------------------------------------------
class PeriodSerializer(serializers.Serializer):
    by = serializers.CharField(help_text="What the rows are.")
    first = serializers.DateField(allow_null=True, help_text="First day; null where no period is asked for.")
    last = serializers.DateField(allow_null=True, help_text="Last day, counted too.")


class RowNameSerializer(serializers.Serializer):
    key = serializers.CharField(
        allow_blank=True, help_text="Key, or code of the unit or body; empty for what has none."
    )
    label = serializers.CharField(allow_blank=True, help_text="Its name in the reader's language.")


class IssueCountsSerializer(serializers.Serializer):
    n = count("How many issues.")
    open = count("Of these: open now.")
    overdue = count("Of these: open and past their deadline.")
    with_whistles = count("Of these: with a whistle that is not finished.")


class IssueCountRowSerializer(RowNameSerializer, IssueCountsSerializer):
    pass


class IssueCountTableSerializer(PeriodSerializer):
    of = serializers.ChoiceField(["open", "reported"], help_text="Of which issues.")
    rows = IssueCountRowSerializer(many=True, help_text="By key.")
    total = IssueCountsSerializer(help_text="All together.")


class WhistleCountsSerializer(serializers.Serializer):
    whistles = count("How many whistles; one that called several units is one, in the row of each.")
    called = count("n: how many units and bodies they called.")
    waiting = count("Of those called: not done yet.")
    overdue = count("Of those called: not done and late now.")
    reported_in = count("Of those called: have reported in.")
    done = count("Of those called: done.")


class WhistleCountRowSerializer(RowNameSerializer, WhistleCountsSerializer):
    pass


class WhistleCountTableSerializer(PeriodSerializer):
    rows = WhistleCountRowSerializer(many=True, help_text="By key.")
    total = WhistleCountsSerializer(help_text="All together.")


class IssueCountQuerySerializer(RatesQuerySerializer):
    by = serializers.ChoiceField(
        list(ISSUES_BY),
        default="state",
        help_text="Rows: the issues' states, sources, kinds, categories, the parts of a unit, or bodies that own them.",
    )
    of = serializers.ChoiceField(
        ["open", "reported"],
        default="open",
        help_text="`open`: what is open now, whenever it was reported; `reported`: what was reported in the period.",
    )
    body = serializers.CharField(
        required=False, max_length=40, help_text="In which the body with this code has a part."
    )


class WhistleCountQuerySerializer(RatesQuerySerializer):
    by = serializers.ChoiceField(
        list(WHISTLES_BY),
        default="kind",
        help_text="Rows: kinds of whistles, units or bodies that were called, or that called.",
    )
    body = serializers.CharField(
        required=False, max_length=40, help_text="By which the body with this code was called."
    )


def _read(serializer: type[RatesQuerySerializer], request: Request, now: datetime) -> dict[str, Any]:
    check_keeper(request.user, now)
    query = serializer(data=request.query_params, context={"user": request.user, "now": now})
    query.is_valid(raise_exception=True)
    return query.validated_data


def _shown(table: Table) -> dict[str, Any]:
    rows = [{"key": row.key, "label": row.label, **row.counts} for row in table.rows]
    return {"rows": rows, "total": table.total}


class IssueCountsView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="count_issues",
        summary="How many issues",
        description="Of those that the caller sees: the rows of the problem list, counted.",
        tags=TAGS,
        parameters=[IssueCountQuerySerializer],
        responses=answers(200, IssueCountTableSerializer, 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        asked = _read(IssueCountQuerySerializer, request, now)
        is_open = asked["of"] == "open"
        days = (
            dict.fromkeys(("first", "last")) if is_open else {name: asked[name] for name in ("first", "last")}
        )
        wanted = Asked(request.user, now, **{name: asked[name] for name in NARROWED} | days)
        table = issue_counts(wanted, asked["by"], only_open=is_open)
        told = {"by": asked["by"], "of": asked["of"], **days} | _shown(table)
        return Response(IssueCountTableSerializer(told).data)


class WhistleCountsView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="count_whistles",
        summary="How many whistles",
        description="Of those that were blown in the period and that the caller sees.",
        tags=TAGS,
        parameters=[WhistleCountQuerySerializer],
        responses=answers(200, WhistleCountTableSerializer, 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        asked = _read(WhistleCountQuerySerializer, request, now)
        wanted = Asked(request.user, now, **{name: asked[name] for name in NARROWED})
        told = {name: asked[name] for name in ("by", "first", "last")}
        return Response(WhistleCountTableSerializer(told | _shown(whistle_counts(wanted, asked["by"]))).data)


# --- 双向评价 ----------------------------------------------------------------------------------------------
class GivenSerializer(serializers.Serializer):
    key = serializers.CharField(help_text="Key of the verdict.")
    label = serializers.CharField(help_text="Its words in the reader's language.")
    count = serializers.IntegerField(help_text="n: how often it was given.")


class AssessedSerializer(serializers.Serializer):
    code = serializers.CharField(allow_blank=True, help_text="Of the unit or body; empty for all together.")
    label = serializers.CharField(help_text="Its name.")
    called = count("n: how many times it was called, or called others.")
    assessed = count("Of these: assessed by the caller.")
    verdicts = GivenSerializer(many=True, help_text="What the callers said of the work.")
    judged = count("Of these: those called said what they think of it.")
    validities = GivenSerializer(many=True, help_text="What those called said of having been called.")


class AssessedTableSerializer(PeriodSerializer):
    rows = AssessedSerializer(many=True, help_text="By code; the sum comes last.")


class AssessedQuerySerializer(RatesQuerySerializer):
    by = serializers.ChoiceField(
        SIDES, default="called", help_text="Rows: those who were called, or those who called."
    )
    body = serializers.CharField(
        required=False, max_length=40, help_text="Of the body with this code, on the side of the rows."
    )


def _assessed(row: AssessedRow) -> dict[str, Any]:
    def given(words: Any) -> list[dict[str, Any]]:
        return [{"key": one.key, "label": str(one.label), "count": row.given[one.key]} for one in words]

    verdicts, validities = given(VERDICTS), given(VALIDITIES)
    return {
        "code": row.code,
        "label": row.label,
        "called": row.called,
        "assessed": sum(one["count"] for one in verdicts),
        "verdicts": verdicts,
        "judged": sum(one["count"] for one in validities),
        "validities": validities,
    }


class AssessedView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_assessment",
        summary="Two-way assessment",
        description="How callers assess those whom they called, and what those think of it: of whistles blown in the "
        "period.",
        tags=TAGS,
        parameters=[AssessedQuerySerializer],
        responses=answers(200, AssessedTableSerializer, 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        asked = _read(AssessedQuerySerializer, request, now)
        rows = assessed_rows(
            Asked(request.user, now, **{name: asked[name] for name in NARROWED}), asked["by"]
        )
        told = {name: asked[name] for name in ("by", "first", "last")}
        return Response(AssessedTableSerializer(told | {"rows": [_assessed(row) for row in rows]}).data)
