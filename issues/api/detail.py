"""Gathers what one issue shows: the page that staff see, and the deadlines, ratings and codes beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.http import Http404
from rest_framework.request import Request

from grids.models import Body, Unit
from issues.actions.promises import may_need_clock
from issues.api import shown
from issues.api.read import IssueSerializer
from issues.hotline_page import OrderPage
from issues.models import (
    PART_MODELS,
    Alert,
    Callee,
    Category,
    Deadline,
    Issue,
    Part,
    Rating,
    Reporter,
    Whistle,
)
from issues.page import PartPage, callees_of, issue_page
from issues.timeline import Line
from issues.whistles import BY_KEY
from trail.api.sparse import cut
from trail.rows import read, read_joined, shape

RUNNING = """
    WHERE this.issue_id = %s AND this.fired_at IS NULL AND this.cancelled_at IS NULL
    ORDER BY this.limit_at, this.id
"""


@dataclass
class PartSheet:
    """A part with its clocks and what the reader may do about it; everything else is the part's."""

    part: Part
    clocks: list[Deadline]
    allowed: list[str]
    inside: bool = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.part, name)


@dataclass
class WhistleSheet:
    whistle: Whistle
    caller: Unit | Body | None
    callees: list[PartSheet] = field(default_factory=list)
    plan: list[Any] = field(default_factory=list)

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
    tasks: list[PartSheet]
    decisions: list[PartSheet]
    ratings: list[Rating]
    reporter: Reporter | None
    inside: bool = True
    hotline: OrderPage | None = None
    alert: Alert | None = None

    @property
    def about(self) -> Unit | Body | None:
        """Whom it complains about, for staff."""
        return (self.issue.about_unit or self.issue.about_body) if self.inside else None

    @property
    def about_person(self) -> str | None:
        return str(self.issue.about_user) if self.inside and self.issue.about_user_id else None

    @property
    def leader(self) -> str | None:
        """Who took it on in person, for staff."""
        return str(self.issue.leader) if self.inside and self.issue.leader_id else None

    @property
    def proposed(self) -> Unit | Body | None:
        """Where it was said to belong, for staff."""
        return self.issue.proposed if self.inside and self.issue.is_open else None

    @property
    def keeper(self) -> Unit | Body | None:
        return self.issue.keeper_unit or self.issue.keeper_body

    def __getattr__(self, name: str) -> Any:
        return getattr(self.issue, name)


def find_issue(code: str, user: Any, now: datetime) -> Issue:
    """The issue with this tracking code. A foreign one answers like one that does not exist: Http404."""
    if not (code.isascii() and code.isalnum()):
        raise Http404
    seen = Issue.objects.visible_to(user, now, code=code).order_by().values("pk")
    # The columns by hand: to name all of an issue's costs the query builder more than the rest of the answer.
    condition, parameters = seen.query.sql_with_params()
    found = _read(f"IN ({condition})", parameters)
    if not found:
        raise Http404
    return found[0]


def is_seen(issue: Issue, user: Any, now: datetime) -> bool:
    """Whether this person sees it as it is now."""
    return Issue.objects.visible_to(user, now, code=issue.code).exists()


def _read(which: str, parameters: Sequence[Any]) -> list[Issue]:
    """With their categories."""
    found = read_joined(
        "issues_issue AS issue JOIN issues_category AS category ON category.id = issue.category_id"
        f" WHERE issue.id {which}",
        parameters,
        issue=shape(Issue, "issue"),
        category=shape(Category, "category"),
    )
    for issue, category in found:
        issue.category = category
    return [issue for issue, _category in found]


def show(
    issue: Issue, request: Request, now: datetime, asked: frozenset[str] | None = None
) -> dict[str, Any]:
    """The answer about this issue; `asked`: these fields alone. Those of a list's row ask for nothing more."""
    if asked is not None and asked <= shown.ROW.keys():
        return shown.row(issue, now, asked)
    context = {"request": request, "now": now}
    return cut(IssueSerializer(sheet_of(issue, request.user, now), context=context).data, asked)


def show_again(pk: int, request: Request, now: datetime) -> dict[str, Any]:
    """The answer after a step: the issue is read anew, by whoever just took the step."""
    (issue,) = _read("= %s", [pk])
    return show(issue, request, now)


def what_changed(
    subject: Issue | Part, issue: Issue, version: int, user: Any, now: datetime
) -> dict[str, Any]:
    """For somebody who was looking at an earlier version: how it is now, what they may do with the subject (the issue
    or a part of it), and what has happened since."""
    sheet = sheet_of(issue, user, now)
    parts = [*sheet.tasks, *sheet.decisions, *(one for whistle in sheet.whistles for one in whistle.callees)]
    own = [one.allowed for one in parts if one.part == subject]
    happened = sorted(sheet.timeline, key=lambda line: line.seq)
    return {
        "allowed": own[0] if own else sheet.allowed,
        "version": issue.version,
        "state": issue.state,
        "since": [line.verb for line in happened if line.seq > version],
    }


def sheet_of(issue: Issue, user: Any, now: datetime) -> Sheet:
    """Everything that this person may see of it."""
    page = issue_page(issue, user, now, called=callees_of(issue, issue))
    runs = issue.is_open or may_need_clock(issue)
    running = read(Deadline, RUNNING, [issue.pk]) if runs else []
    rated = issue.resolved_at is not None
    return Sheet(
        issue=issue,
        timeline=page.lines,
        allowed=[verb.key for verb in page.verbs],
        clocks=[one for one in running if _of(one) is None],
        whistles=_whistles(page.callees, running, inside=page.inside),
        tasks=[_part(one, running) for one in reversed(page.tasks)],
        decisions=[_part(one, running) for one in reversed(page.decisions)],
        ratings=read(Rating, "WHERE this.issue_id = %s ORDER BY this.round, this.id", [issue.pk])
        if rated
        else [],
        reporter=page.reporter,
        inside=page.inside,
        hotline=page.order,
        alert=page.alert,
    )


def _of(deadline: Deadline) -> tuple[str, int] | None:
    """Whose clock it is; None for the issue's own."""
    named = ((kind, getattr(deadline, f"{kind}_id")) for kind in PART_MODELS)
    return next(((kind, pk) for kind, pk in named if pk), None)


def _part(one: PartPage, running: list[Deadline]) -> PartSheet:
    """Its own clocks among all that run."""
    clocks = [deadline for deadline in running if _of(deadline) == (one.part.PART, one.part.pk)]
    return PartSheet(one.part, clocks, [verb.key for verb in one.verbs])


def _whistles(callees: Iterable[PartPage], running: list[Deadline], *, inside: bool) -> list[WhistleSheet]:
    """Oldest first, each with its callees. What both sides think of each other is for staff."""
    found: dict[int, WhistleSheet] = {}
    for one in sorted(callees, key=lambda one: one.part.pk):
        assert isinstance(one.part, Callee)
        whistle = one.part.whistle
        sheet = found.setdefault(
            whistle.pk, WhistleSheet(whistle, whistle.caller_unit or whistle.caller_body)
        )
        if one.part.is_lead and BY_KEY[whistle.kind].plan:
            sheet.plan = list(whistle.stages.all())
        sheet.callees.append(replace(_part(one, running), inside=inside))
    return list(found.values())
