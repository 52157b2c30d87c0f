"""Another system raises an alarm about a thing or a place: an issue, or once more on the one that is being dealt with."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from grids.models import Unit
from grids.standing import standing_of
from issues.actions.escalate import fire_due
from issues.actions.report import report_issue
from issues.actions.step import Step, event_of, lock_issue
from issues.alerts import RANK, check_alert, is_worse
from issues.lifecycle import UNRESOLVED_STATES
from issues.models import Alert, Category, Issue
from trail.actions import record_events
from trail.refusals import Refused
from trail.turns import take_turn

if TYPE_CHECKING:
    from accounts.models import User


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
    """(the alert, is its issue new). The same key of the same system, while its issue, or the one that it was merged
    into, has no result, is counted there and makes no second issue. After it the result does not hold: whoever is to
    be called is called anew.

    Raises NotAllowed and Refused like any report, Refused("severity") or ("person") from the rule.
    """
    _check(category, severity, dedupe_key)
    take_turn("issues.alerts", f"{by.pk}:{dedupe_key}")
    own = Q(issue__state__in=UNRESOLVED_STATES)
    followed = Q(issue__state="merged", issue__main__state__in=UNRESOLVED_STATES)
    running = Alert.objects.filter(own | followed, system=by, dedupe_key=dedupe_key).select_related("issue")
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
    """One more on the issue, or on the one that it follows; None when there is a result meanwhile, or it has ended.

    What became worse up to a danger needs an issue of its own, which calls the duty posts. The timeline says it
    once per hour of the clock, and whenever it gets worse: a sensor that cries every minute is counted, but
    would bury what people wrote.
    """
    issue = lock_issue(known.issue.main_id or known.issue_id)
    fire_due([issue], now=now)
    alert = Alert.objects.select_related("issue").get(pk=known.pk)
    if issue.pk not in (alert.issue_id, alert.issue.main_id):  # it was taken out again in the meantime
        return _count_again(alert, severity, by, now)
    worse = is_worse(severity, alert.severity)
    if issue.state not in UNRESOLVED_STATES or (worse and severity == "critical"):
        return None
    is_news = worse or _hour(alert.last_at) != _hour(now) or alert.count == 1
    alert.count, alert.last_at = alert.count + 1, now
    alert.severity = severity if worse else alert.severity
    alert.save(update_fields=["count", "last_at", "severity"])
    if is_news:
        _record_again(issue, alert, severity, worse, by, now)
    if alert.issue_id == issue.pk:
        alert.issue = issue
    return alert


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _record_again(issue: Issue, alert: Alert, severity: str, worse: bool, by: "User", now: datetime) -> None:
    step = Step(issue, "alert_again", by, now, standing_of(by, now))
    step.change(version=issue.version + 1)
    issue.save(update_fields=["version"])
    data = {"count": alert.count, "severity": severity} | ({"worse": True} if worse else {})
    record_events([event_of(step, data)], now=now)
