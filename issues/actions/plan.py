"""The tough whistle's joint meeting (联席会议) and its plan: stages with a date each, finished one by one."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from calendars.worktime import Due, working_days
from issues.actions.calling import advance, start_clock, start_stage
from issues.actions.clocks import cancel_clocks
from issues.actions.pausing import with_rest
from issues.actions.photos import Photo, keep_photos
from issues.actions.step import Step, begin, finish
from issues.districts import rules_of
from issues.models import Callee, Deadline, Stage, Whistle
from issues.plans import PlannedStage, read_stages
from issues.worktimes import worktime_of
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

# After the last stage the lead has this long, or until that stage's date, to say that all is done.
WIND_UP = working_days(1)


@transaction.atomic
def record_meeting(
    callee: Callee,
    *,
    by: "User",
    now: datetime,
    on: date,
    text: str = "",
    photos: Iterable[Photo] = (),
    version: int | None = None,
) -> Whistle:
    """All of those called have met: for none of them the clock to come runs any more, and those for whom it ran hear.

    Raises Refused("on") for a day to come or before the whistle was blown.
    """
    step = begin(callee, "meet", by=by, now=now, version=version)
    whistle = step.called.whistle
    if not timezone.localdate(whistle.called_at) <= on <= timezone.localdate(now):
        raise Refused(_("Choose the day of the meeting, between the whistle and today."), code="on")
    whistle.met_at = min(timezone.make_aware(datetime.combine(on, time.max)), now)
    whistle.save(update_fields=["met_at"])
    called = _called(step.called, whistle)
    coming = Deadline.objects.open().filter(callee__in=called, clock="arrive").exclude(callee=step.called)
    met = sorted(coming.values_list("callee", flat=True))
    for one in called:
        cancel_clocks(step.issue, now=now, part=one, only=("arrive",))
        advance(step, one)
    issue = finish(step, data={"on": on.isoformat(), "met": met}, text=text)
    keep_photos(issue, photos, seq=issue.version, now=now)
    return whistle


@transaction.atomic
def plan_stages(
    callee: Callee, *, by: "User", now: datetime, stages: str, text: str = "", version: int | None = None
) -> list[Stage]:
    """The lead's plan: it is the next stage's date that runs for the lead from now on, and everybody has until
    the last one.

    Each stage has at most the time that the whistle gives for being done. Raises Refused("stages").
    """
    step = begin(callee, "plan", by=by, now=now, version=version)
    lead, whistle = step.called, step.called.whistle
    rows = _stages(step, whistle, read_stages(stages))
    Stage.objects.bulk_create(rows)
    cancel_clocks(step.issue, now=now, part=lead, only=("plan",))
    start_stage(step, lead, rows[0])
    moved = _until_the_last(step, lead, rows[-1].due_at)
    advance(step, lead)
    step.promise(with_rest(step.issue, rows[-1].due_at, now=now).at)
    data = {
        "count": len(rows),
        "until": timezone.localdate(rows[-1].due_at).isoformat(),
        "moved": [one.pk for one in moved],
    }
    finish(step, data=data, text=text)
    return rows


@transaction.atomic
def finish_stage(
    callee: Callee,
    *,
    by: "User",
    now: datetime,
    text: str,
    photos: Iterable[Photo] = (),
    version: int | None = None,
) -> Stage:
    """The next stage is done; the clock of the one after it runs."""
    step = begin(callee, "stage_done", by=by, now=now, version=version)
    lead = step.called
    left = list(Stage.objects.filter(whistle=lead.whistle, done_at=None).order_by("number")[:2])
    stage = left[0]
    stage.done_at = now
    stage.save(update_fields=["done_at"])
    cancel_clocks(step.issue, now=now, part=lead, only=("stage",))
    if len(left) > 1:
        start_stage(step, lead, left[1])
    else:
        limit = Due(stage.due_at, False) if stage.due_at > now else None
        start_clock(step, lead, "done", WIND_UP, limit=limit)
    advance(step, lead)
    issue = finish(step, data={"stage": stage.number}, text=text)
    keep_photos(issue, photos, seq=issue.version, now=now)
    return stage


def _stages(step: Step, whistle: Whistle, planned: Sequence[PlannedStage]) -> list[Stage]:
    """The rows, each due at the close of its day; on a day off, of the next working day."""
    worktime = worktime_of(step.issue.district_id)
    span = rules_of(step.issue.district_id, step.now).whistle(whistle.kind).done
    rows, since = [], step.now
    for number, one in enumerate(planned, start=1):
        due_at = worktime.close_of(one.day).at
        if due_at <= step.now:
            raise Refused(_("Choose days that are still to come."), code="stages")
        if due_at > worktime.due(since, span).at:
            raise Refused(
                _("Stage %(number)d takes too long: each stage has at most %(days)d working days.")
                % {"number": number, "days": span.amount},
                code="stages",
            )
        rows.append(Stage(whistle=whistle, number=number, text=one.text, due_at=due_at))
        since = due_at
    return rows


def _until_the_last(step: Step, lead: Callee, last: datetime) -> list[Callee]:
    """Whoever else was called has until the plan's end, if that is later; those whose date that moves."""
    others = [one for one in _called(lead, lead.whistle) if one.pk != lead.pk]
    running = Deadline.objects.open().filter(callee__in=others, clock="done", limit_at__lt=last)
    behind = {one.callee_id: one.span for one in running}
    moved = [one for one in others if one.pk in behind]
    for one in moved:
        cancel_clocks(step.issue, now=step.now, part=one, only=("done",))
        start_clock(step, one, "done", behind[one.pk], limit=Due(last, False))
        advance(step, one)
    return moved


def _called(known: Callee, whistle: Whistle) -> list[Callee]:
    """Those of this whistle who are not done, the known one as it is at hand."""
    rows = Callee.objects.called().filter(whistle=whistle).select_related("unit", "body__unit", "raised_to")
    found = [known if one.pk == known.pk else one for one in rows.order_by("pk")]
    for one in found:
        one.whistle = whistle
    return found
