"""The result: submitted by whoever has it, or, where a body approves its replies, put to its head first."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from grids.models import Body
from grids.standing import standing_of
from issues.actions.batch import party
from issues.actions.filled import check_filled
from issues.actions.frames import keep_framed
from issues.actions.handle import check_word, resolve, take
from issues.actions.oversight import ask
from issues.actions.photos import Photo, keep_photos
from issues.actions.step import Step, add_note, begin, check_words, finish
from issues.kinds import REPLY_CHECKS, RESULTS
from issues.models import Decision, Issue, Note
from trail.models import Event
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def submit_result(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    outcome: str,
    text: str,
    internal_text: str = "",
    case_number: str = "",
    feedback_on: date | None = None,
    photos: Iterable[Photo] = (),
    checks: Collection[str] = (),
    version: int | None = None,
) -> Issue:
    """Say what came of it; the reporter verifies by rating within five working days.

    Referred to a legal procedure it needs the case number and the date of the next feedback. A body
    confirms every point of REPLY_CHECKS; where its head approves replies, the head is asked first. What the
    handler had reported too is closed at once. Raises Refused("legal"), ("word"), ("checks"), ("unfilled").
    """
    step = begin(issue, "submit_result", by=by, now=now, version=version)
    check_word(outcome, RESULTS)
    _confirm(step, checks)
    check_filled(step, text)
    if outcome == "legal":
        _keep_case(step, case_number, feedback_on)
    if _needs_approval(step):
        return _ask_approval(step, outcome, text, internal_text=internal_text, photos=photos)
    return resolve(step, outcome, text, internal_text=internal_text, photos=photos)


@transaction.atomic
def answer_issue(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    text: str,
    internal_text: str = "",
    photos: Iterable[Photo] = (),
    checks: Collection[str] = (),
    version: int | None = None,
) -> Issue:
    """Answer a question at once, without handing it to anybody: a reply like any other, so a body confirms its
    points, and its head approves it where that is asked. Raises Refused("checks"), ("unfilled")."""
    step = begin(issue, "answer", by=by, now=now, version=version)
    _confirm(step, checks)
    check_filled(step, text)
    if not _needs_approval(step):
        return resolve(step, "answered", text, internal_text=internal_text, photos=photos)
    if step.issue.state != "handling":
        take(step)
    return _ask_approval(step, "answered", text, internal_text=internal_text, photos=photos)


def submit_approved(step: Step, decision: Decision) -> None:
    """Granted: the result is submitted as it was written, by whoever wrote it."""
    issue, author = step.issue, decision.asked_by
    assert author is not None, "somebody always wrote it"
    proposed = Event.objects.about("issue", issue.pk).filter(verb="propose_reply", data__decision=decision.pk)
    written = proposed.get()
    kept = {name: written.data[name] for name in ("checks", "feedback_on", "frames") if name in written.data}
    standing, following = standing_of(author, step.now), issue.version + 1
    inner = replace(
        step, verb="submit_result", by=author, standing=standing, part=None, changed=set(), data=kept
    )
    Note.objects.filter(pk__in=kept.get("frames", {}).values()).update(seq=following)
    resolve(inner, decision.outcome, decision.text, approved=written.seq)


def _needs_approval(step: Step) -> bool:
    """Does somebody of a body that approves its replies submit it, and not the head?"""
    owner = step.issue.owner
    if not isinstance(owner, Body) or not owner.approves_replies or step.standing is None:
        return False
    there = any(one.body_id == owner.pk for one in step.standing.positions)
    return there and "assign_officer" not in step.ties.get("owner", ())


def _ask_approval(
    step: Step, outcome: str, text: str, *, internal_text: str = "", photos: Iterable[Photo] = ()
) -> Issue:
    """The head reads it first; the handler's clock runs on."""
    check_words(step, text)
    owner = step.issue.owner
    decision = ask(step, "reply", owner, outcome=outcome, text=text.strip())
    # An event of its own: nothing is submitted yet.
    step.verb = "propose_reply"
    asked = {"what": "reply", "decision": decision.pk, "asked": party(owner), "outcome": outcome}
    issue = finish(step, data=asked)
    add_note(step, text=internal_text, internal=True)
    keep_photos(issue, photos, seq=issue.version, now=step.now, internal=True)
    return issue


def _confirm(step: Step, checks: Collection[str]) -> None:
    """A body has looked at every point of its reply; the event says so."""
    if not isinstance(step.issue.owner, Body):
        return
    missing = [word for word in REPLY_CHECKS if word.key not in checks]
    if missing:
        raise Refused(
            _("Confirm each point of the reply; still missing: %(points)s.")
            % {"points": _(", ").join(str(word.label) for word in missing)},
            code="checks",
        )
    step.data["checks"] = [word.key for word in REPLY_CHECKS]


def _keep_case(step: Step, case_number: str, feedback_on: date | None) -> None:
    """The number names a case, so it may not stand in the event; the date may."""
    if not (case_number.strip() and feedback_on):
        raise Refused(
            _("A legal procedure needs its case number and the date of the next feedback."), code="legal"
        )
    step.data["feedback_on"] = feedback_on.isoformat()
    keep_framed(step, "case", case_number)
