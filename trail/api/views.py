"""Views that every app's REST face builds on."""

from typing import Any, NoReturn

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from trail.api.paging import Key, KeysetPagination


class ListView(GenericAPIView):
    """One page of what `get_queryset` gives, filtered, in the order of `order`."""

    pagination_class = KeysetPagination

    def order(self, request: Request) -> tuple[str, list[Key]]:
        """(a name for the order, its columns; the last one is unique)."""
        raise NotImplementedError

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)


@extend_schema(exclude=True)
class Nowhere(APIView):
    """Addresses that do not exist answer like things that do not exist."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise Http404

    post = put = patch = delete = get
