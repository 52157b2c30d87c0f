"""Many reports in one request: each has its own result, and what all of them ask for is read once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.fields import find_bodies, find_units
from grids.api.geo import CRS, crs_of
from issues.actions.report import Report
from issues.actions.reports import report_issues
from issues.api.write import ReportSerializer, find_buildings, find_categories
from issues.models import Issue
from trail.api.parsers import JSONParser, TooLarge
from trail.api.schema import IDEMPOTENCY, ProblemSerializer, answers
from trail.idempotency import LONGEST, Answer, is_key, once_each, respond_once
from trail.problems import document_of
from trail.refusals import Refused
from trail.scopes import REPORT

MOST_ROWS = 500
CREATED = 201
# Of a row that was read: the report. Else why not.
Read = Report | ValidationError


class RowSerializer(ReportSerializer):
    """A new issue as one of many."""

    key = serializers.CharField(
        required=False,
        max_length=LONGEST,
        help_text="Your own key for this row (its number in your system, say). The same key and row again: the same "
        "result, and nothing is written. Kept for seven days; refused rows are not kept.",
    )

    def validate_key(self, key: str) -> str:
        """As the header of the same purpose."""
        if not is_key(key):
            raise ValidationError([_("1 to 120 visible ASCII characters, for instance a UUID.")])
        return key


class BatchSerializer(serializers.Serializer):
    """Up to 500 reports, each as for a single one. Photos are sent with single reports."""

    rows = RowSerializer(many=True, help_text="From 1 to 500 of them.")


class ResultSerializer(serializers.Serializer):
    """What became of one row."""

    status = serializers.IntegerField(
        help_text="201, or the status that the row alone would have been answered with."
    )
    key = serializers.CharField(allow_null=True, help_text="The row's own key; null if it has none.")
    code = serializers.CharField(allow_null=True, help_text="Tracking code of its issue; null if refused.")
    number = serializers.CharField(allow_null=True, help_text="Work-order number; null if refused.")
    replayed = serializers.BooleanField(help_text="It was taken in before, under the same key.")
    problem = ProblemSerializer(allow_null=True, help_text="Why it was refused; null if it was not.")


class BatchAnswerSerializer(serializers.Serializer):
    created = serializers.IntegerField(help_text="How many rows have an issue, replayed ones included.")
    refused = serializers.IntegerField(help_text="How many rows were refused.")
    results = ResultSerializer(many=True, help_text="One for each row, in the order of the rows.")


class BatchView(APIView):
    scopes = {"POST": REPORT}
    parser_classes: Sequence[type[BaseParser]] = (JSONParser,)

    @extend_schema(
        operation_id="report_issues",
        summary="Report many issues",
        description="Each row is taken in as a single report would be, and has its own result; one that is refused "
        "never hurts the others. The answer is 200 even if all of them are refused: look at `refused`. "
        "More than 500 rows (413, `too_many_rows`) or more than 2,621,440 bytes (413, `too_large`): nothing is taken in.",
        tags=["issues"],
        parameters=[IDEMPOTENCY, CRS],
        request={"application/json": BatchSerializer},
        responses=answers(200, BatchAnswerSerializer, 400, 401, 403, 409, 413, 422),
    )
    def post(self, request: Request) -> HttpResponse:
        return respond_once(request, lambda: self.report(request, timezone.now()))

    def report(self, request: Request, now: datetime) -> Response:
        crs_of(request)  # refused as a whole
        rows = _rows(request.data)
        reader = Reader(rows, request, now)

        def act(numbers: Sequence[int]) -> list[Answer]:
            return _taken_in([reader.read(rows[number]) for number in numbers], request.user, now)

        wishes = [(_key(row), row) for row in rows]
        results = [
            _result(key, found)
            for (key, _row), found in zip(
                wishes, once_each(f"row:{request.user.pk}", wishes, act), strict=True
            )
        ]
        created = sum(result["status"] == CREATED for result in results)
        return Response({"created": created, "refused": len(results) - created, "results": results})


def _rows(data: Any) -> list[Any]:
    rows = data.get("rows") if isinstance(data, dict) else None
    if not isinstance(rows, list) or not rows:
        raise ValidationError({"rows": [_("A list of 1 to 500 rows.")]})
    if len(rows) > MOST_ROWS:
        raise TooLarge(_("More than 500 rows: send them in several requests."), code="too_many_rows")
    return rows


def _key(row: Any) -> str | None:
    """The row's own key; one that is none is the reader's to refuse."""
    key = row.get("key") if isinstance(row, dict) else None
    text = str(key).strip() if isinstance(key, str | int | float) else ""
    return text if is_key(text) else None


def _taken_in(found: list[Read], user: Any, now: datetime) -> list[Answer]:
    """Their answers, in their order."""
    reports = [one for one in found if isinstance(one, Report)]
    made = iter(report_issues(reports, by=user, now=now))
    return [_answer(next(made) if isinstance(one, Report) else one) for one in found]


def _answer(made: Issue | Refused | ValidationError) -> Answer:
    if isinstance(made, Issue):
        return Answer(CREATED, {"code": made.code, "number": made.number})
    problem = document_of(made)
    return Answer(problem["status"], problem)


def _result(key: str | None, found: tuple[Answer, bool] | Refused) -> dict[str, Any]:
    """ResultSerializer."""
    answer, replayed = (_answer(found), False) if isinstance(found, Refused) else found
    good = answer.status == CREATED
    return {
        "status": answer.status,
        "key": key,
        "code": answer.content["code"] if good else None,
        "number": answer.content["number"] if good else None,
        "replayed": replayed and good,
        "problem": None if good else answer.content,
    }


class Reader:
    """Reads rows as single reports are read. What they name is found once for all of them, and rows with the same
    fields share a serializer: to make one costs more than to read a row."""

    def __init__(self, rows: Sequence[Any], request: Request, now: datetime) -> None:
        self.serializers: dict[frozenset[str], RowSerializer] = {}
        named = [row for row in rows if isinstance(row, dict)]
        who = (request.user, now)
        units, bodies = _named(named, "place", "about"), _named(named, "about_body")
        self.context = {
            "request": request,
            "now": now,
            "finders": {
                "unit": _known(find_units(units, *who) if units else {}),
                "body": _known(find_bodies(bodies, *who) if bodies else {}),
            },
            "categories": _known(find_categories(_named(named, "category"))),
            "buildings": _known(find_buildings(tokens) if (tokens := _named(named, "token")) else {}),
        }

    def read(self, row: Any) -> Read:
        """The report, or what is wrong with it."""
        if not isinstance(row, dict):
            return ValidationError({"rows": [_("Each row is an object.")]})
        if "photos" in row:
            return ValidationError({"photos": [_("Photos are sent with single reports.")]})
        try:
            data = self._serializer(row).run_validation(row)
        except ValidationError as error:
            return error
        data.pop("key", None)
        return Report(**data)

    def _serializer(self, row: Mapping[str, Any]) -> RowSerializer:
        sent = frozenset(RowSerializer._declared_fields.keys() & row.keys())
        if sent not in self.serializers:
            self.serializers[sent] = RowSerializer(data=dict.fromkeys(sent), context=self.context)
        return self.serializers[sent]


def _named(rows: Sequence[Mapping[str, Any]], *fields: str) -> list[str]:
    """What the rows say in these fields, each once, as the fields themselves would read it."""
    said = {row.get(field) for row in rows for field in fields if isinstance(row.get(field), str | int)}
    return sorted({str(one).strip() for one in said})


def _known(found: Mapping[str, Any]) -> Callable[..., Mapping[str, Any]]:
    """A finder that knows these."""
    return lambda _codes, *_who: found
