"""The only writers of jobs: order one, do one chunk, order a failed one again.

A chunk and the move of its cursor are one transaction, under the lock of the job's row. The lease, committed
before, counts the attempt: a chunk that kills its worker every time ends as failed instead of for ever.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from trail.actions import record_event
from trail.hints import nudge
from trail.jobs import KINDS, LOST
from trail.models import Job
from trail.refusals import Refused
from trail.retries import MOST_ATTEMPTS, back_off, blame

log = logging.getLogger(__name__)
# Between the claim and the lock that protects the chunk itself; a lost worker's job waits for so long.
LEASE = timedelta(seconds=10)
CHUNK_FIELDS = (
    *("state", "cursor", "done", "total", "report", "finished_at"),
    *("attempts", "last_error", "lease_until", "next_try_at"),
)
NO_WAIT = timedelta(0)


@transaction.atomic
def start_job(
    kind: str,
    params: dict[str, int],
    *,
    by: Any,
    now: datetime,
    after: timedelta = NO_WAIT,
    district_id: int | None = None,
) -> Job:
    """Order work of this kind about these ids, to begin `after` a while. No district: it concerns several.

    What was ordered already and has not begun is the same work; it then waits as long as the later one asks.
    Raises KeyError for an unknown kind.
    """
    begin_at = now + after
    values = {"next_try_at": begin_at, "created_by": by, "created_at": now, "district_id": district_id}
    assert kind in KINDS, f"no such kind of job: {kind}"
    # The lock waits for a worker that is just taking it up: it is then no longer one that has not begun.
    job = Job.objects.select_for_update().not_begun(kind, params).first()
    made = job is None
    if job is None:
        key = {"kind": kind, "params": params, "state": "waiting", "started_at": None}
        job, made = Job.objects.get_or_create(**key, defaults=values)
    if made:
        _note(job, "start", by, now, kind=kind, **params)
    elif job.next_try_at < begin_at:
        job.next_try_at = begin_at
        job.save(update_fields=["next_try_at"])
    transaction.on_commit(lambda: nudge("jobs"))
    return job


def run_job_once(*, now: datetime, only: Job | None = None) -> bool:
    """Do one chunk of the job that waits longest, or of this one alone. False when none is due.

    Not one transaction, on purpose: that a chunk was begun stays known if it fails, whatever it takes along.
    """
    claimed = _claim(now, only)
    if claimed is None:
        return False
    if claimed.attempts > MOST_ATTEMPTS:
        _put_back(claimed, LOST, None, now)
        return True
    try:
        _do_chunk(claimed, now)
    except Exception as error:  # whatever a step throws: other jobs must run, and this one again later
        log.exception("a chunk of job %d (%s) failed", claimed.pk, claimed.kind)
        _put_back(claimed, blame(error), back_off(claimed.attempts), now)
    return True


@transaction.atomic
def retry_job(job: Job, *, by: Any, now: datetime) -> Job:
    """Go on with a failed one where it stopped. Refused("job_state") for any other."""
    job = Job.objects.select_for_update().get(pk=job.pk)
    if job.state != "failed":
        raise Refused(_("Only work that has failed can be tried again."), code="job_state")
    job.state, job.attempts, job.next_try_at, job.finished_at = "waiting", 0, now, None
    job.save(update_fields=["state", "attempts", "next_try_at", "finished_at"])
    _note(job, "retry", by, now)
    transaction.on_commit(lambda: nudge("jobs"))
    return job


@transaction.atomic
def _claim(now: datetime, only: Job | None) -> Job | None:
    """Take what waits longest and nobody holds; the attempt counts from here."""
    due = Job.objects.due(now) if only is None else Job.objects.due(now).filter(pk=only.pk)
    job = due.select_for_update(skip_locked=True).first()
    if job is None:
        return None
    job.state, job.attempts, job.lease_until = "running", job.attempts + 1, now + LEASE
    job.started_at = job.started_at or now
    job.save(update_fields=["state", "attempts", "lease_until", "started_at"])
    return job


def _still_ours(claimed: Job) -> Job | None:
    """The job, locked, unless somebody else has taken it up meanwhile."""
    rows = Job.objects.select_for_update(skip_locked=True)
    return rows.filter(pk=claimed.pk, state="running", lease_until=claimed.lease_until).first()


@transaction.atomic
def _do_chunk(claimed: Job, now: datetime) -> None:
    job = _still_ours(claimed)
    if job is None:
        return
    more = KINDS[job.kind].step(job, now)
    job.attempts, job.last_error, job.lease_until, job.next_try_at = 0, "", None, now
    if not more:
        _end(job, "done", now)
    job.save(update_fields=CHUNK_FIELDS)


@transaction.atomic
def _put_back(claimed: Job, reason: str, wait: timedelta | None, now: datetime) -> None:
    """Tried again after `wait`; without one it has failed."""
    job = _still_ours(claimed)
    if job is None:
        return
    job.last_error, job.lease_until = reason, None
    if wait is None:
        _end(job, "failed", now)
    else:
        job.next_try_at = now + wait
    job.save(update_fields=["state", "last_error", "lease_until", "next_try_at", "finished_at"])


def _end(job: Job, state: str, now: datetime) -> None:
    """Not written yet; the event is."""
    job.state, job.finished_at = state, now
    verb = {"done": "finish", "failed": "fail"}[state]
    _note(job, verb, None, now, kind=job.kind, done=job.done)


def _note(job: Job, verb: str, by: Any, now: datetime, **data: Any) -> None:
    record_event("job", job.pk, verb, by=by, now=now, district_id=job.district_id, data=data)
