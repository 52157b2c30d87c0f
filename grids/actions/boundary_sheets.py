"""Many boundaries at once: saved while one waits, or in the background where that takes longer than a page may."""

import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from grids.actions.boundaries import (
    BadBoundaries,
    BoundaryReport,
    check_boundaries,
    set_boundaries,
)
from grids.actions.sheet_files import order_import
from grids.boundary_files import BoundaryFile
from grids.models import SheetFile
from grids.sheet_kinds import Column, Outcome, SheetKind
from grids.sheets import Problem
from grids.tables import Table
from trail.refusals import Refused

KEY = "boundaries"
# Up to so many are saved while one waits.
AT_ONCE = 200
HEADER = ("编码", "边界")


def is_many(found: BoundaryFile) -> bool:
    """Whether so many are saved in the background."""
    return len(found.shapes) > AT_ONCE


def save_boundaries(
    found: BoundaryFile, *, file_name: str, by: Any, now: datetime
) -> BoundaryReport | SheetFile:
    """Give units these boundaries, all or none: a few now (as `set_boundaries`, which see), many in the background:
    then what comes of it stands on the page of the file that is answered, and nothing is saved yet.

    Raises BadBoundaries, NotAllowed.
    """
    if is_many(found):
        return order_boundaries(found, file_name=file_name, by=by, now=now)
    return set_boundaries(found, by=by, now=now)


def order_boundaries(found: BoundaryFile, *, file_name: str, by: Any, now: datetime) -> SheetFile:
    """The same in the background, however many there are. Raises BadBoundaries for what is wrong with one by itself,
    NotAllowed."""
    if found.faults:
        raise BadBoundaries(BoundaryReport(faults=found.faults))
    rows = [
        (found.numbers[code], (code, json.dumps(shape, separators=(",", ":"))))
        for code, shape in found.shapes.items()
    ]
    return order_import(KEY, Table(0, HEADER, tuple(rows)), file_name=file_name, by=by, now=now)


def write_boundaries(table: Table, by: Any, now: datetime, dry_run: bool) -> Outcome:
    """All of them or none, judged anew. A fault's line is the number of its feature."""
    found = BoundaryFile(
        {code: json.loads(shape) for _number, (code, shape) in table.rows},
        {code: number for number, (code, _shape) in table.rows},
    )
    try:
        report = (check_boundaries if dry_run else set_boundaries)(found, by=by, now=now)
    except BadBoundaries as bad:
        report = bad.report
    except Refused as refused:
        return Outcome(faults=[Problem(table.line, _("whole file"), "", str(refused))])
    if report.faults:
        faults = [Problem(one.number, "code", one.code, str(one.reason)) for one in report.faults]
        return Outcome(faults=faults)
    return Outcome(changed=len(report.changed), unchanged=report.unchanged)


BOUNDARIES = SheetKind(
    key=KEY,
    label=gettext_lazy("Boundaries"),
    capability="manage_units",
    columns=(
        Column("code", HEADER[:1], "220103001001001", gettext_lazy("Code of the unit."), True),
        Column("boundary", HEADER[1:], "", gettext_lazy("GeoJSON geometry, WGS-84."), True),
    ),
    perform=write_boundaries,
    whole=True,
    uploaded=False,
)
