"""The database was too busy for a page: say so plainly. A form that a phone had kept: say what came of it. An address
that is no text: say that."""

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from trail.kept_forms import answer_of, is_kept
from trail.passing import RETRY_AFTER_SECONDS, passing
from trail.problems import CONTENT_TYPE, busy_problem

Face = Callable[[HttpRequest, dict[str, Any]], HttpResponse]

log = logging.getLogger(__name__)


def as_problem(request: HttpRequest, document: dict[str, Any]) -> HttpResponse:
    """A problem document where no view of REST is there to answer."""
    return JsonResponse(document, status=document["status"], content_type=CONTENT_TYPE)


# Where programs are at home, and how they are told there what no view says. Faces of higher floors add theirs.
PROGRAMS: dict[str, Face] = {"/api/": as_problem}


def told_to_programs(request: HttpRequest, document: dict[str, Any]) -> HttpResponse | None:
    """This problem document in the shape of the face that was asked; None where people read."""
    found = (face for start, face in PROGRAMS.items() if request.path.startswith(start))
    face = next(found, None)
    return face(request, document) if face else None


class BusyDatabase:
    """A lock that did not come in time, a deadlock or a cancelled statement is 503 with Retry-After, not 500.

    The page needs neither database nor session. Views of the API say the same by their exception handler.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        name = passing(error)
        return busy(request, name) if name else None


class KeptForms:
    """A phone that sends later what it kept reads no page: it is told the outcome (trail.kept_forms)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not is_kept(request) or response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        return answer_of(request, response)


class NoText:
    """An address with the character NUL in its path or its query is answered here: no text in the database can hold
    it, and no page looks for it. Programs are told in the words of their own face, which checks its parameters."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.META.get("QUERY_STRING", "")
        if ("\0" in request.path or "%00" in asked or "\0" in asked) and not request.path.startswith(
            tuple(PROGRAMS)
        ):
            return render(request, "400.html", status=400)
        return self.get_response(request)


def busy(request: HttpRequest, name: str) -> HttpResponse:
    """The answer for people or for programs. `name` is for the log."""
    log.warning("database busy: %s", name)
    response = told_to_programs(request, busy_problem().data)
    if response is None:
        response = HttpResponse(render_to_string("trail/busy.html"), status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response
