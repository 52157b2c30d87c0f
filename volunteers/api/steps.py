"""Steps of what has a version, which If-Match names: an activity with its shifts and sign-ups, a record of hours with its
corrections."""

from collections.abc import Callable
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

# Of one activity thousands of things may happen.
MOST_SINCE = 100


class Overtaken(Stale):
    """Something has happened since what the caller saw; `facts`: what a 412 says of it."""

    def __init__(self, facts: dict[str, Any]) -> None:
        super().__init__(_("This has changed since you looked; look again."), code="stale")
        self.facts = facts


class Told(NamedTuple):
    """How what the step is about stands now. `since`: may the caller know what has happened?"""

    state: str
    allowed: list[str]
    since: bool = True


class VersionedStepView(StepView):
    """`hold(subject)` locks what has the version, as the action does first, and gives it as it is now. `tell(subject,
    held, user, now)`: what a 412 says of it. What the step gives has a `version` too.

    The caller's condition is looked at under the lock that the action needs: of two at the same moment one is done.
    """

    described = (IDEMPOTENCY, IF_MATCH, ETAG)
    statuses = (*STEP, 412)
    hold: Callable[[Any], Any]
    tell: Callable[[Any, Any, Any, datetime], Told]

    def post(self, request: Request, **where: Any) -> HttpResponse:
        now = timezone.now()
        try:
            return respond_once(request, lambda: self.step(request, now, **where), conditional=True)
        except Overtaken as late:
            return answer_with(document_of(late) | late.facts | {"status": 412})

    def perform(self, subject: Any, data: dict[str, Any], request: Request, now: datetime) -> Any:
        with transaction.atomic():
            if asked_tags(request) is not None:
                self.compare(subject, request, now)
            return super().perform(subject, data, request, now)

    def compare(self, subject: Any, request: Request, now: datetime) -> None:
        """Raises Overtaken unless what has the version is as the caller saw it."""
        kind = type(self)
        held = kind.hold(subject)
        seen = expected_version(request, held.version) or 0
        if seen != held.version:
            told = kind.tell(subject, held, request.user, now)
            since = {"since": verbs_since(held, seen)} if told.since else {}
            raise Overtaken({"version": held.version, "state": told.state, "allowed": told.allowed} | since)

    def answer(self, done: Any, request: Request, now: datetime) -> Response:
        data = self.gives(done, context={"request": request, "now": now}).data
        return Tagged(data, request, data["version"])


def verbs_since(held: Any, seen: int) -> list[str]:
    """What has happened to it since this version, the first hundred."""
    events = Event.objects.about(held._meta.model_name, held.pk).filter(seq__gt=seen)
    return list(events.values_list("verb", flat=True)[:MOST_SINCE])
