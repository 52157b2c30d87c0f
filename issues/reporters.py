"""Who reported, and whether anybody can reach them. Reads; decides nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.phones import is_mobile
from grids.lineage import key_of
from issues.kinds import CALL, LINK, RESULTS
from issues.lifecycle import MOST_REDOS, VERB
from issues.limits import CALLED_BACK_WITHIN, MOST_CALLS, MOST_QUESTIONS, REOPENED_WITHIN
from issues.models import Deadline, Issue, Reporter
from issues.models.clock import OF_ISSUE
from notices.channels import texts_go_out
from notices.models import Notice
from trail.models import Event

CALLED_FROM = VERB["call_back"].from_states
ASKED_FROM = VERB["ask_info"].from_states
# By one of these a result came to be reviewed.
TO_REVIEW = ("rate", "call_back", "reopen", "verify", "hotline_again")
# What a notice calls a reporter without an account: "reporter:12".
CONTACT = "reporter"
HELD = frozenset(word.key for word in RESULTS)


def questions_left(issue: Issue) -> bool:
    """May its owner ask the reporter once more? No query until they were asked as often by anybody."""
    if issue.question_count < MOST_QUESTIONS or issue.state not in ASKED_FROM:
        return True
    asked = Event.objects.about("issue", issue.pk).filter(verb="ask_info")
    return asked.filter(data__owner=dict([key_of(issue.owner)])).count() < MOST_QUESTIONS


def waits_for_answer(issue: Issue) -> bool:
    """Does the handler's clock stand still until the reporter answers? Not while somebody is called, and not after
    it, though the answer is welcome still. No query but where something was asked."""
    if issue.asked_at is None:
        return False
    return Deadline.objects.open().filter(OF_ISSUE, issue=issue.pk, clock="supply").exists()


def nobody_to_ask(issue: Issue) -> bool:
    """Can nobody answer a question? Who reported with an account can, and who was given a follow link; whoever
    it was registered for only by telephone. No query but for those."""
    if issue.state not in ASKED_FROM:
        return False
    return not issue.has_reporter or (issue.on_behalf and not has_phone(issue))


def waits_for_call(issue: Issue, now: datetime) -> bool:
    """May its reporter be called back (回访)? No query but for a result of the last weeks."""
    lately = issue.resolved_at is not None and issue.resolved_at > now - CALLED_BACK_WITHIN
    if issue.state not in CALLED_FROM or not lately or issue.disputed or issue.call_count >= MOST_CALLS:
        return False
    return Issue.objects.filter(pk=issue.pk).unheard(now).exists()


def may_reopen(issue: Issue, now: datetime) -> bool:
    """Did it end with a result within the last 30 days? Not where the level above has looked at that result and ended
    it all the same, and not once it was redone as often as may be."""
    lately = issue.closed_at is not None and issue.closed_at > now - REOPENED_WITHIN
    held = issue.outcome in HELD and not issue.disputed and issue.redo_count < MOST_REDOS
    return issue.state == "closed" and lately and held


def only_heard(issue: Issue, now: datetime) -> bool:
    """Is it called unsolved by telephone alone, and is the reporter's own window still open? No query but where
    somebody was called back and it is reviewed."""
    if issue.state != "resolved" or not issue.disputed or not issue.call_count:
        return False
    said = set(issue.ratings.filter(round=issue.redo_count + 1).values_list("source", flat=True))
    window = Deadline.objects.filter(OF_ISSUE, issue=issue.pk, clock="rate").order_by("-round").first()
    return CALL in said and LINK not in said and window is not None and now < window.limit_at


def said_unsolved(issue: Issue) -> bool:
    """Is its result reviewed because its reporter said so: in a verdict on it, or by opening it again? Nobody asked them
    where a check on the spot found it not in order, or the hotline sent it again. No query but while it is reviewed."""
    if issue.state != "resolved" or not issue.disputed:
        return False
    if issue.ratings.filter(round=issue.redo_count + 1, solved=False).exists():
        return True
    last = Event.objects.about("issue", issue.pk).filter(verb__in=TO_REVIEW).last()
    return last is not None and last.verb == "reopen"


def told_late(issue: Issue) -> bool:
    """Was whoever has it in hand chased since they have it: for their result, or for the promised date? Nobody is who has
    not signed for it yet. No query but while it is handled."""
    if issue.state != "handling" or issue.assigned_at is None:
        return False
    fired = Deadline.objects.filter(OF_ISSUE, issue=issue.pk, fired_at__gte=issue.assigned_at)
    return fired.filter(clock__in=("submit", "promise")).exclude(rung="remind").exists()


def reported_by(issue: Issue, user: int) -> bool:
    """In their own name."""
    return issue.registered_by_id == user and not issue.on_behalf


def same_day(issue: Issue, now: datetime) -> bool:
    """Is it the day on which it was reported; or is it reported and settled in one go, about an earlier one?"""
    return issue.received_at == now or timezone.localdate(issue.reported_at) == timezone.localdate(now)


def writes_for(issue: Issue, user: int | None) -> bool:
    """Did this person register it for somebody else, whom they may hear from again?"""
    return issue.on_behalf and user is not None and issue.registered_by_id == user


def is_confidential(issue: Issue) -> bool:
    """Does the hotline ask for its caller to be kept secret (保密)? No query but for its orders."""
    return issue.source == "hotline" and Reporter.objects.filter(issue=issue.pk, is_secret=True).exists()


def has_phone(issue: Issue) -> bool:
    """Was a telephone number left, and not erased yet?"""
    return Reporter.objects.filter(issue=issue.pk, erased_at=None).exclude(phone_hash="").exists()


@dataclass(frozen=True)
class Texted:
    """What became of text messages to the reporter. `takes_texts`: their number does take them; `last`: the newest that was
    not spared."""

    takes_texts: bool
    last: Notice | None = None

    @property
    def call(self) -> bool:
        """Must somebody call them instead?"""
        return not self.takes_texts or (self.last is not None and self.last.state == "dead")


def notice_name(issue_id: int) -> str:
    """What a notice calls the reporter of this issue."""
    return f"{CONTACT}:{issue_id}"


def _told_by_text(ids: Iterable[int]) -> Any:
    """Reporters of these issues (ids) who hear by telephone alone: without an account, not through another system, and no
    caller of the hotline, which tells its callers itself."""
    without_account = Q(issue__registered_by=None) | Q(issue__on_behalf=True)
    rows = Reporter.objects.filter(without_account, issue__in=ids, erased_at=None).exclude(phone_hash="")
    return rows.exclude(issue__source="hotline").exclude(issue__registered_by__is_service=True)


def reached_by_text(ids: Iterable[int]) -> set[int]:
    """Those of these issues (ids) whose reporter hears by text message: their telephone takes them. One query."""
    return {row.pk for row in _told_by_text(ids).only("issue", "phone") if is_mobile(row.phone)}


def texted(issue: Issue, reporter: Reporter | None) -> Texted | None:
    """What became of text messages to this reporter; None where none would go out. Two queries at most."""
    if reporter is None or not texts_go_out() or not _told_by_text([issue.pk]).exists():
        return None
    if not is_mobile(reporter.phone):
        return Texted(takes_texts=False)
    told = Notice.objects.to_contact(notice_name(issue.pk)).exclude(state="spared")
    return Texted(takes_texts=True, last=told.first())
