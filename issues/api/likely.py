"""What may be the same matter, before a report is sent: as the report pages ask, for other systems' forms."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from grids.api.fields import CodeField
from grids.api.geo import PositionSerializer
from grids.standing import standing_of
from issues.actions.report import LONGEST_TEXT, SHORTEST_TEXT
from issues.api import words
from issues.api.read import CategoryWordField, moment
from issues.api.write import CategoryField
from issues.kinds import kind_choices
from issues.likely import Likely, likely_duplicates
from issues.models import Issue
from trail.api.fields import WordField, word
from trail.api.schema import answers
from trail.scopes import READ


class LikelyQuerySerializer(PositionSerializer):
    """What is about to be reported."""

    place = CodeField("unit", help_text="Code of the unit where it happened.")
    category = CategoryField(max_length=40, help_text="Key of the category.")
    text = serializers.CharField(
        min_length=SHORTEST_TEXT, max_length=LONGEST_TEXT, help_text="What is the matter."
    )
    kind = serializers.ChoiceField(
        kind_choices(), required=False, help_text="What it is; if left out, the category's usual kind."
    )


class LikelySerializer(serializers.Serializer):
    """One that may be the same."""

    code = serializers.CharField(help_text="Tracking code; the id in addresses.")
    number = serializers.CharField(help_text="Work-order number that staff use.")
    category = CategoryWordField(help_text="What it is about.")
    state = WordField(words.state_words, help_text="Where in its life it is.")
    place = serializers.CharField(help_text="What the place was called then.")
    text = serializers.CharField(help_text="What is the matter.")
    reported_at = serializers.DateTimeField(help_text="When it was reported.")
    closed_at = moment("When it ended.")
    open = serializers.BooleanField(help_text="Not solved yet: the new report can follow it.")


def shown(one: Likely) -> dict[str, Any]:
    """What LikelySerializer describes."""
    issue = one.issue
    return {
        "code": issue.code,
        "number": issue.number,
        "category": {"key": issue.category.key, "label": issue.category.label},
        "state": word(words.state_words, issue.state),
        "place": issue.place_label,
        "text": issue.text,
        "reported_at": timezone.localtime(issue.reported_at).isoformat(),
        "closed_at": timezone.localtime(issue.closed_at).isoformat() if issue.closed_at else None,
        "open": one.open,
    }


class LikelyView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="list_likely_duplicates",
        summary="What may be the same",
        description="At most five issues that the caller may see and that may be the matter about to be "
        "reported, best first: open or solved in the last 14 days, of the same grid or within 100 metres. Never "
        "disputes or complaints about a unit or body. None beside a danger, which is reported at once.",
        tags=["issues"],
        parameters=[LikelyQuerySerializer],
        responses=answers(200, LikelySerializer(many=True), 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        now = timezone.now()
        if not standing_of(request.user, now).can("report"):
            raise PermissionDenied(_("Your post does not include reporting."))
        query = LikelyQuerySerializer(data=request.query_params, context={"request": request, "now": now})
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        if asked["category"].is_danger:
            return Response([])
        seen = Issue.objects.visible_to(request.user, now)
        return Response([shown(one) for one in likely_duplicates(**asked, now=now, seen=seen)])
