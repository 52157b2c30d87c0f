"""Forms as bytes. UTF-8 is assumed, whatever the request says of itself, and asked for strictly: what is something else
is refused instead of kept with holes in it."""

from typing import IO, Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import parsers
from rest_framework.exceptions import ParseError

from trail.api.parsers import TooLarge


class FormParser(parsers.BaseParser):
    """application/x-www-form-urlencoded."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: dict | None = None
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        data = stream.read(most + 1)
        if len(data) > most:
            raise TooLarge(_("This request is too large."))
        try:
            pairs = parse_qsl(
                data.decode(),
                keep_blank_values=True,
                encoding="utf-8",
                errors="strict",
                max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
            )
        except UnicodeDecodeError as error:
            raise ParseError(_("This is not a form in UTF-8.")) from error
        except ValueError as error:
            raise ParseError(_("Too many fields or files.")) from error
        found = QueryDict(mutable=True)
        for name, value in pairs:
            found.appendlist(name, value)
        return found
