"""Errors as GeoReport v2 writes them: a list of codes with a sentence each. 404 for what there is not, 403 for the key,
400 for nearly everything else."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from issues.actions.report import BadAnswers
from open311.documents import Document
from open311.jurisdictions import Unknown, Unnamed
from trail.passing import RETRY_AFTER_SECONDS, passing
from trail.problems import busy_problem
from trail.refusals import NotAllowed, Refused

# These mean the same everywhere, and a client can do something about them.
KEPT = frozenset({403, 404, 405, 413, 429, 503})
HEADERS = ("Allow", "Retry-After")


class Asked(Exception):
    """A question that cannot be answered as it is asked; the text says why."""


class NotThere(Exception):
    """What is named does not exist, or is not of this jurisdiction."""


class BadKey(Exception):
    """No api_key, a wrong one, or one that may not do this."""


STATUS: dict[type[Exception], int] = {
    Asked: 400,
    Unnamed: 400,
    NotThere: 404,
    Unknown: 404,
    BadKey: 403,
    NotAllowed: 403,
    Refused: 400,
}


def answer(status: int, *reasons: str) -> Response:
    """The same code for each reason."""
    rows = [{"code": status, "description": reason} for reason in reasons]
    return Response(Document("errors", rows), status=status)


def respond(error: Exception, context: dict) -> Response | None:
    """DRF's exception handler for this face."""
    if isinstance(error, BadAnswers):
        set_rollback()
        return answer(400, *(f"attribute[{key}]: {reason}" for key, reason in error.errors.items()))
    for kind, status in STATUS.items():
        if isinstance(error, kind):
            set_rollback()
            return answer(status, str(error))
    if isinstance(error, SuspiciousOperation):
        return answer(400, _("Too many fields or files."))
    if passing(error):
        set_rollback()
        return _with_headers(
            answer(503, busy_problem().data["detail"]), {"Retry-After": str(RETRY_AFTER_SECONDS)}
        )
    found = exception_handler(error, context)
    if found is None:
        return None
    status = found.status_code if found.status_code in KEPT else 400
    return _with_headers(answer(status, *_reasons(error)), found.headers)


def _with_headers(response: Response, headers: Any) -> Response:
    for name in HEADERS:
        if name in headers:
            response.headers[name] = headers[name]
    return response


def _reasons(error: Exception) -> list[str]:
    if isinstance(error, Http404 | exceptions.NotFound):
        return [_("There is no such resource here.")]
    if isinstance(error, exceptions.ValidationError):
        return list(_of_fields(error.detail))
    return [str(getattr(error, "detail", error))]


def _of_fields(detail: Any, name: str = "") -> Iterator[str]:
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _of_fields(inner, str(key))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _of_fields(inner, name)
    else:
        yield f"{name}: {detail}" if name and name != "non_field_errors" else str(detail)
