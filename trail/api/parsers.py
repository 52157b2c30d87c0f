"""Request bodies that cannot hurt: bounded in size and depth, no character that the database refuses."""

import json
import math
import re
from typing import IO, Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import APIException, ParseError

DEEPEST = 16
# Ten digits more than any number here needs; larger ones overflow floats and columns.
LONGEST_NUMBER = 20
MOST_UPLOAD_BYTES = 100 * 1024 * 1024
_UNCLEAN = re.compile("[\0\ud800-\udfff]")


def is_clean(text: str) -> bool:
    """No NUL and no half of a character: the database holds neither."""
    return not _UNCLEAN.search(text)


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"


class JSONParser(parsers.BaseParser):
    """Strict JSON in UTF-8: each key once, no number that is not finite."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: dict | None = None
    ) -> Any:
        _check_length(parser_context or {}, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        try:
            data = json.loads(
                stream.read().decode(),
                parse_constant=_no_number,
                parse_int=_number,
                parse_float=_finite,
                object_pairs_hook=_each_once,
            )
        except (ValueError, RecursionError) as error:
            raise ParseError(_("This is not JSON in UTF-8.")) from error
        _check_text(data)
        return data


class MultiPartParser(parsers.MultiPartParser):
    """Forms with files; files go to disk while they arrive."""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: dict | None = None
    ) -> Any:
        _check_length(parser_context or {}, MOST_UPLOAD_BYTES)
        try:
            return super().parse(stream, media_type, parser_context)
        except RequestDataTooBig as error:
            raise TooLarge(_("This request is too large.")) from error
        except SuspiciousOperation as error:
            raise ParseError(_("Too many fields or files.")) from error


def _check_length(context: dict, most: int) -> None:
    length = context["request"].META.get("CONTENT_LENGTH") or "0" if "request" in context else "0"
    if not str(length).isdecimal():
        raise ParseError(_("The length of the body must be a whole number."))
    if int(length) > most:
        raise TooLarge(_("This request is too large."))


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _number(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(digits)
    return int(digits)


def _finite(digits: str) -> float:
    """1e400 is a number of JSON and none of a database."""
    found = float(digits)
    if not math.isfinite(found):
        raise ValueError(digits)
    return found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values under one key others may have read the first where we would take the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("doubled")
    return found


def _check_text(data: Any) -> None:
    """Raises ParseError for NUL, lone surrogates and too many levels. Without recursion."""
    level = [data]
    for _depth in range(DEEPEST):
        for value in level:
            if isinstance(value, str) and not is_clean(value):
                raise ParseError(_("Text may not contain NUL or halves of characters."))
        level = [part for value in level for part in _parts(value)]
        if not level:
            return
    raise ParseError(_("Too many levels."))


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []
