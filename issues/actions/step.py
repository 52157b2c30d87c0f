"""What every verb shares: lock, let what is due fire first, ask the rule, write, record."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from calendars.worktime import Due, Span
from grids.standing import Standing, standing_of
from issues.actions.batch import party
from issues.actions.clocks import new_deadline
from issues.actions.escalate import fire_due
from issues.actions.promises import promise
from issues.lifecycle import VERB
from issues.models import Callee, Deadline, Issue, Note
from issues.rules import Ties, refusal
from issues.ties import actor_label, facts_of, ties_of
from trail.actions import NewEvent, record_events
from trail.refusals import Refused, Stale

if TYPE_CHECKING:
    from accounts.models import User


@dataclass
class Step:
    """One transition under way: the locked issue, who does it, and the fields that it has changed so far."""

    issue: Issue
    verb: str
    by: "User | None"
    now: datetime
    standing: Standing | None = None
    ties: Ties = field(default_factory=dict)
    callee: Callee | None = None
    changed: set[str] = field(default_factory=set)
    data: dict[str, Any] = field(default_factory=dict)

    def change(self, **values: Any) -> None:
        """Set fields of the issue; `finish` writes them."""
        for name, value in values.items():
            setattr(self.issue, name, value)
        self.changed |= set(values)

    @property
    def called(self) -> Callee:
        """The callee whose step it is."""
        assert self.callee is not None
        return self.callee

    def promise(self, date: datetime) -> None:
        """Move the promised date, only ever later; the event then says so."""
        said = promise(self.issue, date)
        self.data |= said
        self.changed |= set(said)


def lock_issue(pk: int) -> Issue:
    """The issue as it is now, locked until the transaction ends. Children may still be inserted beside it.

    Every verb comes through here: what only some of them need is left to be loaded when they ask.
    """
    locked = Issue.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("owner_unit").defer("owner_unit__boundary").get(pk=pk)


def begin(
    subject: Issue | Callee,
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
    issue = lock_issue(subject.issue_id if isinstance(subject, Callee) else subject.pk)
    fire_due([issue], now=now)
    callee = _callee_now(subject) if isinstance(subject, Callee) else None
    standing = standing_of(by, now) if by else None
    ties = ties_of(issue, standing, now=now, callee=callee, reporter=reporter)
    if no := refusal(VERB[verb], facts_of(issue, by=by, callee=callee), ties):
        raise no
    if version is not None and version != issue.version:
        raise Stale(_("The issue has changed since you opened it; look again."), code="stale")
    return Step(issue, verb, by, now, standing, ties, callee)


def _callee_now(callee: Callee) -> Callee:
    """As it is now; the issue's lock covers it."""
    return Callee.objects.select_related("whistle", "unit", "body__unit", "raised_to").get(pk=callee.pk)


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
    _check_words(step, text)
    step.change(version=issue.version + 1)
    issue.save(update_fields=sorted(step.changed))
    add_note(step, text=text, internal=internal)
    record_events([event_of(step, step.data | (data or {}), occurred_at)], now=step.now)
    return issue


def _check_words(step: Step, text: str) -> None:
    asked = next((one for one in VERB[step.verb].inputs if one.key == "text"), None)
    if asked and asked.required and not text.strip():
        raise Refused(_("Please say: %(what)s.") % {"what": asked.label}, code="text")
    if asked and len(text) > asked.max_length:
        raise Refused(_("At most %(most)d characters.") % {"most": asked.max_length}, code="text")


def add_note(step: Step, *, text: str, internal: bool) -> None:
    """Keep the words of this step, if there are any, beside its event."""
    if text.strip():
        Note.objects.create(
            issue=step.issue,
            seq=step.issue.version,
            callee=step.callee,
            internal=internal,
            text=text.strip(),
            author=step.by,
            created_at=step.now,
        )


def event_of(step: Step, data: dict, occurred_at: datetime | None = None) -> NewEvent:
    """The event of this step: state and owner after it, plus what the verb adds."""
    issue = step.issue
    callee = {"callee": step.callee.pk} if step.callee else {}
    return NewEvent(
        "issue",
        issue.pk,
        step.verb,
        seq=issue.version,
        by=step.by,
        occurred_at=occurred_at,
        actor_label=actor_label(step.standing, step.callee.party if step.callee else issue.owner),
        unit_id=issue.owner_unit_id or issue.community_id or issue.district_id,
        unit_label=issue.place_label[:120],
        data={"state": issue.state, "owner": party(issue.owner)} | callee | data,
    )


def put_clock(
    step: Step, clock: str, span: Span, *, since: datetime | None = None, limit: Due | None = None
) -> Deadline:
    """Start one of the issue's own clocks and show its deadline on the issue."""
    # The event of this step will carry the next version.
    following = step.issue.version + 1
    deadline = new_deadline(step.issue, clock, span, now=step.now, round=following, since=since, limit=limit)
    step.change(due_at=deadline.limit_at, due_provisional=deadline.provisional)
    Deadline.objects.bulk_create([deadline])
    return deadline
