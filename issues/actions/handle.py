"""The handler's own steps: sign, contact, note; and what a result does to the issue."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from calendars.worktime import Due, Span
from grids.levels import LEVELS
from grids.models import Unit
from issues.actions.batch import Batch, party
from issues.actions.check import ask_for_check, checked_by
from issues.actions.clocks import cancel_clocks
from issues.actions.filled import check_filled
from issues.actions.first_report import hear_report
from issues.actions.merge import resolve_followers
from issues.actions.parts import end_decisions, end_everything, end_proposed
from issues.actions.photos import Photo, keep_photos, release_photos
from issues.actions.promises import own_limit
from issues.actions.step import Step, add_note, begin, finish, put_clock
from issues.districts import limits_of, rules_of
from issues.kinds import CONTACT_WAYS, Word
from issues.models import Issue
from issues.rules import ends_at_once
from issues.ties import above_positions, facts_of
from issues.worktimes import worktime_of
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def sign_issue(issue: Issue, *, by: "User", now: datetime, version: int | None = None) -> Issue:
    """Take it on. Of many at the same time one succeeds; the others are told that it is signed for."""
    step = begin(issue, "sign", by=by, now=now, version=version)
    _take_over(step)
    take(step)
    return finish(step)


@transaction.atomic
def contact_resident(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    way: str,
    text: str = "",
    occurred_at: datetime | None = None,
    version: int | None = None,
) -> Issue:
    """The first contact is what "responded" means; it signs too, in one tap. It was never before what it is about."""
    step = begin(issue, "contact", by=by, now=now, version=version)
    check_word(way, CONTACT_WAYS)
    if step.issue.state == "assigned":
        _take_over(step)
        take(step)
    then = min(max(occurred_at or now, step.issue.reported_at), now)
    if step.issue.contacted_at is None:
        step.change(contacted_at=then)
    return finish(step, data={"way": way}, text=text, internal=True, occurred_at=then)


@transaction.atomic
def note_progress(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    text: str,
    internal: bool = False,
    photos: Iterable[Photo] = (),
    version: int | None = None,
) -> Issue:
    """A line for the timeline; unless internal, the resident reads it too. Of somebody called to an emergency the
    first one is their first report."""
    step = begin(issue, "note", by=by, now=now, version=version)
    if not internal:
        check_filled(step, text)
    hear_report(step)
    noted = finish(step, data={"internal": internal}, text=text, internal=internal)
    keep_photos(noted, photos, seq=noted.version, now=now, internal=internal)
    return noted


def check_word(key: str, words: tuple[Word, ...]) -> None:
    """Raises Refused for a key that the table does not have."""
    if key not in {word.key for word in words}:
        raise Refused(_("Choose one of what is offered."), code="word")


def take(step: Step, *, stays: bool = False) -> None:
    """The signer's own unit or body has it now; the clock for the result runs from when it was given.

    So that the promised date holds. Where it cannot any more, the event says which date does. Of what came back it
    `stays` even where this level has longer.
    """
    issue, now = step.issue, step.now
    cancel_clocks(issue, now=now)
    sign(step)
    span = limits_of(issue, issue.owner.kind, now).submit
    given, reckoned = own_limit(issue), None
    if given is None and issue.counted_from is not None:
        given, reckoned = _promised(step, span, issue.counted_from, stays)
    clock = put_clock(step, "submit", span, since=issue.assigned_at, limit=given, ends=reckoned)
    step.promise(clock.limit_at)


def _promised(step: Step, span: Span, since: datetime, stays: bool) -> tuple[Due | None, datetime | None]:
    """Of what came back (退单) the promised date, where the owner's whole time would end after it: a wrong dispatch costs
    the reporter nothing. It moves only where this level has longer, counted from when it was first given (`since`), and
    not if it `stays`. Either a date that was given or a moment that was reckoned."""
    issue, worktime = step.issue, worktime_of(step.issue.district_id)
    reckoned = worktime.due(since, span).at
    if not stays:
        step.promise(reckoned)
    promised = issue.promised_at
    assert promised is not None, "it has just been given"
    if promised >= worktime.due(issue.assigned_at, span).at:
        return None, None
    return (None, reckoned) if promised == reckoned else (Due(promised, False), None)


def sign(step: Step) -> None:
    """It is the owner's to do from now on, and nobody else is responsible for it any more."""
    signed = {"signed_by": step.by, "signed_at": step.now}
    step.change(state="handling", keeper_unit=None, keeper_body=None, **signed)


def _take_over(step: Step) -> None:
    """In danger a level above may be the first to answer: then it has it."""
    if "owner" in step.ties:
        return
    assert step.standing is not None
    above = [one for one in above_positions(step.standing, step.issue.owner) if "handle" in one.can]
    nearest = max(above, key=lambda one: LEVELS[str(one.level)].number)
    was = step.issue.owner
    step.change(owner_unit=Unit.objects.get(pk=nearest.unit_id), owner_body=None)
    step.data |= {"from": party(was), "to": party(step.issue.owner)}


def resolve(
    step: Step,
    outcome: str,
    text: str,
    *,
    internal_text: str = "",
    photos: Iterable[Photo] = (),
    approved: int | None = None,
) -> Issue:
    """The result is there: the rating window opens, unless there is nobody to rate it; then it is closed, at once
    or with the check on the spot. A whistle that the street has not agreed to is dropped.

    `approved`: the event beside which its photos have waited for the head.
    """
    issue, now = step.issue, step.now
    cancel_clocks(issue, now=now)
    step.change(
        state="resolved",
        outcome=outcome,
        resolved_at=now,
        resolved_by=step.by,
        lead_unit=issue.owner_unit,
        lead_body=issue.owner_body,
        keeper_unit=None,
        keeper_body=None,
        submit_left=None,
        asked_at=None,
    )
    end_decisions(step)
    end_proposed(step)
    over = _over(step)
    if over:
        end_everything(step)
        step.change(state="closed", closed_at=now, due_at=None)
    finish(step, data={"outcome": outcome} | checked_by(issue), text=text)
    add_note(step, text=internal_text, internal=True)
    if approved is None:
        kept = keep_photos(issue, photos, seq=issue.version, now=now)
    else:
        kept = release_photos(issue, since=approved, seq=issue.version)
    resolve_followers(step, text=text, photos=kept)
    return _close(issue, over, now) if over else issue


def _over(step: Step) -> dict[str, bool]:
    """Why nobody is waited for; nothing while somebody is: the reporter to rate it, and whoever checks it."""
    issue, now = step.issue, step.now
    step.change(at_once=ends_at_once(facts_of(issue, now=now, by=step.by)))
    if not issue.nobody_rates:
        put_clock(step, "rate", rules_of(issue.district_id, now).rating_window)
    ask_for_check(step)
    if issue.waits_for_check or not issue.nobody_rates:
        return {}
    return {"at_once": True} if issue.at_once else {"reporter": False}


def _close(issue: Issue, over: dict[str, bool], now: datetime) -> Issue:
    batch = Batch(now)
    batch.record(issue, "close", {"rated": False} | over)
    batch.write()
    return issue
