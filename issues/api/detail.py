"""Gathers what one issue shows: the page that staff see, and the deadlines, ratings and codes beside it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404
from rest_framework.request import Request

from grids.models import Body, Unit
from issues.api.read import IssueSerializer
from issues.models import Callee, Deadline, Issue, Rating, Reporter, Whistle
from issues.page import CalleePage, issue_page
from issues.timeline import Line

PLACES = ("district", "street", "community", "grid", "building")
# Shapes on the map: large, and no answer shows them.
SHAPES = ("owner_unit__boundary", "keeper_unit__boundary")


@dataclass
class CalleeSheet:
    """A callee with its clocks and what the reader may do for it; everything else is the callee's."""

    callee: Callee
    clocks: list[Deadline]
    allowed: list[str]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.callee, name)


@dataclass
class WhistleSheet:
    whistle: Whistle
    caller: Unit | Body | None
    callees: list[CalleeSheet] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whistle, name)


@dataclass
class Sheet:
    """What the serializer reads; everything not named here is the issue's."""

    issue: Issue
    timeline: list[Line]
    allowed: list[str]
    clocks: list[Deadline]
    whistles: list[WhistleSheet]
    ratings: list[Rating]
    reporter: Reporter | None

    @property
    def keeper(self) -> Unit | Body | None:
        return self.issue.keeper_unit or self.issue.keeper_body

    def __getattr__(self, name: str) -> Any:
        return getattr(self.issue, name)


def whole(queryset: QuerySet) -> QuerySet:
    """With everything about the issue itself that a detail shows, in the same statement."""
    related = ("category", "owner_unit", "owner_body", "keeper_unit", "keeper_body")
    codes = {f"{name}_code": F(f"{name}__code") for name in PLACES}
    return queryset.select_related(*related).defer(*SHAPES).annotate(**codes)


def find_issue(code: str, user: Any, now: datetime, *, all_of_it: bool = False) -> Issue:
    """The issue with this tracking code. A foreign one answers like one that does not exist: Http404."""
    if not (code.isascii() and code.isalnum()):
        raise Http404
    seen = Issue.objects.visible_to(user, now)
    try:
        return (whole(seen) if all_of_it else seen).get(code=code)
    except Issue.DoesNotExist as error:
        raise Http404 from error


def show(issue: Issue, request: Request, now: datetime) -> dict[str, Any]:
    """The answer about an issue that came from `whole`."""
    context = {"request": request, "now": now}
    return IssueSerializer(sheet_of(issue, request.user, now), context=context).data


def show_again(pk: int, request: Request, now: datetime) -> dict[str, Any]:
    """The answer after a step: the issue is read anew, by whoever just took the step."""
    return show(whole(Issue.objects.all()).get(pk=pk), request, now)


def sheet_of(issue: Issue, user: Any, now: datetime) -> Sheet:
    """Everything that this person may see of it."""
    page = issue_page(issue, user, now)
    running = (
        list(Deadline.objects.open().filter(issue=issue).order_by("limit_at", "pk")) if issue.is_open else []
    )
    rated = issue.resolved_at is not None
    return Sheet(
        issue=issue,
        timeline=page.lines,
        allowed=[verb.key for verb in page.verbs],
        clocks=[one for one in running if one.callee_id is None],
        whistles=_whistles(page.callees, running),
        ratings=list(Rating.objects.filter(issue=issue).order_by("round")) if rated else [],
        reporter=page.reporter,
    )


def _whistles(callees: Iterable[CalleePage], running: list[Deadline]) -> list[WhistleSheet]:
    """Oldest first, each with its callees."""
    found: dict[int, WhistleSheet] = {}
    for one in sorted(callees, key=lambda one: one.callee.pk):
        callee = one.callee
        whistle = callee.whistle
        sheet = found.setdefault(
            whistle.pk, WhistleSheet(whistle, whistle.caller_unit or whistle.caller_body)
        )
        clocks = [deadline for deadline in running if deadline.callee_id == callee.pk]
        sheet.callees.append(CalleeSheet(callee, clocks, [verb.key for verb in one.verbs]))
    return list(found.values())
