"""What every verb shares: lock, let what is due fire first, ask the rule, write, record."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from calendars.worktime import Due, Span
from grids.models import Unit
from grids.standing import Standing, standing_of
from issues.actions.batch import party
from issues.actions.clocks import new_deadline
from issues.actions.escalate import fire_due
from issues.actions.promises import keep_promise, may_need_clock, promise
from issues.inputs import Input
from issues.lifecycle import VERB
from issues.models import Callee, Deadline, Decision, Issue, Note, Part
from issues.rules import Ties, refusal
from issues.sights import overtaken
from issues.ties import actor_label, facts_of, ties_of
from trail.actions import NewEvent, insert_rows, record_events, update_row
from trail.refusals import Refused, Stale
from trail.rows import read
from trail.statements import rows_of

if TYPE_CHECKING:
    from accounts.models import User

# What moves the promised date, or lets the handler's own clock stand still or run on, changes one of these.
TOUCHES_PROMISE = frozenset({"submit_left", "promised_at", "due_at", "state"})
# By hand, as all that every step asks.
DUE = """
    SELECT id FROM issues_deadline
    WHERE issue_id = %s AND due_at <= %s AND fired_at IS NULL AND cancelled_at IS NULL LIMIT 1
"""


@dataclass
class Step:
    """One transition under way: the locked issue, who does it, and the fields that it has changed so far."""

    issue: Issue
    verb: str
    by: "User | None"
    now: datetime
    standing: Standing | None = None
    ties: Ties = field(default_factory=dict)
    part: Part | None = None
    changed: set[str] = field(default_factory=set)
    data: dict[str, Any] = field(default_factory=dict)
    # May the promised date have had a clock of its own when the step began?
    had_promise_clock: bool = False

    def __post_init__(self) -> None:
        self.had_promise_clock = may_need_clock(self.issue)

    def change(self, **values: Any) -> None:
        """Set fields of the issue; `finish` writes them."""
        for name, value in values.items():
            setattr(self.issue, name, value)
        self.changed |= set(values)

    @property
    def called(self) -> Callee:
        """The callee whose step it is."""
        assert isinstance(self.part, Callee)
        return self.part

    def promise(self, date: datetime) -> None:
        """Move the promised date, only ever later; the event then says so."""
        said = promise(self.issue, date)
        self.data |= said
        self.changed |= set(said)


def lock_issue(pk: int) -> Issue:
    """The issue as it is now, locked until the transaction ends. Children may still be inserted beside it.

    Every verb comes through here: what only some of them need is left to be loaded when they ask.
    """
    found = read(Issue, "WHERE this.id = %s FOR NO KEY UPDATE", [pk])
    if not found:
        raise Issue.DoesNotExist
    issue = found[0]
    if issue.owner_unit_id:
        (issue.owner_unit,) = read(Unit, "WHERE this.id = %s", [issue.owner_unit_id], without=("boundary",))
    return issue


def begin(
    subject: Issue | Part,
    verb: str,
    *,
    by: "User | None",
    now: datetime,
    version: int | None = None,
    reporter: bool = False,
) -> Step:
    """Open a step, inside a transaction: lock, fire what is due first, ask the rule.

    `by=None` is the holder of the follow link if `reporter`, else nobody. `version` is that of the issue
    which the caller was looking at. Raises NotAllowed (not theirs), Refused (not now) or Stale; the caller's
    transaction then rolls back, and what was due is left to the sweep.
    """
    issue = lock_issue(subject.pk if isinstance(subject, Issue) else subject.issue_id)
    if _is_due(issue, now):
        fire_due([issue], now=now)
    part = None if isinstance(subject, Issue) else _part_now(subject)
    standing = standing_of(by, now) if by else None
    ties = ties_of(issue, standing, now=now, part=part, reporter=reporter)
    if no := refusal(VERB[verb], facts_of(issue, now=now, by=by, part=part), ties):
        raise no
    if version is not None and overtaken(issue, version):
        raise stale()
    return Step(issue, verb, by, now, standing, ties, part)


def stale() -> Stale:
    """What is said to somebody who was looking at a version that is no more."""
    return Stale(_("The issue has changed since you opened it; look again."), code="stale")


def _is_due(issue: Issue, now: datetime) -> bool:
    """Must a rung fire first? Asked before every step and nearly always answered with no."""
    return bool(rows_of(DUE, [issue.pk, now]))


def _part_now(part: Part) -> Part:
    """As it is now; the issue's lock covers it."""
    whistle = ("whistle",) if isinstance(part, Callee | Decision) else ()
    return type(part).objects.select_related(*whistle, "unit", "body__unit", "raised_to").get(pk=part.pk)


def finish(
    step: Step,
    *,
    data: dict | None = None,
    text: str = "",
    internal: bool = False,
    occurred_at: datetime | None = None,
) -> Issue:
    """Write the changed fields, the words and the event; the step's issue is then one version on.

    Raises Refused("text") for words that the verb demands and that are missing, or far too many.
    """
    issue = step.issue
    check_words(step, text)
    step.change(version=issue.version + 1)
    update_row(issue, step.changed)
    if (step.had_promise_clock or may_need_clock(issue)) and TOUCHES_PROMISE & step.changed:
        keep_promise(issue, now=step.now, round=issue.version)
    add_note(step, text=text, internal=internal)
    record_events([event_of(step, step.data | (data or {}), occurred_at)], now=step.now)
    return issue


def check_words(step: Step, text: str) -> None:
    """Raises Refused("text") for words that the verb demands and that are missing, or far too many."""
    asked = next((one for one in _questions(step.verb) if one.key == "text"), None)
    if asked and asked.required and not text.strip():
        raise Refused(_("Please say: %(what)s.") % {"what": asked.label}, code="text")
    if asked and len(text) > asked.max_length:
        raise Refused(_("At most %(most)d characters.") % {"most": asked.max_length}, code="text")


def _questions(verb: str) -> tuple[Input, ...]:
    """What a verb asks; nothing where it is only the name of an event."""
    return VERB[verb].inputs if verb in VERB else ()


def add_note(step: Step, *, text: str, internal: bool) -> None:
    """Keep the words of this step, if there are any, beside its event."""
    if text.strip():
        Note.objects.create(
            issue=step.issue,
            seq=step.issue.version,
            callee_id=_callee_id(step.part),
            internal=internal,
            text=text.strip(),
            author=step.by,
            created_at=step.now,
        )


def _callee_id(part: Part | None) -> int | None:
    """To whom of those called the words belong: what is decided about one is theirs to read too."""
    return part.pk if isinstance(part, Callee) else getattr(part, "callee_id", None)


def event_of(step: Step, data: dict, occurred_at: datetime | None = None) -> NewEvent:
    """The event of this step: state and owner after it, plus what the verb adds."""
    issue = step.issue
    part = {step.part.PART: step.part.pk} if step.part else {}
    return NewEvent(
        "issue",
        issue.pk,
        step.verb,
        seq=issue.version,
        by=step.by,
        occurred_at=occurred_at,
        actor_label=actor_label(step.standing, step.part.party if step.part else issue.owner),
        unit_id=issue.owner_unit_id or issue.community_id or issue.district_id,
        unit_label=issue.place_label[:120],
        district_id=issue.district_id,
        data={"state": issue.state, "owner": party(issue.owner)} | part | data,
    )


def put_clock(
    step: Step,
    clock: str,
    span: Span,
    *,
    since: datetime | None = None,
    limit: Due | None = None,
    left: timedelta | None = None,
    ends: datetime | None = None,
) -> Deadline:
    """Start one of the issue's own clocks (as `new_deadline`) and show its deadline on the issue."""
    # The event of this step will carry the next version.
    following = step.issue.version + 1
    deadline = new_deadline(
        step.issue, clock, span, now=step.now, round=following, since=since, limit=limit, left=left, ends=ends
    )
    step.change(due_at=deadline.limit_at, due_provisional=deadline.provisional)
    insert_rows([deadline])
    return deadline
