"""A filled-in sheet on its way: taken in and checked, confirmed, imported in chunks, or thrown away.

A short one is checked and imported while one waits, a long one by jobs, chunk by chunk: each chunk and what it has
found are one transaction, so a job that was interrupted goes on where it stood.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, Q
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import override

from grids.actions.authority import allows
from grids.books import UnreadableSheet
from grids.models import SheetFile
from grids.sheet_kinds import KINDS, Outcome, SheetKind, parcels
from grids.sheets import Problem
from grids.standing import standing_of
from grids.tables import Table, pack, read_table, unpack
from trail.actions import record_event
from trail.job_actions import start_job
from trail.models import Job
from trail.refusals import NotAllowed, Refused

JOB, CHECK_JOB = "grids.sheet", "grids.sheet_check"
# Up to so many rows are checked, or imported, at once while one waits; more of them in the background.
CHECKED_AT_ONCE = 200
AT_ONCE = 200
CHUNK = 100
MOST_REMARKS = 5_000
# Nothing of it is imported yet, and nobody has said that it shall be.
UNDECIDED = ("checking", "checked")
# A job is at it, or was.
AT_WORK = ("checking", "running")
LONGEST_FILE_NAME = 200
COUNTS = ("added", "changed", "unchanged")


def may_bring(kind: SheetKind, by: Any, now: datetime) -> bool:
    """Whether the person may import such sheets at all: whoever sets up, and who has the capability in a district.
    What a row may do is asked at its own place."""
    return kind.uploaded and _may(kind, by, now)


def _may(kind: SheetKind, by: Any, now: datetime) -> bool:
    posts = standing_of(by, now).with_capability(kind.capability)
    if kind.anywhere:
        return bool(posts)
    return allows(by, kind.capability, None, now) or any(one.level == "district" for one in posts)


def read_file(kind: str, data: bytes, *, by: Any, now: datetime) -> Table:
    """What a file of this kind says. Seconds of work for a large one: no transaction is to stay open meanwhile.

    Raises NotAllowed, or Refused("file") with what is wrong with the file as a whole.
    """
    known = KINDS[kind]
    _require_bringer(known, by, now)
    try:
        return read_table(data, known.most_rows)
    except UnreadableSheet as error:
        raise Refused(str(error), code="file") from error


@transaction.atomic
def take_in_sheet(kind: str, table: Table, *, file_name: str, by: Any, now: datetime) -> SheetFile:
    """Check what was read from a file (`read_file`), and keep it until it is confirmed; nothing else is written. A long
    one is checked in the background ("checking"). Raises NotAllowed."""
    known = KINDS[kind]
    _require_bringer(known, by, now)
    file = _new_file(known, table, file_name, by, now)
    if file.total > CHECKED_AT_ONCE:
        file.state = "checking"
        file.save()
        _note(file, "take_in", by, now)
        start_job(CHECK_JOB, {"sheet": file.pk}, by=by, now=now, district_id=file.district_id)
        return file
    _keep(file, known, known.perform(table, by, now, True))
    _end_check(file, by, now)
    return file


def _require_bringer(kind: SheetKind, by: Any, now: datetime) -> None:
    if not may_bring(kind, by, now):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")


@transaction.atomic
def order_import(kind: str, table: Table, *, file_name: str, by: Any, now: datetime) -> SheetFile:
    """Import in the background what was checked and confirmed on a page of its own; its faults, should there be any by
    then, stand on the file's page. Raises NotAllowed."""
    known = KINDS[kind]
    if not _may(known, by, now):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")
    file = _new_file(known, table, file_name, by, now)
    _begin(file)
    file.save()
    _note(file, "confirm", by, now)
    start_job(JOB, {"sheet": file.pk}, by=by, now=now, district_id=file.district_id)
    return file


@transaction.atomic
def confirm_sheet(file: SheetFile, *, by: Any, now: datetime) -> SheetFile:
    """Import it: a short one now, all of it or nothing; a long one in the background. Of rows that stand alone those
    that are right.

    Raises Refused: "sheet_state" for one that was dealt with or has faults; "changed" if what is there has
    changed since the check so that a row does not fit any more, or of those that stand alone none does.
    """
    file = _lock_own(file, by)
    if file.state == "checking":
        raise Refused(_("This file is still being checked."), code="sheet_state")
    if file.state != "checked":
        raise _dealt_with()
    if not file.is_ready:
        raise Refused(
            _("There are faults in this file; put them right and upload it again."), code="sheet_state"
        )
    known = KINDS[file.kind]
    _note(file, "confirm", by, now)
    _begin(file)
    if file.total > AT_ONCE:
        file.save()
        start_job(JOB, {"sheet": file.pk}, by=by, now=now, district_id=file.district_id)
        return file
    outcome = known.perform(unpack(file.content), by, now, False)
    if outcome.faults and not (known.alone and outcome.taken):
        raise Refused(
            _("Something has changed since the check: %(fault)s Nothing was imported; upload the file again.")
            % {"fault": outcome.faults[0]},
            code="changed",
        )
    _keep(file, known, outcome)
    _end(file, by, now)
    return file


@transaction.atomic
def drop_sheet(file: SheetFile, *, by: Any, now: datetime) -> SheetFile:
    """Do not import it: what it says is deleted at once, while it is being checked too. Refused("sheet_state") for one
    that was dealt with."""
    file = _lock_own(file, by)
    if file.state not in UNDECIDED:
        raise _dealt_with()
    file.state, file.content, file.remarks, file.finished_at = "dropped", "", "", now
    file.save()
    _note(file, "drop", by, now)
    return file


@transaction.atomic
def erase_sheets(*, before: datetime, limit: int) -> int:
    """Of what was uploaded before this: what nobody confirmed is dropped, and what was said of rows erased; how many."""
    rows = SheetFile.objects.select_for_update(skip_locked=True).filter(
        uploaded_at__lt=before, is_spent=False
    )
    # What is being imported is; what its job has given up is no more.
    spent = rows.exclude(~Q(pk__in=_given_up()), state="running").order_by("pk")[:limit]
    for file in spent:
        file.state = "dropped" if file.state in (*UNDECIDED, "running") else file.state
        file.content, file.remarks, file.is_spent = "", "", True
        file.save(update_fields=["state", "content", "remarks", "is_spent"])
    return len(spent)


def has_failed(file: SheetFile) -> bool:
    """Has the job given up that was to check or import it? It goes on when the job is ordered again."""
    return file.state in AT_WORK and _given_up().filter(sheet=file.pk).exists()


def failed_among(files: Iterable[SheetFile]) -> set[int]:
    """Ids of those of which `has_failed` is true; one query, none where none is at work."""
    at_work = [file.pk for file in files if file.state in AT_WORK]
    return set(_given_up().filter(sheet__in=at_work).values_list("sheet", flat=True)) if at_work else set()


def _given_up() -> Any:
    """Ids of the sheets whose jobs have failed."""
    jobs = Job.objects.filter(kind__in=(JOB, CHECK_JOB), state="failed").order_by()
    return jobs.annotate(sheet=Cast("params__sheet", BigIntegerField())).values("sheet")


def check_chunk(job: Any, now: datetime) -> bool:
    """Try the next rows of a long sheet, or all of one whose rows need each other, and take them back. What is wrong
    with the header or the file as a whole ends it.

    Runs inside the job's transaction.
    """
    file = _file_of(job)
    if file.state != "checking":
        return False
    known, table = KINDS[file.kind], unpack(file.content)
    parts, number = parcels(known, table, CHUNK), int(job.cursor.get("next", 0))
    outcome = _perform(file, known, parts[number], now, dry_run=True)
    file.done += len(parts[number].rows)
    job.done, job.total, job.cursor = file.done, file.total, {"next": number + 1}
    is_hopeless = any(fault.line == table.line for fault in outcome.faults)
    if number + 1 < len(parts) and not is_hopeless:
        file.save()
        return True
    job.done = file.total
    _end_check(file, None, now)
    return False


def import_chunk(job: Any, now: datetime) -> bool:
    """The next rows of a long sheet, or all of one whose rows need each other; rows that no longer fit are told.

    Runs inside the job's transaction.
    """
    file = _file_of(job)
    if file.state != "running":
        return False
    known, table = KINDS[file.kind], unpack(file.content)
    stop = file.total if known.whole else min(file.done + CHUNK, file.total)
    _perform(file, known, table.part(file.done, stop), now, dry_run=False)
    file.done = stop
    job.done, job.total = file.done, file.total
    if file.done < file.total:
        file.save()
        return True
    _end(file, None, now)
    return False


def remarks_of(file: SheetFile) -> list[tuple[Problem, bool]]:
    """(what is said of a row, is it wrong), in the order of the lines."""
    rows = json.loads(file.remarks) if file.remarks else []
    return [(Problem(line, column, value, reason), wrong) for line, column, value, reason, wrong in rows]


def _new_file(kind: SheetKind, table: Table, file_name: str, by: Any, now: datetime) -> SheetFile:
    """Not saved yet."""
    return SheetFile(
        kind=kind.key,
        file_name=file_name[-LONGEST_FILE_NAME:],
        district_id=min(standing_of(by, now).districts(kind.capability), default=None),
        content=pack(table),
        total=len(table.rows),
        by=by,
        uploaded_at=now,
    )


def _file_of(job: Any) -> SheetFile:
    files = SheetFile.objects.select_for_update(of=("self",)).select_related("by")
    return files.get(pk=job.params["sheet"])


def _perform(file: SheetFile, kind: SheetKind, table: Table, now: datetime, *, dry_run: bool) -> Outcome:
    """Some rows of the file, in the background: what is wrong is said in the language of whoever brought it."""
    with override(file.by.language or settings.LANGUAGE_CODE):
        outcome = kind.perform(table, file.by, now, dry_run)
        _keep(file, kind, outcome)
    return outcome


def _keep(file: SheetFile, kind: SheetKind, outcome: Outcome) -> None:
    """Add what came of some rows to what the file knows, in the order of the lines."""
    told = [(problem, True) for problem in outcome.faults] + [(note, False) for note in outcome.notes]
    rows = json.loads(file.remarks) if file.remarks else []
    rows += [[one.line, kind.heading(one.column), one.value, str(one.reason), wrong] for one, wrong in told]
    rows.sort(key=lambda row: row[0])
    file.remarks = json.dumps(rows[:MOST_REMARKS], ensure_ascii=False) if rows else ""
    file.wrong += len(outcome.faults)
    for name in COUNTS:
        setattr(file, name, getattr(file, name) + getattr(outcome, name))


def _begin(file: SheetFile) -> None:
    file.state, file.remarks, file.wrong, file.done = "running", "", 0, 0
    for name in COUNTS:
        setattr(file, name, 0)


def _end_check(file: SheetFile, by: Any, now: datetime) -> None:
    """It waits to be confirmed; of one that cannot be nothing is kept but what is wrong."""
    file.state, file.done = "checked", 0
    file.content = file.content if file.is_ready else ""
    file.save()
    _note(file, "check", by, now)


def _end(file: SheetFile, by: Any, now: datetime) -> None:
    file.state, file.content, file.done, file.finished_at = "done", "", file.total, now
    file.save()
    _note(file, "finish", by, now)


def _lock_own(file: SheetFile, by: Any) -> SheetFile:
    file = SheetFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if file.by_id != by.pk:
        raise NotAllowed(_("Whoever has brought a file confirms it."), code="not_yours")
    return file


def _dealt_with() -> Refused:
    return Refused(_("This file has been dealt with already."), code="sheet_state")


def _note(file: SheetFile, verb: str, by: Any, now: datetime) -> None:
    counts = {name: getattr(file, name) for name in ("total", "wrong", *COUNTS)}
    record_event(
        "sheet",
        file.pk,
        verb,
        by=by,
        now=now,
        district_id=file.district_id,
        data={"kind": file.kind} | counts,
    )
