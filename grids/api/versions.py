"""Steps of what has no column for its version: the number of the last event about it is one, and If-Match names it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.steps import STEP, StepView
from trail.api.schema import ETAG, IDEMPOTENCY, IF_MATCH
from trail.conditions import Tagged, asked_tags, expected_version
from trail.idempotency import respond_once
from trail.models import Event
from trail.problems import answer_with, document_of
from trail.refusals import Stale

# More would be no help to anybody.
MOST_SINCE = 100


class Overtaken(Stale):
    """Something has happened since what the caller saw; `facts`: what a 412 says of it."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(_("This has changed since you looked; look again."), code="stale")
        self.facts = facts


class Told(NamedTuple):
    """How something stands, and what the caller may do about it now. `since`: may they know what has happened?"""

    state: str
    allowed: list[str]
    since: bool = True


def verbs_since(subject_type: str, pk: int, seen: int) -> list[str]:
    """What has happened to it since this version, the first hundred."""
    events = Event.objects.about(subject_type, pk).filter(seq__gt=seen)
    return list(events.values_list("verb", flat=True)[:MOST_SINCE])


def compare(request: Request, subject_type: str, pk: int, tell: Callable[[], Told]) -> None:
    """Raises Overtaken unless the version is what the caller saw. Call it under the lock that the action takes first:
    of two at the same moment one is done."""
    version = Event.objects.version(subject_type, pk)
    seen = expected_version(request, version)
    if seen is None or seen == version:
        return
    told = tell()
    facts = {"version": version, "state": told.state, "allowed": told.allowed}
    raise Overtaken(facts | {"since": verbs_since(subject_type, pk, seen)})


def respond_if_unchanged(
    request: Request, act: Callable[[], Response], *, first: Callable[[], object] | None = None
) -> HttpResponse:
    """As respond_once; what `compare` refuses is a 412 with how it stands now."""
    try:
        return respond_once(request, act, conditional=True, first=first)
    except Overtaken as late:
        return answer_with(document_of(late) | late.facts | {"status": 412})


class EventStepView(StepView):
    """A step of a subject whose `version` is the number of its last event. What it gives has a `version`.

    `hold(subject, data)` takes the locks that the action takes first. `tell(subject, user, now)`: what a 412 says of it
    besides.
    """

    described = (IDEMPOTENCY, IF_MATCH, ETAG)
    statuses: Sequence[int] = (*STEP, 412)
    subject_type: str
    hold: Callable[[Any, dict[str, Any]], None]
    tell: Callable[[Any, Any, datetime], Told]

    def post(self, request: Request, **where: Any) -> HttpResponse:
        return respond_if_unchanged(request, lambda: self.step(request, timezone.now(), **where))

    def perform(self, subject: Any, data: dict[str, Any], request: Request, now: datetime) -> Any:
        kind = type(self)
        with transaction.atomic():
            if asked_tags(request) is not None:
                kind.hold(subject, data)
                compare(request, kind.subject_type, subject.pk, lambda: kind.tell(subject, request.user, now))
            return super().perform(subject, data, request, now)

    def answer(self, done: Any, request: Request, now: datetime) -> Response:
        data = self.shown(done, request, now)
        return Tagged(data, request, data["version"])

    def shown(self, done: Any, request: Request, now: datetime) -> dict[str, Any]:
        """As `gives` shows it."""
        return self.gives(done, context={"request": request, "now": now}).data
