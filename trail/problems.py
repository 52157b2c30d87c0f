"""Errors of the REST face as problem details (RFC 9457)."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from trail.api.parsers import TooLarge
from trail.passing import RETRY_AFTER_SECONDS, passing
from trail.problem_types import TITLES, type_of
from trail.refusals import NotAllowed, Refused

CONTENT_TYPE = "application/problem+json"
STATUS_OF_CODE = {"key_reused": status.HTTP_422_UNPROCESSABLE_ENTITY}


def problem(status_code: int, title: str, detail: str = "", **more: Any) -> Response:
    """One problem document: type, title, status, detail and what else helps."""
    return answer_with(document(status_code, title, detail, **more))


def document(status_code: int, title: str, detail: str = "", **more: Any) -> dict[str, Any]:
    """The same as it is written, for one that stands within an answer. What has a code with a title of its own
    (trail.problem_types) is called by that."""
    code = more.get("code", "")
    title = str(TITLES.get(code, title))
    return {"type": type_of(code), "title": title, "status": status_code, "detail": detail} | more


def problem_response(error: Exception, context: dict) -> Response | None:
    """DRF's exception handler: refusals, validation errors and the rest in one shape."""
    if isinstance(error, Refused):
        set_rollback()
        return refusal_problem(error)
    if passing(error):
        set_rollback()
        return busy_problem()
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        answer = answer_with(document_of(error))
    else:
        answer = problem(response.status_code, *_title_and_detail(error), **_more(error))
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer


def document_of(error: Refused | exceptions.ValidationError) -> dict[str, Any]:
    """What is said to wrong input (400), and to what a rule refuses: 403 for who, 409 for when, with the verbs that
    are allowed now."""
    if isinstance(error, exceptions.ValidationError):
        title = _("Please check the input")
        detail = _("Some fields are missing or wrong; see errors.")
        return document(error.status_code, title, detail, errors=error.detail)
    fallback = status.HTTP_403_FORBIDDEN if isinstance(error, NotAllowed) else status.HTTP_409_CONFLICT
    code = STATUS_OF_CODE.get(error.code, fallback)
    return document(code, _("Not possible"), str(error), code=error.code, allowed=list(error.allowed))


def refusal_problem(error: Refused) -> Response:
    """The same of a refusal as an answer of its own."""
    return answer_with(document_of(error))


def answer_with(body: dict[str, Any]) -> Response:
    """A problem document as an answer of its own."""
    return Response(body, status=body["status"], content_type=CONTENT_TYPE)


def busy_problem() -> Response:
    """The database was too busy (a lock, a deadlock, a time limit): the same request may simply come again."""
    answer = problem(
        status.HTTP_503_SERVICE_UNAVAILABLE,
        _("Very busy right now"),
        _("Please try again in a moment; nothing was saved."),
        code="busy",
    )
    answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def failure() -> dict[str, Any]:
    """What nobody caught, as a problem document."""
    title = _("Something went wrong on our side")
    detail = _("It was recorded. Nothing that you sent was half done: please try again in a moment.")
    return document(status.HTTP_500_INTERNAL_SERVER_ERROR, title, detail)


def _more(error: Exception) -> dict[str, Any]:
    """What machines want to know besides."""
    if isinstance(error, exceptions.Throttled):
        return {"code": "throttled"}
    if isinstance(error, TooLarge):
        return {"code": error.get_codes()}
    scope = getattr(error, "scope", "")
    return {"code": "scope", "scope": scope} if scope else {}


def _title_and_detail(error: Exception) -> tuple[str, str]:
    if isinstance(error, Http404 | exceptions.NotFound):
        return _("Not found"), _("There is no such thing, or it is not yours to see.")
    detail = getattr(error, "detail", "")
    return _("Not possible"), str(detail)
