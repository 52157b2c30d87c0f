"""Many issues come in at once: held, planned and written together, by the rules of a single one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.db import transaction

from grids.lineage import key_of
from grids.models import Body, Unit
from issues.actions.intake import Intake, write_intakes
from issues.actions.naming import Subject, above_them
from issues.actions.places import held_lines
from issues.actions.report import Report, check_reporter, plan_intake
from issues.models import Issue
from issues.routing import Line
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def report_issues(reports: Sequence[Report], *, by: "User | None", now: datetime) -> list[Issue | Refused]:
    """Take in all that the rules take: for each its issue, or why not. One that is refused never hurts the others,
    and each is as `report_issue` would have made it. Raises NotAllowed without the right to report.

    What the rules ask for is read once: the statements do not grow with the reports, but for photos and for complaints
    about a person.
    """
    check_reporter(by, now)
    if not reports:
        return []
    asked = _Asked()
    lines = held_lines({report.place.pk: report.place for report in reports}.values())
    planned = [_planned(report, lines[report.place.pk], asked, by, now) for report in reports]
    if intakes := [one for one in planned if isinstance(one, Intake)]:
        write_intakes(intakes, by=by, now=now)
    return [one.issue if isinstance(one, Intake) else one for one in planned]


def _planned(
    report: Report, line: Line | Refused, asked: "_Asked", by: "User | None", now: datetime
) -> Intake | Refused:
    if isinstance(line, Refused):
        return line
    try:
        bodies = asked.bodies(line["district"].pk)
        return plan_intake(report, line, by=by, now=now, above=asked.above, bodies=bodies)
    except Refused as refused:
        return refused


class _Asked:
    """What planning asks for, each thing once."""

    def __init__(self) -> None:
        self._above: dict[object, Unit] = {}
        self._bodies: dict[int, _Bodies] = {}

    def above(self, subject: Subject, now: datetime) -> Unit:
        whom = (key_of(subject.party), subject.person and subject.person.pk)
        if whom not in self._above:
            self._above[whom] = above_them(subject, now)
        return self._above[whom]

    def bodies(self, district_id: int) -> Mapping[str, Body]:
        return self._bodies.setdefault(district_id, _Bodies(district_id))


class _Bodies(Mapping[str, Body]):
    """The open bodies of a district by code, read when a rule names the first of them."""

    def __init__(self, district_id: int) -> None:
        self.district_id = district_id

    @cached_property
    def _rows(self) -> dict[str, Body]:
        rows = Body.objects.open().select_related("unit").filter(district=self.district_id)
        return {body.code: body for body in rows}

    def __getitem__(self, code: str) -> Body:
        return self._rows[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
