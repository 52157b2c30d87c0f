"""What a client saw, and whether it still holds: ETag, If-None-Match and If-Match (RFC 9110).

A tag is `"7-5f0c…"`: the version of the thing, if it has one, and a digest of the very bytes. Reading compares the whole
of it, since what one reader may see and do changes without a new version; writing compares the version alone, or the
whole of it where there is none (`holds_still`).
"""

import hashlib
import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

IF_MATCH = "If-Match"
_TAGS = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e]*"\s*(?:,\s*(?:W/)?"[\x21\x23-\x7e]*"\s*)*')
# The tag of an answer that was compressed on its way is marked as weak; its version is as good.
_VERSION = re.compile(r'(?:W/)?"([0-9]{1,9})(?:-[0-9a-f]*)?"')
# What a 304 repeats of the answer that it stands for.
_KEPT = ("ETag", "Cache-Control", "Vary", "Content-Language")


def etag_of(content: bytes, version: int | None = None) -> str:
    """The strong tag of these bytes, which show this version of something."""
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


class Tagged(Response):
    """An answer that carries its tag, and becomes a 304 where the client has it already."""

    def __init__(self, data: Any, request: Request, version: int | None = None) -> None:
        super().__init__(data)
        self.version = version

        def put(rendered: HttpResponse) -> HttpResponse | None:
            rendered["ETag"] = etag_of(rendered.content, version)
            patch_cache_control(rendered, private=True, no_cache=True)
            return unchanged(rendered) if is_known(request, rendered["ETag"]) else None

        self.add_post_render_callback(put)


def is_known(request: Request | HttpRequest, tag: str) -> bool:
    """Has the client the answer with this tag already?"""
    asked = request.headers.get("If-None-Match", "") if request.method in ("GET", "HEAD") else ""
    known = parse_etags(asked)
    return known == ["*"] or tag in {one.removeprefix("W/") for one in known}


def unchanged(response: HttpResponse) -> HttpResponse:
    """The 304 in place of this answer."""
    kept = {name: response[name] for name in _KEPT if name in response.headers}
    answer = HttpResponse(status=304, headers=kept)
    # As the compressing middleware says of a whole answer.
    patch_vary_headers(answer, ("Accept-Encoding",))
    return answer


def asked_tags(request: Request) -> str | None:
    """If-Match as it came; None where it asks for nothing: without it, or for `*`. Raises ValidationError for what is no
    tag at all."""
    given = request.headers.get(IF_MATCH, "*")
    if given.strip() == "*":
        return None
    if not _TAGS.fullmatch(given):
        raise ValidationError({IF_MATCH: [_('An ETag in quotes, as "7", or *.')]})
    return given


def expected_version(request: Request, current: int) -> int | None:
    """Of a write: the version that the client has seen, from If-Match; None without that header or for `*`.

    Among several the `current` one, if it is there; -1 for tags that are none of ours: they match nothing. Raises
    ValidationError for what is no tag at all.
    """
    given = asked_tags(request)
    if given is None:
        return None
    versions = {int(found[1]) for tag in given.split(",") if (found := _VERSION.fullmatch(tag.strip()))}
    return current if current in versions else max(versions, default=-1)


def holds_still(request: Request, tag: str) -> bool:
    """Of a write to something without a version, whose tag is this now: is it what the client has seen, by If-Match?
    True without that header and for `*`. Raises ValidationError for what is no tag at all."""
    given = asked_tags(request)
    return given is None or tag in {one.removeprefix("W/") for one in parse_etags(given.strip())}


def refuse_condition(request: Request) -> None:
    """Raises ValidationError where a condition would be passed over in silence: what has no versions."""
    if request.headers.get(IF_MATCH, "*").strip() != "*":
        raise ValidationError({IF_MATCH: [_("This address has no versions; send it without If-Match.")]})
