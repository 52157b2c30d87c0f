"""Before a whistle is blown: who would come and by when, as the page says it (issues.forms.whistle)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.fields import PartyField
from grids.lineage import key_of
from issues import inputs
from issues.actions.foreseeing import Foreseen, foresee_call_in, foresee_whistle
from issues.api import words
from issues.api.detail import find_issue
from issues.api.read import ClockSerializer, moment
from issues.api.write import field_of
from issues.coming import coming_of
from issues.lifecycle import VERB
from issues.models import Issue
from issues.whistles import BY_KEY
from trail.api.fields import WordField
from trail.api.schema import answers
from trail.scopes import READ

EXAMPLE = {
    "kind": {"key": "quick", "label": "快捷哨"},
    "reviewed_by": None,
    "reviewed_until": None,
    "callees": [
        {
            "party": {"type": "body", "code": "department-1", "name": "区城管局"},
            "is_lead": True,
            "on_duty": False,
            "people": [{"name": "王一", "role": "经办人", "covering": "holder", "place": "区城管局"}],
            "more": 1,
            "clocks": [
                {
                    "clock": {"key": "acknowledge", "label": "应哨"},
                    "due_at": "2026-03-10T14:30:00+08:00",
                    "provisional": False,
                },
                {
                    "clock": {"key": "arrive", "label": "到场"},
                    "due_at": "2026-03-11T17:30:00+08:00",
                    "provisional": False,
                },
                {
                    "clock": {"key": "done", "label": "完成"},
                    "due_at": "2026-03-13T17:30:00+08:00",
                    "provisional": False,
                },
            ],
        }
    ],
    "promised_at": "2026-03-16T17:30:00+08:00",
}


class ComerSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="Whose turn it is.")
    role = serializers.CharField(help_text="What they are there, in the reader's language.")
    covering = serializers.ChoiceField(
        ["holder", "deputy", "above"],
        help_text="`deputy`: of somebody on leave; `above`: of the level above, since nobody is there.",
    )
    place = serializers.CharField(help_text="Where their post is.")


class ForeseenCalleeSerializer(serializers.Serializer):
    party = PartyField(help_text="Who would be called.")
    is_lead = serializers.BooleanField(help_text="Would lead the others.")
    on_duty = serializers.BooleanField(
        help_text="An emergency calls one after the other of the duty roster: `people` is the first of them."
    )
    people = ComerSerializer(many=True, help_text="Who would be told, the first two; none where nobody is.")
    more = serializers.IntegerField(help_text="How many others would be told.")
    clocks = ClockSerializer(many=True, help_text="Its deadlines, if it were called now; the nearest first.")


class ForeseenSerializer(serializers.Serializer):
    """What a whistle would come to."""

    kind = WordField(words.whistle_words, help_text="Quick, tough or emergency.")
    reviewed_by = PartyField(
        help_text="Who looks at it first (审哨), null for nobody: the times of those called begin when it agrees."
    )
    reviewed_until = moment("Until when that must be decided.")
    callees = ForeseenCalleeSerializer(many=True, help_text="Those who would be called.")
    promised_at = moment("The date that the reporter would be given then.")


class ForeseenWhistleQuery(serializers.Serializer):
    """As the whistle itself takes it."""

    kind = field_of(VERB["whistle"].inputs[0])
    units = field_of(inputs.UNITS, "whistle")
    bodies = field_of(inputs.BODIES, "whistle")
    lead = field_of(inputs.LEAD)
    remote = field_of(inputs.REMOTE)


class ForeseenCallInQuery(serializers.Serializer):
    """As calling somebody else in takes it."""

    units = field_of(inputs.UNITS, "join")
    bodies = field_of(inputs.BODIES, "join")


class ForeseenView(APIView):
    """Found out by doing it and taking it back. Subclasses say what."""

    scopes = {"GET": READ}
    query: type[serializers.Serializer]

    def foresee(self, issue: Issue, request: Request, now: datetime, asked: dict[str, Any]) -> Foreseen:
        raise NotImplementedError

    def answer(self, request: Request, code: str) -> Response:
        """A foreign issue answers like none, before anything else that was asked is looked at."""
        now = timezone.now()
        issue = find_issue(code, request.user, now)
        context = {"request": request, "now": now, "issue": issue}
        query = self.query(data=request.query_params, context=context)
        query.is_valid(raise_exception=True)
        found = self.foresee(issue, request, now, query.validated_data)
        return Response(ForeseenSerializer(_told(found, now)).data)


def _described(operation: str, summary: str, verb: str, query: Any) -> Any:
    return extend_schema(
        operation_id=operation,
        summary=summary,
        description=f"Who would be told and by when each of them would have to answer, come and be done, as the page "
        f"says it before it is sent; writes nothing. Refused like `{verb}` itself, with the same codes. For a moment it "
        "holds up others who do something with this issue.",
        tags=["whistles"],
        parameters=[query],
        responses=answers(200, ForeseenSerializer, 400, 401, 403, 404, 409),
        examples=[OpenApiExample("It would call", EXAMPLE, response_only=True, status_codes=["200"])],
    )


class ForeseenWhistleView(ForeseenView):
    query = ForeseenWhistleQuery

    def foresee(self, issue: Issue, request: Request, now: datetime, asked: dict[str, Any]) -> Foreseen:
        return foresee_whistle(issue, by=request.user, now=now, **asked)

    @_described("preview_whistle", "Who would come, and by when?", "whistle", ForeseenWhistleQuery)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(request, code)


class ForeseenCallInView(ForeseenView):
    query = ForeseenCallInQuery

    def foresee(self, issue: Issue, request: Request, now: datetime, asked: dict[str, Any]) -> Foreseen:
        return foresee_call_in(issue, by=request.user, now=now, **asked)

    @_described("preview_join", "Who would come as well, and by when?", "join", ForeseenCallInQuery)
    def get(self, request: Request, code: str) -> Response:
        return self.answer(request, code)


def _told(found: Foreseen, now: datetime) -> dict[str, Any]:
    """What ForeseenSerializer describes."""
    asked = found.review
    return {
        "kind": found.kind,
        "reviewed_by": asked.party if asked else None,
        "reviewed_until": asked.due_at if asked else None,
        "callees": list(_callees(found, now)),
        "promised_at": found.promised_at,
    }


def _callees(found: Foreseen, now: datetime) -> Iterator[dict[str, Any]]:
    coming = coming_of([one.party for one in found.callees], now)
    for callee in found.callees:
        comes = coming[key_of(callee.party)]
        first = comes.first if BY_KEY[found.kind].urgent else None
        yield {
            "party": callee.party,
            "is_lead": callee.is_lead,
            "on_duty": first is not None,
            "people": [first] if first else comes.people,
            "more": 0 if first else comes.more,
            "clocks": found.clocks_of(callee),
        }
