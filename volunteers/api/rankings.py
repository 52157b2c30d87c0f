"""Rankings by points over REST: communities and teams, and whoever chose to be shown under an alias."""

from datetime import datetime
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

from grids.api.fields import PartyField
from grids.models import Unit
from trail.api.schema import answers
from trail.scopes import READ
from volunteers.api.points import TAGS
from volunteers.forms.desk_joining import districts_run
from volunteers.models import Volunteer
from volunteers.rankings import PERIODS, Ranking, ranking_of


class RankingQuerySerializer(serializers.Serializer):
    """What is asked for."""

    district = serializers.CharField(
        required=False,
        max_length=20,
        help_text="Code of a district where the caller is a volunteer or runs volunteering. Left out: the only one.",
    )
    period = serializers.ChoiceField(
        PERIODS, required=False, default=PERIODS[0], help_text="This month, last month, or this year."
    )

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """With the district itself. A foreign one is as unknown as one that does not exist."""
        own = own_districts(self.context["user"], self.context["now"])
        if not own:
            raise PermissionDenied(_("Rankings are for volunteers and those who run volunteering."))
        code = asked.get("district")
        if code is None and len(own) > 1:
            raise serializers.ValidationError({"district": [_("Say in which district.")]})
        found = [one for one in own if code in (None, one.code)]
        if not found:
            unknown = _("There is no such thing, or it is not yours to see.")
            raise serializers.ValidationError({"district": [unknown]})
        return {"district": found[0], "period": asked["period"]}


class RankedCommunitySerializer(serializers.Serializer):
    community = PartyField(help_text="The community where they are at home.")
    points = serializers.IntegerField(help_text="Points earned in the period.")
    people = serializers.IntegerField(help_text="By so many people; never fewer than three.")


class RankedTeamSerializer(serializers.Serializer):
    team = serializers.IntegerField(help_text="Number of the team.")
    name = serializers.CharField(help_text="Its name.")
    points = serializers.IntegerField(
        help_text="Points earned in the period; whoever is in two teams counts in both."
    )
    people = serializers.IntegerField(help_text="By so many people; never fewer than three.")


class RankedPersonSerializer(serializers.Serializer):
    alias = serializers.CharField(help_text="Under which the person chose to be shown.")
    points = serializers.IntegerField(help_text="Points earned in the period.")


class RankingsSerializer(serializers.Serializer):
    district = serializers.CharField(help_text="Code of the district.")
    period = serializers.CharField(help_text="The period.")
    first = serializers.DateField(help_text="First day.")
    last = serializers.DateField(help_text="Last day, counted too.")
    communities = RankedCommunitySerializer(many=True, help_text="Most points first, thirty at most.")
    teams = RankedTeamSerializer(many=True, help_text="Most points first, thirty at most.")
    people = RankedPersonSerializer(
        many=True,
        allow_null=True,
        help_text="Those who chose to stand here, most points first, thirty at most; null for whoever is no volunteer "
        "of the district.",
    )


def own_districts(user: Any, now: datetime) -> list[Unit]:
    """Where the person is a volunteer, and where they run volunteering."""
    mine = Volunteer.objects.active().of_user(user).order_by().values("district")
    there = Unit.objects.open().at("district").defer("boundary").filter(pk__in=mine)
    return list((districts_run(user, now) | there).order_by("code"))


def shown(district: Unit, found: Ranking) -> dict[str, Any]:
    """What RankingsSerializer describes."""
    return {
        "district": district.code,
        "period": found.period,
        "first": found.first,
        "last": found.last,
        "communities": [
            {"community": unit, "points": row.points, "people": row.people} for unit, row in found.communities
        ],
        "teams": [
            {"team": team.pk, "name": team.name, "points": row.points, "people": row.people}
            for team, row in found.teams
        ],
        "people": None
        if found.people is None
        else [{"alias": alias, "points": points} for alias, points in found.people],
    }


class RankingsView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="get_rankings",
        summary="Rankings by points",
        description="What the communities and teams of a district have earned, each of three people or more; and, for its "
        "own volunteers, those who chose to be shown under an alias.",
        tags=list(TAGS),
        parameters=[RankingQuerySerializer],
        responses=answers(200, RankingsSerializer, 400, 401, 403),
    )
    def get(self, request: Request) -> Response:
        user, now = request.user, timezone.now()
        query = RankingQuerySerializer(data=request.query_params, context={"user": user, "now": now})
        query.is_valid(raise_exception=True)
        district, period = query.validated_data["district"], query.validated_data["period"]
        me = Volunteer.objects.of_user(user).first()
        found = ranking_of(district.pk, period, me, timezone.localdate(now))
        return Response(RankingsSerializer(shown(district, found)).data)


urlpatterns = [path("rankings/", RankingsView.as_view(), name="rankings")]
