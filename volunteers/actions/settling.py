"""The settlement of an activity: everybody accounted for, all hours decided, the result told to whom it helped."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from issues.actions.handle import note_progress
from issues.models import Issue
from trail.refusals import Refused
from volunteers.actions.running import ask, finish, lock_activity, ties_of
from volunteers.models import Activity, Service, SignUp
from volunteers.models.activities import RESULT

if TYPE_CHECKING:
    from accounts.models import User


@transaction.atomic
def settle_activity(activity: Activity, *, by: "User", now: datetime, result: str = "") -> Activity:
    """Everybody is accounted for and all hours are decided: it is settled, and what came of it (`result`) goes back to
    the issue that it helped to solve.

    Raises NotAllowed, Refused("state"), ("unaccounted") while nobody has said who came, ("not_handed_in"),
    ("to_confirm"), ("text").
    """
    activity = lock_activity(activity.pk)
    ask("settle", activity, ties_of(activity, by, now))
    if len(result.strip()) > RESULT:
        raise Refused(_("A text of at most %(most)d characters.") % {"most": RESULT}, code="text")
    sign_ups = SignUp.objects.filter(activity=activity)
    if sign_ups.unaccounted().exists():
        raise Refused(_("Say first of everybody with a place whether they came."), code="unaccounted")
    services = Service.objects.filter(activity=activity)
    if sign_ups.came().filter(service=None).exists():
        raise Refused(_("Hand in the hours of those who came first."), code="not_handed_in")
    if services.proposed().exists():
        raise Refused(_("Some hours are still to be confirmed."), code="to_confirm")
    activity.state, activity.result = "settled", result.strip()
    activity.settled_by, activity.settled_at = by, now
    figures = {
        "minutes": services.minutes(),
        "people": services.counting().values("volunteer").distinct().count(),
    }
    fields = ["state", "result", "settled_by", "settled_at"]
    finish(activity, "settle", by=by, now=now, changed=fields, data=figures)
    if activity.issue_id:
        noted = report_back(activity, by=by, now=now)
        data = {"issue": activity.issue_id, "noted": noted} | figures
        finish(activity, "report", by=by, now=now, data=data)
    return activity


def report_back(activity: Activity, *, by: "User", now: datetime) -> bool:
    """The result as a line in the issue's timeline, if the person has a part in it that allows a line; was it written?

    Otherwise whoever has the issue is told by a notice (volunteers.notices); on the page of the issue it stands in any case
    (volunteers.views.on_issues). Inside the caller's transaction.
    """
    if not activity.result or activity.issue_id is None:
        return False
    try:
        with transaction.atomic():
            issue = Issue.objects.get(pk=activity.issue_id)
            note_progress(issue, by=by, now=now, text=f"{activity.title}: {activity.result}")
    except Refused:
        return False
    return True
