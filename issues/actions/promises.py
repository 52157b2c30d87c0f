"""The date that the reporter was given."""

from collections.abc import Iterable
from datetime import datetime

from calendars.worktime import Due
from issues.models import HotlineOrder, Issue


def promise(issue: Issue, date: datetime) -> dict[str, str]:
    """Move the promised date, only ever later (not written yet); what the event says of it, if it moved.

    That of a hotline order is the hotline's and stays.
    """
    if issue.promised_at is not None and (date <= issue.promised_at or own_limit(issue)):
        return {}
    issue.promised_at = date
    return {"promised_at": date.isoformat()}


def own_limit(issue: Issue) -> Due | None:
    """The deadline that a hotline order brought along: it wins over ours. No query for any other issue."""
    return own_limits([issue]).get(issue.pk)


def own_limits(issues: Iterable[Issue]) -> dict[int, Due]:
    """Issue → the same, of many in one query; left out where there is none."""
    orders = [issue.pk for issue in issues if issue.source == "hotline"]
    rows = HotlineOrder.objects.filter(issue__in=orders) if orders else HotlineOrder.objects.none()
    return {pk: Due(at, False) for pk, at in rows.values_list("issue", "deadline_at") if at}
