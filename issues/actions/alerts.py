"""Another system raises an alarm about a thing or a place: an issue, or once more on the one that is open."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from grids.models import Unit
from grids.standing import standing_of
from issues.actions.escalate import fire_due
from issues.actions.report import report_issue
from issues.actions.step import Step, event_of, lock_issue
from issues.alerts import RANK, check_alert, is_worse
from issues.lifecycle import OPEN_STATES
from issues.models import Alert, Category
from trail.actions import record_events
from trail.refusals import Refused

if TYPE_CHECKING:
    from accounts.models import User

# Two with the same key at the same moment come one after the other.
LOCK = "SELECT pg_advisory_xact_lock(7404, hashtext(%s))"


@transaction.atomic
def raise_alert(
    *,
    place: Unit,
    category: Category,
    text: str,
    severity: str,
    dedupe_key: str,
    by: "User",
    now: datetime,
    thing: str = "",
    spot: str = "",
    lon: float | None = None,
    lat: float | None = None,
    occurred_at: datetime | None = None,
) -> tuple[Alert, bool]:
    """(the alert, is its issue new). The same key of the same system, while its issue is open, is counted there
    and makes no second issue.

    Raises NotAllowed and Refused like any report, Refused("severity") or ("person") from the rule.
    """
    _check(category, severity, dedupe_key)
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [f"{by.pk}:{dedupe_key}"])
    running = Alert.objects.filter(system=by, dedupe_key=dedupe_key, issue__state__in=OPEN_STATES)
    known = running.order_by("pk").last()
    if known and (again := _count_again(known, severity, by, now)):
        return again, False
    issue = report_issue(
        place=place,
        category=category,
        text=text,
        by=by,
        now=now,
        source="alert",
        spot=spot,
        lon=lon,
        lat=lat,
        occurred_at=occurred_at,
        # Nobody reported it who could rate it; nor is what the system's account sent its own work.
        on_behalf=True,
    )
    made = Alert.objects.create(
        issue=issue, system=by, dedupe_key=dedupe_key, severity=severity, thing=thing.strip(), last_at=now
    )
    return made, True


def _check(category: Category, severity: str, dedupe_key: str) -> None:
    if severity not in RANK:
        raise Refused(_("There is no such severity."), code="severity")
    if not dedupe_key.strip():
        raise Refused(_("Every alert needs a key of its own."), code="dedupe_key")
    group = category.parent.key if category.parent else ""
    keys = frozenset({category.key, group})
    check_alert(severity, kind=category.kind, danger=category.is_danger, keys=keys)


def _count_again(known: Alert, severity: str, by: "User", now: datetime) -> Alert | None:
    """One more on the open issue; None when it has ended meanwhile.

    What became worse up to a danger needs an issue of its own, which calls the duty posts.
    """
    issue = lock_issue(known.issue_id)
    fire_due([issue], now=now)
    alert = Alert.objects.select_related("issue").get(pk=known.pk)
    if not issue.is_open or (is_worse(severity, alert.severity) and severity == "critical"):
        return None
    alert.count, alert.last_at = alert.count + 1, now
    alert.severity = severity if is_worse(severity, alert.severity) else alert.severity
    alert.save(update_fields=["count", "last_at", "severity"])
    step = Step(issue, "alert_again", by, now, standing_of(by, now))
    step.change(version=issue.version + 1)
    issue.save(update_fields=["version"])
    data = {"count": alert.count, "severity": severity}
    record_events([event_of(step, data)], now=now)
    alert.issue = issue
    return alert
