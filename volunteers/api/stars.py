"""What hours come to over REST: stars, the certificate, and whether the code on one is true."""

from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trail.api.schema import SEEN, answers
from trail.api.views import respond_with
from trail.scopes import READ
from volunteers.api import hour_shapes as shapes
from volunteers.api.hours import TAGS
from volunteers.api.people import find_in, seen_volunteers
from volunteers.certificates import certificate_of, check_code, standing_now
from volunteers.models import Volunteer
from volunteers.star_rules import stars_of_volunteer


class StarsView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Volunteer.objects.none()
    serializer_class = shapes.StarsSerializer

    @extend_schema(
        operation_id="get_stars",
        summary="Stars of a volunteer",
        description="One's own, and of those at home where the caller runs volunteering.",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.StarsSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        found = stars_of_volunteer(find_in(seen_volunteers(request.user, now), pk), now)
        return respond_with(self.get_serializer(found), request)


class CertificateView(GenericAPIView):
    scopes = {"GET": READ}
    queryset = Volunteer.objects.none()
    serializer_class = shapes.CertificateSerializer

    @extend_schema(
        operation_id="get_certificate",
        summary="Certificate of service",
        description="As it stands today: one's own, and of those at home where the caller runs volunteering. Without the "
        "name: in the clear it is shown to a person alone.",
        tags=list(TAGS),
        parameters=SEEN,
        responses=answers(200, shapes.CertificateSerializer, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        now = timezone.now()
        found = certificate_of(find_in(seen_volunteers(request.user, now), pk), now)
        return respond_with(self.get_serializer(found), request)


class CodeView(APIView):
    scopes = {"GET": READ}

    @extend_schema(
        operation_id="check_certificate",
        summary="Is the code of a certificate true?",
        description="For whoever holds the paper: what the platform certified, and what stands now. 404 for a code that "
        "it never wrote.",
        tags=list(TAGS),
        parameters=[shapes.CodeQuerySerializer],
        responses=answers(200, shapes.ClaimSerializer, 400, 401, 404),
    )
    def get(self, request: Request) -> Response:
        query = shapes.CodeQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        claim = check_code(query.validated_data["code"])
        if claim is None:
            raise Http404
        told: dict[str, Any] = asdict(claim) | {"minutes_now": standing_now(claim)}
        return Response(shapes.ClaimSerializer(told).data)


urlpatterns = [
    path("volunteers/<int:pk>/stars/", StarsView.as_view(), name="stars"),
    path("volunteers/<int:pk>/certificate/", CertificateView.as_view(), name="certificate"),
    path("certificates/check/", CodeView.as_view(), name="check_certificate"),
]
