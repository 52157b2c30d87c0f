"""Steps of what has a version, which If-Match names: an activity with its shifts and sign-ups, a record of hours with its
corrections."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from grids.api.steps import STEP, StepView
from grids.api.versions import Overtaken, Told, respond_if_unchanged, verbs_since
from trail.api.schema import ETAG, IDEMPOTENCY, IF_MATCH
from trail.conditions import Tagged, asked_tags, expected_version


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
        return respond_if_unchanged(request, lambda: self.step(request, timezone.now(), **where))

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
            since = {"since": verbs_since(held._meta.model_name, held.pk, seen)} if told.since else {}
            raise Overtaken({"version": held.version, "state": told.state, "allowed": told.allowed} | since)

    def answer(self, done: Any, request: Request, now: datetime) -> Response:
        data = self.gives(done, context={"request": request, "now": now}).data
        return Tagged(data, request, data["version"])
