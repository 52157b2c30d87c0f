"""What those called do: acknowledge, report in, finish, decline, contest; and the caller releases one."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from issues.actions.batch import party
from issues.actions.calling import advance, call_above, leave
from issues.actions.clocks import cancel_clocks
from issues.actions.first_report import REPORT
from issues.actions.handle import check_word
from issues.actions.oversight import ask
from issues.actions.photos import Photo, keep_photos
from issues.actions.step import Step, begin, finish
from issues.kinds import OBJECTIONS, ON_SPOT, REPORT_MODES
from issues.models import Callee, Decision
from issues.routing import arbiter_of
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def acknowledge_whistle(
    callee: Callee, *, by: "User", now: datetime, text: str = "", version: int | None = None
) -> Callee:
    """We have heard and are coming."""
    step = begin(callee, "acknowledge", by=by, now=now, version=version)
    cancel_clocks(step.issue, now=now, part=step.called, only=("acknowledge",))
    advance(step, step.called, state="acknowledged", acknowledged_at=now)
    finish(step, text=text)
    return step.called


@transaction.atomic
def report_in(
    callee: Callee,
    *,
    by: "User",
    now: datetime,
    mode: str,
    text: str = "",
    photos: Iterable[Photo] = (),
    occurred_at: datetime | None = None,
    version: int | None = None,
) -> Callee:
    """报到: on the spot, or where the caller agrees by telephone or online; acknowledges too if nobody had. In words or
    pictures it is the first report as well. Nobody had come before they were called.

    Raises Refused("mode") where the caller wants them on the spot.
    """
    step = begin(callee, "report_in", by=by, now=now, version=version)
    check_word(mode, REPORT_MODES)
    if mode != ON_SPOT and not step.called.whistle.remote_ok:
        raise Refused(_("The caller asks you to come: report in on the spot."), code="mode")
    photos = tuple(photos)
    answered = ("acknowledge", "arrive", *((REPORT,) if text.strip() or photos else ()))
    cancel_clocks(step.issue, now=now, part=step.called, only=answered)
    first = step.called.acknowledged_at or now
    then = min(max(occurred_at or now, step.called.whistle.called_at), now)
    advance(step, step.called, state="reported_in", acknowledged_at=first, reported_in_at=then, mode=mode)
    issue = finish(step, data={"mode": mode}, text=text, occurred_at=then)
    keep_photos(issue, photos, seq=issue.version, now=now)
    return step.called


@transaction.atomic
def finish_callee(
    callee: Callee,
    *,
    by: "User",
    now: datetime,
    text: str,
    photos: Iterable[Photo] = (),
    version: int | None = None,
) -> Callee:
    """What was asked is done. When the last one is, the whistle ends and the caller's clock runs on."""
    step = begin(callee, "done", by=by, now=now, version=version)
    over = leave(step, step.called, "done", done_at=now)
    issue = finish(step, data={"whistle_over": over}, text=text)
    keep_photos(issue, photos, seq=issue.version, now=now)
    return step.called


@transaction.atomic
def decline_whistle(
    callee: Callee, *, by: "User", now: datetime, text: str, version: int | None = None
) -> Callee:
    """Nobody comes, for this reason. The promised date stays; in an emergency the level above is called at
    once."""
    step = begin(callee, "decline", by=by, now=now, version=version)
    if step.called.urgent:
        call_above(step, step.called)
    over = leave(step, step.called, "declined", ended_at=now)
    finish(step, data={"whistle_over": over}, text=text, internal=True)
    return step.called


@transaction.atomic
def release_callee(
    callee: Callee, *, by: "User", now: datetime, text: str, version: int | None = None
) -> Callee:
    """The caller does not need them any more."""
    step = begin(callee, "release_callee", by=by, now=now, version=version)
    over = leave(step, step.called, "released", ended_at=now)
    finish(step, data={"whistle_over": over}, text=text, internal=True)
    return step.called


@transaction.atomic
def contest_whistle(
    callee: Callee, *, by: "User", now: datetime, validity: str, text: str, version: int | None = None
) -> Decision:
    """They should not have been called: the level above the caller decides; until then their clocks run."""
    step = begin(callee, "contest", by=by, now=now, version=version)
    check_word(validity, OBJECTIONS)
    row = step.called
    decision = ask(step, "contest", arbiter_of(step.issue.owner, row.party), callee=row, asker=row.party)
    row.validity = validity
    row.save(update_fields=["validity"])
    asked = {"decision": decision.pk, "asked": party(decision.party)}
    finish(step, data=asked | {"validity": validity}, text=text, internal=True)
    return decision


def release_contested(step: Step, decision: Decision) -> None:
    """Granted: they need not come; what they said of the whistle stands."""
    row = _contested(step, decision)
    step.data |= {"whistle_over": leave(step, row, "released", ended_at=step.now)}


def uphold_whistle(step: Step, decision: Decision) -> None:
    """Refused: they must come; the whistle was right."""
    row = _contested(step, decision)
    row.validity = "valid"
    row.save(update_fields=["validity"])


def _contested(step: Step, decision: Decision) -> Callee:
    """Whoever contests, as they stand now; the event names them."""
    rows = Callee.objects.select_related("whistle", "unit", "body__unit", "raised_to")
    assert decision.callee_id is not None, "a contest is always one callee's"
    row = rows.get(pk=decision.callee_id)
    step.data |= {"callee": row.pk}
    return row
