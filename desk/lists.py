"""Words for reading the three lists: which rows they have. What a row shows stands in desk/rows.py, the board's
own in desk/board.py. Every list starts from `visible_to`.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value

from calendars.midnight import start_of
from grids.lineage import inside
from grids.models import Body, Unit
from grids.standing import standing_of
from issues.kinds import WITHOUT_REPORTER
from issues.models import Callee, Category, Concern, Decision, Issue, Rating, Task

PARTS: dict[str, Any] = {"callee": Callee, "task": Task, "decision": Decision}
# Whose the lists are: those who read below, handle or supervise. Firms and residents' bodies have their own page.
KEEPERS = ("read_below", "handle", "supervise")
PART_COLUMNS = ("part", "id", "issue_id", "unit_id", "body_id", "state", "due_at")


@dataclass(frozen=True)
class Asked:
    """Who asks, when, and for what part of a list. `first` and `last` are local days, both counted."""

    user: Any
    now: datetime
    unit: Unit | None = None
    body: Body | None = None
    category: Category | None = None
    state: str = ""
    first: date | None = None
    last: date | None = None
    late: bool = False
    part: str = ""
    why: str = ""
    rated: str = ""
    nature: str = ""
    whistle: str = ""

    def seen(self) -> Any:
        """The issues that this person may see, of the category asked for or a part of it, and orders of which the
        hotline asks this of the district."""
        found: Any = Issue.objects.visible_to(self.user, self.now)
        if self.nature:
            found = found.filter(hotline__nature=self.nature)
        return found.of_category(self.category.key) if self.category else found

    def during(self, column: str) -> Q:
        """Rows whose moment in this column lies in the period."""
        found = Q()
        if self.first:
            found &= Q(**{f"{column}__gte": start_of(self.first)})
        # No day comes after the last one of the calendar.
        if self.last and self.last < date.max:
            found &= Q(**{f"{column}__lt": start_of(self.last + timedelta(days=1))})
        return found


def keeps_lists(user: Any, now: datetime) -> bool:
    """Whether this person works by these lists, through a post inside the house."""
    return any(one.can.intersection(KEEPERS) for one in standing_of(user, now).insiders())


# --- which rows -------------------------------------------------------------------------------------------


def issues(asked: Asked) -> QuerySet:
    """The problem list: what happened in the unit, or what the body has a part in; newest first."""
    found = asked.seen()
    if asked.unit:
        found = found.filter(inside(asked.unit))
    if asked.body:
        found = found.filter(pk__in=Concern.objects.filter(body=asked.body).values("issue_id"))
    if asked.state:
        found = _in_state(found, asked.state)
    if asked.whistle:
        called = Callee.objects.called().filter(whistle__kind=asked.whistle).order_by()
        found = found.open().filter(pk__in=called.values("issue_id"))
    if asked.late:
        found = found.overdue(asked.now)
    found = _rated(found, asked) if asked.rated else found.filter(asked.during("reported_at"))
    return found.order_by("-reported_at", "-pk")


def _in_state(found: Any, state: str) -> Any:
    """In this state, or in one of several together (STATE_GROUPS)."""
    match state:
        case "open":
            return found.open()
        case "danger":
            return found.open().filter(is_danger=True)
        case "whistles":
            return found.open().filter(open_whistles__gt=0)
    return found.filter(state=state)


def _rated(found: Any, asked: Asked) -> Any:
    """By what became of the result in the period: the reporter's verdict, that there was none, or that it closed."""
    if asked.rated == "closed":
        return found.filter(asked.during("closed_at"), state="closed")
    ratings = Rating.objects.holding().filter(asked.during("rated_at"), issue=OuterRef("pk"))
    if asked.rated == "unrated":
        ended = found.filter(asked.during("closed_at"), state="closed", main=None, at_once=False)
        ended = ended.exclude(source__in=WITHOUT_REPORTER)
        last = Rating.objects.filter(issue=OuterRef("pk"), round=OuterRef("redo_count") + 1)
        return ended.exclude(Exists(last)).exclude(outcome="withdrawn")
    verdict = {"solved": "solved", "unsolved": "solved", "satisfied": "satisfied", "unsatisfied": "satisfied"}
    if name := verdict.get(asked.rated):
        ratings = ratings.filter(**{name: not asked.rated.startswith("un")})
    return found.filter(Exists(ratings))


def calls(asked: Asked) -> QuerySet:
    """待回访: the results whose reporters this person may call, by where it happened and who submitted them."""
    found = asked.seen().to_call_back(asked.user, asked.now).filter(asked.during("resolved_at"))
    if asked.unit:
        found = found.filter(inside(asked.unit))
    return found.filter(lead_body=asked.body) if asked.body else found


def duties(asked: Asked) -> QuerySet:
    """The responsibility list: everything open, by who has it; what is due first stands first."""
    found = asked.seen().open().filter(held_within(asked), asked.during("reported_at"))
    if asked.state:
        found = found.filter(state=asked.state)
    return (found.overdue(asked.now) if asked.late else found).order_by("due_at", "-pk")


def held_within(asked: Asked, prefix: str = "owner_") -> Q:
    """Held by the unit asked for, one below it, or a body that belongs there; or by the body asked for."""
    found = Q(**{f"{prefix}body": asked.body}) if asked.body else Q()
    if asked.unit is None:
        return found
    kind = asked.unit.kind
    own = Q(**{f"{prefix}unit" if kind == "building" else f"{prefix}unit__{kind}": asked.unit})
    if kind in ("district", "street"):
        own |= Q(**{f"{prefix}body__{kind}": asked.unit})
    return found & own


def tasks(asked: Asked) -> QuerySet:
    """The task list: whistles, sub-tasks and decisions that wait for somebody, as one; due first."""
    first, *others = waiting_parts(asked)
    return first.union(*others, all=True).order_by("due_at", "part", "id")


def waiting_parts(asked: Asked) -> list[Any]:
    """The parts of the union that the task list is, each of them still to be narrowed."""
    wanted = [asked.part] if asked.part in PARTS else list(PARTS)
    return [_waiting(name, asked) for name in wanted]


def _waiting(part: str, asked: Asked) -> Any:
    found = PARTS[part].objects.waiting().filter(issue__in=asked.seen().order_by().values("pk"))
    found = found.filter(held_within(asked, prefix=""))
    # What waits has a deadline: so the index of these alone serves.
    found = found.filter(due_at__lt=asked.now) if asked.late else found.filter(due_at__isnull=False)
    named = found.order_by().annotate(part=Value(part, output_field=CharField()))
    return named.values_list(*PART_COLUMNS, named=True)
