"""A filled-in sheet on its way: taken in and checked, confirmed, imported in chunks, or thrown away."""

import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from grids.actions.authority import allows
from grids.books import UnreadableSheet
from grids.models import SheetFile
from grids.sheet_kinds import KINDS, Outcome, SheetKind
from grids.sheets import Problem
from grids.standing import standing_of
from grids.tables import pack, read_table, unpack
from trail.actions import record_event
from trail.job_actions import start_job
from trail.refusals import NotAllowed, Refused

JOB = "grids.sheet"
# Up to so many rows are imported at once, while one waits; more of them in the background.
AT_ONCE = 200
CHUNK = 100
MOST_REMARKS = 5_000
LONGEST_FILE_NAME = 200
COUNTS = ("added", "changed", "unchanged")


def may_bring(kind: SheetKind, by: Any, now: datetime) -> bool:
    """Whether the person may import such sheets at all: whoever sets up, and who has the capability in a district.
    What a row may do is asked at its own place."""
    posts = standing_of(by, now).with_capability(kind.capability)
    return allows(by, kind.capability, None, now) or any(one.level == "district" for one in posts)


@transaction.atomic
def take_in_sheet(kind: str, *, file_name: str, data: bytes, by: Any, now: datetime) -> SheetFile:
    """Read and check a file, and keep it until it is confirmed; nothing else is written.

    Raises NotAllowed, or Refused("file") with what is wrong with the file as a whole.
    """
    known = KINDS[kind]
    if not may_bring(known, by, now):
        raise NotAllowed(_("Your post does not allow this here."), code="not_allowed")
    try:
        table = read_table(data, known.most_rows)
    except UnreadableSheet as error:
        raise Refused(str(error), code="file") from error
    outcome = known.perform(table, by, now, True)
    home = min(standing_of(by, now).districts(known.capability), default=None)
    file = SheetFile(
        kind=kind,
        file_name=file_name[-LONGEST_FILE_NAME:],
        district_id=home,
        total=len(table.rows),
        by=by,
        uploaded_at=now,
    )
    file.content = "" if outcome.faults else pack(table)
    _keep(file, known, outcome)
    file.save()
    _note(file, "check", by, now)
    return file


@transaction.atomic
def confirm_sheet(file: SheetFile, *, by: Any, now: datetime) -> SheetFile:
    """Import it: a short one now, all of it or nothing; a long one in the background.

    Raises Refused: "sheet_state" for one that was dealt with or has faults; "changed" if what is there has
    changed since the check so that a row does not fit any more.
    """
    file = _lock_checked(file, by)
    if file.wrong:
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
    if outcome.faults:
        raise Refused(
            _("Something has changed since the check: %(fault)s Nothing was imported; upload the file again.")
            % {"fault": outcome.faults[0]},
            code="changed",
        )
    _keep(file, known, outcome)
    _end(file, now)
    return file


@transaction.atomic
def drop_sheet(file: SheetFile, *, by: Any, now: datetime) -> SheetFile:
    """Do not import it: what it says is deleted at once. Refused("sheet_state") for one that was dealt with."""
    file = _lock_checked(file, by)
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
    spent = rows.exclude(state="running").order_by("pk")[:limit]
    for file in spent:
        file.state = "dropped" if file.state == "checked" else file.state
        file.content, file.remarks, file.is_spent = "", "", True
        file.save(update_fields=["state", "content", "remarks", "is_spent"])
    return len(spent)


def import_chunk(job: Any, now: datetime) -> bool:
    """The next rows of a long sheet, or all of one whose rows need each other; rows that no longer fit are told.

    Runs inside the job's transaction.
    """
    file = SheetFile.objects.select_for_update(of=("self",)).select_related("by").get(pk=job.params["sheet"])
    if file.state != "running":
        return False
    known, table = KINDS[file.kind], unpack(file.content)
    stop = file.total if known.whole else min(file.done + CHUNK, file.total)
    outcome = known.perform(table.part(file.done, stop), file.by, now, False)
    _keep(file, known, outcome)
    file.done = stop
    job.done, job.total = file.done, file.total
    if file.done < file.total:
        file.save()
        return True
    _end(file, now)
    return False


def remarks_of(file: SheetFile) -> list[tuple[Problem, bool]]:
    """(what is said of a row, is it wrong), in the order of the lines."""
    rows = json.loads(file.remarks) if file.remarks else []
    return [(Problem(line, column, value, reason), wrong) for line, column, value, reason, wrong in rows]


def _keep(file: SheetFile, kind: SheetKind, outcome: Outcome) -> None:
    """Add what came of some rows to what the file knows."""
    told = [(problem, True) for problem in outcome.faults] + [(note, False) for note in outcome.notes]
    rows = [
        [one.line, kind.heading(one.column), one.value, str(one.reason), wrong]
        for one, wrong in sorted(told, key=lambda pair: pair[0].line)
    ]
    kept = json.loads(file.remarks) if file.remarks else []
    file.remarks = json.dumps([*kept, *rows][:MOST_REMARKS], ensure_ascii=False) if kept or rows else ""
    file.wrong += len(outcome.faults)
    for name in COUNTS:
        setattr(file, name, getattr(file, name) + getattr(outcome, name))


def _begin(file: SheetFile) -> None:
    file.state, file.remarks, file.wrong, file.done = "running", "", 0, 0
    for name in COUNTS:
        setattr(file, name, 0)


def _end(file: SheetFile, now: datetime) -> None:
    file.state, file.content, file.done, file.finished_at = "done", "", file.total, now
    file.save()
    _note(file, "finish", None if file.total > AT_ONCE else file.by, now)


def _lock_checked(file: SheetFile, by: Any) -> SheetFile:
    file = SheetFile.objects.select_for_update(of=("self",)).get(pk=file.pk)
    if file.by_id != by.pk:
        raise NotAllowed(_("Whoever has brought a file confirms it."), code="not_yours")
    if file.state != "checked":
        raise Refused(_("This file has been dealt with already."), code="sheet_state")
    return file


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
