"""Supervision runs beside handling: chasing, letters, and what the level above is asked for."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calendars.worktime import Due, Span
from grids.models import Body, Unit
from issues.actions.batch import party
from issues.actions.clocks import cancel_clocks, new_deadline, own_span, time_left
from issues.actions.concerns import concern
from issues.actions.handle import check_word
from issues.actions.merge import lock_main, pass_on_chase
from issues.actions.parts import end_decisions
from issues.actions.pausing import go_on, show_next_due, stop_clock, with_rest
from issues.actions.promises import own_limit
from issues.actions.step import Step, begin, finish, put_clock
from issues.districts import rules_of
from issues.kinds import CAUSES
from issues.models import Deadline, Decision, Issue
from issues.models.clock import OF_ISSUE
from issues.routing import level_above
from issues.ties import last_chase
from issues.worktimes import worktime_of
from trail.refusals import Refused
from trail.turns import take_turn

if TYPE_CHECKING:
    from accounts.models import User

# How far ahead a matter may be parked before somebody looks at it again.
LONGEST_SUSPENSION = timedelta(days=366)


@transaction.atomic
def chase_issue(
    issue: Issue, *, by: "User | None", now: datetime, text: str = "", version: int | None = None
) -> Issue:
    """催办: the owner is told that somebody waits; of what follows another whoever has that. `by=None` is the holder of
    the follow link.

    Raises Refused("not_chased") to the reporter, and to staff, who have chased it within the last day; ("main") where it
    has been merged into another meanwhile.
    """
    chief = lock_main(issue)
    step = begin(issue, "chase", by=by, now=now, version=version, reporter=by is None)
    step.change(**{last_chase(step.issue, by): now})
    chased = pass_on_chase(step, chief) if step.issue.state == "merged" else step.issue
    return finish(step, data={"asked": party(chased.owner)}, text=text, internal=by is not None)


@transaction.atomic
def supervise_issue(
    issue: Issue, *, by: "User", now: datetime, until: date, text: str, version: int | None = None
) -> Decision:
    """督办: a numbered letter to the owner, to be answered by the close of `until`.

    Raises Refused("until") for a day that is over.
    """
    step = begin(issue, "supervise", by=by, now=now, version=version)
    limit = close_of(step, until)
    letter = ask(step, "supervision", step.issue.owner, limit=limit, **numbered(step))
    finish(
        step,
        data={"decision": letter.pk, "asked": party(letter.party), "until": limit.at.isoformat()},
        text=text,
        internal=True,
    )
    return letter


@transaction.atomic
def lead_issue(
    issue: Issue, *, by: "User", now: datetime, text: str = "", version: int | None = None
) -> Issue:
    """领办: a leader takes it on in person; the owner stays responsible and knows whom to turn to."""
    step = begin(issue, "lead", by=by, now=now, version=version)
    step.change(leader_id=by.pk)
    return finish(step, text=text, internal=True)


@transaction.atomic
def ask_extension(
    issue: Issue, *, by: "User", now: datetime, until: date, text: str, version: int | None = None
) -> Decision:
    """延期, asked of the level above before the deadline; until it is granted the clock runs on.

    Raises Refused("until") for a day that is not later than the deadline, or later than the district allows.
    """
    step = begin(issue, "ask_extension", by=by, now=now, version=version)
    limit, running = close_of(step, until), _running(step, "submit")
    worktime = worktime_of(step.issue.district_id)
    most = rules_of(step.issue.district_id, now).extension.longest
    longest = worktime.due(running.limit_at, most).at
    if not running.limit_at < limit.at <= longest:
        raise Refused(
            _("Choose a day after the deadline, at most %(longest)s.")
            % {"longest": f"{timezone.localtime(longest):%Y-%m-%d}"},
            code="until",
        )
    decision = ask(step, "extension", level_above(step.issue.owner), until=limit.at)
    return _asked(step, decision, text)


@transaction.atomic
def ask_suspension(
    issue: Issue, *, by: "User", now: datetime, cause: str, until: date, text: str, version: int | None = None
) -> Decision:
    """挂账, asked of the level above: with a cause and the day on which it is looked at again.

    Raises Refused("until") for a day gone by, one more than a year ahead, or one after the hotline's deadline.
    """
    step = begin(issue, "ask_suspension", by=by, now=now, version=version)
    check_word(cause, CAUSES)
    limit = close_of(step, until)
    if limit.at > now + LONGEST_SUSPENSION:
        raise Refused(_("A matter is looked at again within a year."), code="until")
    own = own_limit(step.issue)
    if own and limit.at > own.at:
        raise Refused(
            _("The hotline's own deadline holds: choose a day until %(day)s, or ask 12345 for a later one.")
            % {"day": f"{timezone.localtime(own.at):%Y-%m-%d}"},
            code="until",
        )
    decision = ask(step, "suspension", level_above(step.issue.owner), until=limit.at, cause=cause)
    return _asked(step, decision, text)


@transaction.atomic
def resume_issue(
    issue: Issue, *, by: "User", now: datetime, text: str = "", version: int | None = None
) -> Issue:
    """It goes on; the clock has what was left of it when it stopped."""
    step = begin(issue, "resume", by=by, now=now, version=version)
    cancel_clocks(step.issue, now=now, only=("suspension",))
    step.change(state="handling", cause="")
    go_on(step)
    return finish(step, text=text)


def ask(
    step: Step,
    kind: str,
    of: Unit | Body,
    *,
    limit: Due | None = None,
    span: Span | None = None,
    asker: Unit | Body | None = None,
    **columns: object,
) -> Decision:
    """Put something to `of` for decision, with a clock of its own, beside the issue's (not recorded yet).

    The owner asks, unless another `asker` does.
    """
    owner = asker or step.issue.owner
    decision = Decision(
        issue=step.issue,
        kind=kind,
        unit=of if isinstance(of, Unit) else None,
        body=of if isinstance(of, Body) else None,
        asking_unit=owner if isinstance(owner, Unit) else None,
        asking_body=owner if isinstance(owner, Body) else None,
        asked_by=step.by,
        asked_at=step.now,
        **columns,
    )
    clock = "letter" if kind == "supervision" else "decide"
    span = span or rules_of(step.issue.district_id, step.now).decision_span(kind)
    following = step.issue.version + 1
    running = new_deadline(step.issue, clock, span, now=step.now, round=following, part=decision, limit=limit)
    decision.due_at = running.limit_at
    decision.save(force_insert=True)
    # The row had no number yet when the clock was made for it.
    running.decision = decision
    Deadline.objects.bulk_create([running])
    concern(step.issue, [of], step.now)
    step.change(open_decisions=step.issue.open_decisions + 1)
    return decision


def suspend(step: Step, decision: Decision) -> None:
    """Granted: the handler's clock stands still, what is left of it is kept; the review date is a deadline. That of
    a hotline order runs on beside it."""
    assert decision.until is not None
    stop_clock(step)
    end_decisions(step)
    step.change(state="suspended", suspended_at=step.now, cause=decision.cause)
    put_clock(step, "suspension", _days_until(step, decision.until), limit=Due(decision.until, False))
    show_next_due(step)
    step.promise(with_rest(step.issue, decision.until, now=step.now).at)


def extend(step: Step, decision: Decision) -> None:
    """Granted: the handler's clock ends later, and so does the promise.

    One that stands still meanwhile (a whistle, a question) has as much left as if it ran until that day.
    """
    assert decision.until is not None
    issue, now = step.issue, step.now
    step.change(extension_count=issue.extension_count + 1)
    step.promise(decision.until)
    if issue.submit_left is not None:
        rest = time_left(worktime_of(issue.district_id), own_span(issue, now), now, decision.until)
        step.change(submit_left=max(issue.submit_left, int(rest.total_seconds())))
        return
    running = _running(step, "submit")
    cancel_clocks(issue, now=now, only=("submit",))
    put_clock(step, "submit", running.span, since=running.started_at, limit=Due(decision.until, False))


def close_of(step: Step, day: date) -> Due:
    """The close of office on that day; on a day off, the close of the next working day. Never in the past."""
    limit = worktime_of(step.issue.district_id).close_of(day)
    if limit.at <= step.now:
        raise Refused(_("Choose a day that is still to come."), code="until")
    return limit


def _days_until(step: Step, until: datetime) -> Span:
    """The time until then as a span, so that the reminder comes at its usual share."""
    worktime, hour = worktime_of(step.issue.district_id), timedelta(hours=1)
    return Span(max(1, int(worktime.between(step.now, until) / hour)), "working_hours")


def _running(step: Step, clock: str) -> Deadline:
    """The issue's own clock that is running."""
    running = Deadline.objects.open().filter(OF_ISSUE, issue=step.issue, clock=clock).first()
    if running is None:
        raise Refused(_("No clock is running that could be extended."), code="no_clock")
    return running


def _asked(step: Step, decision: Decision, text: str) -> Decision:
    assert decision.until is not None
    data = {
        "decision": decision.pk,
        "asked": party(decision.party),
        "until": decision.until.isoformat(),
        **({"cause": decision.cause} if decision.cause else {}),
    }
    finish(step, data=data, text=text, internal=True)
    return decision


def numbered(step: Step) -> dict[str, Any]:
    """督办〔year〕number: running within the year and the district (ADR 9), taken under a lock until the transaction
    ends."""
    year, district = f"{timezone.localtime(step.now):%Y}", step.issue.district_id
    take_turn("issues.letters", district)
    letters = Decision.objects.filter(district=district, number__startswith=f"{year}-")
    last = letters.order_by("-number").values_list("number", flat=True).first()
    number = int(last.partition("-")[2]) + 1 if last else 1
    return {"number": f"{year}-{number:05d}", "district_id": district}
