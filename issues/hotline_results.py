"""What came of hotline orders, read for many at once, as the hotline wants to hear it."""

from collections.abc import Iterator

from django.db.models import Max, QuerySet

from issues.hotline.replies import Reply
from issues.models import HotlineOrder, Note, Rating
from trail.models import Event

AT_ONCE = 1000
# The words that end a matter: the last of them is the answer.
ANSWERS = ("submit_result", "answer", "reject", "return_to_hotline")
RETURNS = ("reject", "return_to_hotline")


def replies(orders: QuerySet[HotlineOrder]) -> Iterator[Reply]:
    """One reply per order, oldest number first: four statements for a thousand of them."""
    ids = list(orders.order_by("number").values_list("pk", flat=True))
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        rows = HotlineOrder.objects.filter(pk__in=some).select_related("issue").order_by("number")
        answers, ratings, returned = _answers(some), _ratings(some), _returned(some)
        for row in rows:
            yield _reply(row, answers.get(row.pk, ""), ratings.get(row.pk), row.pk in returned)


def _reply(row: HotlineOrder, answer: str, rating: Rating | None, returned: bool) -> Reply:
    issue = row.issue
    ended = not issue.is_open
    return Reply(
        number=row.number,
        given=row.given,
        ended_at=(issue.closed_at or issue.resolved_at) if ended else None,
        outcome=issue.outcome,
        returned=returned and issue.state == "rejected",
        answer=answer,
        solved=rating.solved if rating else None,
        satisfied=rating.satisfied if rating else None,
    )


def _answers(ids: list[int]) -> dict[int, str]:
    """Issue → what the resident last read as the result."""
    told = Event.objects.filter(subject_type="issue", subject_id__in=ids, verb__in=ANSWERS)
    last = dict(told.order_by().values_list("subject_id").annotate(Max("seq")))
    notes = Note.objects.filter(issue__in=ids, seq__in=set(last.values()), internal=False).order_by("pk")
    return {note.issue_id: note.text for note in notes if note.seq == last.get(note.issue_id)}


def _ratings(ids: list[int]) -> dict[int, Rating]:
    """Issue → the reporter's last verdict."""
    return {row.issue_id: row for row in Rating.objects.filter(issue__in=ids).order_by("round")}


def _returned(ids: list[int]) -> set[int]:
    told = Event.objects.filter(subject_type="issue", subject_id__in=ids, verb__in=RETURNS)
    return set(told.order_by().values_list("subject_id", flat=True))
