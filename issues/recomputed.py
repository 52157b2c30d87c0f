"""What the page of a job says that has reckoned deadlines anew: who reads it sees the way only to their own."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from issues.ladder import CLOCK
from issues.models import Issue
from trail.jobs import Cell, Report
from trail.models import Job

MOMENT = "%Y-%m-%d %H:%M"


def show_recomputed(job: Job, user: Any, now: datetime) -> Report:
    """The report for this reader, without complaints about them; three queries."""
    found = job.report
    if not found:
        return Report()
    ids = {row[0] for row in found["moved"]}
    issues = Issue.objects.only("pk", "code", "received_at").in_bulk(ids) if ids else {}
    seen = (
        set(Issue.objects.visible_to(user, now).filter(pk__in=ids).values_list("pk", flat=True))
        if ids
        else set()
    )
    hidden = set(Issue.objects.hidden_from(user, now).filter(pk__in=ids).values_list("pk", flat=True))
    rows = [
        [
            _issue(issues.get(pk), pk in seen),
            Cell(CLOCK[clock].label if clock in CLOCK else clock),
            Cell(_moment(was)),
            Cell(_moment(due)),
        ]
        for pk, clock, was, due in found["moved"]
        if pk not in hidden
    ]
    return Report(
        _facts(found), [_("issue"), _("deadline"), _("until now"), _("from now on")], rows, found["more"]
    )


def _facts(found: dict[str, Any]) -> list[tuple[Any, Any]]:
    facts = [
        (_("Deadlines looked at"), found["looked_at"]),
        (_("Moved later"), _moved(found, "later")),
        (_("Moved earlier"), _moved(found, "earlier")),
        (_("Provisional before, certain now"), found["certain"]),
        (_("Promised dates that moved"), found["promised"]),
    ]
    if found["held"]:
        facts.append((_("Given two working hours, because they would be late at once"), found["held"]))
    return facts


def _moved(found: dict[str, Any], way: str) -> str:
    count = found.get(way, 0)
    if not count:
        return "0"
    return _("%(count)d, by up to %(length)s") % {"count": count, "length": _length(found[f"most_{way}"])}


def _length(seconds: int) -> str:
    """In days where there are any, else in hours and minutes."""
    length = timedelta(seconds=seconds)
    if length.days:
        return ngettext("%(count)d day", "%(count)d days", length.days) % {"count": length.days}
    return f"{length.seconds // 3600}:{length.seconds // 60 % 60:02}"


def _issue(issue: Issue | None, is_seen: bool) -> Cell:
    if issue is None:
        return Cell("—")
    return Cell(issue.number, reverse("admin:issues_issue_change", args=[issue.pk]) if is_seen else "")


def _moment(text: str) -> str:
    return timezone.localtime(datetime.fromisoformat(text)).strftime(MOMENT)
