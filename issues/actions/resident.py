"""What the reporter does besides rating, and what is asked of them; by themselves, or written down for them."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from grids.actions.locks import hold_open
from issues.actions.clocks import cancel_clocks
from issues.actions.concerns import concern
from issues.actions.filled import check_filled
from issues.actions.merge import leave_main, lock_main, release_followers
from issues.actions.parts import end_everything
from issues.actions.pausing import go_on, show_next_due, stop_clock
from issues.actions.photos import Photo, keep_photos
from issues.actions.review import reopen_for_review
from issues.actions.step import Step, begin, finish, put_clock
from issues.districts import limits_of, rules_of
from issues.models import Issue
from issues.reporters import waits_for_answer
from issues.routing import level_above, now_at

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def ask_reporter(issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None) -> Issue:
    """Something has to be known first: the handler's clock stands still until the answer, as long as the district waits
    for it, and twice at most. That of a hotline order runs on."""
    step = begin(issue, "ask_info", by=by, now=now, version=version)
    check_filled(step, text)
    stop_clock(step)
    step.change(asked_at=now, question_count=step.issue.question_count + 1)
    put_clock(step, "supply", rules_of(issue.district_id, now).supply_window)
    show_next_due(step)
    return finish(step, text=text)


@transaction.atomic
def supply_info(
    issue: Issue,
    *,
    by: "User | None",
    now: datetime,
    text: str,
    photos: Iterable[Photo] = (),
    version: int | None = None,
) -> Issue:
    """The reporter answers; the handler's clock runs on, where it has waited for that, and not where it was suspended
    meanwhile. `by=None` is the holder of the follow link."""
    step = begin(issue, "supply_info", by=by, now=now, version=version, reporter=by is None)
    if waits_for_answer(step.issue):
        cancel_clocks(step.issue, now=now, only=("supply",))
        go_on(step)
    step.change(asked_at=None)
    _say_who_wrote(step)
    return _finish(step, text, photos)


@transaction.atomic
def add_info(
    issue: Issue,
    *,
    by: "User | None",
    now: datetime,
    text: str,
    photos: Iterable[Photo] = (),
    version: int | None = None,
) -> Issue:
    """The reporter adds what nobody asked for; whoever has it hears. `by=None` is the holder of the follow link."""
    step = begin(issue, "add_info", by=by, now=now, version=version, reporter=by is None)
    _say_who_wrote(step)
    return _finish(step, text, photos)


@transaction.atomic
def reopen_issue(
    issue: Issue,
    *,
    by: "User | None",
    now: datetime,
    text: str,
    photos: Iterable[Photo] = (),
    version: int | None = None,
) -> Issue:
    """The reporter says that what has ended does not hold: the level above whoever submitted the result looks at it, as
    after a verdict of unsolved. The verdict that was given stays that of its round. `by=None` is the holder of the
    follow link."""
    step = begin(issue, "reopen", by=by, now=now, version=version, reporter=by is None)
    reopen_for_review(step)
    return _finish(step, text, photos)


@transaction.atomic
def withdraw_issue(
    issue: Issue, *, by: "User | None", now: datetime, text: str = "", version: int | None = None
) -> Issue:
    """The reporter does not need it any more: everybody who was asked for something is free again. What it followed
    goes on without it."""
    chief = lock_main(issue)
    step = begin(issue, "withdraw", by=by, now=now, version=version, reporter=by is None)
    if step.issue.state == "merged":
        leave_main(step, chief)
    _say_who_wrote(step)
    cancel_clocks(step.issue, now=now)
    end_everything(step)
    release_followers(step)
    step.change(
        state="closed", outcome="withdrawn", closed_at=now, due_at=None, submit_left=None, asked_at=None
    )
    return finish(step, text=text)


@transaction.atomic
def object_to_rejection(
    issue: Issue, *, by: "User | None", now: datetime, text: str, version: int | None = None
) -> Issue:
    """Once: the level above whoever rejected it looks at it again, and screens it or rejects it for good."""
    step = begin(issue, "object", by=by, now=now, version=version, reporter=by is None)
    # Either may have closed since it was rejected.
    reviewer = now_at(level_above(step.issue.owner))
    hold_open(reviewer)
    step.change(
        state="reported",
        owner_unit=reviewer,
        owner_body=None,
        assigned_at=now,
        counted_from=None,
        objected_at=now,
        closed_at=None,
        # Rejected with its main issue, it is one of its own from now on.
        main=None,
    )
    concern(step.issue, [reviewer], now)
    put_clock(step, "screen", limits_of(step.issue, reviewer.kind, now).answer)
    return finish(step, text=text)


def _say_who_wrote(step: Step) -> None:
    """The event says it where somebody of the staff has written down what the reporter told them."""
    if "reporter" not in step.ties:
        step.data["what"] = "told"


def _finish(step: Step, text: str, photos: Iterable[Photo]) -> Issue:
    """With the reporter's words, and their photos beside them."""
    done = finish(step, text=text)
    keep_photos(done, photos, seq=done.version, now=step.now)
    return done
