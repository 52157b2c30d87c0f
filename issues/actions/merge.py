"""并案: duplicates follow a main issue to its end, and each reporter is told.

A hotline order keeps its own number and deadline meanwhile, and a clock towards that (docs/adr/0018).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from issues.actions.batch import Batch, party
from issues.actions.clocks import cancel_clocks
from issues.actions.concerns import concern
from issues.actions.escalate import fire_due
from issues.actions.frames import keep_framed
from issues.actions.parts import end_everything
from issues.actions.photos import share_photos
from issues.actions.route import assign, target_or_above
from issues.actions.step import Step, begin, finish, lock_issue, put_clock
from issues.districts import rules_of
from issues.lifecycle import UNRESOLVED_STATES
from issues.models import Attachment, Issue, Note, Rating
from issues.reporters import is_confidential
from issues.routing import now_at
from trail.refusals import Refused
from trail.turns import take_turn

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def merge_issue(
    issue: Issue,
    *,
    by: "User",
    now: datetime,
    main: Issue,
    internal_text: str = "",
    version: int | None = None,
) -> Issue:
    """This one follows `main`: it has no clock any more and ends as the main issue ends.

    A district's merges come one after the other, and both are locked in the order of their numbers, as by everybody
    who holds many open ones: nobody waits for ever. Raises Refused("main") for one that has a result
    or has ended, another district's, the issue itself or one that follows another.
    """
    _in_turn(main)
    _lock_both(issue, main)
    chief = lock_issue(main.pk)
    step = begin(issue, "merge", by=by, now=now, version=version)
    return follow_main(step, chief, text=internal_text)


def follow_main(step: Step, chief: Issue, *, text: str = "") -> Issue:
    """What merging does to the locked issue, and to the locked main issue. Raises Refused("main")."""
    _check_main(step.issue, chief)
    cancel_clocks(step.issue, now=step.now)
    step.change(
        state="merged",
        main=chief,
        due_at=None,
        due_provisional=False,
        submit_left=None,
        keeper_unit=None,
        keeper_body=None,
        asked_at=None,
    )
    if chief.promised_at:
        step.promise(chief.promised_at)
    if step.issue.source == "hotline":
        # It may lie elsewhere: whoever has the main issue is asked for it by the hotline's deadline, and reads what for.
        concern(step.issue, [chief.owner], step.now)
    _tell_main(chief, step, 1)
    data = {"main": chief.pk, "with": party(chief.owner)}
    return finish(step, data=data, text=text, internal=True)


@transaction.atomic
def unmerge_issue(issue: Issue, *, by: "User", now: datetime, text: str, version: int | None = None) -> Issue:
    """It is a matter of its own after all: whoever had it last has to sign for it again."""
    chief = lock_main(issue)
    step = begin(issue, "unmerge", by=by, now=now, version=version)
    return _own_again(step, chief, text, internal=True)


@transaction.atomic
def object_to_merge(
    issue: Issue, *, by: "User | None", now: datetime, text: str, version: int | None = None
) -> Issue:
    """Once: whoever reported it knows best that it is another matter. It is one of its own again, as taken out by whoever
    had it; they read why, and may merge it again, for good."""
    chief = lock_main(issue)
    step = begin(issue, "object_merge", by=by, now=now, version=version, reporter=by is None)
    return _own_again(step, chief, text, internal=False)


def _own_again(step: Step, chief: Issue | None, text: str, *, internal: bool) -> Issue:
    main = leave_main(step, chief)
    # The unit may have closed while this one was nobody's.
    assign(step, target_or_above(step, now_at(step.issue.owner)))
    return finish(step, data={"main": main.pk, "to": party(step.issue.owner)}, text=text, internal=internal)


def lock_main(issue: Issue) -> Issue | None:
    """The main issue, where it follows one; locked before the one that follows, as by everything that touches both."""
    return lock_issue(issue.main_id) if issue.main_id else None


def check_main(step: Step, chief: Issue | None) -> Issue:
    """The main issue that was locked is still the one which it follows. Raises Refused("main")."""
    if chief is None or step.issue.main_id != chief.pk:
        raise Refused(_("It has been merged into another in the meantime; look again."), code="main")
    return chief


def leave_main(step: Step, chief: Issue | None) -> Issue:
    """It follows the locked main issue no more, which is returned."""
    main = check_main(step, chief)
    _tell_main(main, step, -1)
    step.change(main=None)
    return main


def pass_on_chase(step: Step, chief: Issue | None) -> Issue:
    """Whoever has the main issue is asked to hurry; it is returned. What its own reporter may do stays as it is."""
    main = check_main(step, chief)
    batch = Batch(step.now)
    batch.record(main, "chase", {"asked": party(main.owner), "issue": step.issue.pk})
    batch.write()
    return main


def resolve_followers(main: Step, *, text: str, photos: Sequence[Attachment] = ()) -> None:
    """Solving the main issue solves the others: each reporter is told the same, with its photos and the number of
    the case where there is one, and rates for themselves."""
    issue = main.issue
    said = {name: main.data[name] for name in ("feedback_on",) if name in main.data}
    frames = main.data.get("frames", {})
    words = dict(Note.objects.filter(pk__in=frames.values()).values_list("pk", "text"))
    for step in _followers(main, "resolve_with"):
        step.change(
            state="resolved",
            outcome=issue.outcome,
            resolved_at=main.now,
            resolved_by=main.by,
            owner_unit=issue.owner_unit,
            owner_body=issue.owner_body,
            lead_unit=issue.owner_unit,
            lead_body=issue.owner_body,
        )
        # It may lie elsewhere: whoever has solved it sees what the reporter says of that.
        concern(step.issue, [issue.owner], main.now)
        put_clock(step, "rate", rules_of(issue.district_id, main.now).rating_window)
        for frame, pk in frames.items():
            keep_framed(step, frame, words[pk])
        told = finish(step, data={"main": issue.pk, "outcome": issue.outcome} | said, text=text)
        share_photos(photos, told)


def follow_again(main: Step) -> None:
    """What solved the main issue does not hold: those that were solved with it follow it again, and are solved again with
    it. Whose reporter has said what they think of it is a matter of its own."""
    solved = Issue.objects.filter(main=main.issue, state="resolved", disputed=False).order_by("pk")
    said = Rating.objects.filter(issue=OuterRef("pk"), round=OuterRef("redo_count") + 1)
    held = [lock_issue(pk) for pk in solved.filter(~Exists(said)).values_list("pk", flat=True)]
    fire_due(held, now=main.now)
    back = [issue for issue in held if issue.state == "resolved" and not issue.is_about_somebody]
    for issue in back:
        step = replace(main, issue=issue, verb="follow_again", part=None, changed=set(), data={})
        cancel_clocks(issue, now=main.now)
        step.change(state="merged", outcome="", due_at=None, due_provisional=False)
        finish(step, data={"main": main.issue.pk})
    if back:
        main.issue.follower_count += len(back)
        Issue.objects.filter(pk=main.issue.pk).update(follower_count=F("follower_count") + len(back))


def reject_followers(main: Step, *, text: str, channel: str) -> None:
    """What holds for the main issue holds for those that follow it: each reporter reads where to turn. A hotline order
    can only be returned to 12345, which is a decision of its own: it is a matter of its own again."""
    for step in _followers(main, "reject_with"):
        if step.issue.source == "hotline":
            step.verb = "release"
            _release(step, main)
            continue
        end_everything(step)
        step.change(state="rejected", closed_at=main.now)
        keep_framed(step, "channel", channel)
        finish(step, data={"main": main.issue.pk}, text=text)


def release_followers(main: Step) -> None:
    """The main issue is withdrawn: those that followed it are matters of their own again."""
    for step in _followers(main, "release"):
        _release(step, main)


def _release(step: Step, main: Step) -> None:
    step.change(main=None)
    assign(step, target_or_above(step, main.issue.owner))
    finish(step, data={"main": main.issue.pk, "to": party(step.issue.owner)})


def _followers(main: Step, verb: str) -> list[Step]:
    """A step for each, locked after the main issue; from now on they follow nobody."""
    if not main.issue.follower_count:
        return []
    main.issue.follower_count = 0
    # At once: the main issue's own step may have been written before.
    Issue.objects.filter(pk=main.issue.pk).update(follower_count=0)
    rows = Issue.objects.filter(main=main.issue, state="merged").order_by("pk").values_list("pk", flat=True)
    return [replace(main, issue=lock_issue(pk), verb=verb, part=None, changed=set(), data={}) for pk in rows]


def _in_turn(main: Issue) -> None:
    """Until this transaction ends nobody else merges in this district; what follows another is no main issue."""
    take_turn("issues.merge", main.district_id)
    if Issue.objects.filter(pk=main.pk, state="merged").exists():
        raise _not_open()


def _lock_both(issue: Issue, main: Issue) -> None:
    """While they are open. What follows another by now is refused, and locked after its main issue as ever."""
    both = Issue.objects.filter(pk__in=(issue.pk, main.pk)).exclude(state="merged").order_by("pk")
    list(both.select_for_update(no_key=True).values_list("pk", flat=True))


def _not_open() -> Refused:
    return Refused(_("Choose an open issue of the same district."), code="main")


def _check_main(issue: Issue, chief: Issue) -> None:
    if chief.pk == issue.pk:
        raise Refused(_("An issue cannot follow itself."), code="main")
    if issue.is_about_somebody or chief.is_about_somebody:
        raise Refused(
            _("A complaint about somebody stands alone: it follows nothing, and nothing follows it."),
            code="main",
        )
    if is_confidential(issue) or is_confidential(chief):
        raise Refused(
            _("An order whose caller the hotline keeps secret follows nothing, and nothing follows it."),
            code="main",
        )
    # Who came after the result would wait for one that never comes.
    if chief.state not in UNRESOLVED_STATES or chief.district_id != issue.district_id:
        raise _not_open()
    if issue.is_danger and not chief.is_danger:
        raise Refused(_("A dangerous matter cannot follow one that is not."), code="main")


def _tell_main(chief: Issue, step: Step, more: int) -> None:
    """The main issue counts those that follow it, and its timeline says so."""
    Issue.objects.filter(pk=chief.pk).update(follower_count=F("follower_count") + more)
    batch = Batch(step.now)
    batch.record(chief, "gain" if more > 0 else "lose", {"issue": step.issue.pk})
    batch.write()
