"""What came of hotline orders, read for many at once, as the hotline wants to hear it."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import translation

from issues.hotline.replies import Reply
from issues.models import HotlineOrder, Issue, Note, Rating
from issues.sentences import framed
from trail.models import Event

AT_ONCE = 1000
# The words that answer a matter: the last of them hold, and what a reviewer says who ends it after a dispute.
ANSWERS = ("submit_result", "answer", "resolve_with", "return_to_hotline")
ENDS = "close"
CHINESE = "zh-hans"


def replies(orders: QuerySet[HotlineOrder]) -> Iterator[Reply]:
    """One reply per order, oldest number first: four statements for a thousand of them."""
    ids = list(orders.order_by("number").values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        rows = HotlineOrder.objects.filter(pk__in=some).select_related("issue").order_by("number")
        answers, ratings = _answers(some), _ratings(some)
        for row in rows:
            # What was said of an earlier result is not said of this one.
            rating = ratings.get((row.pk, row.issue.redo_count + 1))
            yield _reply(row, answers.get(row.pk, ""), rating)


def ended_at(issue: Issue) -> datetime | None:
    """When the result was handed in, or the order returned; None while it is in hand.

    The window for the rating, which comes after, is no part of the hotline's time. A result that the reporter
    disputes, or that is still to be looked at on the spot, is none yet; nor has one that follows another a result, whatever
    it had before.
    """
    if issue.state == "resolved":
        return None if issue.disputed or issue.waits_for_check else issue.resolved_at
    if issue.is_open or issue.state == "merged":
        return None
    return issue.closed_at if issue.state == "rejected" else issue.resolved_at or issue.closed_at


def _reply(row: HotlineOrder, answer: str, rating: Rating | None) -> Reply:
    issue = row.issue
    return Reply(
        number=row.number,
        given=row.given,
        dispatched_at=row.dispatched_at,
        deadline_at=row.deadline_at,
        ended_at=ended_at(issue),
        outcome=issue.outcome,
        # Only to the hotline can an order be returned: there is no other rejection.
        returned=issue.state == "rejected",
        answer=answer,
        solved=rating.solved if rating else None,
        satisfied=rating.satisfied if rating else None,
    )


def _answers(ids: Collection[int]) -> dict[int, str]:
    """Issue → what the reporter reads as the result."""
    told: dict[int, list[Any]] = {}
    events = Event.objects.filter(subject_type="issue", subject_id__in=ids, verb__in=(*ANSWERS, ENDS))
    for issue, seq, verb, data in events.order_by("seq").values_list("subject_id", "seq", "verb", "data"):
        told[issue] = [*told.get(issue, ()), (seq, data)] if verb == ENDS else [(seq, data)]
    seqs = {seq for said in told.values() for seq, _data in said}
    notes = defaultdict(list)
    for note in Note.objects.filter(issue__in=ids, seq__in=seqs, internal=False).order_by("pk"):
        notes[note.issue_id, note.seq].append(note)
    return {
        issue: "\n".join(words for seq, data in said for words in _words(notes[issue, seq], data))
        for issue, said in told.items()
    }


def _words(notes: list[Note], data: dict[str, Any]) -> list[str]:
    """What was written; what stands in a sentence of ours comes last, in Chinese."""
    frames = {pk: frame for frame, pk in data.get("frames", {}).items()}
    with translation.override(CHINESE):
        framing = [framed(frames[note.pk], note.text, data) for note in notes if note.pk in frames]
    return [*(note.text for note in notes if note.pk not in frames), *framing]


def _ratings(ids: Collection[int]) -> dict[tuple[int, int], Rating]:
    """(issue, number of the result) → the reporter's verdict on it."""
    return {(row.issue_id, row.round): row for row in Rating.objects.filter(issue__in=ids).holding()}
