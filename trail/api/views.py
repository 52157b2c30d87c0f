"""Views that every app's REST face builds on."""

from typing import Any, NoReturn

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trail.api.paging import Key, KeysetPagination
from trail.api.sparse import asked_fields, shown
from trail.conditions import Tagged
from trail.scopes import NO_SCOPE


class ListView(GenericAPIView):
    """One page of what `get_queryset` gives, filtered, in the order of `order`.

    `asked`: the fields that are asked for, None for all; a queryset may leave out the columns of the others.
    """

    pagination_class = KeysetPagination
    asked: frozenset[str] | None = None

    def order(self, request: Request) -> tuple[str, list[Key]]:
        """(a name for the order, its columns; the last one is unique)."""
        raise NotImplementedError

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.asked = asked_fields(request, self.get_serializer_class())
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(shown(self.get_serializer(page, many=True), self.asked))


def respond_with(
    serializer: serializers.BaseSerializer, request: Request, version: int | None = None
) -> Response:
    """A detail: the fields that are asked for, with its ETag, which begins with the version of what has one."""
    return Tagged(shown(serializer, asked_fields(request, type(serializer))), request, version)


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Addresses that do not exist answer like things that do not exist."""

    scopes = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), NO_SCOPE)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise Http404

    post = put = patch = delete = get
