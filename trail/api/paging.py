"""Pages by position (keyset), not by number: the thousandth page costs what the first does, and what is added
meanwhile does not shift it."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from trail.api.parsers import is_clean
from trail.api.sparse import NAME, TEXT
from trail.numerals import read_whole

# A name of a hundred characters, each of which JSON may write as twelve.
LONGEST_CURSOR = 2_000
# Begins a cursor of a page that lies before its position.
BEFORE = "<"


def _text(value: Any) -> str:
    """What stands in a row may stand in a cursor."""
    if not isinstance(value, str) or len(value) > 100 or not is_clean(value):
        raise ValueError(value)
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value < 2**63:
        raise ValueError(value)
    return value


def _moment(value: Any) -> Any:
    found = parse_datetime(_text(value))
    if found is None or found.tzinfo is None or not 1 < found.year < 9999:
        raise ValueError(value)
    return found.astimezone(UTC)


@dataclass(frozen=True)
class Key:
    """One column of an order, never empty. `read` makes its value from a cursor's JSON."""

    name: str
    read: Callable[[Any], Any]
    descending: bool = False

    @property
    def order(self) -> str:
        return f"-{self.name}" if self.descending else self.name

    @property
    def turned(self) -> "Key":
        """The same column, the other way round."""
        return replace(self, descending=not self.descending)

    def beyond(self, value: Any, *, inclusive: bool = False) -> Q:
        """Rows that stand behind `value`, or (inclusive) not before it."""
        word = ("lt" if self.descending else "gt") + ("e" if inclusive else "")
        return Q(**{f"{self.name}__{word}": value})


def text_key(name: str, *, descending: bool = False) -> Key:
    return Key(name, _text, descending)


def whole_key(name: str, *, descending: bool = False) -> Key:
    return Key(name, _whole, descending)


def moment_key(name: str, *, descending: bool = False) -> Key:
    return Key(name, _moment, descending)


def after(keys: Sequence[Key], position: Sequence[Any]) -> Q:
    """Rows behind this position. The first part repeats the bound alone, so that an index starts there."""
    found: Q | None = None
    for key, value in reversed(list(zip(keys, position, strict=True))):
        same = Q(**{key.name: value})
        found = key.beyond(value) if found is None else key.beyond(value) | (same & found)
    return keys[0].beyond(position[0], inclusive=True) & (found or Q())


class KeysetPagination(BasePagination):
    """The view's `order(request)` gives (name, keys); the last key is unique. One statement, no count.

    A cursor is a position in an order and says whether the page lies behind it or before it.
    """

    page_size = 20
    most = 100

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> list[Any]:
        name, keys = view.order(request)
        size, back, address = self._size(request), False, request.build_absolute_uri()
        if cursor := request.query_params.get("cursor"):
            back, position = self._position(cursor, name, keys)
            keys = [key.turned for key in keys] if back else keys
            queryset = queryset.filter(after(keys, position))
        rows = list(queryset.order_by(*(key.order for key in keys))[: size + 1])
        more = len(rows) > size
        rows = rows[:size][::-1] if back else rows[:size]

        def link(row: Any, *, back: bool) -> str:
            where = [name, *(getattr(row, key.name) for key in keys)]
            return replace_query_param(address, "cursor", _encode([BEFORE, *where] if back else where))

        # Where one came from there is something, unless it was taken away meanwhile: then that page is empty.
        self.next_link = link(rows[-1], back=False) if rows and (back or more) else None
        self.prev_link = link(rows[0], back=True) if rows and (more if back else cursor) else None
        self.first_link = remove_query_param(address, "cursor")
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next_link, "results": data}, headers=self.links())

    def links(self) -> dict[str, str]:
        """The header that leads on, back and to the first page."""
        links = {"first": self.first_link, "prev": self.prev_link, "next": self.next_link}
        return {"Link": link_header(links)}

    def _size(self, request: Request) -> int:
        text = request.query_params.get("page_size", "")
        if not text:
            return self.page_size
        size = read_whole(text, self.most)
        if not size:
            message = _("A whole number from 1 to %(most)d.") % {"most": self.most}
            raise ValidationError({"page_size": [message]})
        return size

    def _position(self, cursor: str, name: str, keys: Sequence[Key]) -> tuple[bool, list[Any]]:
        """Whether the page lies before it, and the values of the keys there."""
        try:
            if len(cursor) > LONGEST_CURSOR:
                raise ValueError(cursor)
            found, *raw = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
            if back := found == BEFORE:
                found, *raw = raw
            if found != name or len(raw) != len(keys):
                raise ValueError(cursor)
            return back, [key.read(value) for key, value in zip(keys, raw, strict=True)]
        except (ValueError, TypeError, RecursionError) as error:
            message = _("This is no cursor of this list; start at its first page.")
            raise ValidationError({"cursor": [message]}) from error

    # --- OpenAPI ------------------------------------------------------------------------------------------
    def get_paginated_response_schema(self, schema: dict) -> dict:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {
                    "type": "string",
                    "format": "uri",
                    "nullable": True,
                    "description": "Address of the next page; null on the last one.",
                },
                "results": schema | {"description": "At most page_size of them, in the list's order."},
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict]:
        return [
            {
                "name": "page_size",
                "in": "query",
                "required": False,
                "description": "How many at a time.",
                "schema": {"type": "integer", "minimum": 1, "maximum": self.most, "default": self.page_size},
            },
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Where to go on; taken from `next` or a Link header, not made up.",
                "schema": {"type": "string"},
            },
            {
                "name": NAME,
                "in": "query",
                "required": False,
                "description": TEXT,
                "schema": {"type": "string"},
            },
        ]


def link_header(links: Mapping[str, str | None]) -> str:
    """Relation → address, as RFC 8288 writes it; those without an address are left out."""
    return ", ".join(f'<{address}>; rel="{name}"' for name, address in links.items() if address)


def _encode(position: list[Any]) -> str:
    plain = [value.isoformat() if hasattr(value, "isoformat") else value for value in position]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode()
